"""Instance types to propose instead: those of the environment that are well suited, else some that are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import cost_order, is_candidate
from analyzer.advisor.window import Figure, Transfer, line_of, predict
from analyzer.checks.setting import Environment, Setting
from analyzer.classifier.units import MIB

PROPOSED = 4
ENOUGH = 3
"""Types in an environment's own list that suit; with fewer there is too little Spot capacity to choose from."""
VENDORS_CHOICE = ("Intel", 6)
"""Maker and generation of the families that the vendor recommends: c6id, m6id, r6id."""
ARCHITECTURE = "x86_64"
LEAST_VCPUS = 8
"""Smaller types hold few tasks; where a task is known its own size counts instead."""


def well_suited(kind: InstanceType, setting: Setting) -> bool:
    """Whether the type may carry snapshots, and a host full of such tasks gets its dump out inside the window."""
    if not is_candidate(kind, ARCHITECTURE) or kind.baseline_gbps is None or kind.bursts:
        return False
    task = setting.task
    tasks = setting.tasks_on(kind, task) if task else 1
    if tasks < 1 or (task is None and kind.vcpus < LEAST_VCPUS):
        return False
    held = task.memory_bytes if task else kind.memory_bytes
    prediction = predict(Transfer(Figure(held, "")), line_of(kind.baseline_gbps, tasks_per_host=tasks))
    return prediction.fit(setting.window) == "fits"


def proposed_types(setting: Setting) -> tuple[str, ...]:
    """Types to write into an environment's list; none where no type suits."""
    own = _suited(setting.types.values(), setting)
    if len(own) >= ENOUGH:
        return tuple(kind.name for kind in own[:PROPOSED])
    rest = _suited(_all_types(setting.catalogue).values(), setting)
    # a task can be restored on a processor that has what the old one had: one maker, one generation
    maker, generation = (own[0].processor, own[0].generation) if own else VENDORS_CHOICE
    alike = [kind for kind in rest if (kind.processor, kind.generation) == (maker, generation)]
    more = [kind for kind in alike if kind.name not in setting.types]
    return tuple(kind.name for kind in (*own, *more)[:PROPOSED])


def _all_types(catalogue: InstanceCatalogue) -> Mapping[str, InstanceType]:
    # what AWS was asked for is only what the environments allow
    return {**shipped_instances().types, **catalogue.types}


def _suited(kinds: Iterable[InstanceType], setting: Setting) -> list[InstanceType]:
    found = [kind for kind in kinds if well_suited(kind, setting)]
    return sorted(found, key=cost_order)


def values_for_types(setting: Setting, environment: Environment | None = None) -> Mapping[str, str]:
    """The placeholders of fixes that change a list of instance types."""
    usable = setting.usable
    chosen = environment or (usable[0] if len(usable) == 1 else None)
    proposed = ",".join(proposed_types(setting))
    return {**setting.values(chosen), **({"YOUR-INSTANCE-TYPES": proposed} if proposed else {})}


def whole_gib(size_bytes: int) -> str:
    """`60.GB`, rounded down, as Nextflow takes it (its GB are 2**30 bytes); below one `640.MB`."""
    gib = size_bytes // 2**30
    return f"{gib}.GB" if gib else f"{size_bytes // MIB}.MB"
