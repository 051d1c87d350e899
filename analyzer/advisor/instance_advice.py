"""Instances: types on which a task fits, and its dump keeps inside the window."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from analyzer.advisor.conditions import architecture
from analyzer.advisor.footprint import Footprint
from analyzer.advisor.host_advice import held_up_elsewhere
from analyzer.advisor.memory import held_figures, host_figures, window_figures
from analyzer.advisor.prices import SpotPrices, market_sentences, placement_figures, placement_of, price_figures
from analyzer.advisor.reckoning import Reckoning
from analyzer.advisor.sizing import PROPOSED, Option, best_of_each_family
from analyzer.advisor.vendor_table import disagreements
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Recommendation
from analyzer.classifier.units import bytes_text, seconds_text

NAMED = 8
"""Types that a comment names; the rest are counted."""
ORDER = "smallest cost first; no price is known (--prices asks for them), so by size: docs/instances.md says how"
PRICED_ORDER = "lowest Spot price now first, by DescribeSpotPriceHistory; types without a price behind them, by size"
ENVIRONMENT = "YOUR-COMPUTE-ENVIRONMENT"
ALIKE = "All have processors of one generation, so that a task that was dumped on one can be restored on another."


def instances_that_fit(facts: Facts, reckoning: Reckoning, environment: str | None) -> Recommendation | None:
    """Up to five types on which this task's dump fits into the window; None where none does or too little is known.

    None also where the dump fits as it is, and where something else than the host's bandwidth holds it up.
    """
    if reckoning.held is None or reckoning.fits_already or held_up_elsewhere(reckoning.host):
        return None
    used = reckoning.host.kind.name if reckoning.host.kind else None
    chosen = tuple(one for one in reckoning.options if one.kind.name != used)[:PROPOSED]
    if not chosen:
        return None
    first = chosen[0]
    held = _held_text(reckoning.held)
    return _recommendation(
        facts,
        reckoning,
        chosen,
        f"Give the dump more bandwidth: a dump of {held} is predicted to take "
        f"{seconds_text(first.prediction.expected)} on {first.kind.name} ({first.kind.baseline_gbps:g} Gbps baseline)"
        f"{_on_a_full_host(first)}{_instead_of(reckoning)}.",
        environment,
    )


def instances_of_several_families(facts: Facts, reckoning: Reckoning, environment: str | None) -> Recommendation | None:
    """One fitting type of each of the five cheapest families: Spot capacity runs out by type and zone."""
    chosen = best_of_each_family(reckoning.options)[:PROPOSED]
    if len(chosen) < 2 or reckoning.held is None:  # noqa: PLR2004 - one alone is no choice
        return None
    return _recommendation(
        facts,
        reckoning,
        chosen,
        "Offer Batch several families, so that one busy pool of Spot capacity is not the only one; the task fits on "
        f"each of these, and a dump of {_held_text(reckoning.held)} into the window of "
        f"{reckoning.window.seconds:g} s.",
        environment,
    )


def _on_a_full_host(one: Option) -> str:
    return f", with {one.tasks_per_host} such tasks on the host" if one.tasks_per_host > 1 else ""


def _held_text(held: Footprint) -> str:
    """`64.0 GiB`; where a cut dump is all that tells, `56.7 GiB or more`; and what of it changed."""
    share = held.transfer.dirty_share.value
    changed = f", of which {share * 100:.0f} % changed since the last pre-dump," if share < 1 else ""
    return f"{bytes_text(held.bytes)}{' or more' if held.at_least else ''}{changed}"


def _instead_of(reckoning: Reckoning) -> str:
    kind, now, crowded = reckoning.host.kind, reckoning.now, reckoning.crowded
    if kind is None or now is None or crowded is None:
        return ""
    alone = now.fit(reckoning.window) != "fits"
    seconds, tasks = (now.expected, 1) if alone else (crowded.expected, reckoning.host.together)
    beside = f" with {tasks} such tasks on it" if tasks > 1 else ""
    return f", instead of {seconds_text(seconds)} on {kind.name} ({kind.baseline_gbps or 0:g} Gbps){beside}"


def _recommendation(
    facts: Facts, reckoning: Reckoning, chosen: tuple[Option, ...], summary: str, environment: str | None
) -> Recommendation:
    names = [one.kind.name for one in chosen]
    said = (ALIKE, *_vendor_sentences(reckoning, names))
    return Recommendation(
        kind="instance",
        summary=" ".join((summary, *market_sentences(reckoning.prices, names), *said)),
        current=_current(facts, reckoning),
        proposed={"instance_types": names},
        because=_because(facts, reckoning, chosen),
        snippet_language="bash",
        snippet="\n".join(
            (
                f"# replaces the environment's whole list{_list_text(reckoning.allowed)}: add what other tasks need",
                f"aws batch update-compute-environment --compute-environment {environment or ENVIRONMENT} \\",
                f"  --compute-resources '{json.dumps({'instanceTypes': names})}'",
            )
        ),
    )


def _list_text(allowed: tuple[str, ...]) -> str:
    named = ", ".join(allowed[:NAMED])
    more = f" and {len(allowed) - NAMED} more" if len(allowed) > NAMED else ""
    return f" ({named}{more})" if allowed else ""


def _vendor_sentences(reckoning: Reckoning, names: Iterable[str]) -> tuple[str, ...]:
    """Once: for the host's type, whatever state of the table has it, else for a proposed one that it still has."""
    host = reckoning.host.kind.name if reckoning.host.kind else None
    found = disagreements([host, *names] if host else names, reckoning.instances)
    return tuple(d.sentence for d in found if d.row.type == host or not d.withdrawn)[:1]


