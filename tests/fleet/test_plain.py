"""The short way to the rows of jobs that went well says exactly what the long one says."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.evidence.content import MemoryContent
from analyzer.evidence.model import Evidence, Gap
from analyzer.fleet.plain import is_plain, plain_rows
from analyzer.fleet.row import Row
from analyzer.fleet.rows import rows_of
from analyzer.pipeline import study
from tests.loopback.scenario import Scenario, all_scenarios, scenario

MADE_AT, VERSION = "2026-11-22T06:00:00Z", "1"
WITH_JOBS = [one for one in all_scenarios() if isinstance(one.document("job"), dict) and one.name != "wrong-types"]


def the_long_way(evidence: Evidence) -> tuple[Row, ...]:
    made = study(evidence, shipped())
    return rows_of(evidence, made.diagnosis, made.facts, diagnosed_at=MADE_AT, tool_version=VERSION)


def the_short_way(evidence: Evidence) -> tuple[Row, ...] | None:
    return plain_rows(evidence, shipped(), diagnosed_at=MADE_AT, tool_version=VERSION)


def evidence_of(job: dict[str, Any]) -> Evidence:
    return Evidence(str(job.get("jobId")), "job", region="eu-west-1", captured_at=MADE_AT, job=job)


def gone_well(one: Scenario) -> Iterator[dict[str, Any]]:
    """The scenario's job, as if each of its attempts alone had brought it to a good end."""
    job = one.document("job")
    for attempt in job.get("attempts") or [None]:
        well = {**copy.deepcopy(job), "status": "SUCCEEDED", "attempts": [attempt] if attempt else []}
        yield well
        container = {**(well.get("container") or {}), "exitCode": 0}
        yield {**well, "container": container, "statusReason": "Essential container in task exited"}


@pytest.mark.parametrize("one", WITH_JOBS, ids=lambda one: one.name)
def test_the_short_way_says_what_the_long_one_says(one: Scenario) -> None:
    for job in gone_well(one):
        evidence = evidence_of(job)
        rows = the_short_way(evidence)
        assert rows is None or rows == the_long_way(evidence)


def test_the_short_way_is_taken() -> None:
    taken = sum(is_plain(evidence_of(job)) for one in WITH_JOBS for job in gone_well(one))
    assert taken > 100


def test_secrets_of_the_environment_go() -> None:
    job = scenario("well").document("job")
    job["container"]["environment"].append({"name": "DB_PASSWORD", "value": "correcthorse"})
    job["jobName"] = "load_correcthorse"
    evidence = evidence_of(job)
    rows = the_short_way(evidence)
    assert rows == the_long_way(evidence)
    assert "correcthorse" not in repr(rows)


@pytest.mark.parametrize(
    "more",
    [
        {"logs": {1: MemoryContent(b"")}},
        {"workdir": {".exitcode": MemoryContent(b"0")}},
        {"listing": ()},
        {"gaps": (Gap("a", "b", "c"),)},
        {"kind": "workdir"},
        {"job": None},
    ],
)
def test_whatever_has_more_goes_the_long_way(more: dict[str, Any]) -> None:
    evidence = evidence_of(scenario("well").document("job"))
    assert is_plain(evidence)
    assert not is_plain(replace(evidence, **more))


@pytest.mark.parametrize("name", ["survived-reclaim", "tool-failed", "running", "array-parent"])
def test_other_jobs_go_the_long_way(name: str) -> None:
    assert not is_plain(evidence_of(scenario(name).document("job")))
