"""The rows of scenarios, held against what their evidence says."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.fetchers.local import read_path
from analyzer.fleet.row import Row
from analyzer.fleet.rows import row_of_summary
from analyzer.pipeline import diagnose, study
from tests.advisor.cases import NAMES, SCENARIOS
from tests.fleet.made import GIB, NOW, rows_for

DUMP = 27.052836
"""Seconds, by the last time stamp of dump_3.log."""


def _times(rows: tuple[Row, ...]) -> list[tuple[float | None, float, float]]:
    return [(row.seconds, round(row.saved_seconds, 3), round(row.lost_seconds, 3)) for row in rows]


def test_a_dump_that_outran_the_window_loses_every_attempt() -> None:
    first, second, third = rows_for("window-exceeded")
    assert _times((first, second, third)) == [(3840, 0, 3840), (4860, 0, 4860), (36, 0, 36)]
    assert [row.attempt_cause for row in (first, second, third)] == [
        "host.spot_reclaimed",
        "host.spot_reclaimed",
        "restore.dump_unfinished",
    ]
    assert [row.host_lost for row in (first, second, third)] == [True, True, False]
    assert (first.dump_seconds, first.dump_completed, first.dump_bytes) == (DUMP, True, 24696061952)
    assert (second.dump_seconds, second.dump_completed, second.dump_bytes) == (121.62504, False, 60881371136)
    assert third.dump_seconds is third.dump_completed is third.dump_bytes is third.window_seconds is None
    assert [row.predump_count for row in (first, second, third)] == [2, 2, 0]
    assert (first.restore_completed, second.restore_completed, third.restore_completed) == (None, True, False)
    assert second.restore_seconds == 140.06466
    assert [row.is_last for row in (first, second, third)] == [False, False, True]
    assert first.cause == third.cause == "dump.window_exceeded"
    assert third.quote_source == "workdir/.fusion/dump/6/dump_6.log"
    assert third.quote_line == 372
    assert third.proposed_memory_bytes == 44 * GIB
    assert third.proposed_instance_types[0] == "m6idn.4xlarge"
    assert (third.run, third.process) == ("tw-3yF0cTq8Zb1KpL", "NFCORE_RNASEQ:RNASEQ:ALIGN_STAR:STAR_ALIGN")
    assert third.day == "2026-11-17"
    assert third.looked_at == "evidence"


def test_a_survivor_saves_what_ran_before_its_dump() -> None:
    """Its dump's objects are of 08:03:00, an hour and three minutes after the start; the dump itself took 27 s."""
    first, second = rows_for("survived-reclaim")
    assert _times((first, second)) == [(3840, round(3780 - DUMP, 3), round(60 + DUMP, 3)), (1860, 0, 0)]
    assert first.survived
    assert second.attempt_cause is None
    assert second.restore_completed is True
    assert (first.instance_type, first.lifecycle) == ("m6id.4xlarge", "spot")


def test_two_reclaims_save_both_attempts() -> None:
    """08:10 to 09:29, less the second dump."""
    rows = rows_for("survived-two-reclaims")
    assert _times(rows)[1] == (4800, round(4740 - DUMP, 3), round(60 + DUMP, 3))
    assert _times(rows)[2] == (2040, 0, 0)


def test_work_that_began_again_is_lost() -> None:
    assert _times(rows_for("well-restarted-from-scratch")) == [(1800, 0, 1800), (2700, 0, 0)]


def test_restores_save_nothing_in_a_job_that_fails() -> None:
    rows = rows_for("attempts-exhausted")
    assert _times(rows) == [(3840, 0, 3840)] * 5
    assert [row.restore_completed for row in rows] == [None, True, True, True, True]
    assert _times(rows_for("restored-then-failed-later")) == [(3840, 0, 3840), (10980, 0, 10980)]


def test_a_reclaim_without_a_dump() -> None:
    (row,) = rows_for("host-reclaimed-cloudtrail")
    assert _times((row,)) == [(1980, 0, 1980)]
    assert (row.cause, row.attempt_cause, row.host_lost) == ("host.spot_reclaimed", "host.spot_reclaimed", True)
    assert row.dump_seconds is row.window_seconds is None


def test_a_container_without_enough_memory() -> None:
    (row,) = rows_for("container-out-of-memory")
    assert (row.exit_code, row.attempt_exit_code, row.host_lost) == (137, 137, False)
    assert row.attempt_cause == row.cause == "container.out_of_memory"
    assert (row.memory_requested_bytes, row.proposed_memory_bytes) == (16 * GIB, 24 * GIB)
    assert _times((row,)) == [(1260, 0, 1260)]


