"""The report's figures, reckoned by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.fleet.aggregate import Aggregate
from analyzer.fleet.chance import fisher
from analyzer.fleet.report import MOST_FAILURES, MOST_POINTS, Cell, FleetReport, Period
from analyzer.fleet.row import Row
from tests.advisor.cases import NAMES
from tests.advisor.config_subset import Size, parse
from tests.advisor.groovy import complaints
from tests.fleet.made import BEFORE, GIB, NOW, PERIOD, job, report_of, rows_for

EARLIER = "2026-11-10T00:00:00Z"
SCENARIOS = ("window-exceeded", "survived-reclaim", "survived-two-reclaims", "well", "runnable-no-capacity")


def _survivor(job_id: str, seconds: float, **members: object) -> tuple[Row, Row]:
    """An hour of which all but a tenth was saved by a dump of so many seconds, then an hour that went well."""
    last = job(job_id, cause="ok.survived_reclaim", attempt=2, restore_completed=True, **members)
    first = replace(
        last,
        attempt=1,
        is_last=False,
        host_lost=True,
        restore_completed=None,
        saved_seconds=3240.0,
        lost_seconds=360.0,
        dump_seconds=seconds,
        dump_completed=True,
        dump_bytes=30 * GIB,
        window_seconds=120.0,
    )
    return first, last


def test_hours_by_hand() -> None:
    """window-exceeded: 3840 + 4860 + 36 s lost; survivors: dumps of 27.053 s (in whole milliseconds by attempt)."""
    report = report_of(*map(rows_for, SCENARIOS))
    totals = report.totals
    assert (totals.jobs, totals.succeeded, totals.failed, totals.survived) == (4, 3, 1, 2)
    assert (totals.reclaims, totals.reclaims_survived) == (2 + 1 + 2, 1 + 1 + 2)
    lost = 3840 + 4860 + 36 + 3 * 87.053
    saved = 2 * 3752.947 + 4712.947
    assert totals.hours_lost == pytest.approx(lost / 3600, abs=1e-12)
    assert totals.hours_saved == pytest.approx(saved / 3600, abs=1e-12)
    assert totals.rate == 0.25
    assert report.notes[0] == "Not counted: 1 job that had not ended, schedule.no_capacity (1)."


def test_money_is_the_share_of_each_attempt() -> None:
    """Two hours at 3 dollars each, of which one was lost; half an hour of one at 2 dollars was saved."""
    half = job("b", cause="ok.survived_reclaim", cost_usd=2.0, saved_seconds=1800.0, host_lost=True)
    report = report_of(job("a", cause="app.failed", cost_usd=3.0), job("c", cost_usd=3.0), half)
    assert (report.totals.usd_lost, report.totals.usd_saved) == (3.0, 1.0)
    unknown = report_of(job("a", cause="app.failed"))
    assert unknown.totals.usd_lost is None
    assert unknown.totals.usd_saved == 0.0
    assert any("the money is the least" in note for note in unknown.notes)


def test_periods_are_kept_apart() -> None:
    report = report_of(
        job("now", cause="app.failed"),
        job("then", cause="app.failed", stopped_at=EARLIER, day="2026-11-10"),
        job("at the start", stopped_at=PERIOD.since, day="2026-11-15"),
        job("at the end", stopped_at=PERIOD.until),
        job("long ago", stopped_at="2026-01-01T00:00:00Z"),
        job("no time", stopped_at=None, created_at=None, day="unknown"),
    )
    assert report.totals.jobs == 3
    assert report.totals_before is not None
    assert report.totals_before.jobs == 1
    assert report.by_cause[0].before is not None
    assert report.by_cause[0].before.failed == 1
    assert [day.key for day in report.by_day] == [*(f"2026-11-{n}" for n in range(15, 22)), "unknown"]
    assert [day.totals.jobs for day in report.by_day] == [1, 0, 0, 0, 0, 1, 0, 1]
    assert report.causes_by_day == (Cell("2026-11-20", "app.failed", 1),)


def test_without_a_period_before_nothing_is_compared() -> None:
    aggregate = Aggregate(PERIOD)
    aggregate.add((job("now", cause="app.failed"),))
    aggregate.add((job("then", cause="app.failed", stopped_at=EARLIER),))
    report = aggregate.report(made_at=NOW, notes=("said before",))
    assert report.totals_before is None
    assert report.by_cause[0].before is None
    assert report.trends == ()
    assert report.notes[0] == "said before"


def test_a_period_that_is_none_and_one_that_differs() -> None:
    with pytest.raises(ValueError, match="no period"):
        Aggregate(Period("soon", "later"))
    with pytest.raises(ValueError, match="different periods"):
        Aggregate(PERIOD).merge(Aggregate(BEFORE))


def test_names_of_jobs_are_counted_for_the_process_that_others_told() -> None:
    spelled = [job(f"w{n}", process=f"PSTAR_s{n}", task=None) for n in range(3)]
    report = report_of(job("f", cause="app.failed"), *spelled, job("x", process="PBWA_s1", task=None))
    assert [(group.key, group.totals.failed, group.totals.jobs) for group in report.by_process] == [
        ("P:STAR", 1, 4),
        ("PBWA_s1", 0, 1),
    ]


def test_many_names_that_nobody_knows_stand_together() -> None:
    names = [job(f"w{n}", process=f"X1_TRIM_S{n}", task=None) for n in range(300)]
    names += [job(f"v{n}", process=f"X2_TRIM_S{n}", task=None, cause="app.failed") for n in range(3)]
    report = report_of(*names)
    assert {group.key: group.totals.jobs for group in report.by_process} == {"X1_TRIM_S#": 300, "X2_TRIM_S#": 3}
    assert [(change.scope, change.jobs) for change in report.changes] == [("process X2_TRIM_S#", 3)]
    assert any("known by their job's name alone" in note for note in report.notes)


def test_the_attempt_that_the_verdict_is_about_names_the_instance_type() -> None:
    last = job("a", cause="dump.window_exceeded", attempt=2, instance_type="c6id.8xlarge")
    first = replace(
        last, attempt=1, is_last=False, instance_type="m6id.4xlarge", dump_completed=False, dump_seconds=121.0
    )
    report = report_of((first, last))
    assert [group.key for group in report.by_instance_type] == ["m6id.4xlarge"]
    assert report.failures[0].instance_type == "m6id.4xlarge"
    assert report.failures[0].example.attempt == 1


def test_lists_are_bounded_and_counts_are_not() -> None:
    jobs = [
        job(f"{n:05}", cause="dump.window_exceeded", stopped_at=f"2026-11-20T{n // 250:02}:{n % 60:02}:00Z")
        for n in range(2_500)
    ]
    dumped = [
        replace(row, dump_seconds=121.0, dump_bytes=GIB, dump_completed=False, window_seconds=120.0) for row in jobs
    ]
    report = report_of(*dumped)
    assert (report.totals.failed, len(report.failures)) == (2_500, MOST_FAILURES)
    assert (report.dumps_total, len(report.dumps)) == (2_500, MOST_POINTS)
    stops = [one.stopped_at or "" for one in report.failures]
    assert stops == sorted(stops, reverse=True)
    assert stops[-1] >= sorted((row.stopped_at or "" for row in jobs), reverse=True)[MOST_FAILURES - 1]


def test_who_is_next() -> None:
    report = report_of(_survivor("near", 108.0), _survivor("far", 40.0), job("f", cause="app.failed"))
    assert [(one.job_id, one.share) for one in report.survivors] == [("near", 0.9), ("far", pytest.approx(1 / 3))]
    failed, near = report.changes
    assert (failed.rank, failed.cause, near.rank, near.scope) == (1, "app.failed", 2, "process P:STAR")
    assert (near.jobs, near.hours) == (1, 0.0)
    assert "108.0 s of 120 s for 30.0 GiB" in near.advice
    assert "0.9 saved hours" in near.advice


def test_changes_are_ranked_by_what_they_would_have_saved() -> None:
    jobs = [job(f"d{n}", cause="dump.window_exceeded", cost_usd=2.0) for n in range(3)]
    jobs += [job("h", cause="host.terminated", lost_seconds=7200.0, seconds=7200.0)]
    jobs += [job("x", cause="job.terminated_by_user", lost_seconds=90_000.0)]
    jobs += [job(f"{n}", cause="app.failed", process=f"P:T{n}", lost_seconds=60.0) for n in range(20)]
    report = report_of(*jobs)
    assert len(report.changes) == 10
    assert [(c.cause, c.scope, c.jobs, c.hours, c.usd) for c in report.changes[:2]] == [
        ("dump.window_exceeded", "process P:STAR", 3, 3.0, 6.0),
        ("host.terminated", "queue q", 1, 2.0, None),
    ]
    assert [example.job_id for example in report.changes[0].examples] == ["d0", "d1", "d2"]


def _memory(report: FleetReport, process: str = "P:STAR") -> object:
    text = report.configuration.nextflow
    assert complaints(text) == []
    return parse(text).get("process.memory", process)


def test_memory_that_covers_every_job() -> None:
    """The most that any job was proposed, and no less than any asks for, the ones that went well included."""
    jobs = [job(f"m{n}", cause="container.out_of_memory", proposed_memory_bytes=n * 4 * GIB) for n in (3, 4)]
    report = report_of(*jobs)
    assert _memory(report) == Size(16 * GIB)
    assert "Ask for 16.0 GiB of memory in process P:STAR: that covers all 2 jobs" in report.changes[0].advice
    assert _memory(report_of(*jobs, job("w", memory_requested_bytes=40 * GIB))) == Size(40 * GIB)


def test_a_limit_that_fits_the_window_is_the_least_unless_a_job_holds_more() -> None:
    jobs = [job(f"d{n}", cause="dump.window_exceeded", proposed_memory_bytes=n * GIB) for n in (5, 6)]
    assert _memory(report_of(*jobs)) == Size(5 * GIB)
    holds = job("w", memory_peak_bytes=7 * GIB)
    report = report_of(*jobs, holds)
    assert report.configuration.nextflow == ""
    types = ("m6idn.4xlarge", "c6id.8xlarge")
    report = report_of(*(replace(one, proposed_instance_types=types) for one in jobs), holds)
    assert "run on m6idn.4xlarge, c6id.8xlarge: proposed for 2 of 2 jobs" in report.changes[0].advice
    assert report.configuration.queues == (("q", types),)


def test_types_of_one_queue_have_processors_alike() -> None:
    jobs = [job(f"d{n}", cause="dump.window_exceeded", proposed_instance_types=("m6idn.4xlarge",)) for n in range(3)]
    jobs += [
        job("e", cause="dump.window_exceeded", proposed_instance_types=("c7gd.8xlarge", "c6id.8xlarge", "no.type"))
    ]
    assert report_of(*jobs).configuration.queues == (("q", ("m6idn.4xlarge", "c6id.8xlarge")),)


def test_what_stands_in_the_configuration_is_safe() -> None:
    bad = "X' { exec 'rm' } //"
    jobs = [
        job("a", cause="container.out_of_memory", process=bad, task="t", proposed_memory_bytes=16 * GIB),
        job("b", cause="container.out_of_memory", process="PSTAR_\n}", task=None, proposed_memory_bytes=16 * GIB),
        job("c", cause="container.out_of_memory", process="PBWA_s", task=None, proposed_memory_bytes=16 * GIB),
    ]
    text = report_of(*jobs).configuration.nextflow
    assert text == "// 16.GB for the process of the jobs PBWA_s: its exact name is not known"


def test_trends_need_more_than_chance() -> None:
    now = [job(f"n{n}", cause="app.failed" if n < 12 else "ok.completed") for n in range(100)]
    then = [job(f"t{n}", cause="app.failed" if n < 1 else "ok.completed", stopped_at=EARLIER) for n in range(100)]
    new = job("x", cause="image.not_found", process="P:X", task="P:X")
    found = {(one.kind, one.dimension, one.key): one for one in report_of(*now, *then, new).trends}
    assert set(found) == {
        ("new", "cause", "image.not_found"),
        ("worse", "cause", "app.failed"),
        ("worse", "process", "P:STAR"),
        ("worse", "queue", "q"),
        ("worse", "instance type", "m6id.4xlarge"),
    }
    worse = found["worse", "process", "P:STAR"]
    assert (worse.failed, worse.jobs, worse.failed_before, worse.jobs_before) == (12, 100, 1, 100)
    assert worse.summary == "P:STAR: 12 of 100 jobs failed (12.0 %), before it were 1 of 100 (1.0 %)."
    few = [job(f"n{n}", cause="app.failed" if n < 4 else "ok.completed") for n in range(100)]
    assert report_of(*few, *then).trends == ()


@pytest.mark.parametrize(
    ("counts", "chance"),
    [
        ((3, 4, 1, 4), 34 / 70),  # (1 + 16 + 16 + 1) of the C(8, 4) = 70 tables with these sums
        ((4, 4, 0, 4), 2 / 70),
        ((0, 10, 0, 10), 1.0),
        ((10, 10, 10, 10), 1.0),
        ((0, 0, 3, 5), 1.0),
    ],
)
def test_chance_is_fisher_s(counts: tuple[int, int, int, int], chance: float) -> None:
    assert fisher(*counts) == pytest.approx(chance)


def test_chance_of_large_counts_and_of_none() -> None:
    assert fisher(20_000, 100_000, 10_000, 100_000) < 1e-9
    assert fisher(10_050, 100_000, 10_000, 100_000) > 0.5
    with pytest.raises(ValueError, match="5 of 4"):
        fisher(5, 4, 0, 0)


def test_retries_of_one_task_are_told() -> None:
    tries = [job(f"t{n}", cause="app.failed", run="tw-1") for n in range(3)]
    other = job("o", cause="app.failed", run="tw-1", task=None, process="PSTAR_a", job_name="tw-1-PSTAR_a")
    report = report_of(*tries, other, job("r", cause="app.failed"))
    assert any(note.startswith("The 4 jobs of known runs that failed are tries of 1 task,") for note in report.notes)
    assert not any("retry" in note for note in report_of(tries[0]).notes)


def test_a_survivor_whose_restore_nobody_saw() -> None:
    report = report_of(job("s", cause="ok.survived_reclaim", host_lost=True))
    assert (report.totals.survived, report.totals.reclaims_survived, report.totals.hours_saved) == (1, 1, 0.0)
    assert any("no restore could be seen" in note for note in report.notes)


def test_timelines_show_how_each_attempt_ended() -> None:
    (line, *_) = report_of(rows_for("survived-reclaim")).timelines
    assert [(span.ending, span.saved) for span in line.spans] == [("host lost", True), ("went well", False)]
    assert [span.ending for span in report_of(rows_for("window-exceeded")).timelines[0].spans] == [
        "host lost",
        "host lost",
        "failed",
    ]


def test_an_empty_period() -> None:
    report = report_of()
    assert (report.totals.jobs, report.totals.rate, report.changes, report.trends) == (0, None, (), ())
    assert report.configuration.nextflow == ""
    assert report.notes == ()
    assert len(report.by_day) == 7


def test_the_configuration_of_all_scenarios_can_be_pasted() -> None:
    report = report_of(*map(rows_for, NAMES))
    text = report.configuration.nextflow
    assert complaints(text) == []
    processes = {one.selector.pattern for one in parse(text).settings if one.selector}
    assert processes == {"NFCORE_RNASEQ:RNASEQ:ALIGN_STAR:STAR_ALIGN", "NFCORE_SAREK:SAREK:GATK4_MARKDUPLICATES"}
    assert parse(text).get("process.memory", "NFCORE_SAREK:SAREK:GATK4_MARKDUPLICATES") == Size(24 * GIB)
    assert "YOUR" not in text


@pytest.mark.parametrize(
    "damaged",
    [
        job("a", cause="app.failed", lost_seconds=float("nan"), cost_usd=float("inf")),
        job("a", cause="app.failed", lost_seconds=1e300, seconds=0.0, cost_usd=-1.0),
        job("a", cause="dump.\nfoo_x", process="A\nB", task=None, day="", queue="", stopped_at="soon", created_at=None),
        job("a", cause="app.failed", process="_" * 10_000, task=None),
        job("a", status="", cause="", dump_seconds=float("nan"), dump_bytes=1, window_seconds=float("nan")),
    ],
)
def test_damaged_rows_do_no_harm(damaged: Row) -> None:
    """A store may hold what somebody else wrote."""
    report = report_of(damaged, job("b", cause="app.failed"))
    assert report.totals.hours_lost in (1.0, 2.0)
    assert report.dumps == ()
    assert "\n" not in "".join(change.scope for change in report.changes)
