"""Why a restore did not bring the task back: its own error, images that are not whole, or a dump that never was."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.classifier.clock import to_milliseconds
from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.finding import Quote
from analyzer.classifier.operations import Operation
from analyzer.classifier.rules.explanation import (
    Explanation,
    end_of,
    name_of,
    progress_of,
    quotes,
    root_of,
    unknown_summary,
)
from analyzer.classifier.rules.image_set import look_at_images
from analyzer.classifier.rules.restore_case import (
    BINARY,
    FAILED,
    FILE_LOCK,
    FILES,
    HUNG,
    INTERRUPTED,
    MEMORY,
    NOT_WHOLE,
    VANISHED,
    Case,
)
from analyzer.classifier.rules.restore_images import dump_unfinished, images_corrupt, images_missing, parent_missing

SILENT_MILLISECONDS = 15 * 60 * 1000
"""A restore of the largest instance takes minutes; one that wrote nothing for so long will not go on."""


def explain_restore(facts: Facts, operation: Operation, attempt: AttemptFacts | None) -> Explanation | None:
    """Why a restore did not succeed; None where it did, or where too little is known of it."""
    log = operation.log
    if operation.outcome == "complete" or log is None:
        return None
    root = root_of(facts, log)
    if operation.outcome == "unknown" and root is None:
        return None
    case = Case(facts, operation, attempt, log, root, look_at_images(operation.checkpoint))
    return next((found for step in STEPS if (found := step(case))), None)


def _hung(case: Case) -> Explanation | None:
    if case.failed:
        return None
    last = case.log.last_line
    if last and "(flock)flag:" in last.text:
        summary = f"{name_of(case.operation)} stopped while it took a file lock, which somebody else seems to hold."
        return Explanation(FILE_LOCK, "likely", summary, quotes(last))
    limit = _time_limit(case)
    silent = _silent(case)
    if case.log.looping is None and limit is None and silent is None:
        return None
    told = progress_of(case.operation)
    how = "read the same place again and again and got nothing" if case.log.looping else "stopped without success"
    if silent and not case.log.looping and not limit:
        how = "has written nothing for a long time, and the job still runs; it stopped without success"
    until = ", until the attempt's time limit ended it" if limit else ""
    summary = f"{name_of(case.operation)} {how}{told}{until}."
    return Explanation(HUNG, "likely", summary, quotes(case.log.looping or end_of(case.log), limit, silent))


def _silent(case: Case) -> Quote | None:
    """The listing's word on a restore log that nothing was added to for long, though the job still runs."""
    checkpoint, facts = case.operation.checkpoint, case.facts
    name = case.log.source.rsplit("/", 1)[-1]
    last_written = (checkpoint.modified or {}).get(name)
    written, now = to_milliseconds(last_written), to_milliseconds(facts.captured_at)
    running = facts.job is not None and facts.job.status == "RUNNING"
    if not running or written is None or now is None or now - written < SILENT_MILLISECONDS:
        return None
    told = f".fusion/dump/{checkpoint.number}/{name}, last written {last_written}, looked at {facts.captured_at}"
    return Quote("workdir.listing.jsonl", told)


def _time_limit(case: Case) -> Quote | None:
    """The service's word that the attempt ran into its time limit."""
    one = case.attempt.attempt if case.attempt else None
    reason = one.status_reason if one else None
    if one and reason and "duration exceeded timeout" in reason:
        return Quote(one.status_reason_source, reason)
    return None


def _by_root(case: Case) -> Explanation | None:
    root = case.root
    if root is None:
        return None
    rule, confidence, evidence = case.rule, root.confidence, case.proof()
    if root.signature is None:
        return Explanation(FAILED, "possible", unknown_summary(case.operation, root), evidence)
    if root.mapped and rule in FILES:
        return Explanation(BINARY, "likely", f"{case.sentence} It was mapped into memory.", evidence)
    if rule == VANISHED and (memory := _memory_reason(case)):
        return Explanation(MEMORY, "likely", f"{case.sentence} The service says: {memory.text}", (*evidence, memory))
    found = Explanation(rule, confidence, case.sentence, evidence)
    whole = case.operation.checkpoint.outcome == "complete"
    return found if whole or rule not in NOT_WHOLE else found.at_most("likely")


def _memory_reason(case: Case) -> Quote | None:
    """The service's word that the container was killed for memory."""
    for end in case.attempt.attempt.containers if case.attempt else ():
        if end.reason and "outofmemory" in end.reason.replace(" ", "").lower():
            return Quote(f"{end.source}.reason", end.reason)
    return None


def _interrupted(case: Case) -> Explanation | None:
    if case.operation.outcome == "failed":
        summary = f"{name_of(case.operation)} failed, and no line of its log says why."
        return Explanation(FAILED, "possible", summary, case.proof())
    if case.operation.outcome != "unfinished":
        return None
    lost = case.attempt.host_lost if case.attempt else None
    went = " Its host went away." if lost else ""
    summary = f"{name_of(case.operation)} did not complete{progress_of(case.operation)}: its log just stops.{went}"
    return Explanation(INTERRUPTED, "likely", summary, quotes(end_of(case.log), lost))


Step = Callable[[Case], Explanation | None]
STEPS: tuple[Step, ...] = (
    dump_unfinished,
    images_missing,
    parent_missing,
    images_corrupt,
    _hung,
    _by_root,
    _interrupted,
)
"""Asked in this order; the first that knows answers."""