def test_a_child_of_an_array_keeps_its_index() -> None:
    (row,) = rows_for("array-child-out-of-memory")
    assert row.job_id.endswith(":3")
    assert row.process == "NFCORE_SAREK:SAREK:GATK4_MARKDUPLICATES"


def test_a_job_that_never_began_has_one_row_of_no_attempt() -> None:
    (row,) = rows_for("runnable-no-capacity")
    assert (row.attempt, row.is_last, row.attempts, row.status) == (0, True, 0, "RUNNABLE")
    assert (row.started_at, row.ended_at, row.seconds, row.cost_usd) == (None, None, None, None)
    assert row.process == "NFCORE_RNASEQRNASEQALIGN_STARSTAR_ALIGN_WT_REP1"
    assert row.task is None
    assert (row.day, row.stopped_at, row.looked_at) == ("2026-11-17", None, "description")


def test_a_job_that_went_well() -> None:
    (row,) = rows_for("well")
    assert _times((row,)) == [(2400, 0, 0)]
    assert (row.cause, row.attempt_cause, row.predump_count, row.dump_seconds) == ("ok.completed", None, 7, None)


def test_a_work_directory_alone_has_its_checkpoints_on_one_row() -> None:
    (row,) = rows_for("workdir-alone")
    assert (row.attempt, row.day, row.queue, row.status) == (0, "unknown", "unknown", None)
    assert row.dump_completed is False
    assert row.dump_seconds == pytest.approx(0.055592)


@pytest.mark.parametrize("name", NAMES)
def test_of_any_scenario_no_second_counts_twice(name: str) -> None:
    rows = rows_for(name)
    assert [row.is_last for row in rows].count(True) == 1
    for row in rows:
        spent = row.saved_seconds + row.lost_seconds
        assert spent == pytest.approx(row.seconds or 0.0) or spent == 0
        assert row.saved_seconds == 0 or row.status == "SUCCEEDED"
        assert min(row.saved_seconds, row.lost_seconds) >= 0
        assert row.cost_usd is None or row.cost_usd >= 0


def test_no_value_of_the_environment_is_in_a_row() -> None:
    secret = "do-not-show-" + "x9" * 8
    job = {
        "jobId": "j",
        "jobName": "n",
        "jobQueue": "q",
        "status": "FAILED",
        "statusReason": f"TOWER_ACCESS_TOKEN={secret}",
        "container": {"environment": [{"name": "TOWER_ACCESS_TOKEN", "value": secret}]},
    }
    row = row_of_summary(job, catalogue=shipped(), diagnosed_at=NOW, tool_version="1")
    assert secret not in str(asdict(row))


def test_a_summary_alone_gives_a_verdict() -> None:
    summary = {
        "jobId": "0f",
        "jobName": "tw-1aB-P_S_1",
        "jobQueue": "arn:aws:batch:eu-west-1:111122223333:job-queue/work",
        "status": "FAILED",
        "statusReason": "Canceled by JobStateTimeLimit action due to reason: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "createdAt": 1795132800000,
        "stoppedAt": 1795136400000,
        "attempts": [],
    }
    row = row_of_summary(summary, catalogue=shipped(), diagnosed_at=NOW, tool_version="1", region="eu-west-1")
    assert (row.cause, row.looked_at, row.attempt) == ("schedule.no_capacity", "summary", 0)
    assert (row.queue, row.run, row.process, row.region) == ("work", "tw-1aB", "P_S", "eu-west-1")
    assert (row.created_at, row.stopped_at) == ("2026-11-20T00:00:00Z", "2026-11-20T01:00:00Z")


@pytest.mark.parametrize("summary", [{}, {"jobId": 3, "status": ["FAILED"], "container": "x", "createdAt": "soon"}])
def test_a_summary_of_wrong_types_is_a_row_all_the_same(summary: dict[str, object]) -> None:
    row = row_of_summary(summary, catalogue=shipped(), diagnosed_at=NOW, tool_version="1")
    assert (row.job_id, row.day, row.queue) == ("unknown", "unknown", "unknown")


def test_a_study_is_the_diagnosis_and_its_facts() -> None:
    evidence = read_path(SCENARIOS / "well" / "capture", "well")
    made = study(evidence, shipped())
    assert made.diagnosis == diagnose(evidence, shipped())
    assert made.facts.job is not None
    assert made.facts.job.id == made.diagnosis.job["id"]
