"""Why a dump did not complete: its own error, the reclamation window, or something that nothing shows."""

from __future__ import annotations

from dataclasses import replace

from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.finding import Confidence, Quote
from analyzer.classifier.operations import Operation
from analyzer.classifier.root_error import RootError
from analyzer.classifier.rules.explanation import (
    Explanation,
    clean,
    end_of,
    images_of,
    listed,
    name_of,
    progress_of,
    quotes,
    root_of,
    root_summary,
    unknown_summary,
)
from analyzer.parsers.checkpoint_log import CheckpointLog

WINDOW_SECONDS = 120.0
"""Between AWS's Spot notice and the end of the instance (EC2 user guide, Spot instance interruption notices)."""
DUMP_FAILED = 175
"""Exit code of the snapshot runtime (Seqera's troubleshooting page)."""
NEAR_END_SECONDS = 100.0
"""A dump that was still writing this late had been given the window, and did not make it."""
SURE_SECONDS = 110.0
HALF_SECONDS = 60.0
TAIL_LINES = 80
"""A fatal error ends a log within so many lines, where no FAILED line says so."""
WEAK_BUT_FATAL = ("FS115", "FS135", "FS137")
"""Rules whose weak lines end a dump by themselves."""


def explain_dump(facts: Facts, operation: Operation, attempt: AttemptFacts | None) -> Explanation | None:
    """Why a dump or pre-dump did not complete; None where it did, or where too little is known of it."""
    log, outcome = operation.log, operation.outcome
    root = root_of(facts, log)
    if outcome == "complete":
        return None
    if log and root and (outcome == "failed" or _is_fatal(log, root)):
        return _by_root(operation, log, root)
    if outcome == "failed" and log and log.failed:
        summary = f"{name_of(operation)} failed, and no line of its log says why."
        return Explanation("FS199", "likely", summary, quotes(log.failed))
    if outcome == "unfinished" and not _may_be_cleaned_up(facts, operation):
        if log is None and facts.exit_code == DUMP_FAILED:
            return None  # it failed and lived to say so; why is not to be seen
        return _cut_off(operation, attempt)
    return None


def _is_fatal(log: CheckpointLog, root: RootError) -> bool:
    """Whether an error without a FAILED line ended the dump: it stands at the log's end, and is no mere remark."""
    if root.signature is None:
        return not root.weak and _ends_in_error(log)
    if root.weak and root.signature.rule not in WEAK_BUT_FATAL:
        return False
    last, line = log.last_line, root.line
    if last is None or last.number is None or line.number is None:
        return line.seconds is not None and log.last_seconds is not None and log.last_seconds - line.seconds < 1
    return last.number - line.number <= TAIL_LINES


def _ends_in_error(log: CheckpointLog) -> bool:
    last = log.last_line
    return last is not None and not log.ends_mid_line and any(problem.line == last for problem in log.errors)


def _by_root(operation: Operation, log: CheckpointLog, root: RootError) -> Explanation:
    rule = root.signature.rule if root.signature else "FS199"
    evidence = quotes(root.line, log.failed)
    if root.signature is None:
        return Explanation(rule, "possible", unknown_summary(operation, root), evidence)
    return Explanation(rule, root.confidence, root_summary(operation, root), evidence)


def _may_be_cleaned_up(facts: Facts, operation: Operation) -> bool:
    """Whether the images may have been there: Fusion deletes them when the task's process exits, and keeps the logs."""
    log = operation.log
    kept = any(checkpoint.has_images for checkpoint in facts.checkpoints)
    return facts.exit_code is not None and not kept and (log is None or not log.timed)


def _cut_off(operation: Operation, attempt: AttemptFacts | None) -> Explanation:
    lost = attempt.host_lost if attempt else None
    if operation.kind == "dump" and attempt and lost and not attempt.not_reclaim:
        exceeded = _window(operation, attempt)
        if exceeded:
            return exceeded
    return _interrupted(operation, attempt)


def _window(operation: Operation, attempt: AttemptFacts) -> Explanation | None:
    """The finding that the window closed first; None where the log stops too early for that."""
    log = operation.log
    seconds = log.last_seconds if log else None
    confidence: Confidence = "possible" if log is None else "likely"
    if seconds is not None:
        if seconds < HALF_SECONDS:
            return None
        sure = seconds >= SURE_SECONDS and attempt.reclaim is not None
        confidence = "certain" if sure else "likely" if seconds >= NEAR_END_SECONDS else "possible"
    host = attempt.instance.instance_type or "the host"
    gone = f"when {host} of attempt {attempt.attempt.number} went away; AWS gives about {WINDOW_SECONDS:.0f} s."
    if log:
        summary = f"{name_of(operation)} was still going{progress_of(operation)} {gone}"
    else:
        summary = f"{name_of(operation)} left{progress_of(operation)} and no sign that it was finished {gone}"
    evidence = quotes(end_of(log) if log else images_of(operation.checkpoint), attempt.host_lost, attempt.reclaim)
    return Explanation("FS101", confidence, summary, evidence, attempt.attempt.number)


def _interrupted(operation: Operation, attempt: AttemptFacts | None) -> Explanation:
    log, checkpoint = operation.log, operation.checkpoint
    why = "the log just stops, without success and without an error"
    if log is None:
        why = "its folder has image files, and neither statistics nor an inventory"
    elif not log.timed:
        why = "its folder has no statistics, which are written after success"
    elif log.dumper_died:
        why = "the dumper died while the task was still there"
    elif log.has_nul:
        why = "the log ends in zero bytes, as after a loss of power"
    lost = attempt.host_lost if attempt else None
    went = " Its host went away." if lost else ""
    summary = f"{name_of(operation)} did not complete{progress_of(operation)}: {why}.{went}"
    evidence = quotes(
        log.dumper_died if log else None,
        end_of(log) if log else None,
        None if log and log.timed else images_of(checkpoint),
        lost,
    )
    told = checkpoint.files is not None and not _log_is_unread(operation)
    confidence: Confidence = "likely" if told or (log and log.timed) else "possible"
    return Explanation("FS102", confidence, clean(summary), evidence or _folder(operation))


def _log_is_unread(operation: Operation) -> bool:
    """There is a log that could not be had: it might tell of an error, and the dump was not cut off at all."""
    return operation.log is None and any(name.endswith(".log") for name in operation.checkpoint.files or ())


def _folder(operation: Operation) -> tuple[Quote, ...]:
    checkpoint = operation.checkpoint
    return quotes(*(listed(checkpoint, name) for name in sorted(checkpoint.files or {})[:1]))


def with_attempt(explanation: Explanation, attempt: AttemptFacts | None) -> Explanation:
    """The explanation, told of the attempt during which the operation ran."""
    number = attempt.attempt.number if attempt else None
    return explanation if explanation.attempt is not None else replace(explanation, attempt=number)
