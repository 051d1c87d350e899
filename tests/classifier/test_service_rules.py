"""Time limits, terminations and waiting jobs: what figures and flags say besides the texts."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.classifier.engine import CODED
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding, NotApplicable, Skipped
from analyzer.classifier.gather import gather
from analyzer.classifier.rules.common import by_signature
from analyzer.evidence.model import Evidence

START = 1_767_225_600_000


def job(**members: Any) -> dict[str, Any]:
    return {"jobId": "j", "status": "FAILED", **members}


def attempt(code: int | None = None, reason: str | None = None, seconds: int = 60, **members: Any) -> dict[str, Any]:
    container = {"exitCode": code, "reason": reason, "logStreamName": "d/default/1"}
    ended = {
        "startedAt": START,
        "stoppedAt": START + seconds * 1000,
        "statusReason": "Essential container in task exited",
    }
    return {**ended, "container": {k: v for k, v in container.items() if v is not None}, **members}


def facts_of(document: dict[str, Any]) -> Facts:
    return gather(Evidence("j", "job", job=document), shipped())[0]


def findings(rule: str, facts: Facts) -> tuple[Finding, ...]:
    record = shipped().rules[rule]
    outcome = CODED.get(rule, by_signature)(facts, record)
    if isinstance(outcome, Finding):
        return (outcome,)
    return outcome if isinstance(outcome, tuple) else ()


def only(rule: str, document: dict[str, Any]) -> Finding:
    (found,) = findings(rule, facts_of(document))
    return found


def test_a_time_out_in_the_service_s_words() -> None:
    found = only("FS439", job(attempts=[attempt(137, statusReason="Job attempt duration exceeded timeout")]))
    assert (found.cause, found.confidence, found.attempt) == ("container.timeout", "certain", 1)
    assert found.evidence[0].source == "job.attempts[0].statusReason"


@pytest.mark.parametrize(
    ("code", "seconds", "timed_out"),
    [(137, 131, True), (None, 100, True), (143, 100, True), (137, 99, False), (1, 500, False)],
)
def test_a_time_out_by_its_duration(code: int | None, seconds: int, timed_out: bool) -> None:
    facts = facts_of(job(attempts=[attempt(code, seconds=seconds)], timeout={"attemptDurationSeconds": 100}))
    found = findings("FS439", facts)
    assert [f.confidence for f in found] == (["likely"] if timed_out else [])
    if timed_out:
        assert [q.source for q in found[0].evidence] == [
            "job.attempts[0].stoppedAt",
            "job.timeout.attemptDurationSeconds",
        ]
        assert findings("FS709", facts) == ()


@pytest.mark.parametrize(
    "document",
    [
        job(attempts=[attempt(137, "OutOfMemoryError: Container killed due to memory usage", 200)]),
        job(attempts=[attempt(None, None, 200, statusReason="Host EC2 (instance i-0a1b2c3d) terminated.")]),
        job(attempts=[attempt(137, None, 200)], statusReason="Job killed by NF", isTerminated=True),
        job(attempts=[{"statusReason": "x", "container": {"exitCode": 137}}]),
    ],
)
def test_a_long_attempt_that_ended_of_something_else(document: dict[str, Any]) -> None:
    assert findings("FS439", facts_of({**document, "timeout": {"attemptDurationSeconds": 100}})) == ()


def test_nextflow_stopped_it() -> None:
    document = job(attempts=[attempt(137)], statusReason="Job killed by NF", isTerminated=True)
    assert only("FS552", document).confidence == "certain"
    assert findings("FS551", facts_of(document)) == ()
    assert findings("FS709", facts_of(document)) == ()
    assert findings("FS710", facts_of(document)) == ()


def test_somebody_stopped_it_and_said_why() -> None:
    found = only("FS551", job(attempts=[attempt(143)], statusReason="wrong\x1b[31m parameters", isTerminated=True))
    assert (found.confidence, found.evidence[0].source) == ("certain", "job.statusReason")
    assert "wrong [31m parameters" in found.summary


def test_somebody_stopped_it_without_a_word() -> None:
    found = only(
        "FS551", job(attempts=[attempt(143)], statusReason="Essential container in task exited", isTerminated=True)
    )
    assert (found.confidence, found.evidence[0].source) == ("likely", "job.isTerminated")


@pytest.mark.parametrize(
    "reason",
    [
        "Canceled by JobStateTimeLimit action due to reason: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "Job attempt duration exceeded timeout",
        "Dependent Job failed",
    ],
)
def test_the_service_s_own_endings_are_nobody_s_call(reason: str) -> None:
    assert findings("FS551", facts_of(job(statusReason=reason, isTerminated=True, isCancelled=True))) == ()


@pytest.mark.parametrize("status", ["SUBMITTED", "PENDING", "RUNNABLE"])
def test_a_job_that_waits_in_silence(status: str) -> None:
    found = only("FS510", job(status=status, dependsOn=[{"jobId": "other"}]))
    assert (found.confidence, found.severity) == ("likely", "warning")
    assert found.evidence[0].text == status
    assert "1 other job" in found.summary


def test_a_job_that_waits_for_a_reason_does_not_wait_in_silence() -> None:
    document = job(status="RUNNABLE", statusReason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill")
    assert findings("FS510", facts_of(document)) == ()
    assert only("FS501", document).confidence == "certain"


def test_a_reason_that_nobody_knows_makes_waiting_less_sure() -> None:
    found = only("FS510", job(status="RUNNABLE", statusReason="SOMETHING:NEW"))
    assert found.confidence == "possible"
    assert found.evidence[1].text == "SOMETHING:NEW"


def test_a_job_that_ended_does_not_wait() -> None:
    assert findings("FS510", facts_of(job())) == ()


def test_without_a_job_nothing_is_said_of_its_turn() -> None:
    facts = Facts("x", "workdir")
    assert isinstance(CODED["FS510"](facts, shipped().rules["FS510"]), Skipped)
    assert isinstance(CODED["FS439"](facts, shipped().rules["FS439"]), Skipped)


def test_every_attempt_gets_its_own_finding() -> None:
    pull = "CannotPullContainerError: Error response from daemon: manifest unknown"
    document = job(attempts=[attempt(None, pull), attempt(1), attempt(None, pull)], statusReason=pull)
    assert [f.attempt for f in findings("FS401", facts_of(document))] == [1, 3]


def test_looked_and_not_there_is_not_the_same_as_could_not_look() -> None:
    record = shipped().rules["FS401"]
    assert isinstance(by_signature(facts_of(job(attempts=[attempt(1)])), record), NotApplicable)
    assert by_signature(Facts("x", "log"), record) == Skipped(record.reads)
