"""Bounds on a report: what can be said, what cannot, and what breaks them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.fleet.fail_on import FailOnError, parse_fail_on
from analyzer.fleet.report import FleetReport
from tests.fleet.made import job, report_of

REPORT = report_of(
    *(job(f"d{n}", cause="dump.window_exceeded", cost_usd=2.5) for n in range(3)),
    job("h", cause="host.spot_reclaimed"),
    job("s", cause="ok.survived_reclaim"),
    *(job(f"w{n}") for n in range(95)),
    *(
        job(f"b{n}", cause="host.spot_reclaimed" if n < 1 else "ok.completed", stopped_at="2026-11-09T00:00:00Z")
        for n in range(50)
    ),
)
"""Of 100 jobs 4 failed, three of a cause that the period before did not have."""


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("dump.*>2", True),
        ("dump.*>3", False),
        ("dump.*>=3", True),
        ("dump.window_exceeded==3", True),
        ("host.spot_reclaimed<2", True),
        ("*>3", True),
        ("restore.*>0", False),
        ("rate>3.9%", True),
        ("rate>4%", False),
        ("rate>=4%", True),
        ("rate(dump.*)>2%", True),
        ("rate(dump.*)>=3%", True),
        ("rate( host.* ) > 1 %", False),
        ("failed>=4", True),
        ("survived<1", False),
        ("survived<=1", True),
        ("lost-hours>3.5", True),
        ("lost-hours>4", False),
        ("lost-usd>7", True),
        ("lost-usd>7.5", False),
        ("new>0", True),
        ("new>1", False),
        ("worse>0", False),
        ("  failed > 3  ", True),
    ],
)
def test_bounds(text: str, broken: bool) -> None:
    said = parse_fail_on(text).broken_by(REPORT)
    assert (said is not None) is broken
    if said:
        assert said.startswith(f"--fail-on {text.strip()}: ")
        assert said.endswith(".")


def test_the_sentence_says_both_figures() -> None:
    assert parse_fail_on("rate(dump.*)>1.5%").broken_by(REPORT) == (
        "--fail-on rate(dump.*)>1.5%: 3 % of the jobs failed of dump.*, and that is more than 1.50 %."
    )
    assert parse_fail_on("failed>=1").broken_by(REPORT) == (
        "--fail-on failed>=1: 4 failed jobs, and that is at least 1."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no bound"),
        ("failed", "no bound"),
        ("failed=>3", "no bound"),
        ("failed>-1", "no bound"),
        ("failed>1e5", "no bound"),
        (">3", "no bound"),
        ("dump>3", "nothing that a report counts"),
        ("confidence>3", "nothing that a report counts"),
        ("rate(>3%", "nothing that a report counts"),
        ("dump.window_exeeded>3", "is it dump.window_exceeded"),
        ("dumps.*>3", "could never be broken"),
        ("ok.*>3", "could never be broken"),
        ("failed>2%", "leave the % out, or write rate"),
        ("dump.*>2%", "rate(dump.*)"),
        ("rate>2", "rate>2%"),
        ("rate(dump.*)>2", "rate(dump.*)>2%"),
    ],
)
def test_what_is_no_bound_is_refused_with_a_way_out(text: str, said: str) -> None:
    with pytest.raises(FailOnError) as raised:
        parse_fail_on(text)
    assert said in str(raised.value)
    assert f"--fail-on {text}" in str(raised.value)


def test_a_finer_cause_and_one_of_a_user_s_own_may_be_named() -> None:
    assert parse_fail_on("dump.unix_socket.systemd>0").causes == "dump.unix_socket.systemd"
    assert parse_fail_on("lab.*>0", own_causes=["lab.quota"]).causes == "lab.*"


def test_without_jobs_or_prices_nothing_is_broken() -> None:
    empty: FleetReport = report_of()
    assert parse_fail_on("rate>=0%").broken_by(empty) is None
    assert parse_fail_on("rate(dump.*)>=0%").broken_by(empty) is None
    unpriced = replace(empty, totals=replace(empty.totals, usd_lost=None))
    assert parse_fail_on("lost-usd>=0").broken_by(unpriced) is None


def test_what_is_not_known_is_told() -> None:
    report: FleetReport = report_of()
    ended = replace(report, totals=replace(report.totals, jobs=4, failed=1, usd_lost=None), totals_before=None)
    assert parse_fail_on("lost-usd>25").unknown_in(report) is None  # no job ended
    assert "no price is known" in str(parse_fail_on("lost-usd>25").unknown_in(ended))
    assert "cannot hold" in str(parse_fail_on("worse>0").unknown_in(ended))
    assert parse_fail_on("new==0").broken_by(ended) is None
    assert parse_fail_on("failed>100").unknown_in(ended) is None
