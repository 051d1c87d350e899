"""The limits of what tasks may ask for, so that every type of a list holds them and their dumps fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.advisor.instance_types import GIB
from analyzer.advisor.placement import Shape, tasks_that_fit
from analyzer.advisor.planning import MIB, Plan, TypeRow, judged
from analyzer.advisor.quantities import LEAST_MEMORY


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
