"""How fast this job's host wrote dumps, and what of that holds on other hosts."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.advisor.dump_rate import DumpRate
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import Shape, tasks_that_fit
from analyzer.advisor.window import BITS_PER_BYTE, GIGA, PRIOR_EFFICIENCY, Line, Span, line_of
from analyzer.frozen import frozen


@frozen
class HostLine:
    """The way out of the host that the job ran on."""

    line: Line | None
    """What one such task had; None where neither a rate nor the host's bandwidth is known."""
    efficiency: Span
    """Share of a line that a dump makes use of: to be reckoned with on other hosts."""
    kind: InstanceType | None = None
    """The host's type, where it is known and in the catalogue."""
    shared_by: int = 1
    """Tasks that are taken to have dumped at the same time: as many as explain the rate, and fit on the host."""
    share_used: float | None = None
    """Measured rate over the host's baseline bandwidth; above 1 it lived on burst credits, or on a cache."""

    together: int = 1
    """Such tasks that Batch can put on the host: as many may dump at the same time the next time."""

    @property
    def bursting(self) -> bool:
        """Whether the dump was faster than the host's sustained bandwidth."""
        return self.share_used is not None and self.share_used > 1

    @property
    def sustained(self) -> Line | None:
        """What one such task can count on: what it had, or less where that lived on burst credits or on a cache."""
        baseline = self.kind.baseline_gbps if self.kind else None
        return line_of(baseline) if self.bursting and baseline else self.line

    @property
    def crowded(self) -> Line | None:
        """What is left for one such task when as many dump as Batch can put on the host; None without a line."""
        line, more = self.sustained, self.together / self.shared_by
        if line is None or more <= 1:
            return line
        return Line(line.bytes_per_second.times(1 / more), line.overhead_seconds)


def host_line(
    kind: InstanceType | None,
    rate: DumpRate | None,
    shape: Shape | None,
    registered: Mapping[str, int] | None = None,
) -> HostLine:
    """What the host gave one task, by this job's own dump where its time was measured, else by the prior.

    A dump that used little of the line shared it with the other tasks on the host, as all dump when it is reclaimed: as
    many are assumed as explain the rate and fit. A rate above the baseline is burst credits, or writes that
    Fusion's cache took before they were uploaded: nobody promises either.
    """
    baseline = kind.baseline_gbps if kind else None
    most = max(tasks_that_fit(kind, shape, registered), 1) if kind and shape else 1
    if rate is None or not rate.measured:
        return HostLine(line_of(baseline) if baseline else None, PRIOR_EFFICIENCY, kind, together=most)
    line = rate.line
    if baseline is None:
        return HostLine(line, PRIOR_EFFICIENCY, kind)
    used = line.bytes_per_second.expected * BITS_PER_BYTE / GIGA / baseline
    if used > 1:
        return HostLine(line, PRIOR_EFFICIENCY, kind, share_used=used, together=most)
    sharing = min(most, max(round(PRIOR_EFFICIENCY.expected / used), 1))
    return HostLine(line, _measured_efficiency(rate, baseline, sharing), kind, sharing, used, most)


def _measured_efficiency(rate: DumpRate, baseline_gbps: float, sharing: int) -> Span:
    span = rate.line.bytes_per_second
    low, expected, high = (
        min(value * BITS_PER_BYTE / GIGA / baseline_gbps * sharing, 1.0)
        for value in (span.low, span.expected, span.high)
    )
    among = f", shared by {sharing} such tasks" if sharing > 1 else ""
    source = f"{rate.measured_in}: {span.expected / 1e6:.0f} MB/s of {baseline_gbps:g} Gbps{among}"
    return Span(low, expected, high, source, measured=True)
