"""Memory: the most that still fits into the window, and how much more to ask for after a death for want of it."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.advisor.measurements import WINDOW_SECONDS
from analyzer.advisor.placeholders import PROCESS, process_of
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding, Recommendation
from analyzer.classifier.operations import Operation, operation_order, operations
from analyzer.classifier.units import GIB, MIB, bytes_text, seconds_text

MARGIN = 0.15
"""Share of the window that is kept free: a notice may come late, and freezing and uploading the end take time."""
GROWTH = 1.5
"""What was asked for, times this, after a death for want of memory."""
PEAK_ROOM = 1.25
"""A measured peak, times this: the peak of a task that was killed is less than what it wanted."""
SHORTEST_RATE_SECONDS = 1
"""A rate over less than this says nothing."""


@dataclass(frozen=True)
class DumpRate:
    """What this job's own dump wrote, in what time, and which source says so."""

    written: int
    seconds: float
    measured_in: str
    seconds_from: str | None
    """The log that the seconds were measured in; None where they are taken to be the whole window."""

    @property
    def measured(self) -> bool:
        """Whether the time was measured."""
        return self.seconds_from is not None

    @property
    def per_second(self) -> float:
        """Bytes per second."""
        return self.written / self.seconds

    @property
    def duration(self) -> str:
        """The time in words."""
        return (
            seconds_text(self.seconds)
            if self.measured
            else f"what is taken to be the whole window of {WINDOW_SECONDS} s"
        )

    @property
    def fits(self) -> int:
        """Bytes that go at this rate into the window less its margin."""
        return int(self.per_second * WINDOW_SECONDS * (1 - MARGIN))


def requested_bytes(facts: Facts) -> int | None:
    """What the job asks for; where there is no job, the limit of its control group."""
    spec = facts.job.main if facts.job else None
    if spec and spec.memory_mib and spec.memory_mib > 0:
        return spec.memory_mib * MIB
    limit = facts.trace.cgroup_limit_bytes if facts.trace else None
    return limit if limit and limit > 0 else None


def _cut_dump(facts: Facts, root: Finding) -> Operation | None:
    """The dump that the finding is about, else the last that did not complete."""
    cut = [o for o in operations(facts) if o.kind == "dump" and o.outcome != "complete" and o.checkpoint.written_bytes]
    order = operation_order(facts, root)
    return next((o for o in cut if o.order == order), cut[-1] if cut else None)


def dump_rate(facts: Facts, root: Finding) -> DumpRate | None:
    """How fast the dump that was cut off went; None where its bytes are not known, or its time makes no rate."""
    operation = _cut_dump(facts, root)
    written = operation.checkpoint.written_bytes if operation else None
    if operation is None or not written:
        return None
    log = operation.log
    from_log = log is not None and log.bytes_written == written
    listed = f"workdir.listing.jsonl (.fusion/dump/{operation.checkpoint.number}/pages-*.img)"
    source = log.source if log is not None and from_log else listed
    if log is None or log.last_seconds is None:
        return DumpRate(written, WINDOW_SECONDS, source, None)
    if log.last_seconds < SHORTEST_RATE_SECONDS:
        return None
    return DumpRate(written, log.last_seconds, source, log.source)


def memory_that_fits(facts: Facts, root: Finding) -> Recommendation | None:
    """The largest memory that this job's own rate writes within the window, and what must happen before it is set."""
    rate = dump_rate(facts, root)
    if rate is None:
        return None
    asked = requested_bytes(facts)
    proposed = min(rate.fits, asked) if asked else rate.fits
    first = _what_comes_first(rate, asked)
    return Recommendation(
        kind="memory",
        summary=f"This job's own dump wrote {bytes_text(rate.written)} in {rate.duration}: "
        f"what fits is a task of up to {bytes_text(proposed)}. {first}",
        current={"memory_bytes": asked} if asked else {},
        proposed={"memory_bytes": proposed},
        because={
            "dump_bytes": rate.written,
            "dump_seconds": round(rate.seconds, 3),
            "dump_seconds_from": rate.seconds_from or "not measured: taken to be the whole window",
            "dump_bytes_per_second": round(rate.per_second),
            "window_seconds": WINDOW_SECONDS,
            "margin_share": MARGIN,
            "measured_in": rate.measured_in,
            "formula": "memory_bytes = dump_bytes / dump_seconds * window_seconds * (1 - margin_share)",
        },
        snippet_language="groovy",
        snippet=_fitting_snippet(process_of(facts) or PROCESS, proposed, rate, asked),
    )


def _what_comes_first(rate: DumpRate, asked: int | None) -> str:
    if asked is not None and rate.fits >= asked:
        return "The whole of what the job asks for would fit at this rate, so more memory than that is no way out."
    held = f"the task held at least {bytes_text(rate.written)}"
    if rate.fits >= rate.written:
        return f"{held[:1].upper()}{held[1:]}, and how much more the cut dump does not tell: {_SMALLER}"
    return f"{held[:1].upper()}{held[1:]}, and `memory` is a hard limit on AWS Batch: {_SMALLER}"


_SMALLER = (
    "so first make the tool itself hold less (threads, sort buffers, -Xmx), and only then lower the limit; "
    "or give the dump more bandwidth."
)


def _fitting_snippet(process: str, proposed: int, rate: DumpRate, asked: int | None) -> str:
    asks = f" (the job asks for {bytes_text(asked)})" if asked else ""
    amount = f"{proposed // GIB}.GB" if proposed >= GIB else f"{max(proposed // MIB, 1)}.MB"
    return "\n".join(
        (
            f"// fits up to {bytes_text(proposed)}; the task held at least {bytes_text(rate.written)}{asks}.",
            "// A hard limit on AWS Batch: first make the tool itself hold less (threads, sort buffers, -Xmx),",
            "// or it is killed at this limit; or give the dump more bandwidth instead.",
            "process {",
            f"    withName: '{process}' {{",
            f"        memory = {amount}",
            "    }",
            "}",
        )
    )


@dataclass(frozen=True)
class Growth:
    """How much more to ask for."""

    asked: int
    proposed: int
    """Whole GiB, in bytes; always more than what was asked for."""
    peak: int | None

    @property
    def amount(self) -> str:
        """As Nextflow takes it: `96.GB`."""
        return f"{self.proposed // GIB}.GB"


def grown(facts: Facts) -> Growth | None:
    """What to ask for next; None where it is not known what was asked for."""
    asked = requested_bytes(facts)
    if asked is None:
        return None
    trace = facts.trace
    peaks = [p for p in (trace.peak_rss_bytes, trace.cgroup_peak_bytes) if p] if trace else []
    peak = max(peaks, default=None)
    wanted = max(int(asked * GROWTH), int((peak or 0) * PEAK_ROOM))
    return Growth(asked, -(-wanted // GIB) * GIB, peak)


def grown_figures(growth: Growth) -> dict[str, object]:
    """`because` of advice to ask for more."""
    figures: dict[str, object] = {
        "memory_requested_bytes": growth.asked,
        "growth_factor": GROWTH,
        "formula": "memory_bytes = the larger of memory_requested_bytes * growth_factor and "
        "peak_bytes * peak_factor, in whole GiB",
    }
    return figures | ({"peak_bytes": growth.peak, "peak_factor": PEAK_ROOM} if growth.peak else {})
