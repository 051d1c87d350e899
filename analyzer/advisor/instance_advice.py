"""Instances: types on which a task fits and its dump keeps inside the window; what to do where hosts are shared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from analyzer.advisor.memory import held_figures, window_figures
from analyzer.advisor.placeholders import PROCESS, process_of
from analyzer.advisor.prices import SpotPrices, market_sentences, placement_figures, placement_of, price_figures
from analyzer.advisor.reckoning import Reckoning
from analyzer.advisor.sizing import PROPOSED, Option, best_of_each_family
from analyzer.advisor.vendor_table import disagreements
from analyzer.advisor.window import BITS_PER_BYTE, GIGA, Line, predict
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Recommendation
from analyzer.classifier.units import bytes_text, seconds_text

ORDER = "smallest cost first; no price is known (--prices asks for them), so by size: docs/instances.md says how"
PRICED_ORDER = "lowest Spot price now first, by DescribeSpotPriceHistory; types without a price behind them, by size"
LITTLE_OF_THE_LINE = 0.25
"""A dump that used less of its host's line than this was held up elsewhere."""
ENVIRONMENT = "YOUR-COMPUTE-ENVIRONMENT"


def instances_that_fit(facts: Facts, reckoning: Reckoning, environment: str | None) -> Recommendation | None:
    """Up to five types on which this task's dump fits into the window; None where none does or too little is known."""
    chosen = reckoning.options[:PROPOSED]
    if not chosen or reckoning.held is None:
        return None
    first = chosen[0]
    held = bytes_text(reckoning.held.bytes)
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
        f"each of these, and a dump of {bytes_text(reckoning.held.bytes)} into the window of "
        f"{reckoning.window.seconds:g} s.",
        environment,
    )


def _on_a_full_host(one: Option) -> str:
    return f", with {one.tasks_per_host} such tasks on the host" if one.tasks_per_host > 1 else ""


def _instead_of(reckoning: Reckoning) -> str:
    kind, now = reckoning.host.kind, reckoning.now
    if kind is None or now is None:
        return ""
    return f", instead of {seconds_text(now.expected)} on {kind.name} ({kind.baseline_gbps or 0:g} Gbps)"


def _recommendation(
    facts: Facts, reckoning: Reckoning, chosen: tuple[Option, ...], summary: str, environment: str | None
) -> Recommendation:
    names = [one.kind.name for one in chosen]
    said = _vendor_sentences(reckoning, names)
    return Recommendation(
        kind="instance",
        summary=" ".join((summary, *market_sentences(reckoning.prices, names), *said)),
        current=_current(facts, reckoning),
        proposed={"instance_types": names},
        because=_because(reckoning, chosen),
        snippet_language="bash",
        snippet="\n".join(
            (
                f"aws batch update-compute-environment --compute-environment {environment or ENVIRONMENT} \\",
                f"  --compute-resources '{json.dumps({'instanceTypes': names})}'",
            )
        ),
    )


def _vendor_sentences(reckoning: Reckoning, names: Iterable[str]) -> tuple[str, ...]:
    host = [reckoning.host.kind.name] if reckoning.host.kind else []
    return tuple(d.sentence for d in disagreements([*host, *names], reckoning.instances))


def _current(facts: Facts, reckoning: Reckoning) -> dict[str, object]:
    kind = reckoning.host.kind
    if kind is not None:
        return {"instance_types": [kind.name]}
    told = [*dict.fromkeys(c for a in facts.attempts for c in (a.instance.instance_type, *a.instance.candidates) if c)]
    return {"instance_types": told or None}


def _because(reckoning: Reckoning, chosen: tuple[Option, ...]) -> dict[str, object]:
    shape, efficiency, kind = reckoning.shape, reckoning.host.efficiency, reckoning.host.kind
    figures: dict[str, object] = {}
    if shape is not None:
        figures |= {
            "task_vcpus": shape.vcpus,
            "task_memory_bytes": shape.memory_bytes,
            "architecture": shape.architecture,
        }
    figures |= held_figures(reckoning)
    figures |= {"line_efficiency": round(efficiency.expected, 4), "line_efficiency_from": efficiency.source}
    if kind is not None:
        figures |= {"host_type": kind.name, "host_baseline_gbps": kind.baseline_gbps}
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


def one_task_a_host(facts: Facts, reckoning: Reckoning) -> Recommendation | None:
    """The whole host for the task, where its share of the line tells of other dumps beside it, and that cures it."""
    host, held, line = reckoning.host, reckoning.held, reckoning.line
    if host.shared_by < 2 or host.kind is None or held is None or line is None:  # noqa: PLR2004 - nobody to share with
        return None
    rate = line.bytes_per_second
    prediction = predict(held.transfer, Line(rate.times(host.shared_by), line.overhead_seconds))
    if prediction.fit(reckoning.window) != "fits":
        return None
    return Recommendation(
        kind="platform",
        summary=f"Put one snapshot task on a host: this one used {_percent(host.share_used)} of the line of its "
        f"{host.kind.name}, as if {host.shared_by} such tasks dumped at once. Alone it is predicted to take "
        f"{seconds_text(prediction.expected)}.",
        current={"tasks_per_host": host.shared_by},
        proposed={"tasks_per_host": 1},
        because={
            **held_figures(reckoning),
            "host_type": host.kind.name,
            "host_baseline_gbps": host.kind.baseline_gbps,
            "dump_bytes_per_second": round(rate.expected),
            "line_share": round(host.share_used or 0, 4),
            "predicted_proposed_seconds": round(prediction.expected, 1),
            "assumed": "that the rest of the line went to other tasks' dumps; nothing in the evidence counts them",
        },
        snippet_language="groovy",
        snippet="\n".join(
            (
                f"// all vCPUs of a {host.kind.name}: Batch puts nothing beside it",
                "process {",
                f"    withName: '{process_of(facts) or PROCESS}' {{",
                f"        cpus = {host.kind.vcpus}",
                "    }",
                "}",
            )
        ),
    )


def slow_way_out(reckoning: Reckoning) -> Recommendation | None:
    """Where the dump used little of the line and no sharing explains it: the route to the bucket is the suspect."""
    host = reckoning.host
    if host.share_used is None or host.kind is None or host.shared_by > 1 or host.share_used >= LITTLE_OF_THE_LINE:
        return None
    baseline = host.kind.baseline_gbps or 0
    rate = host.share_used * baseline * GIGA / BITS_PER_BYTE
    return Recommendation(
        kind="network",
        summary=f"The dump used {_percent(host.share_used)} of the {baseline:g} Gbps that its {host.kind.name} has, so "
        "more bandwidth alone may change little: look at the route to the bucket first. An S3 gateway endpoint (free) "
        "keeps the traffic off NAT and internet gateways; `fsnap-diagnose check QUEUE` tells whether there is one.",
        current={"s3_gateway_endpoint": None, "line_share": round(host.share_used, 4)},
        proposed={"s3_gateway_endpoint": True},
        because={
            "dump_bytes_per_second": round(rate),
            "host_type": host.kind.name,
            "host_baseline_gbps": baseline,
            "s3_gateway_endpoint": "not looked at: a diagnosis reads no routes",
        },
        docs=("https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html",),
    )


def _percent(share: float | None) -> str:
    return f"{(share or 0) * 100:.0f} %"
