"""Which instance types fit a task: its processors and memory, and its dump the window, on a host full of such tasks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.advisor.footprint import Footprint, requested_bytes
from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import Shape, cost_order, is_candidate, registered_mib, tasks_that_fit
from analyzer.advisor.prices import SpotPrices
from analyzer.advisor.window import Prediction, Span, Transfer, Window, line_of, predict
from analyzer.classifier.facts import Facts
from analyzer.classifier.units import MIB
from analyzer.evidence.model import Evidence

PROPOSED = 5
"""Types that are proposed: Spot capacity comes and goes, one type alone is no plan."""
PRICED = 40
"""Types whose prices are worth asking for."""
ARM = ("arm64", "aarch64")


@dataclass(frozen=True)
class Option:
    """A type that fits, with the figures that show it."""

    kind: InstanceType
    tasks_per_host: int
    """Such tasks that Batch can put on it: all dump at once."""
    prediction: Prediction
    per_hour_usd: float | None = None
    """Spot price, where it was asked for."""


@dataclass(frozen=True)
class Need:
    """What has to fit."""

    shape: Shape
    transfer: Transfer
    efficiency: Span
    window: Window


def shape_of(facts: Facts, held: Footprint | None) -> Shape | None:
    """What the task asks for; where its memory is not known, what it holds."""
    spec = facts.job.main if facts.job else None
    memory = requested_bytes(facts) or (held.bytes if held else None)
    if not memory:
        return None
    told = {a.instance.architecture for a in facts.attempts if a.instance.architecture}
    architecture = "arm64" if told and told <= set(ARM) else "x86_64"
    vcpus = spec.vcpus if spec and spec.vcpus and math.isfinite(spec.vcpus) and spec.vcpus > 0 else 1
    return Shape(vcpus, memory, architecture)


def option(kind: InstanceType, need: Need, registered: Mapping[str, int], price: float | None = None) -> Option | None:
    """The type with its figures; None where it cannot hold the task, or its host's dumps do not fit the window."""
    tasks = tasks_that_fit(kind, need.shape, registered)
    if tasks < 1 or not kind.baseline_gbps:
        return None
    prediction = predict(need.transfer, line_of(kind.baseline_gbps, tasks_per_host=tasks, efficiency=need.efficiency))
    stored = tasks * need.transfer.footprint_bytes.value
    if prediction.fit(need.window) != "fits" or stored > kind.nvme_gb * 10**9:
        return None
    return Option(kind, tasks, prediction, price)


def options(
    need: Need, instances: InstanceCatalogue, registered: Mapping[str, int], prices: SpotPrices | None = None
) -> tuple[Option, ...]:
    """Every type that fits, cheapest first: by price where one is known, else by the stated order, those behind."""
    found = []
    for kind in instances.types.values():
        if is_candidate(kind, need.shape.architecture):
            price = prices.of(kind.name) if prices else None
            fitting = option(kind, need, registered, price.per_hour_usd if price else None)
            if fitting:
                found.append(fitting)
    return tuple(sorted(found, key=_order))


def _order(one: Option) -> tuple[bool, float, float, str]:
    weight, name = cost_order(one.kind)
    return (one.per_hour_usd is None, one.per_hour_usd or 0.0, weight, name)


def best_of_each_family(found: tuple[Option, ...]) -> tuple[Option, ...]:
    """The first of each family: pools of capacity that do not run dry together."""
    first: dict[str, Option] = {}
    for one in found:
        first.setdefault(one.kind.family, one)
    return tuple(first.values())


def host_memory(evidence: Evidence | None) -> Mapping[str, int]:
    """Type -> MiB that its hosts register, as seen on this job's hosts."""
    return registered_mib(evidence.container_instances) if evidence else {}


def with_seen_types(instances: InstanceCatalogue, evidence: Evidence | None) -> InstanceCatalogue:
    """The catalogue, with what AWS said of the job's own types instead."""
    return instances.with_documents(evidence.instance_types) if evidence else instances


def memory_text(count: int) -> str:
    """`47.GB`, `640.MB`: as Nextflow's configuration takes it, rounded down."""
    gib = count // 2**30
    return f"{gib}.GB" if gib else f"{max(count // MIB, 1)}.MB"


def whole_amount(count: int) -> int:
    """Rounded down to what `memory_text` says, in bytes."""
    return count // 2**30 * 2**30 if count >= 2**30 else max(count // MIB, 1) * MIB
