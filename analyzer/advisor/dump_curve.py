"""How fast one recorded dump went: its overhead and its rate with a range, measured on the curve in its log."""

from __future__ import annotations

import math
from itertools import pairwise

from analyzer.advisor.window import PRIOR_EFFICIENCY, Figure, Line, Span
from analyzer.frozen import frozen
from analyzer.parsers.checkpoint_log import CheckpointLog

LEAST_POINTS = 8
LEAST_SECONDS = 1.0
"""Of writing. A shorter dump is overhead and page cache; it says nothing of a dump that fills a window."""
MOST_WINDOWS = 10
LEAST_WINDOWS = 4
OUTLIER_SHARE = 0.1
"""So much of the time may be slower than `low`, and so much faster than `high`."""
LEAST_RATE_SHARE = 0.05
"""A dump that stood still for a while still has a rate: `low` is never less than this share of the whole's."""

_Point = tuple[float, int]


@frozen
class DumpCurve:
    """What one log measures of its own dump or pre-dump, complete or cut."""

    overhead_seconds: float
    """Not spent on writing: before the first page, and after the last one where the log has its end."""
    bytes_per_second: Span
    """While it wrote. `low` and `high`: the slow and the fast tenth of that time."""
    bytes: int
    """Memory written, as far as the log goes."""
    seconds: float
    """How far the log goes."""
    dirty_share: float
    """Of the pages that it looked at, those that it wrote; the others were in an earlier dump. 1 without one."""
    complete: bool
    """The log has the line of success: `bytes` and `seconds` are of the whole dump."""

    @property
    def line(self) -> Line:
        """For the rest of this dump, or another one of the same task on the same host.

        The rate's range is at least as wide as that of the prior: two dumps differ by more than the parts of one do
        (benchmarks/README.md).
        """
        own, prior = self.bytes_per_second, PRIOR_EFFICIENCY
        low = min(own.low, own.expected * prior.low / prior.expected)
        high = max(own.high, own.expected * prior.high / prior.expected)
        overhead = Figure(self.overhead_seconds, own.source, measured=True)
        return Line(Span(low, own.expected, high, own.source, measured=True), overhead)


def measure_curve(log: CheckpointLog) -> DumpCurve | None:
    """The curve of a log; None where it tells too little.

    Too little: no page ranges (verbosity below 4), a gap in the middle, a restore, fewer than 8 points, or less than
    a second between the first and the last.
    """
    points = _rising(log.progress)
    if log.operation == "restore" or log.has_gap or len(points) < LEAST_POINTS:
        return None
    (start, first), (end, last) = points[0], points[-1]
    if end - start < LEAST_SECONDS or last <= first:
        return None
    rate = (last - first) / (end - start)
    total = max(log.bytes_written or 0, last)
    seconds = max(log.last_seconds or 0.0, end)
    # the points are thinned out: the first pages went before the first point, the last ones after the last
    overhead = max(start - first / rate, 0.0)
    if log.success:
        overhead += max(seconds - end - (total - last) / rate, 0.0)
    return DumpCurve(
        overhead_seconds=overhead,
        bytes_per_second=_span(points, rate, log.source),
        bytes=total,
        seconds=seconds,
        dirty_share=log.pages / (log.pages + log.parent_pages) if log.pages else 1.0,
        complete=log.success is not None,
    )


def _rising(progress: tuple[_Point, ...]) -> list[_Point]:
    """The points that go on in time and lose no bytes: lines of several processes may stand out of order."""
    kept: list[_Point] = []
    for seconds, count in progress:
        if math.isfinite(seconds) and (not kept or (seconds > kept[-1][0] and count >= kept[-1][1])):
            kept.append((seconds, count))
    return kept


def _span(points: list[_Point], rate: float, source: str) -> Span:
    windows = max(min(len(points) // 2, MOST_WINDOWS), LEAST_WINDOWS)
    rates = sorted(_window_rates(points, windows))
    low = max(min(_percentile(rates, OUTLIER_SHARE), rate), rate * LEAST_RATE_SHARE)
    high = max(_percentile(rates, 1 - OUTLIER_SHARE), rate)
    return Span(low, rate, high, source, measured=True)


def _window_rates(points: list[_Point], windows: int) -> list[float]:
    """Bytes a second in each of so many windows of equal length, so that each weighs the same time."""
    start, end = points[0][0], points[-1][0]
    width = (end - start) / windows
    marks = _bytes_at(points, [start + width * number for number in range(1, windows)])
    edges = [float(points[0][1]), *marks, float(points[-1][1])]
    return [(after - before) / width for before, after in pairwise(edges)]


def _bytes_at(points: list[_Point], times: list[float]) -> list[float]:
    """Bytes written at rising times within the curve, on the straight line between the two points around each."""
    found, index = [], 1
    for moment in times:
        while points[index][0] < moment and index < len(points) - 1:
            index += 1
        (before, low), (after, high) = points[index - 1], points[index]
        share = min((moment - before) / (after - before), 1.0)
        found.append(low + (high - low) * share)
    return found


def _percentile(ordered: list[float], share: float) -> float:
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