def _current(facts: Facts, reckoning: Reckoning) -> dict[str, object]:
    """What the job ran on, and what its environment allows: the list that the snippet replaces."""
    kind = reckoning.host.kind
    told = [*dict.fromkeys(c for a in facts.attempts for c in (a.instance.instance_type, *a.instance.candidates) if c)]
    ran_on, allows = [kind.name] if kind else told, list(reckoning.allowed)
    allowed = {"environment_instance_types": allows} if allows and allows != ran_on else {}
    return {"instance_types": ran_on or None, **allowed}


def _because(facts: Facts, reckoning: Reckoning, chosen: tuple[Option, ...]) -> dict[str, object]:
    shape, efficiency = reckoning.shape, reckoning.host.efficiency
    figures: dict[str, object] = {}
    if shape is not None:
        figures |= {
            "task_vcpus": shape.vcpus,
            "task_memory_bytes": shape.memory_bytes,
            "task_from": "the job's description" if reckoning.asked else "not known: one vCPU, and what the task held",
            "architecture": shape.architecture,
            "architecture_from": "the job's hosts" if architecture(facts) else "not known: x86_64 is assumed",
        }
    figures |= held_figures(reckoning)
    figures |= {"line_efficiency": round(efficiency.expected, 4), "line_efficiency_from": efficiency.source}
    figures |= host_figures(reckoning)
    if reckoning.now is not None:
        figures["predicted_now_seconds"] = round(reckoning.now.expected, 1)
    priced = any(one.per_hour_usd is not None for one in chosen)
    return (
        figures
        | window_figures(reckoning)
        | placement_figures(placement_of(reckoning.prices, [one.kind.name for one in chosen]))
        | {
            "order": PRICED_ORDER if priced else ORDER,
            "types": [_row(one, reckoning.prices) for one in chosen],
            "catalogue": reckoning.instances.date,
            "catalogue_from": reckoning.instances.source,
            "formula": "dump_seconds = footprint_bytes * dirty_share * 8 * tasks_per_host / "
            "(baseline_gbps * 10**9 * line_efficiency)",
        }
    )


def _row(one: Option, prices: SpotPrices | None) -> Mapping[str, object]:
    row: dict[str, object] = {
        "instance_type": one.kind.name,
        "vcpus": one.kind.vcpus,
        "memory_gib": one.kind.memory_mib / 1024,
        "baseline_gbps": one.kind.baseline_gbps,
        "tasks_per_host": one.tasks_per_host,
        "dump_seconds": round(one.prediction.expected, 1),
        "slowest_seconds": round(one.prediction.slowest, 1),
    }
    return row | price_figures(prices.of(one.kind.name) if prices else None)
