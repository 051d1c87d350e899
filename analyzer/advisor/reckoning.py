"""One job's reckoning: what its dump moves, over what line, in what time, and what would fit instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from analyzer.advisor.dump_rate import DumpRate, dump_rate
from analyzer.advisor.footprint import Footprint, footprint, requested_bytes
from analyzer.advisor.host_line import HostLine, host_line
from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import Shape
from analyzer.advisor.prices import SpotPrices, read_spot_prices
from analyzer.advisor.sizing import Need, Option, host_memory, options, shape_of, whole_amount, with_seen_types
from analyzer.advisor.window import Line, Prediction, Transfer, Window, largest_footprint, predict
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding
from analyzer.evidence.model import Evidence, Gap


@dataclass(frozen=True)
class Reckoning:
    """All figures of one job that the advice rests on."""

    held: Footprint | None
    shape: Shape | None
    asked: int | None
    """Memory that the job asks for, in bytes."""
    rate: DumpRate | None
    host: HostLine
    window: Window
    instances: InstanceCatalogue
    registered: Mapping[str, int]
    prices: SpotPrices | None = None

    @property
    def line(self) -> Line | None:
        """What one task had of the host's line: measured, by the host's type, or by a dump taken for a window long."""
        if self.host.line is not None:
            return self.host.line
        return self.rate.line if self.rate else None

    @property
    def now(self) -> Prediction | None:
        """How long a dump of all that the task holds takes on the host that it had."""
        return predict(self.held.transfer, self.line) if self.held and self.line else None

    @property
    def outruns(self) -> bool:
        """Whether what was seen of the task, on the host that it had, does not fit into the window by the model."""
        known = self.held is not None and self.held.measured and self.host.line is not None
        return known and self.now is not None and self.now.fit(self.window) == "outruns"

    @property
    def fitting_memory(self) -> int | None:
        """The most memory that fits on the host that the job had, in whole GiB; None where that cannot be told."""
        if self.line is None:
            return None
        share = self.held.transfer.dirty_share.value if self.held else 1.0
        most = largest_footprint(self.line, self.window, share)
        return whole_amount(most) if most >= 2**20 else None

    @cached_property
    def need(self) -> Need | None:
        """What has to fit on another instance."""
        if self.held is None or self.shape is None:
            return None
        return Need(self.shape, self.held.transfer, self.host.efficiency, self.window)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Types that fit the task as it is, cheapest first."""
        return options(self.need, self.instances, self.registered, self.prices) if self.need else ()

    def with_memory(self, count: int) -> Prediction | None:
        """How long the dump takes on the host that the job had, if the task holds no more than `count` bytes."""
        if self.held is None or self.line is None:
            return None
        held = self.held.transfer
        return predict(Transfer(replace(held.footprint_bytes, value=count), held.dirty_share), self.line)


def _host_type(facts: Facts, instances: InstanceCatalogue, root: Finding) -> InstanceType | None:
    """The type of the attempt that the finding is about, else of the last whose type is known."""
    known = {a.attempt.number: a.instance.instance_type for a in facts.attempts if a.instance.instance_type}
    name = known.get(root.attempt or 0) or (list(known.values())[-1] if known else None)
    return instances.get(name) if name else None


def reckon(
    facts: Facts, root: Finding, instances: InstanceCatalogue, evidence: Evidence | None, window: Window
) -> Reckoning:
    """Put one job's figures together."""
    known = with_seen_types(instances, evidence)
    held = footprint(facts)
    shape = shape_of(facts, held)
    rate = dump_rate(facts, root)
    return Reckoning(
        held=held,
        shape=shape,
        asked=requested_bytes(facts),
        rate=rate,
        host=host_line(_host_type(facts, known, root), rate, shape),
        window=window,
        instances=known,
        registered=host_memory(evidence),
        prices=read_spot_prices(evidence) if evidence else None,
    )


def unknown_types(facts: Facts, instances: InstanceCatalogue, evidence: Evidence) -> tuple[Gap, ...]:
    """A gap for each type of the job's hosts that neither the catalogue nor the evidence describes."""
    known = with_seen_types(instances, evidence)
    names = dict.fromkeys(a.instance.instance_type for a in facts.attempts if a.instance.instance_type)
    return tuple(
        Gap(
            what=f"the figures of the instance type {name}",
            why=f"the catalogue of instance types ({instances.date}) does not have it",
            matters="how long a dump takes there cannot be reckoned; `fsnap-diagnose instances --refresh -o FILE` "
            "reads your region's types, `--instances FILE` uses them",
            permission="ec2:DescribeInstanceTypes",
        )
        for name in names
        if known.get(name) is None
    )
