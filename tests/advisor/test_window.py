"""The window model: against figures reckoned by hand, and against what must hold for any figures."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.advisor.window import (
    PRIOR_EFFICIENCY,
    Figure,
    Prediction,
    Span,
    Transfer,
    Window,
    bandwidth_needed,
    largest_footprint,
    line_of,
    predict,
)

GIB = 2**30
MIB = 2**20
WHOLE_LINE = Span(1.0, 1.0, 1.0, "by hand")
HALF_LINE = Span(0.5, 0.5, 0.5, "by hand")


def transfer(footprint: float, dirty_share: float = 1.0) -> Transfer:
    return Transfer(Figure(footprint, "by hand"), Figure(dirty_share, "by hand"))


def expected(footprint: float, gbps: float, tasks: int = 1, efficiency: Span = WHOLE_LINE, dirty: float = 1.0) -> float:
    return predict(transfer(footprint, dirty), line_of(gbps, tasks_per_host=tasks, efficiency=efficiency)).expected


@pytest.mark.parametrize(
    ("footprint", "gbps", "tasks", "efficiency", "dirty", "seconds"),
    [
        # 10**10 bytes are 8 * 10**10 bits; at 10 * 10**9 bits a second: 8 s. Gigabits, not gigabytes.
        (10**10, 10, 1, WHOLE_LINE, 1.0, 8.0),
        # 10 GiB are 10,737,418,240 bytes = 85,899,345,920 bits; / 10**10 = 8.589934592 s. GiB, not GB: 7 % more.
        (10 * GIB, 10, 1, WHOLE_LINE, 1.0, 8.589934592),
        # 64 GiB = 68,719,476,736 bytes * 8 = 549,755,813,888 bits; / 12.5e9 = 43.98046511104 s on the wire
        (64 * GIB, 12.5, 1, WHOLE_LINE, 1.0, 43.98046511104),
        # half of the line: twice as long
        (64 * GIB, 12.5, 1, HALF_LINE, 1.0, 87.96093022208),
        # 128 GiB at 6.25 Gbps (r6id.4xlarge, full): 1,099,511,627,776 bits / 6.25e9 = 175.92186044416 s
        (128 * GIB, 6.25, 1, WHOLE_LINE, 1.0, 175.92186044416),
        # two tasks of 64 GiB share 12.5 Gbps: 6.25 Gbps each, so 549,755,813,888 / 6.25e9
        (64 * GIB, 12.5, 2, WHOLE_LINE, 1.0, 87.96093022208),
        # a quarter changed since the last pre-dump: 16 GiB = 137,438,953,472 bits / 12.5e9
        (64 * GIB, 12.5, 1, WHOLE_LINE, 0.25, 10.99511627776),
    ],
)
def test_predictions_are_those_reckoned_by_hand(
    footprint: float, gbps: float, tasks: int, efficiency: Span, dirty: float, seconds: float
) -> None:
    assert expected(footprint, gbps, tasks, efficiency, dirty) == pytest.approx(seconds, rel=1e-12)


def test_the_prior_is_the_vendors_figure_on_the_line_that_aws_confirms() -> None:
    # 43.98046511104 s on the wire of 70 s: 0.62829...
    assert PRIOR_EFFICIENCY.expected == pytest.approx(43.98046511104 / 70)
    assert expected(64 * GIB, 12.5, efficiency=PRIOR_EFFICIENCY) == pytest.approx(70)
    prediction = predict(transfer(64 * GIB), line_of(12.5))
    # half of the line: 87.96 s; 0.8377 of it: 87.96093022208 / 105 = 0.83772, 43.98 / 0.83772 = 52.5 s
    assert (prediction.fastest, prediction.slowest) == pytest.approx((52.5, 87.96093022208))


def test_overhead_comes_before_the_first_byte() -> None:
    line = line_of(10, efficiency=WHOLE_LINE, overhead_seconds=Figure(3, "by hand"))
    assert predict(transfer(10**10), line).expected == pytest.approx(11)  # 8 s on the wire, and 3 s
    # 102 s of 120 s are usable; 99 s at 1.25 * 10**9 bytes a second
    assert largest_footprint(line, Window()) == pytest.approx(99 * 1.25 * 10**9, rel=1e-12)


def test_the_largest_footprint_is_the_one_reckoned_by_hand() -> None:
    # 102 s * 12.5e9 / 8 bytes a second = 159,375,000,000 bytes
    assert largest_footprint(line_of(12.5, efficiency=WHOLE_LINE), Window()) == pytest.approx(
        159_375_000_000, rel=1e-12
    )
    # with the prior: the slowest binds, 120 s * 0.5 * 1,562,500,000 = 93,750,000,000 bytes, which is less than
    # 102 s * 0.6283 * 1,562,500,000 = 100,134,094,673
    assert largest_footprint(line_of(12.5), Window()) == pytest.approx(93_750_000_000, rel=1e-12)


def test_the_bandwidth_needed_is_the_one_reckoned_by_hand() -> None:
    # 64 GiB in 102 s: 549,755,813,888 bits / 102 = 5.3897629793 Gbps; for two tasks twice that
    assert bandwidth_needed(transfer(64 * GIB), Window(), efficiency=WHOLE_LINE) == pytest.approx(5.389762881255)
    needed = bandwidth_needed(transfer(64 * GIB), Window(), efficiency=WHOLE_LINE, tasks_per_host=2)
    assert needed == pytest.approx(10.77952576251)
    assert bandwidth_needed(transfer(1), Window(), overhead_seconds=Figure(102, "by hand")) is None
    assert bandwidth_needed(transfer(0), Window()) == 0


@pytest.mark.parametrize(
    ("fastest", "seconds", "slowest", "fit"),
    [
        (1, 102, 120, "fits"),
        (1, 102.1, 120, "tight"),
        (1, 50, 120.1, "tight"),
        (1, 120, 200, "tight"),
        (1, 120.1, 200, "outruns"),
    ],
)
def test_the_verdict_is_about_the_expected_and_the_slowest(
    fastest: float, seconds: float, slowest: float, fit: str
) -> None:
    assert Prediction(fastest, seconds, slowest).fit(Window()) == fit


@pytest.mark.parametrize(("gbps", "tasks"), [(0, 1), (-1, 1), (math.nan, 1), (math.inf, 1), (10, 0), (10, -1)])
def test_there_is_no_line_without_bandwidth_or_task(gbps: float, tasks: int) -> None:
    with pytest.raises(ValueError, match="no line"):
        line_of(gbps, tasks_per_host=tasks)


@pytest.mark.parametrize(
    ("seconds", "margin"), [(0, 0.1), (-1, 0.1), (math.nan, 0), (math.inf, 0), (120, 1), (120, -0.1)]
)
def test_there_is_no_window_without_time(seconds: float, margin: float) -> None:
    with pytest.raises(ValueError, match="no window"):
        Window(seconds, margin)


FOOTPRINTS = st.floats(4 * MIB, 64 * 2**40)
BANDWIDTHS = st.floats(0.05, 6400)
TASKS = st.integers(1, 512)
MARGINS = st.floats(0, 0.95)
WINDOWS = st.builds(Window, st.floats(1, 3600), MARGINS)
SHARES = st.floats(0.001, 1)


def _span(one: float, two: float, three: float) -> Span:
    low, middle, high = sorted((one, two, three))
    return Span(low, middle, high, "any")


EFFICIENCIES = st.builds(_span, st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.01, 1))


@given(FOOTPRINTS, BANDWIDTHS, BANDWIDTHS, TASKS, EFFICIENCIES)
def test_more_bandwidth_is_never_slower(footprint: float, one: float, other: float, tasks: int, share: Span) -> None:
    less, more = sorted((one, other))
    assert expected(footprint, more, tasks, share) <= expected(footprint, less, tasks, share)


@given(FOOTPRINTS, FOOTPRINTS, BANDWIDTHS, TASKS, SHARES)
def test_more_memory_is_never_faster(one: float, other: float, gbps: float, tasks: int, dirty: float) -> None:
    less, more = sorted((one, other))
    assert expected(less, gbps, tasks, dirty=dirty) <= expected(more, gbps, tasks, dirty=dirty)


@given(FOOTPRINTS, BANDWIDTHS, TASKS, TASKS)
def test_more_tasks_on_a_host_are_never_faster(footprint: float, gbps: float, one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert expected(footprint, gbps, fewer) <= expected(footprint, gbps, more)


@given(FOOTPRINTS, BANDWIDTHS, TASKS, EFFICIENCIES)
def test_a_prediction_is_in_order(footprint: float, gbps: float, tasks: int, share: Span) -> None:
    found = predict(transfer(footprint), line_of(gbps, tasks_per_host=tasks, efficiency=share))
    assert 0 < found.fastest <= found.expected <= found.slowest < math.inf


@given(BANDWIDTHS, TASKS, WINDOWS, SHARES, EFFICIENCIES)
def test_the_largest_footprint_fits_and_a_little_more_does_not(
    gbps: float, tasks: int, window: Window, dirty: float, share: Span
) -> None:
    line = line_of(gbps, tasks_per_host=tasks, efficiency=share)
    largest = largest_footprint(line, window, dirty)
    assert predict(transfer(largest, dirty), line).fit(window) == "fits"
    # a MiB more, or where that is less than rounding can tell, a billionth
    assert predict(transfer(largest + max(MIB, largest * 1e-9), dirty), line).fit(window) != "fits"


@given(FOOTPRINTS, TASKS, WINDOWS, SHARES, EFFICIENCIES)
def test_the_bandwidth_needed_is_enough_and_a_little_less_is_not(
    footprint: float, tasks: int, window: Window, dirty: float, share: Span
) -> None:
    moved = transfer(footprint, dirty)
    needed = bandwidth_needed(moved, window, tasks_per_host=tasks, efficiency=share)
    assert needed is not None

    def fit(gbps: float) -> str:
        return predict(moved, line_of(gbps, tasks_per_host=tasks, efficiency=share)).fit(window)

    assert fit(needed) == "fits"
    assert fit(needed * (1 - 1e-9)) != "fits"


@given(st.one_of(st.just(0.0), st.floats(max_value=0), st.floats(min_value=1, exclude_min=True), st.just(math.nan)))
def test_no_other_share_is_dirty(share: float) -> None:
    with pytest.raises(ValueError, match="no share"):
        largest_footprint(line_of(10), Window(), share)
