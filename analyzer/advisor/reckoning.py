"""One job's reckoning: what its dump moves, over what line, in what time, and what would fit instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from analyzer.advisor.dump_rate import DumpRate, dump_rate
from analyzer.advisor.footprint import Footprint, footprint, requested_bytes
from analyzer.advisor.host_line import HostLine, host_line
from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.placement import Shape, tasks_that_fit
from analyzer.advisor.prices import SpotPrices, read_spot_prices
from analyzer.advisor.sizing import (
    Need,
    Option,
    allowed_types,
    host_memory,
    of_like_processors,
    options,
    own_processor,
    whole_amount,
    with_seen_types,
)
from analyzer.advisor.task_shape import shape_of
from analyzer.advisor.window import Line, Prediction, Transfer, Window, largest_footprint, predict
from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.finding import Finding
from analyzer.classifier.operations import attempts_of_dumps
from analyzer.evidence.model import Evidence, Gap
from analyzer.frozen import frozen

LEAST_MEMORY = 2**28
"""Bytes; a limit below this is no advice for a task, but a sign that memory is not what is wrong."""
LEAST_SHARE = 0.1
"""Nor is a limit below this share of what the task was seen to hold: no tool can be made to live with it."""


@frozen
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
    host_from: str | None = None
    """Of which attempt the host is, and what names its type."""
    allowed: tuple[str, ...] = ()
    """Types and families that the job's compute environments allow."""

    @property
    def line(self) -> Line | None:
        """What one task can count on: measured, by the host's type, or by a dump taken for a window long."""
        if self.host.sustained is not None:
            return self.host.sustained
        return self.rate.line if self.rate else None

    @property
    def now(self) -> Prediction | None:
        """How long a dump of all that the task holds takes on the host that it had."""
        return predict(self.held.transfer, self.line) if self.held and self.line else None

    @property
    def crowded(self) -> Prediction | None:
        """The same, when as many such tasks dump as Batch can put on that host."""
        line = self.host.crowded or self.line
        return predict(self.held.transfer, line) if self.held and line else None

    @property
    def fits_already(self) -> bool:
        """Whether by the model the dump fits as it is: then neither less memory nor another type is the cure."""
        known = self.held is not None and not self.held.at_least
        return known and self.crowded is not None and self.crowded.fit(self.window) == "fits"

    @property
    def outruns(self) -> bool:
        """Whether what was seen of the task, on the host that it had, does not fit into the window by the model."""
        if self.held is None or not self.held.measured or self.host.line is None:
            return False
        return predict(self.held.transfer, self.host.line).fit(self.window) == "outruns"

    @property
    def fitting_memory(self) -> int | None:
        """The most memory that fits on the host that the job had, in whole GiB; None where that is no limit to set."""
        if self.line is None:
            return None
        share = self.held.transfer.dirty_share.value if self.held else 1.0
        most = largest_footprint(self.line, self.window, share)
        seen = max(self.held.seen_bytes or 0, self.held.bytes if self.held.measured else 0) if self.held else 0
        return whole_amount(most) if most >= max(LEAST_MEMORY, seen * LEAST_SHARE) else None

    def vcpus_that_keep_apart(self, memory_bytes: int) -> int | None:
        """What a task with that memory must ask for, so that Batch puts no more of them on the host than there were.

        None where it puts no more there anyway, or where the host is not known. Less memory for each task alone
        changes nothing on a host that is then filled with more of them.
        """
        kind, shape = self.host.kind, self.shape
        if kind is None or shape is None:
            return None
        less = replace(shape, memory_bytes=max(shape.memory_bytes - (self.asked or 0), 0) + memory_bytes)
        if tasks_that_fit(kind, less, self.registered) <= self.host.shared_by:
            return None
        return kind.vcpus // (self.host.shared_by + 1) + 1

    @cached_property
    def need(self) -> Need | None:
        """What has to fit on another instance."""
        if self.held is None or self.shape is None:
            return None
        return Need(self.shape, self.held.transfer, self.host.efficiency, self.window)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Types that fit the task as it is, cheapest first; all have processors alike."""
        if self.need is None:
            return ()
        own = own_processor(self.host.kind, self.allowed, self.instances)
        return of_like_processors(options(self.need, self.instances, self.registered, self.prices), own)

    def with_memory(self, count: int) -> Prediction | None:
        """How long the dump takes on the host that the job had, if the task holds no more than `count` bytes."""
        if self.held is None or self.line is None:
            return None
        held = self.held.transfer
        return predict(Transfer(replace(held.footprint_bytes, value=count), held.dirty_share), self.line)


def _dumped_on(facts: Facts, root: Finding, rate: DumpRate | None) -> AttemptFacts | None:
    """The attempt whose host wrote the dump that was measured; where none was, the one that the finding is about.

    A rate is set against the bandwidth of the very host that it was measured on, or of none. Only where nothing was
    measured does the last host whose type is known stand in.
    """
    known = {a.attempt.number: a for a in facts.attempts if a.instance.instance_type}
    dumped = attempts_of_dumps(facts).get(rate.folder) if rate and rate.folder is not None else None
    if rate is not None and rate.measured:
        alike = len(known) == len(facts.attempts) and len({a.instance.instance_type for a in known.values()}) == 1
        return known.get(dumped) if dumped is not None else next(iter(known.values()), None) if alike else None
    told = [known[n] for n in (dumped, root.attempt) if n in known]
    return next(iter(told or reversed(list(known.values()))), None)


def reckon(
    facts: Facts, root: Finding, instances: InstanceCatalogue, evidence: Evidence | None, window: Window
) -> Reckoning:
    """Put one job's figures together."""
    known, registered = with_seen_types(instances, evidence), host_memory(evidence)
    held = footprint(facts)
    shape = shape_of(facts, held, evidence)
    rate = dump_rate(facts, root)
    dumped_on = _dumped_on(facts, root, rate)
    kind = known.get(dumped_on.instance.instance_type or "") if dumped_on else None
    return Reckoning(
        held=held,
        shape=shape,
        asked=requested_bytes(facts),
        rate=rate,
        host=host_line(kind, rate, shape, registered),
        window=window,
        instances=known,
        registered=registered,
        prices=read_spot_prices(evidence) if evidence else None,
        host_from=_host_from(dumped_on) if dumped_on and kind else None,
        allowed=allowed_types(evidence) if evidence else (),
    )


def _host_from(one: AttemptFacts) -> str:
    return f"attempt {one.attempt.number}: {one.instance.provenance or 'the evidence'}"


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
