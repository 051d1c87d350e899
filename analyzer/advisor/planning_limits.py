"""What to paste after planning: the compute environment's list of types, and the limits of what tasks may ask for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.advisor.instance_types import GIB, is_type_name
from analyzer.advisor.placement import Shape, tasks_that_fit
from analyzer.advisor.planning import MIB, Plan, TypeRow, judged
from analyzer.advisor.processors import VENDORS_CHOICE, processor_of
from analyzer.advisor.quantities import LEAST_MEMORY

ENVIRONMENT = "YOUR-COMPUTE-ENVIRONMENT"
ENOUGH = 5
"""Types of one list: with fewer, Spot capacity may run out."""


@dataclass(frozen=True)
class Limits:
    """The most that a task may ask for, so that every type of a list holds it and its dump fits."""

    vcpus: int
    memory_bytes: int
    """Whole MiB."""

    @property
    def memory_text(self) -> str:
        """As Nextflow takes it: `60.GB`, `1536.MB`."""
        mib = self.memory_bytes // MIB
        return f"{mib // 1024}.GB" if mib % 1024 == 0 else f"{mib}.MB"


@dataclass(frozen=True)
class Snippet:
    """Something to paste."""

    title: str
    language: str
    """`json`, `bash` or `groovy`."""
    text: str


def pasted_rows(plan: Plan, shown: Sequence[TypeRow], top: int) -> tuple[TypeRow, ...]:
    """The types to put into an environment: those that fit however many tasks Batch packs, where there are any.

    Batch takes any type of the list, so one that fits only while its tasks are few is no part of it; nor is one with
    another processor than the rest, unless the user named it: a task could not be restored there.
    """
    if plan.request.memory_bytes is None:
        return tuple(row for row in shown if any(one.footprint_bytes for one in row.capacities))[:top]
    packed = [row for row in plan.rows if row.fits_packed]
    if plan.request.instances or not packed:
        return tuple((packed or plan.fitting)[:top])
    return _alike([row for row in shown if row.fits_packed] or packed, packed, top)


def _alike(listed: Sequence[TypeRow], rows: Sequence[TypeRow], top: int) -> tuple[TypeRow, ...]:
    """Those of one processor generation: the listed ones, and others where these are too few.

    Of several generations that of the most types, five being enough; of equal ones the vendor's choice.
    """
    groups = {processor_of(row.kind): [one for one in rows if _like(one, row)] for row in listed}
    best = min(groups, key=lambda name: (-min(len(groups[name]), ENOUGH), name != VENDORS_CHOICE))
    own = sum(processor_of(row.kind) == best for row in listed)
    return tuple(groups[best][: min(max(own, ENOUGH), top)])


def _like(one: TypeRow, other: TypeRow) -> bool:
    return processor_of(one.kind) == processor_of(other.kind)


def limits(plan: Plan, rows: Sequence[TypeRow]) -> Limits | None:
    """The limits for tasks on any of these types; None where nothing fits.

    Every whole GiB between what is planned and the limit fits as well, on every type and however Batch packs them.
    """
    if not rows:
        return None
    request = plan.request
    vcpus = max(min(row.kind.vcpus // row.tasks for row in rows), 1)
    if request.memory_bytes is None:
        least = min(row.capacities[0].footprint_bytes for row in rows)
        if least < LEAST_MEMORY:
            return None
        return Limits(vcpus, least // GIB * GIB if least >= GIB else least // MIB * MIB)
    memory, larger = request.memory_bytes // MIB * MIB, (request.memory_bytes // GIB + 1) * GIB
    while not crowded(plan, rows) and all(_takes(plan, row, larger) for row in rows):
        memory, larger = larger, larger + GIB
    return Limits(vcpus, memory)


def _takes(plan: Plan, row: TypeRow, memory_bytes: int) -> bool:
    """Whether a task of that much memory fits as the planned one does."""
    request = plan.request
    room = tasks_that_fit(row.kind, Shape(request.vcpus, memory_bytes, request.architecture))
    tasks = room if request.packed else row.tasks
    if not 0 < tasks <= room or judged(row.kind, memory_bytes, tasks, request)[1] != "fits":
        return False
    return judged(row.kind, memory_bytes, room, request)[1] == "fits"


def crowded(plan: Plan, rows: Sequence[TypeRow]) -> tuple[TypeRow, ...]:
    """The rows that hold only as long as a host has no more tasks than planned, though Batch can put more there.

    Where no memory is planned, tasks of any size up to the limits may fill the host.
    """
    if plan.request.memory_bytes is not None:
        return tuple(row for row in rows if row.verdict == "fits" and not row.fits_packed)
    return tuple(
        row
        for row in rows
        if row.full_host
        and row.full_host.fit(plan.request.window) != "fits"
        and row.kind.vcpus // plan.request.vcpus > row.tasks
    )


def vcpus_that_keep_apart(rows: Sequence[TypeRow]) -> int | None:
    """What each task must ask for so that Batch puts no more of them on a host than planned; None: nothing does."""
    needed = max((row.kind.vcpus // (row.tasks + 1) + 1 for row in rows), default=1)
    return needed if all(needed * row.tasks <= row.kind.vcpus for row in rows) else None


def snippets(plan: Plan, rows: Sequence[TypeRow]) -> tuple[Snippet, ...]:
    """The list of types, the command that sets it, and the limits; nothing where nothing fits."""
    found = limits(plan, rows)
    names = [row.kind.name for row in rows if is_type_name(row.kind.name)]
    if found is None or not names:
        return ()
    return (
        Snippet(
            "The compute environment's types (AWS Batch, computeResources)",
            "json",
            json.dumps({"instanceTypes": names}),
        ),
        Snippet(
            "The same on the command line",
            "bash",
            f"aws batch update-compute-environment --compute-environment {ENVIRONMENT} \\\n"
            f"    --compute-resources instanceTypes={','.join(names)}",
        ),
        Snippet(
            "The pipeline's limits (Nextflow 24.04 or later)",
            "groovy",
            _limits_text(found, crowded(plan, rows)),
        ),
    )


def _limits_text(found: Limits, unsafe: Sequence[TypeRow]) -> str:
    lines = ["process {", f"    resourceLimits = [cpus: {found.vcpus}, memory: {found.memory_text}]", "}"]
    if unsafe:
        tasks, vcpus = unsafe[0].tasks, vcpus_that_keep_apart(unsafe)
        ask = f"; one that asks for {vcpus} cpus or more gets that" if vcpus else ""
        lines.insert(0, f"// holds for {tasks} such task{'s' if tasks > 1 else ''} a host{ask}")
    return "\n".join(lines)
