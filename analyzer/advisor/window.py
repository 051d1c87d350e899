"""The window model: how long a dump takes, how much fits into the reclamation window, and what line that needs.

One equation, for what one task moves over its share of the host's line:

    seconds = overhead + footprint_bytes * dirty_share / bytes_per_second
    bytes_per_second = baseline_gbps * 10**9 / 8 * efficiency / tasks_per_host

Units: bytes, seconds, Gbps (10**9 bits a second); shares between 0 and 1. Nothing here knows a job or an instance type.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from analyzer.frozen import frozen

BITS_PER_BYTE = 8
GIGA = 10**9
WINDOW_SECONDS = 120.0
"""From the interruption notice to the end of a Spot instance (EC2 user guide: best effort)."""
MARGIN_SHARE = 0.15
"""Share of the window that is kept free: a notice may come late, and freezing and uploading the end take time."""

Fit = Literal["fits", "tight", "outruns"]


@frozen
class Figure:
    """A number, and where it comes from."""

    value: float
    source: str
    """A member of the capture, an option of the command line, or `prior: ...`."""
    measured: bool = False
    """Taken from this job, rather than assumed for all."""


@frozen
class Span:
    """A number with a range: `low` is never above `expected`, nor `expected` above `high`."""

    low: float
    expected: float
    high: float
    source: str
    measured: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError where the three are not finite numbers above zero, in order."""
        if not (math.isfinite(self.high) and 0 < self.low <= self.expected <= self.high):
            raise ValueError(f"no span: {self.low}, {self.expected}, {self.high}")

    def times(self, factor: float) -> Span:
        """All three, times a factor above 0."""
        return replace(self, low=self.low * factor, expected=self.expected * factor, high=self.high * factor)


PRIOR_EFFICIENCY = Span(
    low=0.50,
    expected=64 * 2**30 * BITS_PER_BYTE / GIGA / 12.5 / 70,
    high=128 * 2**30 * BITS_PER_BYTE / GIGA / 12.5 / 105,
    source="prior: 64 GiB in 70 s at 12.5 Gbps, docs/advise.md",
)
"""Share of the line that a dump makes use of: 0.63, between 0.50 and 0.84.

Expected: the vendor's figure for c6id.8xlarge, 64 GiB in 70 s, on the 12.5 Gbps that AWS confirms. High: its estimate
for m6id.8xlarge, 128 GiB in 105 s, at 12.5 Gbps. Low: half of the line, which is what AWS lets pass through an internet
gateway from 32 vCPUs on (EC2 user guide, instance network bandwidth).
"""
NO_OVERHEAD = Figure(0.0, "prior: the efficiency is of the whole dump, freezing included")
WHOLE = Figure(1.0, "prior: a full dump, all of the memory")


@frozen
class Transfer:
    """What a dump has to move."""

    footprint_bytes: Figure
    """Memory that the task holds."""
    dirty_share: Figure = WHOLE
    """Share of it that changed since the last pre-dump; 1 of a full dump."""

    @property
    def bytes(self) -> float:
        """What goes over the line."""
        return self.footprint_bytes.value * self.dirty_share.value


@frozen
class Line:
    """One task's way out of its host."""

    bytes_per_second: Span
    overhead_seconds: Figure = NO_OVERHEAD
    """Before the first byte: freezing, collecting."""


def line_of(
    baseline_gbps: float,
    *,
    tasks_per_host: int = 1,
    efficiency: Span = PRIOR_EFFICIENCY,
    overhead_seconds: Figure = NO_OVERHEAD,
) -> Line:
    """The line of one of `tasks_per_host` tasks that dump at the same time, as all do when a host is reclaimed.

    Raises:
        ValueError: no bandwidth, or no task.
    """
    if not (math.isfinite(baseline_gbps) and baseline_gbps > 0) or tasks_per_host < 1:
        raise ValueError(f"no line: {baseline_gbps} Gbps for {tasks_per_host} tasks")
    share = baseline_gbps * GIGA / BITS_PER_BYTE / tasks_per_host
    return Line(efficiency.times(share), overhead_seconds)


@frozen
class Window:
    """The time there is."""

    seconds: float = WINDOW_SECONDS
    margin_share: float = MARGIN_SHARE

    def __post_init__(self) -> None:
        """Raises ValueError where no time is left."""
        if not (math.isfinite(self.seconds) and self.seconds > 0 and 0 <= self.margin_share < 1):
            raise ValueError(f"no window: {self.seconds} s less {self.margin_share}")

    @property
    def usable_seconds(self) -> float:
        """Less the margin."""
        return self.seconds * (1 - self.margin_share)


@frozen
class Prediction:
    """How long a dump takes, in seconds: `fastest` <= `expected` <= `slowest`."""

    fastest: float
    expected: float
    slowest: float

    def fit(self, window: Window) -> Fit:
        """`fits`: expected within the margin, and the slowest within the window; `outruns`: expected after it."""
        if self.expected > window.seconds:
            return "outruns"
        return "fits" if self.expected <= window.usable_seconds and self.slowest <= window.seconds else "tight"


def predict(transfer: Transfer, line: Line) -> Prediction:
    """How long the transfer takes on this line."""
    overhead, rate = line.overhead_seconds.value, line.bytes_per_second
    return Prediction(
        fastest=overhead + transfer.bytes / rate.high,
        expected=overhead + transfer.bytes / rate.expected,
        slowest=overhead + transfer.bytes / rate.low,
    )


def largest_footprint(line: Line, window: Window, dirty_share: float = 1.0) -> int:
    """The most memory, in whole bytes, whose dump `fits`; 0 where the overhead alone is too long.

    Raises:
        ValueError: the dirty share is not above 0 and at most 1.
    """
    if not 0 < dirty_share <= 1:
        raise ValueError(f"no share: {dirty_share}")
    overhead, rate = line.overhead_seconds.value, line.bytes_per_second
    moved = min(
        (window.usable_seconds - overhead) * rate.expected,
        (window.seconds - overhead) * rate.low,
    )
    footprint = max(math.floor(moved / dirty_share), 0)
    while footprint and predict(_of(footprint, dirty_share), line).fit(window) != "fits":
        footprint -= max(footprint >> 50, 1)  # what rounding added
    return footprint


def _of(footprint: float, dirty_share: float) -> Transfer:
    return Transfer(Figure(footprint, ""), Figure(dirty_share, ""))


def bandwidth_needed(
    transfer: Transfer,
    window: Window,
    *,
    tasks_per_host: int = 1,
    efficiency: Span = PRIOR_EFFICIENCY,
    overhead_seconds: Figure = NO_OVERHEAD,
) -> float | None:
    """The least baseline Gbps at which the transfer fits; None where the overhead alone is too long."""
    overhead = overhead_seconds.value
    if overhead >= window.usable_seconds:
        return None
    rate = max(
        transfer.bytes / (window.usable_seconds - overhead) / efficiency.expected,
        transfer.bytes / (window.seconds - overhead) / efficiency.low,
    )
    gbps = rate * tasks_per_host * BITS_PER_BYTE / GIGA

    def fits(gbps: float) -> bool:
        line = line_of(gbps, tasks_per_host=tasks_per_host, efficiency=efficiency, overhead_seconds=overhead_seconds)
        return predict(transfer, line).fit(window) == "fits"

    while 0 < gbps < math.inf and not fits(gbps):
        gbps = max(gbps * (1 + 2**-50), math.nextafter(gbps, math.inf))  # what rounding took
    return gbps
