"""How many hosts of a type the planned tasks need when they run at the same time, and what environment holds them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analyzer.advisor.planning import Plan, TypeRow


def tasks_together(row: TypeRow) -> int:
    """How many of the tasks Batch puts on one host: as many as it holds, or as many as planned where more do not fit.

    The latter needs tasks that ask for more vCPUs, as the limits to paste say. 0 where the task does not fit.
    """
    if row.verdict != "fits" or row.packing is None:
        return 0
    return row.packing.tasks if row.fits_packed else row.tasks


def hosts_needed(plan: Plan, row: TypeRow) -> int | None:
    """Hosts of this type alone for all the tasks at once; None: nobody said how many tasks, or they do not fit."""
    tasks, together = plan.request.tasks_at_once, tasks_together(row)
    return math.ceil(tasks / together) if tasks and together else None


def vcpus_needed(plan: Plan, row: TypeRow) -> int | None:
    """vCPUs of these hosts; None as of `hosts_needed`."""
    hosts = hosts_needed(plan, row)
    return hosts * row.kind.vcpus if hosts else None


def max_vcpus(plan: Plan, pasted: Sequence[TypeRow]) -> int | None:
    """`maxvCpus` with which all tasks run at once, whichever type Batch takes; None as of `hosts_needed`."""
    return max(filter(None, (vcpus_needed(plan, row) for row in pasted)), default=None)


def hosts_sentence(plan: Plan, pasted: Sequence[TypeRow]) -> str:
    """What all the tasks at once need; empty where nobody said how many, or nothing is pasted."""
    most = max_vcpus(plan, pasted)
    if most is None:
        return ""
    tasks = plan.request.tasks_at_once
    counted = sorted((hosts, row.kind.name) for row in pasted if (hosts := hosts_needed(plan, row)))
    (fewest, first), (largest, last) = counted[0], counted[-1]
    needed = f"{fewest} {'host' if fewest == 1 else 'hosts'}"
    if largest > fewest:
        needed += f" of {first}, or up to {largest} of {last}"
    return (
        f"{tasks} such task{'s' if tasks != 1 else ''} at once need {needed}; maxvCpus is {most}: enough for the type "
        "that needs most of them. The account's quota of Spot vCPUs in the region has to be as large, and the queue's "
        "other jobs need room beside them."
    )
