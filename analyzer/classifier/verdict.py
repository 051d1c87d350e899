"""Which finding is the answer: the root of the story, not its last symptom."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence

from analyzer.classifier.catalogue import Catalogue
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import RANK, Finding, Verdict
from analyzer.classifier.healthy import completed, insufficient, running
from analyzer.classifier.operations import last_operation, operation_order

SNAPSHOT_EXIT_CODES = (175, 176, 177)
GENERIC = ("failed", "interrupted", "killed", "io_error", "waiting", "undetermined")
"""Last words of causes that say that something happened, not why."""
NOT_WHOLE = {
    "restore.dump_unfinished",
    "restore.manifest_mismatch",
    "restore.images_missing",
    "restore.images_corrupt",
    "restore.incremental_chain",
    "restore.failed",
    "restore.interrupted",
    "restore.hung",
}
"""Failures of a restore that an unfinished or failed dump explains."""
UNEXPLAINED_DUMPS = {"dump.interrupted", "dump.failed"}
LAST_WORDS = 3
"""Lines at a log's end that count as its last words."""
MAX_SHAPE_CHARACTERS = 2_000
"""Of a decisive line, that count for a fingerprint."""
_VARIABLE = re.compile(
    r"0x[0-9a-f]+|\b(?:i|sir|vol|eni)-[0-9a-f]+\b|(?:[\w.-]*/)+[\w.-]*|\b[0-9a-f]{8,}\b|\d+", re.IGNORECASE
)

Stage = Callable[[Facts, Sequence[Finding]], Finding | None]


def _family(finding: Finding) -> str:
    return finding.cause.split(".", 1)[0]


def _is_generic(finding: Finding) -> bool:
    return finding.cause.rsplit(".", 1)[-1] in GENERIC


def _best(findings: Iterable[Finding]) -> Finding | None:
    """The most certain; among equals the one that says why, then the first."""
    ordered = sorted(findings, key=lambda f: (f.severity != "error", RANK[f.confidence], _is_generic(f)))
    return ordered[0] if ordered else None


def _of_last_attempt(facts: Facts, findings: Iterable[Finding]) -> list[Finding]:
    last = facts.attempts[-1].attempt.number if facts.attempts else None
    return [f for f in findings if f.attempt in (None, last)]


def _errors(findings: Iterable[Finding], *families: str) -> list[Finding]:
    return [f for f in findings if f.severity == "error" and _family(f) in families]


def _stopped(facts: Facts, findings: Sequence[Finding]) -> Finding | None:
    return _best(_of_last_attempt(facts, _errors(findings, "job")))


def _timed_out(facts: Facts, findings: Sequence[Finding]) -> Finding | None:
    timeout = _best(f for f in _of_last_attempt(facts, findings) if f.cause == "container.timeout")
    if timeout is None:
        return None
    operation = last_operation(facts)
    restoring = operation is not None and operation.kind == "restore" and operation.outcome != "complete"
    return (_checkpoint_root(facts, findings) if restoring else None) or timeout


def _checkpoint_root(facts: Facts, findings: Sequence[Finding]) -> Finding | None:
    """Of checkpoint findings the root: what broke the dump, if that explains why its restore failed."""
    by_time = sorted(_errors(findings, "dump", "restore"), key=lambda f: operation_order(facts, f), reverse=True)
    dumps = [f for f in by_time if _family(f) == "dump"]
    restores = [f for f in by_time if _family(f) == "restore" and f.cause != "restore.crashed_after"]
    restore, dump = _best(restores), _best(dumps)
    if restore is None or dump is None:
        return restore or dump
    return dump if restore.cause in NOT_WHOLE and _is_known(facts, dump) else restore


def _is_known(facts: Facts, dump: Finding) -> bool:
    """Whether it is known how the dump ended: a cause of its own, or its log seen to stop as the host was lost."""
    if dump.cause not in UNEXPLAINED_DUMPS:
        return True
    host_lost = any(a.host_lost for a in facts.attempts)
    return host_lost and dump.cause == "dump.interrupted" and any(q.source.endswith(".log") for q in dump.evidence)


def _lost_for_good(facts: Facts, findings: Sequence[Finding]) -> Finding | None:
    last = facts.attempts[-1] if facts.attempts else None
    if last is None or not last.host_lost:
        return None
    exhausted = _best(f for f in findings if f.cause == "host.attempts_exhausted")
    if exhausted:
        return exhausted
    dump = _best(f for f in findings if f.cause == "dump.window_exceeded" and f.attempt in (None, last.attempt.number))
    return dump or _best(_of_last_attempt(facts, _errors(findings, "host")))


def _snapshot_failed(facts: Facts, findings: Sequence[Finding]) -> Finding | None:
    last = facts.attempts[-1] if facts.attempts else None
    if last and last.host_lost:
        return None
    code = facts.exit_code
    operation = last_operation(facts)
    unknown_end = code is None and operation is not None and operation.outcome != "complete"
    return _checkpoint_root(facts, findings) if code in SNAPSHOT_EXIT_CODES or unknown_end else None


