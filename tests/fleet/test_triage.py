from __future__ import annotations

from typing import Any

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.evidence.job_summary import JobSummary, read_summary
from analyzer.evidence.model import Evidence
from analyzer.fleet.triage import as_description, triage
from analyzer.pipeline import diagnose
from tests.batch_lists import summary_of
from tests.loopback.scenario import all_scenarios, scenario

BY_SUMMARY = {"cancelled-no-capacity", "dependency-failed"}
"""Scenarios that ListJobs explains alone."""


def summary(**members: Any) -> JobSummary:
    told = read_summary({"jobId": "j", "jobName": "n", "createdAt": 1, "status": "FAILED", **members}, "work")
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"status": "SUCCEEDED", "startedAt": 2, "stoppedAt": 3}, "describe"),
        ({"startedAt": 2, "container": {"exitCode": 1}}, "describe"),
        ({"statusReason": "Dependent Job failed"}, "summary"),
        ({"statusReason": "Dependent Job failed", "startedAt": 2}, "describe"),
        ({"statusReason": "Canceled by JobStateTimeLimit action due to reason: CAPACITY:X"}, "summary"),
        ({"statusReason": "Canceled by JobStateTimeLimit action due to reason: MISCONFIGURATION:X"}, "describe"),
        ({"isCancelled": True, "statusReason": "by hand"}, "summary"),
        ({"isCancelled": True, "container": {"reason": "CannotPullContainerError: x"}}, "describe"),
        ({"isCancelled": True, "nodeProperties": {"numNodes": 2}}, "describe"),
        ({"statusReason": "Container Overrides length must be at most 8192"}, "describe"),
        ({"isTerminated": True}, "describe"),
        ({}, "describe"),
        ({"status": "RUNNING"}, "skip"),
        ({"status": None}, "skip"),
        ({"arrayProperties": {"size": 4}}, "skip"),
        ({"arrayProperties": {"index": 4}, "startedAt": 2}, "describe"),
        ({"arrayProperties": {"index": 0, "size": 5}, "startedAt": 2}, "describe"),
        ({"arrayProperties": "?", "isCancelled": "yes", "startedAt": "x", "container": []}, "describe"),
    ],
)
def test_triage(members: dict[str, Any], expected: str) -> None:
    assert triage(summary(**members)) == expected


def test_exactly_these_scenarios_are_explained_by_their_summary() -> None:
    found = set()
    for one in all_scenarios():
        told = read_summary(summary_of(job)) if (job := one.document("job")) else None
        if told is not None and triage(told) == "summary":
            found.add(one.name)
    assert found == BY_SUMMARY


@pytest.mark.parametrize("name", sorted(BY_SUMMARY))
def test_the_summary_gives_the_verdict_that_the_description_gives(name: str) -> None:
    job = scenario(name).document("job")
    told = read_summary(summary_of(job), job["jobQueue"])
    assert told is not None
    by_summary = diagnose(Evidence("j", "job", job=as_description(told)), shipped())
    by_description = diagnose(Evidence("j", "job", job=job), shipped())
    assert by_summary.verdict == by_description.verdict
    assert by_summary.chain == by_description.chain
    assert by_summary.recommendations == by_description.recommendations
    assert by_summary.job["queue"] == by_description.job["queue"]
