"""Which finding is the answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.classifier.facts import AttemptFacts, Facts, InstanceFact
from analyzer.classifier.finding import Confidence, Finding, Quote, Severity
from analyzer.classifier.verdict import decide, fingerprint
from analyzer.evidence.job import Attempt, ContainerEnd, Job
from analyzer.parsers.checkpoints import Checkpoint


def _finding(
    cause: str, *, confidence: Confidence = "certain", severity: Severity = "error", attempt: int | None = None
) -> Finding:
    source = (
        "workdir/.fusion/dump/1/restore_1.log" if cause.startswith("restore") else "workdir/.fusion/dump/1/dump_1.log"
    )
    return Finding("FS000", cause, severity, confidence, cause, (Quote(source, cause, 1),), attempt)


def _attempt(number: int, exit_code: int | None = None, *, lost: bool = False) -> AttemptFacts:
    source = f"job.attempts[{number - 1}]"
    attempt = Attempt(number, source, containers=(ContainerEnd(f"{source}.container", exit_code=exit_code),))
    quote = Quote(f"{source}.statusReason", "Host EC2 (instance i-0abc1234) terminated.") if lost else None
    return AttemptFacts(attempt, InstanceFact(None, None), host_lost=quote)


def _job(*attempts: AttemptFacts, status: str = "FAILED", checkpoints: tuple[Checkpoint, ...] = ()) -> Facts:
    return Facts("t", "job", job=Job(status=status), attempts=attempts, checkpoints=checkpoints)


def _causes(*causes: str) -> list[Finding]:
    return [_finding(cause) for cause in causes]


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        (["restore.dump_unfinished", "dump.window_exceeded"], "dump.window_exceeded"),
        (["restore.failed", "dump.storage_full"], "dump.storage_full"),
        (["restore.dump_unfinished", "dump.interrupted"], "dump.interrupted"),
        (["restore.dump_unfinished", "dump.failed"], "restore.dump_unfinished"),
        (["restore.file_missing", "dump.window_exceeded"], "restore.file_missing"),
        (["restore.pid_conflict", "app.failed"], "restore.pid_conflict"),
    ],
)
def test_a_failed_restore_is_traced_to_its_dump_only_where_that_explains_it(causes: list[str], expected: str) -> None:
    facts = _job(_attempt(1, lost=True), _attempt(2, 176))
    assert decide(facts, _causes(*causes)).cause == expected


@pytest.mark.parametrize("code", [1, 137, 139])
def test_an_exit_code_of_the_task_leaves_the_verdict_with_the_task(code: int) -> None:
    facts = _job(_attempt(1, code))
    assert decide(facts, [_finding("dump.tcp_connection"), _finding("app.failed", attempt=1)]).cause == "app.failed"


def test_what_the_service_says_goes_before_what_a_log_suggests() -> None:
    facts = _job(_attempt(1, 137))
    findings = [_finding("app.java_heap", attempt=1), _finding("container.out_of_memory", attempt=1)]
    assert decide(facts, findings).cause == "container.out_of_memory"


def test_the_findings_of_earlier_attempts_do_not_answer_for_the_last() -> None:
    facts = _job(_attempt(1, 1), _attempt(2, 1))
    findings = [_finding("app.segfault", attempt=1), _finding("app.disk_full", confidence="likely", attempt=2)]
    assert decide(facts, findings).cause == "app.disk_full"


def test_a_time_limit_that_a_hung_restore_ran_into_is_the_restores() -> None:
    hung = Checkpoint(1, "full", outcome="complete", restore_outcome="unfinished")
    facts = _job(_attempt(1, lost=True), _attempt(2, 137), checkpoints=(hung,))
    assert decide(facts, _causes("container.timeout", "restore.hung")).cause == "restore.hung"


def test_a_lost_last_host_whose_dump_was_cut_is_the_dumps() -> None:
    facts = _job(_attempt(1, lost=True))
    assert (
        decide(facts, [_finding("host.terminated", attempt=1), _finding("dump.window_exceeded")]).cause
        == "dump.window_exceeded"
    )
    exhausted = [*_causes("host.attempts_exhausted", "dump.window_exceeded"), _finding("host.terminated", attempt=1)]
    assert decide(facts, exhausted).cause == "host.attempts_exhausted"


def test_certain_goes_before_likely_and_a_reason_before_a_mere_event() -> None:
    facts = _job(_attempt(1, 1))
    likely, certain = _finding("app.segfault", confidence="likely"), _finding("app.failed")
    assert decide(facts, [likely, certain]) is certain
    assert decide(facts, [certain, replace(likely, confidence="certain")]).cause == "app.segfault"


def test_nothing_known_is_said_to_be_unknown() -> None:
    verdict = decide(_job(_attempt(1)), [])
    assert (verdict.cause, verdict.confidence) == ("unknown.insufficient_evidence", "possible")


@pytest.mark.parametrize(("status", "cause"), [("SUCCEEDED", "ok.completed"), ("RUNNING", "ok.running")])
def test_a_job_that_is_well_is_well_whatever_its_logs_hold(status: str, cause: str) -> None:
    assert decide(_job(_attempt(1, 0), status=status), _causes("app.failed", "storage.throttled")).cause == cause


def test_fingerprints_forget_names_and_numbers_but_not_words() -> None:
    def with_text(text: str) -> Finding:
        return replace(_finding("restore.file_missing"), evidence=(Quote("s", text),))

    first = with_text("Can't open file work/ab/cdef/data.txt on restore: No such file or directory")
    same = with_text("Can't open file work/99/1234/other.bam on restore: No such file or directory")
    other = with_text("Can't open file work/ab/cdef/data.txt on restore: Is a directory")
    assert fingerprint(first) == fingerprint(same) != fingerprint(other)
