"""Memory: the most that still fits into the window on the host that the job had."""

from __future__ import annotations

from analyzer.advisor.footprint import Footprint
from analyzer.advisor.placeholders import PROCESS, process_of
from analyzer.advisor.reckoning import Reckoning
from analyzer.advisor.sizing import memory_text
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Recommendation
from analyzer.classifier.units import GIB, bytes_text, seconds_text

FORMULA = (
    "memory_bytes = min(dump_bytes_per_second * window_seconds * (1 - margin_share), "
    "slowest_bytes_per_second * window_seconds) / dirty_share, in whole GiB (below one in MiB)"
)
_SMALLER = (
    "so first make the tool itself hold less (threads, sort buffers, -Xmx), and only then lower the limit; "
    "or give the dump more bandwidth."
)


def memory_that_fits(facts: Facts, reckoning: Reckoning) -> Recommendation | None:
    """The largest memory whose dump fits, by this job's own rate or its host's bandwidth, and what comes first.

    None where that is no less than what the job has, and where the dump fits as it is: memory is not what to change.
    """
    proposed, held = reckoning.fitting_memory, reckoning.held
    if proposed is None or held is None or reckoning.fits_already:
        return None
    now = reckoning.asked or held.bytes
    if proposed >= now:
        return None
    vcpus = reckoning.vcpus_that_keep_apart(proposed)
    return Recommendation(
        kind="memory",
        summary=f"{_rate_in_words(reckoning)}: what fits into the window is a task of up to {bytes_text(proposed)}"
        f"{_changed_only(reckoning)}. {_what_comes_first(held, proposed)}{_apart(reckoning, vcpus)}",
        current={"memory_bytes": now, **({"vcpus": reckoning.shape.vcpus} if reckoning.shape and vcpus else {})},
        proposed={"memory_bytes": proposed, **({"vcpus": vcpus} if vcpus else {})},
        because=_because(reckoning, proposed),
        snippet_language="groovy",
        snippet=_snippet(process_of(facts) or PROCESS, proposed, vcpus, reckoning),
    )


def _changed_only(reckoning: Reckoning) -> str:
    share = reckoning.held.transfer.dirty_share.value if reckoning.held else 1
    if share >= 1:
        return ""
    return f", as long as no more than {share * 100:.0f} % of it changed since the last pre-dump"


def _apart(reckoning: Reckoning, vcpus: int | None) -> str:
    kind = reckoning.host.kind
    if kind is None or vcpus is None:
        return ""
    return (
        f" Ask for {vcpus} vCPUs as well: with less memory Batch can put more such tasks on one {kind.name}, and all "
        "dump at once."
    )


def _rate_in_words(reckoning: Reckoning) -> str:
    rate, host = reckoning.rate, reckoning.host
    if rate is not None and (rate.measured or host.kind is None):
        wrote = f"This job's own dump wrote {bytes_text(rate.written)} in {rate.duration}"
        if host.kind is None or not host.bursting:
            return wrote
        return (
            f"{wrote}, faster than the {host.kind.baseline_gbps:g} Gbps that {host.kind.name} sustains, which nobody "
            "promises. By what it sustains"
        )
    efficiency = host.efficiency.expected
    named = f"{host.kind.name} has {host.kind.baseline_gbps:g} Gbps, of which" if host.kind else "Of the line"
    return f"{named} a dump makes use of about {efficiency * 100:.0f} %"


def _what_comes_first(held: Footprint, fitting: int) -> str:
    if held.seen_bytes is not None and not (held.measured and held.bytes > held.seen_bytes):
        seen = f"The task held at least {bytes_text(held.seen_bytes)}"
        if fitting >= held.seen_bytes:
            return f"{seen}, and how much more the cut dump does not tell: {_SMALLER}"
        return f"{seen}, and `memory` is a hard limit on AWS Batch: {_SMALLER}"
    if held.measured and held.bytes <= fitting:
        return f"The task was seen to hold {bytes_text(held.bytes)}, so it can live with that."
    return f"The task holds up to {bytes_text(held.bytes)}, and `memory` is a hard limit on AWS Batch: {_SMALLER}"


def _because(reckoning: Reckoning, proposed: int) -> dict[str, object]:
    held, line, rate = reckoning.held, reckoning.line, reckoning.rate
    figures: dict[str, object] = {}
    if rate is not None:
        figures |= {
            "dump_bytes": rate.written,
            "dump_seconds": round(rate.seconds, 3),
            "dump_seconds_from": rate.seconds_from or "not measured: taken to be the whole window",
        }
    if held is not None:
        figures |= held_figures(reckoning)
    if line is not None:
        figures |= {
            "dump_bytes_per_second": round(line.bytes_per_second.expected),
            "dump_bytes_per_second_from": line.bytes_per_second.source,
            "slowest_bytes_per_second": round(line.bytes_per_second.low),
        }
    figures |= host_figures(reckoning) | window_figures(reckoning)
    after = reckoning.with_memory(proposed)
    if reckoning.now is not None and after is not None:
        figures |= {
            "predicted_now_seconds": round(reckoning.now.expected, 1),
            "predicted_proposed_seconds": round(after.expected, 1),
        }
    return figures | {"formula": FORMULA}


def held_figures(reckoning: Reckoning) -> dict[str, object]:
    """The footprint and its source."""
    held = reckoning.held
    if held is None:
        return {}
    share = held.transfer.dirty_share
    return {
        "footprint_bytes": held.bytes,
        "footprint_from": held.transfer.footprint_bytes.source,
        "dirty_share": round(share.value, 4),
        "dirty_share_from": share.source,
    }


def host_figures(reckoning: Reckoning) -> dict[str, object]:
    """The host's type and bandwidth, and which attempt's host it is; nothing where that is not known."""
    kind = reckoning.host.kind
    if kind is None:
        return {}
    figures: dict[str, object] = {"host_type": kind.name}
    if reckoning.host_from:
        figures["host_type_from"] = reckoning.host_from
    return figures | {"host_baseline_gbps": kind.baseline_gbps}


def window_figures(reckoning: Reckoning) -> dict[str, object]:
    """The window and its margin."""
    return {"window_seconds": reckoning.window.seconds, "margin_share": reckoning.window.margin_share}


def _snippet(process: str, proposed: int, vcpus: int | None, reckoning: Reckoning) -> str:
    asks = f"; the job asks for {bytes_text(reckoning.asked)}" if reckoning.asked else ""
    amount = memory_text(proposed)
    now = f"; as it was: {seconds_text(reckoning.now.expected)}" if reckoning.now else ""
    after = reckoning.with_memory(proposed)
    predicted = (
        f"// predicted dump: {seconds_text(after.expected)} of {reckoning.window.seconds:g} s{now}" if after else ""
    )
    lines = (
        f"// up to {bytes_text(proposed)} fits into the window on the host that the job had{asks}.",
        predicted,
        "// A hard limit on AWS Batch: first make the tool itself hold less (threads, sort buffers, -Xmx),",
        "// or it is killed at this limit; or give the dump more bandwidth instead.",
        "process {",
        # nearly every process of a pipeline needs more than a GiB
        f"    resourceLimits = [memory: {amount}]  // for all processes: leave it out if others need more"
        if proposed >= GIB
        else "",
        f"    withName: '{process}' {{",
        f"        memory = {amount}",
        f"        cpus   = {vcpus}  // keeps other such tasks off the host" if vcpus else "",
        "    }",
        "}",
    )
    return "\n".join(line for line in lines if line)
