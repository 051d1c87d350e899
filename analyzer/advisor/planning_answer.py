"""What a plan amounts to, in sentences: the result, what to beware of, what was assumed, and what else to do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.advisor.instance_types import GIB
from analyzer.advisor.planning import Plan, Request, TypeRow
from analyzer.advisor.planning_choice import choice_sentence, objections, pasted_rows
from analyzer.advisor.planning_hosts import hosts_sentence
from analyzer.advisor.planning_limits import crowded, vcpus_that_keep_apart
from analyzer.advisor.planning_prices import order_text, price_assumptions, price_cautions
from analyzer.advisor.planning_snippets import Snippet, snippets
from analyzer.advisor.vendor_table import disagreements
from analyzer.advisor.window import largest_footprint, line_of
from analyzer.classifier.units import at_most_text, seconds_text, size_text

NAMED = 4
"""Types that a sentence names; the rest are counted."""
FORMULA = "seconds = memory_bytes * dirty_share / (baseline_gbps * 10**9 / 8 * efficiency / tasks_per_host)"


@dataclass(frozen=True)
class Answer:
    """A plan, and what is said of it."""

    plan: Plan
    shown: tuple[TypeRow, ...]
    pasted: tuple[TypeRow, ...]
    """The types of the snippets: of one processor generation."""
    summary: str
    cautions: tuple[str, ...]
    assumptions: tuple[str, ...]
    advice: tuple[str, ...]
    snippets: tuple[Snippet, ...]


def answer(plan: Plan, *, top: int | None, everything: bool = False) -> Answer:
    """Put the plan into words: `top` types at most are listed and pasted; `everything`: of all that were considered."""
    shown = plan.shown(top, everything)
    pasted = pasted_rows(plan, shown, top)
    advice = (choice_sentence(plan, pasted), hosts_sentence(plan, pasted), *_advice(plan.request))
    cautions = [*_crowding(plan, shown, pasted), *_objections(plan), *price_cautions(plan)]
    cautions += [one.sentence for one in disagreements((row.kind.name for row in shown), plan.catalogue)]
    return Answer(
        plan,
        shown,
        pasted,
        _summary(plan, shown),
        tuple(cautions),
        (*_assumptions(plan), *price_assumptions(plan, pasted)),
        tuple(filter(None, advice)),
        snippets(plan, pasted),
    )


def task_text(request: Request) -> str:
    """`60.0 GiB and 16 vCPU`."""
    return f"{size_text(request.memory_bytes or 0)} and {request.vcpus} vCPU"


def _summary(plan: Plan, shown: Sequence[TypeRow]) -> str:
    request = plan.request
    if request.memory_bytes is None:
        return f"The most memory whose dump fits into the window, on {_names(plan.rows)}"
    if request.instances:
        verdicts = "; ".join(f"{row.kind.name} {_VERDICTS[row.verdict or 'unknown']}" for row in plan.rows[:NAMED])
        more = f"; {len(plan.rows) - NAMED} more below" if len(plan.rows) > NAMED else ""
        return f"A task of {task_text(request)}: {verdicts}{more}"
    fitting, considered = len(plan.fitting), len(plan.rows)
    if fitting:
        of_them = "" if len(shown) in (fitting, considered) else f"; {len(shown)} listed, {order_text(plan)}"
        return f"A task of {task_text(request)} fits {fitting} of {considered} types{of_them}"
    return f"A task of {task_text(request)} fits none of {considered} types: {_why_none(plan)}"


_VERDICTS = {
    "fits": "fits",
    "tight": "is tight",
    "outruns": "outruns the window",
    "no room": "has no room for it",
    "unknown": "cannot be judged",
}


def _why_none(plan: Plan) -> str:
    if all(row.verdict == "no room" for row in plan.rows):
        return "none has room for it"
    most = max((one.footprint_bytes for row in plan.rows for one in row.capacities), default=0)
    return f"the most that fits on any of them is {at_most_text(most)}"


def _names(rows: Sequence[TypeRow]) -> str:
    names = [row.kind.name for row in rows[:NAMED]]
    if len(rows) > NAMED:
        names.append(f"{len(rows) - NAMED} more")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _crowding(plan: Plan, shown: Sequence[TypeRow], pasted: Sequence[TypeRow]) -> list[str]:
    """Where Batch can put more tasks on a host than were planned, and these no longer fit together."""
    rows = crowded(plan, shown)
    if not rows:
        return []
    named = ", ".join(_together(row, plan) for row in rows[:NAMED])
    more = f", and {len(rows) - NAMED} more types" if len(rows) > NAMED else ""
    vcpus = vcpus_that_keep_apart(rows)
    planned = f"{rows[0].tasks} such task{'s' if rows[0].tasks > 1 else ''} a host"
    apart = f", which a task gets that asks for {vcpus} vCPU or more" if vcpus else ""
    names = {row.kind.name for row in pasted}
    left_out = not any(row.kind.name in names for row in rows)
    return [
        f"Batch packs hosts, and all tasks of a host dump at once: {named}{more}. What is said holds for {planned} "
        f"only{apart}.{' These types are left out of what is to be pasted.' if left_out else ''}"
    ]


def _together(row: TypeRow, plan: Plan) -> str:
    if row.packing:
        seconds, verdict = row.packing.prediction.expected, row.packing.verdict
        return f"{row.packing.tasks} on {row.kind.name} take {seconds_text(seconds)} ({verdict})"
    if row.full_host is None:
        return row.kind.name
    verdict = row.full_host.fit(plan.request.window)
    return f"a full {row.kind.name} takes {seconds_text(row.full_host.expected)} ({verdict})"


def _objections(plan: Plan) -> list[str]:
    if not plan.request.instances:
        return []
    said = ((row.kind.name, objections(row.kind)) for row in plan.rows)
    return [f"{name} would not be proposed for snapshots: {', '.join(why)}." for name, why in said if why]


def _assumptions(plan: Plan) -> list[str]:
    request, window = plan.request, plan.request.window
    efficiency = request.efficiency
    said = [
        f"Efficiency: {efficiency.expected:.2f} of the line, between {efficiency.low:.2f} and {efficiency.high:.2f} "
        f"({efficiency.source}).",
        f"Window: {window.seconds:g} s, of which {window.margin_share:.0%} are kept free: a type fits when the "
        f"expected time is at most {window.usable_seconds:g} s, and the longest at most {window.seconds:g} s; it is "
        f"tight when only the expected time is within {window.seconds:g} s, and else outruns the window. "
        "AWS gives the notice on a best-effort basis.",
        _resident(request),
        _sharing(request),
        "Bandwidth: the sustained one of network card 0. What AWS calls `Up to` needs burst credits, and nobody "
        "promises them.",
        "Room: what tasks can have of a host's memory is less than is built in; the kernel and the ECS agent keep "
        "some of it.",
        f"Types: {_catalogue_text(plan)}",
    ]
    if request.dirty_share < 1:
        said.insert(3, _incremental(request))
    return said


def _resident(request: Request) -> str:
    if request.memory_bytes is None:
        return "Memory: what a task holds when it is dumped, which is at most what it asks for."
    return (
        "Memory: all of it is taken to be resident. A task that holds less dumps faster: see peak_rss in Nextflow's "
        "trace, and plan with that."
    )


def _incremental(request: Request) -> str:
    return (
        f"Incremental dumps: {request.dirty_share:.0%} of the memory changed since the last pre-dump. A reclaim before "
        "the first pre-dump is complete (one begins every 5 minutes, on x86_64 only) moves all of it."
    )


def _sharing(request: Request) -> str:
    if request.packed:
        number = "as many such tasks as Batch can put there"
    else:
        tasks = request.tasks_per_host or 1
        number = f"{tasks} such task{'s' if tasks > 1 else ''}"
    return (
        f"Tasks on a host: {number}. All that run there dump at once and share its line; tasks of other processes "
        "count, too."
    )


def _catalogue_text(plan: Plan) -> str:
    catalogue = plan.catalogue
    where = f" of {catalogue.region}" if catalogue.region else ", of several regions, so yours may lack some"
    figures = f"{catalogue.source}, {catalogue.date}{where}."
    if plan.request.instances:
        return figures
    order = "Ordered by what they are likely to cost, which is no price."
    if plan.prices and plan.prices.prices:
        order = "Ordered by Spot price; behind them those without one, by what they are likely to cost."
    return (
        f"{len(plan.rows)} of {len(catalogue.types)} were considered: Spot, {plan.request.architecture}, current "
        "generation, local NVMe storage, no bare metal, accelerators or processor credits. "
        f"{order} {figures}"
    )


def _advice(request: Request) -> list[str]:
    said = [
        "Give the environment's subnets an S3 gateway endpoint: through an internet gateway a host below 32 vCPU gets "
        "5 Gbps, a larger one half of its line.",
        "Let the environment have several types of several families: Spot capacity of one runs out.",
    ]
    ratio = _full_host_ratio(request)
    if ratio:
        said.append(
            f"Where tasks of other processes run on the same hosts, keep to types of at most {ratio:.1f} GiB per Gbps: "
            "there even a host whose memory is full is dumped in time."
        )
    if request.architecture == "arm64":
        said.append("On arm64 every dump is a full one; x86_64 has incremental dumps, which leave less for the window.")
    return said


def _full_host_ratio(request: Request) -> float:
    """GiB per Gbps up to which a dump of all the memory fits; rounded down to a tenth."""
    largest = largest_footprint(line_of(1.0, efficiency=request.efficiency), request.window, request.dirty_share)
    return math.floor(largest / GIB * 10) / 10