def _service_says(facts: Facts, findings: Sequence[Finding]) -> Finding | None:
    said = [
        f
        for f in _of_last_attempt(facts, _errors(findings, "image", "container", "schedule"))
        if f.confidence != "possible"
    ]
    return _best(said)


def _after_restore(facts: Facts, findings: Sequence[Finding]) -> Finding | None:
    crashed = _best(f for f in findings if f.cause == "restore.crashed_after")
    own = _best(f for f in _of_last_attempt(facts, _errors(findings, "app")) if not _is_generic(f))
    if crashed and own and RANK[own.confidence] < RANK[crashed.confidence]:
        return None
    return crashed


def _task_failed(facts: Facts, findings: Sequence[Finding]) -> Finding | None:
    errors = _errors(findings, "app", "fusion", "storage", "container", "image", "schedule")
    if facts.kind == "log" and facts.exit_code is None:
        errors = [f for f in errors if f.confidence != "possible" or _at_the_end(facts, f)]
    return _best(_of_last_attempt(facts, errors))


def _at_the_end(facts: Facts, finding: Finding) -> bool:
    """Whether the log ends with what the finding quotes: without an exit code nothing else shows that it mattered."""
    last = {(q.source, q.line) for q in facts.last_log_lines[-LAST_WORDS:]}
    return any((q.source, q.line) in last for q in finding.evidence)


def _anything(facts: Facts, findings: Sequence[Finding]) -> Finding | None:
    return _checkpoint_root(facts, findings) or _best(_errors(findings, "host"))


STAGES: tuple[Stage, ...] = (
    _stopped,
    _timed_out,
    _lost_for_good,
    _snapshot_failed,
    _service_says,
    _after_restore,
    _task_failed,
    _anything,
)
"""Asked in this order; the first that knows answers."""


def _own_rules(findings: Sequence[Finding]) -> Finding | None:
    """A user's own rule that is certain knows more than we do."""
    return _best(
        f for f in findings if f.rule.startswith("FS9") and f.confidence == "certain" and f.severity == "error"
    )


def _failed(facts: Facts, findings: Sequence[Finding]) -> Finding:
    own = _own_rules(findings)
    for stage in STAGES:
        chosen = stage(facts, findings)
        if chosen:
            return own if own and _is_generic(chosen) else chosen
    return own or insufficient(facts)


def _job_answer(facts: Facts, findings: Sequence[Finding]) -> Finding:
    status = facts.job.status if facts.job else None
    if status == "SUCCEEDED":
        return completed(facts)
    if status in ("RUNNING", "STARTING"):
        hung = _best(f for f in findings if f.cause == "restore.hung" and f.severity == "error")
        return hung or running(facts, doubtful=bool(_of_last_attempt(facts, _errors(findings, "dump", "restore"))))
    if status in ("SUBMITTED", "PENDING", "RUNNABLE"):
        return _best(
            _of_last_attempt(facts, [f for f in findings if _family(f) in ("schedule", "job")])
        ) or insufficient(facts)
    if status == "FAILED":
        return _failed(facts, findings)
    return _files_answer(facts, findings)


def _files_answer(facts: Facts, findings: Sequence[Finding]) -> Finding:
    """Without a job's status: the exit code, else the last operation on a checkpoint, else what the logs show."""
    if facts.exit_code == 0:
        return completed(facts)
    operation = last_operation(facts)
    if facts.exit_code is not None or operation is None:
        return _failed(facts, findings)
    if operation.outcome == "complete":
        return _best(_errors(findings, "app")) or completed(facts) if "task log" in facts.have else completed(facts)
    about = [f for f in _errors(findings, "dump", "restore") if operation_order(facts, f) == operation.order]
    return _best(about) or _failed(facts, findings)


def decide(facts: Facts, findings: Sequence[Finding]) -> Finding:
    """The finding that is the answer; one of `findings`, or a new one where nothing is wrong or nothing is known."""
    return _job_answer(facts, findings) if facts.kind == "job" and facts.job else _files_answer(facts, findings)


def fingerprint(finding: Finding) -> str:
    """Twelve hexadecimal digits, equal where rule and decisive line differ only in names and numbers."""
    line = finding.evidence[0].text[:MAX_SHAPE_CHARACTERS] if finding.evidence else ""
    shape = re.sub(r"\s+", " ", _VARIABLE.sub("*", line))
    return hashlib.sha256(f"{finding.rule}\n{finding.cause}\n{shape}".encode("utf-8", "replace")).hexdigest()[:12]


def as_verdict(finding: Finding, catalogue: Catalogue) -> Verdict:
    """The verdict that a finding makes, with what its rule's page says of it."""
    record = catalogue.rules[finding.rule]
    return Verdict(
        cause=finding.cause,
        rule=finding.rule,
        confidence=finding.confidence,
        title=record.title,
        summary=finding.summary,
        owner=record.owner,
        fingerprint=fingerprint(finding),
    )
