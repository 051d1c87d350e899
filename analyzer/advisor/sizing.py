"""Which instance types fit a task: its processors and memory, and its dump the window, on a host full of such tasks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import Shape, cost_order, is_candidate, registered_mib, tasks_that_fit
from analyzer.advisor.prices import SpotPrices
from analyzer.advisor.processors import VENDORS_CHOICE, processor_of
from analyzer.advisor.window import Prediction, Span, Transfer, Window, line_of, predict
from analyzer.classifier.units import MIB
from analyzer.evidence.job import mapping, texts
from analyzer.evidence.model import Evidence
from analyzer.frozen import frozen

PROPOSED = 5
"""Types that are proposed: Spot capacity comes and goes, one type alone is no plan."""
_ALLOWED = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
PRICED = 40
"""Types whose prices are worth asking for."""


@frozen
class Option:
    """A type that fits, with the figures that show it."""

    kind: InstanceType
    tasks_per_host: int
    """Such tasks that Batch can put on it: all dump at once."""
    prediction: Prediction
    per_hour_usd: float | None = None
    """Spot price, where it was asked for."""


@frozen
class Need:
    """What has to fit."""

    shape: Shape
    transfer: Transfer
    efficiency: Span
    window: Window


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


def of_like_processors(found: tuple[Option, ...], own: str | None) -> tuple[Option, ...]:
    """Those of the fitting types whose processors are alike, so that a task can be restored on any of them.

    Of several such groups: the largest, where five types are enough; of equal ones that of the job's own hosts
    (`own`, as `processor_of` says it), else that of the first.
    """
    groups: dict[str, list[Option]] = {}
    for one in found:
        groups.setdefault(processor_of(one.kind), []).append(one)
    best = min(groups, key=lambda name: (-min(len(groups[name]), PROPOSED), name != own), default=None)
    return tuple(groups[best]) if best is not None else ()


def best_of_each_family(found: tuple[Option, ...]) -> tuple[Option, ...]:
    """The first of each family: pools of capacity that do not run dry together."""
    first: dict[str, Option] = {}
    for one in found:
        first.setdefault(one.kind.family, one)
    return tuple(first.values())


def host_memory(evidence: Evidence | None) -> Mapping[str, int]:
    """Type -> MiB that its hosts register, as seen on this job's hosts."""
    return registered_mib(evidence.container_instances) if evidence else {}


def allowed_types(evidence: Evidence) -> tuple[str, ...]:
    """Types, families and bundles that the compute environments allow; what is no such name falls out."""
    resources = (mapping(one.get("computeResources")) for one in evidence.compute_environments)
    names = (name for one in resources for name in texts(one.get("instanceTypes")) if _ALLOWED.fullmatch(name))
    return tuple(dict.fromkeys(names))


def own_processor(host: InstanceType | None, allowed: tuple[str, ...], instances: InstanceCatalogue) -> str:
    """That of the host, else the one that all allowed types have, else that of the families that the vendor names."""
    names = {name.split(".", 1)[0] for name in allowed}
    kinds = [host] if host else [kind for kind in instances.types.values() if kind.family in names]
    found = {processor_of(kind) for kind in kinds}
    return found.pop() if len(found) == 1 else VENDORS_CHOICE


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
