"""How much more memory to ask for after a death for want of it."""

from __future__ import annotations

from analyzer.advisor.footprint import requested_bytes
from analyzer.classifier.facts import Facts
from analyzer.classifier.units import GIB
from analyzer.frozen import frozen

GROWTH = 1.5
"""What was asked for, times this, after a death for want of memory."""
PEAK_ROOM = 1.25
"""A measured peak, times this: the peak of a task that was killed is less than what it wanted."""


@frozen
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
