"""The curve of one recorded dump: rate, overhead, and when a log tells too little."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.advisor.dump_curve import LEAST_POINTS, LEAST_RATE_SHARE, measure_curve
from analyzer.advisor.window import PRIOR_EFFICIENCY, Figure, Transfer, predict
from analyzer.evidence.content import MemoryContent
from analyzer.parsers.checkpoint_lines import LogLine
from analyzer.parsers.checkpoint_log import CheckpointLog, parse_checkpoint_log

MIB = 2**20
PAGES = MIB // 4096
DONE = LogLine("dump_1.log", 99, 15.0, "Dumping finished successfully")
STEADY = tuple((2.0 + number / 10, (number + 1) * 10 * MIB) for number in range(101))
"""100 MiB a second from 2 s to 12 s; what is written at a point has gone out before it."""

SLOW_THEN_FAST = (
    *((float(second), second * 10 * MIB) for second in range(21)),
    *((20.0 + second, (200 + second * 90) * MIB) for second in range(1, 21)),
)


def _log(progress: tuple[tuple[float, int], ...], *, parent_pages: int = 0, **fields: object) -> CheckpointLog:
    pages = progress[-1][1] // 4096 if progress else 0
    log = CheckpointLog("dump_1.log", "dump", timed=True, detailed=True, pages=pages, parent_pages=parent_pages)
    log = replace(log, progress=progress, last_seconds=progress[-1][0] if progress else None)
    return replace(log, **fields)  # type: ignore[arg-type]  # any member of the log


def test_a_steady_dump_has_its_rate_and_what_went_before() -> None:
    curve = measure_curve(_log(STEADY))
    assert curve is not None
    span = curve.bytes_per_second
    assert (span.low, span.expected, span.high) == pytest.approx((100 * MIB,) * 3)
    assert (span.source, span.measured) == ("dump_1.log", True)
    assert curve.overhead_seconds == pytest.approx(1.9)
    assert (curve.bytes, curve.seconds) == (1010 * MIB, 12.0)
    assert (curve.complete, curve.dirty_share) == (False, 1.0)


def test_what_follows_the_last_page_is_overhead_of_a_complete_dump_only() -> None:
    complete, cut = (measure_curve(_log(STEADY, last_seconds=15.0, success=end)) for end in (DONE, None))
    assert complete is not None
    assert cut is not None
    assert complete.overhead_seconds == pytest.approx(1.9 + 3)
    assert cut.overhead_seconds == pytest.approx(1.9)
    assert complete.complete


def test_pages_after_the_last_kept_point_are_no_overhead() -> None:
    curve = measure_curve(_log(STEADY, last_seconds=13.0, success=DONE, pages=1110 * PAGES))
    assert curve is not None
    assert curve.bytes == 1110 * MIB
    assert curve.overhead_seconds == pytest.approx(1.9)


def test_the_window_model_tells_a_measured_dump_its_own_seconds() -> None:
    curve = measure_curve(_log(STEADY, last_seconds=15.0, success=DONE))
    assert curve is not None
    told = predict(Transfer(Figure(curve.bytes, "the log")), curve.line)
    assert told.expected == pytest.approx(curve.seconds)
    assert curve.line.overhead_seconds.measured


def test_for_another_dump_the_range_is_at_least_that_of_the_prior() -> None:
    curve = measure_curve(_log(STEADY))
    assert curve is not None
    span = curve.line.bytes_per_second
    assert span.low / span.expected == pytest.approx(PRIOR_EFFICIENCY.low / PRIOR_EFFICIENCY.expected)
    assert span.high / span.expected == pytest.approx(PRIOR_EFFICIENCY.high / PRIOR_EFFICIENCY.expected)
    uneven = measure_curve(_log(SLOW_THEN_FAST))
    assert uneven is not None
    assert uneven.line.bytes_per_second == uneven.bytes_per_second


def test_slow_and_fast_parts_make_the_range() -> None:
    curve = measure_curve(_log(SLOW_THEN_FAST))
    assert curve is not None
    span = curve.bytes_per_second
    assert (span.low, span.expected, span.high) == pytest.approx((10 * MIB, 50 * MIB, 90 * MIB))


def test_one_stall_moves_the_slow_end_little() -> None:
    stalled = tuple((seconds + (0.5 if seconds > 7 else 0), count) for seconds, count in STEADY)
    curve = measure_curve(_log(stalled))
    assert curve is not None
    assert curve.bytes_per_second.low > 75 * MIB


def test_a_dump_that_mostly_stood_still_has_a_rate_above_nothing() -> None:
    burst = tuple((number / 100, number * MIB) for number in range(100))
    curve = measure_curve(_log((*burst, (100.0, 100 * MIB))))
    assert curve is not None
    span = curve.bytes_per_second
    assert span.low >= span.expected * LEAST_RATE_SHARE > 0


def test_the_dirty_share_is_of_the_pages_that_were_looked_at() -> None:
    curve = measure_curve(_log(STEADY, parent_pages=3030 * PAGES))
    assert curve is not None
    assert curve.dirty_share == pytest.approx(0.25)


@pytest.mark.parametrize(
    "log",
    [
        CheckpointLog("dump_1.log", "dump"),
        _log(STEADY[: LEAST_POINTS - 1]),
        _log(tuple((number / 100, number * MIB) for number in range(100))),
        _log(tuple((float(number), MIB) for number in range(100))),
        _log(STEADY, has_gap=True),
        _log(STEADY, operation="restore"),
        _log(((math.nan, 0), (math.inf, 1)) * 10),
        _log(tuple(reversed(STEADY))),
    ],
    ids=["empty", "few points", "too short", "nothing written", "gap", "restore", "no numbers", "backwards"],
)
def test_a_log_that_tells_too_little_has_no_curve(log: CheckpointLog) -> None:
    assert measure_curve(log) is None


def test_a_log_as_criu_writes_it() -> None:
    lines = ["(00.000000) Version: 4.2 (gitid 0)", "(00.400000) Dumping pages (type: 59 pid: 7)"]
    for number in range(40):
        start = 0x7F0000000000 + number * MIB
        lines.append(f"({number / 10 + 0.5:09.6f}) page-xfer: \tp 0x{start:x} - 0x{start + MIB:x}")
    text = "\n".join([*lines, "(04.600000) Dumping finished successfully", ""])
    curve = measure_curve(parse_checkpoint_log(MemoryContent(text.encode()), "dump_1.log", None))
    assert curve is not None
    assert curve.bytes == 40 * MIB
    assert curve.bytes_per_second.expected == pytest.approx(10 * MIB)
    assert curve.overhead_seconds == pytest.approx(0.6)
    assert curve.complete


STEPS = st.lists(
    st.tuples(st.floats(0.0001, 100), st.integers(0, 2**40)), min_size=LEAST_POINTS, max_size=80
)  # seconds and bytes since the point before
ANYTHING = st.lists(st.tuples(st.floats(), st.integers(-(2**70), 2**70)), max_size=60)


def _curve_of(steps: list[tuple[float, int]]) -> tuple[tuple[float, int], ...]:
    seconds, count, points = 0.0, 0, []
    for pause, written in steps:
        seconds, count = seconds + pause, count + written
        points.append((seconds, count))
    return tuple(points)


@given(STEPS)
def test_the_range_holds_and_the_parts_add_up(steps: list[tuple[float, int]]) -> None:
    progress = _curve_of(steps)
    curve = measure_curve(_log(progress))
    if curve is None:
        assert progress[-1][0] - progress[0][0] < 1.001 or progress[-1][1] == progress[0][1]
        return
    span = curve.bytes_per_second
    assert 0 < span.low <= span.expected <= span.high
    assert 0 <= curve.overhead_seconds <= progress[0][0]
    assert span.expected * (progress[-1][0] - progress[0][0]) == pytest.approx(progress[-1][1] - progress[0][1])


@given(STEPS, st.floats(0.1, 10))
def test_a_line_twice_as_slow_has_half_the_rate(steps: list[tuple[float, int]], factor: float) -> None:
    one = measure_curve(_log(_curve_of(steps)))
    other = measure_curve(_log(_curve_of([(pause * factor, written) for pause, written in steps])))
    if one and other:
        for name in ("low", "expected", "high"):
            slower, faster = getattr(other.bytes_per_second, name), getattr(one.bytes_per_second, name)
            assert slower * factor == pytest.approx(faster, rel=1e-6)


@given(ANYTHING, ANYTHING.filter(bool))
def test_no_log_makes_it_fail(first: list[tuple[float, int]], second: list[tuple[float, int]]) -> None:
    log = replace(CheckpointLog("x", "dump"), progress=tuple(sorted(first) + second), pages=1, detailed=True)
    curve = measure_curve(log)
    assert curve is None or curve.bytes_per_second.low > 0
