"""`fsnap-diagnose report` over a simulated account whose true counts are known, as a process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.fleet import least_calls
from tests.fleet_command import LONG, Report, Reporting, assert_true, kill_times, stored, without_times
from tests.loopback.faults import Fault
from tests.loopback.fleet.account import Account
from tests.loopback.fleet.server import FleetServer, Throttling
from tests.loopback.fleet.small import SMALL, TINY

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def small() -> Iterator[FleetServer]:
    server = FleetServer(Account(SMALL))
    yield server
    server.close()


@pytest.fixture(scope="module")
def tiny() -> Iterator[FleetServer]:
    server = FleetServer(Account(TINY))
    yield server
    server.close()


@pytest.fixture(scope="module")
def unbroken(tiny: FleetServer, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on the tiny account in one go."""
    tiny.serve(expiry=LONG)
    return Reporting.of(tiny, tmp_path_factory.mktemp("unbroken")).report()


def test_every_count_is_the_true_one(small: FleetServer, tmp_path: Path) -> None:
    small.serve(expiry=LONG)
    reporting = Reporting.of(small, tmp_path)
    report = reporting.report()
    assert_true(report, small.account.truth(SMALL.begin, SMALL.end))
    assert set(small.described.values()) == {1}
    assert small.counts == least_calls(small.account)
    calls = small.counts.total()
    assert without_times(reporting.report()) == without_times(report)
    # the store has all: only the lists are read again
    assert small.counts.total() - calls == small.counts["ListJobs"] / 2 + 1
    assert set(stored(reporting.store).values()) == {1}


def test_throttling_costs_time_and_nothing_else(small: FleetServer, tmp_path: Path) -> None:
    small.serve(expiry=LONG, throttling=Throttling(0.03))
    report = Reporting.of(small, tmp_path).report("--executor", "processes", "--workers", "2")
    assert_true(report, small.account.truth(SMALL.begin, SMALL.end))
    assert small.refused > 0
    assert report["gaps"] == []


def test_the_report_is_the_same_however_often_it_was_killed(
    tiny: FleetServer, tmp_path: Path, unbroken: Report
) -> None:
    tiny.serve(expiry=LONG)
    reporting = Reporting.of(tiny, tmp_path)
    assert kill_times(reporting, 10, most_calls=40, seed=5) == 10
    report = reporting.report()
    assert_true(report, tiny.account.truth(TINY.begin, TINY.end))
    assert without_times(report) == without_times(unbroken)
    # what a kill cost was asked for again, and of what was kept nothing
    assert max(tiny.described.values()) > 1
    before = tiny.described.total()
    assert without_times(reporting.report()) == without_times(unbroken)
    assert tiny.described.total() == before


def test_workers_that_are_killed_with_their_parent_leave_nothing_half_done(
    tiny: FleetServer, tmp_path: Path, unbroken: Report
) -> None:
    tiny.serve(expiry=LONG)
    reporting = Reporting.of(tiny, tmp_path)
    processes = ("--executor", "processes", "--workers", "2")
    assert kill_times(reporting, 3, 60, *processes, seed=8, least_calls=25) == 3
    assert without_times(reporting.report(*processes)) == without_times(unbroken)


def test_the_next_day_adds_what_is_new(tiny: FleetServer, tmp_path: Path) -> None:
    account, reporting = tiny.account, Reporting.of(tiny, tmp_path)
    today = TINY.begin + 20 * DAY
    for now in (today, today + DAY):
        tiny.serve(now, expiry=LONG)
        assert_true(reporting.report(until=now), account.truth(TINY.begin, now))
    fresh = {job.id for job in account.ended(today, today + DAY)}
    described = {name for name in tiny.described if account.find(name) in set(account.ended(TINY.begin, TINY.end))}
    assert described == fresh - {job.id for job in account.jobs if job.cause.startswith(("schedule.", "job.dep"))}


def test_what_batch_has_forgotten_still_counts(tiny: FleetServer, tmp_path: Path) -> None:
    reporting = Reporting.of(tiny, tmp_path)
    for day in (6, 12, 18, 24, 30):
        now = TINY.begin + day * DAY
        tiny.serve(now)
        report = reporting.report(until=now)
    assert_true(report, tiny.account.truth(TINY.begin, TINY.end))
    # without the store most of it is gone
    assert report["totals"]["jobs"] > 3 * Reporting.of(tiny, tmp_path / "store").report()["totals"]["jobs"]


def test_days_are_utc_s_wherever_it_runs(tiny: FleetServer, tmp_path: Path, unbroken: Report) -> None:
    tiny.serve(expiry=LONG)
    assert without_times(Reporting.of(tiny, tmp_path, TZ="Asia/Tokyo").report()) == without_times(unbroken)


def test_an_empty_queue_is_a_report_of_nothing(tiny: FleetServer, tmp_path: Path) -> None:
    tiny.serve(empty=("sim-empty-work",))
    outcome = Reporting.of(tiny, tmp_path).run(queue="sim-empty*")
    assert (outcome.status, outcome.err) == (0, "")
    report = outcome.document()
    assert (report["totals"]["jobs"], report["by_cause"], report["scope"]) == (0, [], ["queue sim-empty*"])


@pytest.mark.parametrize(
    ("queue", "told"),
    [
        ("sim-rnaseq-wrok", "There is no job queue sim-rnaseq-wrok in us-east-1: did you mean sim-rnaseq-work"),
        ("nothing-*", "No job queue in us-east-1 fits nothing-*: there are sim-ampliseq-work"),
    ],
)
def test_a_queue_that_does_not_exist(tiny: FleetServer, tmp_path: Path, queue: str, told: str) -> None:
    tiny.serve()
    outcome = Reporting.of(tiny, tmp_path).run(queue=queue)
    assert (outcome.status, outcome.out) == (3, "")
    assert told in outcome.err
    assert "Traceback" not in outcome.err


def test_lists_that_are_denied(tiny: FleetServer, tmp_path: Path) -> None:
    tiny.serve(faults=[Fault("ListJobs", "AccessDeniedException", 403, message="not authorized to batch:ListJobs")])
    outcome = Reporting.of(tiny, tmp_path).run(queue="sim-mag-work")
    assert (outcome.status, outcome.out) == (3, "")
    assert "sim-mag-work" in outcome.err
    assert "batch:ListJobs" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("operation", "permission"), [("GetLogEvents", "logs:GetLogEvents"), ("ListObjectsV2", "s3:ListBucket")]
)
def test_evidence_that_is_denied_is_a_gap(tiny: FleetServer, tmp_path: Path, operation: str, permission: str) -> None:
    tiny.serve(expiry=LONG, faults=[Fault(operation, "AccessDenied", 403)])
    report = Reporting.of(tiny, tmp_path).report()
    truth = tiny.account.truth(TINY.begin, TINY.end)
    assert (report["totals"]["jobs"], report["totals"]["failed"]) == (truth.total, truth.failed(2).total())
    gaps = {one["permission"]: one["jobs"] for one in report["gaps"]}
    ran = [job for job in tiny.account.ended(TINY.begin, TINY.end) if job.status == "FAILED" and job.template.events(1)]
    assert gaps[permission] >= len(ran) * 0.9
