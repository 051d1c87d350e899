"""What the host gave the dump: measured, shared, bursting, or by the prior."""

from __future__ import annotations

import pytest

from analyzer.advisor.dump_rate import SLOWER, DumpRate
from analyzer.advisor.host_line import host_line
from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import Shape
from analyzer.advisor.window import PRIOR_EFFICIENCY, WINDOW_SECONDS

GIB = 2**30
WIDE = Shape(vcpus=12, memory_bytes=48 * GIB)
NARROW = Shape(vcpus=1, memory_bytes=3 * GIB)


def _m6id() -> InstanceType:
    return shipped_instances().types["m6id.4xlarge"]  # 16 vCPUs, 64 GiB, 6.25 Gbps


def _rate(gbps: float, seconds: float = 100) -> DumpRate:
    return DumpRate(round(gbps * 1e9 / 8 * seconds), seconds, "dump_1.log", "dump_1.log")


def test_without_a_measured_dump_the_prior_counts() -> None:
    host = host_line(_m6id(), None, WIDE)
    assert host.efficiency is PRIOR_EFFICIENCY
    assert host.line is not None
    # 6.25 Gbps = 781.25 MB/s, of which 62.8 %
    assert host.line.bytes_per_second.expected == pytest.approx(490.9e6, rel=1e-3)


def test_a_dump_of_unknown_length_measures_nothing() -> None:
    taken = DumpRate(50 * GIB, WINDOW_SECONDS, "listing", None)
    assert host_line(_m6id(), taken, WIDE).efficiency is PRIOR_EFFICIENCY


def test_a_measured_rate_gives_this_job_s_own_efficiency() -> None:
    host = host_line(_m6id(), _rate(5.0), WIDE)
    assert host.efficiency.measured
    assert host.efficiency.expected == pytest.approx(0.8)
    assert host.efficiency.low == pytest.approx(0.8 * SLOWER)
    assert host.share_used == pytest.approx(0.8)
    assert host.shared_by == 1


def test_burst_credits_are_not_counted_on() -> None:
    host = host_line(_m6id(), _rate(10.0), WIDE)
    assert host.bursting
    assert host.efficiency is PRIOR_EFFICIENCY
    assert host.line is not None
    assert host.line.bytes_per_second.expected == pytest.approx(1.25e9)


def test_a_small_share_of_the_line_is_taken_for_a_shared_host_where_others_fit_on_it() -> None:
    # 0.314 Gbps is 5 % of the line: a twelfth of what the prior says, and 16 such tasks fit on the host
    host = host_line(_m6id(), _rate(0.3272), NARROW)
    assert host.shared_by == 12
    assert host.efficiency.expected == pytest.approx(0.0524 * 12, rel=1e-2)


def test_no_more_tasks_share_the_host_than_fit_on_it() -> None:
    host = host_line(_m6id(), _rate(0.3272), WIDE)
    assert host.shared_by == 1
    assert host.efficiency.expected == pytest.approx(0.0524, rel=1e-2)


def test_a_host_of_unknown_type_has_the_measured_line_and_the_prior_for_others() -> None:
    host = host_line(None, _rate(4.0), WIDE)
    assert host.line is not None
    assert host.line.bytes_per_second.expected == pytest.approx(500e6)
    assert host.efficiency is PRIOR_EFFICIENCY


def test_an_efficiency_above_the_line_s_own_is_not_promised() -> None:
    host = host_line(_m6id(), _rate(6.2), WIDE)
    assert host.efficiency.high == 1.0


def test_where_nothing_is_known_there_is_no_line() -> None:
    assert host_line(None, None, None).line is None
