"""Which types to paste into one environment: processors alike, so that a task can be restored on any of the hosts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.planning import LISTED, Plan, TypeRow
from analyzer.advisor.processors import VENDORS_CHOICE, processor_of

ENOUGH = 5
"""Types of one list: with fewer, Spot capacity may run out."""


@dataclass(frozen=True)
class Choice:
    """The types that could be pasted and have processors of one maker and generation."""

    processors: str
    """`Intel 6`; empty where AWS does not name the maker or the family has no number."""
    rows: tuple[TypeRow, ...]
    """In the plan's order."""


def pasted_rows(plan: Plan, shown: Sequence[TypeRow], top: int | None) -> tuple[TypeRow, ...]:
    """The types to put into an environment: of one processor generation, and `top` at most.

    Batch takes any type of the list. So one that fits only while its tasks are few is no part of it where there are
    others; nor is one with another processor than the rest, for a task might not be restored there.

    Args:
        plan: the plan.
        shown: the rows that are listed; their generations come first.
        top: None: ten, and of named types all.
    """
    found = choices(plan)
    if not found:
        return ()
    names = {row.kind.name for row in shown}
    chosen = _chosen(found, names)
    own = sum(row.kind.name in names for row in chosen.rows)
    most = top or (len(chosen.rows) if plan.request.instances else LISTED)
    return chosen.rows[: min(max(own, ENOUGH), most)]


def choices(plan: Plan) -> tuple[Choice, ...]:
    """The lists that there are to choose from, that with the first type of the plan's order first."""
    groups: dict[str, list[TypeRow]] = {}
    for row in usable_rows(plan):
        groups.setdefault(processors_text(row), []).append(row)
    # types whose processors nobody names may have any: each is a list of its own
    unnamed = groups.pop("", [])
    known = [Choice(name, tuple(rows)) for name, rows in groups.items()]
    return (*known, *(Choice("", (row,)) for row in unnamed))


def processors_text(row: TypeRow) -> str:
    """`Intel 6`; empty where the maker or the generation is not known."""
    return processor_of(row.kind) if row.kind.processor and row.kind.generation is not None else ""


def usable_rows(plan: Plan) -> tuple[TypeRow, ...]:
    """The rows that fit: however many tasks Batch packs, where there are such; and without objections, the same."""
    if plan.request.memory_bytes is None:
        rows = [row for row in plan.rows if any(one.footprint_bytes for one in row.capacities)]
    else:
        rows = [row for row in plan.rows if row.fits_packed] or list(plan.fitting)
    return tuple([row for row in rows if not objections(row.kind)] or rows)


def objections(kind: InstanceType) -> list[str]:
    """Why a compute environment for snapshots should not have this type, whatever its bandwidth."""
    return [
        why
        for applies, why in (
            (not kind.spot, "it is not to be had as Spot"),
            (not kind.nvme_gb, "it has no local NVMe storage"),
            (not kind.current_generation, "it is of an older generation"),
            (kind.bare_metal, "it is bare metal"),
            (kind.burstable, "its processor lives on credits"),
            (kind.accelerated, "it has accelerators, which are paid for"),
        )
        if applies
    ]


def _chosen(found: Sequence[Choice], names: set[str]) -> Choice:
    """Of those with a listed type that of the most types, five being enough; of equal ones the vendor's choice."""
    listed = [one for one in found if any(row.kind.name in names for row in one.rows)] or found
    return min(listed, key=lambda one: (-min(len(one.rows), ENOUGH), one.processors != VENDORS_CHOICE))


def choice_sentence(plan: Plan, pasted: Sequence[TypeRow]) -> str:
    """Why the types to paste are of one generation, and which others there were; empty where nothing is pasted."""
    if not pasted:
        return ""
    count, own = len(pasted), processors_text(pasted[0])
    types = "1 type" if count == 1 else f"{count} types"
    alike = f"{types} of one processor generation ({own})" if own else f"{types}, of a processor that is not named"
    said = (
        f"To paste: {alike}. Batch takes any type of a list, and a task cannot be restored on a processor that lacks "
        "what the one had on which it was dumped (FS219). As a rule a newer one of the same maker is safe; an older "
        "one or another maker's is not."
    )
    return f"{said}{_others(plan, own)}"


def _others(plan: Plan, own: str) -> str:
    found = [one for one in choices(plan) if one.processors]
    others = [one for one in found if one.processors != own]
    if not others:
        return ""
    cheapest, widest = found[0], max(found, key=lambda one: len(one.rows))
    first = " Of those with 5 or more, that of the vendor's own families comes first." if own == VENDORS_CHOICE else ""
    return (
        f" There are {len(found)} such lists: the cheapest begins with {cheapest.rows[0].kind.name} "
        f"({cheapest.processors}), the widest has {len(widest.rows)} types ({widest.processors}), this one "
        f"{sum(len(one.rows) for one in found if one.processors == own)}.{first} To have another, name its families, "
        f"as in --instance {others[0].rows[0].kind.family}."
    )
