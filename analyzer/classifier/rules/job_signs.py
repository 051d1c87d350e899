"""What the job's end, the dump metadata and the snapshot runtime's own lines say of checkpoints beyond their logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.classifier.clock import to_milliseconds
from analyzer.classifier.facts import AttemptFacts, Facts, Hit
from analyzer.classifier.finding import Confidence, Quote
from analyzer.classifier.operations import Operation, last_operation
from analyzer.classifier.rules.common import exit_quote
from analyzer.classifier.rules.explanation import Explanation, clean, quote, quotes

DUMP_FAILED, RESTORE_FAILED, MANIFEST = 175, 176, 177
"""Exit codes of the snapshot runtime (Seqera's troubleshooting page; 177: seqeralabs/docs PR 1173)."""
SOON_MILLISECONDS = 10 * 60 * 1000
"""A failure this soon after a restore is laid at its door."""
RUNTIME_RULES = ("FS113", "FS117", "FS201", "FS202", "FS221", "FS232")
"""Rules with signatures for lines that the runtime, or CRIU before it has a log, writes to the task's log."""


def job_explanations(facts: Facts, found: Sequence[Explanation]) -> tuple[Explanation, ...]:
    """Explanations beyond those of the logs."""
    more = [*_runtime_lines(facts), *_metadata(facts, found), *_manifest(facts), *_crashed_after(facts)]
    return (*more, *_only_the_code(facts, (*found, *more)))


def _has_traces(facts: Facts) -> bool:
    """Whether snapshots were at work: an exit code alone may be the tool's own."""
    runtime = any(hit.signature.source == "runtime" for hit in facts.hits)
    return bool(facts.checkpoints or facts.metadata or runtime) or facts.snapshots == "on"


def _last(facts: Facts) -> AttemptFacts | None:
    return facts.attempts[-1] if facts.attempts else None


def _code_quote(facts: Facts) -> Quote | None:
    return exit_quote(facts, _last(facts))


def _runtime_lines(facts: Facts) -> Iterator[Explanation]:
    for rule in RUNTIME_RULES:
        by_attempt: dict[int | None, Hit] = {}
        for hit in facts.hits_of(rule):
            if hit.signature.source == "runtime" and facts.exit_code != 0:
                by_attempt.setdefault(hit.attempt, hit)
        for attempt, hit in by_attempt.items():
            told = clean(f"The snapshot runtime says: {hit.quote.text}")
            evidence = quotes(hit.quote, _code_quote(facts))
            yield Explanation(rule, hit.signature.confidence, told, evidence, attempt)


def _metadata(facts: Facts, found: Sequence[Explanation]) -> Iterator[Explanation]:
    """The metadata still calls a dump unfinished."""
    stuck = facts.metadata.stuck_in_dumping if facts.metadata else None
    if stuck is None or facts.exit_code == 0:
        return
    reference = stuck.reference
    line = Quote(reference.source, reference.text, reference.line, reference.at)
    number = f" {stuck.number}" if stuck.number is not None else ""
    lost = [a for a in facts.attempts if a.host_lost]
    seen = any(e.rule in ("FS101", "FS102") and not e.superseded for e in found)
    if lost and stuck.kind != "PRE" and not seen and not _dump_is_whole(facts, stuck.number):
        summary = f"The metadata still says DUMPING of dump{number}, and its host went away: it outran the window."
        yield Explanation("FS101", "likely", summary, quotes(line, lost[-1].host_lost), lost[-1].attempt.number)
    if facts.exit_code in (DUMP_FAILED, RESTORE_FAILED) and not any(e.rule == "FS201" for e in found):
        summary = f"The metadata still says DUMPING of dump{number}: it never completed, so nothing could be restored."
        yield Explanation("FS201", "likely", summary, quotes(line, _code_quote(facts)))


def _dump_is_whole(facts: Facts, number: int | None) -> bool:
    return any(c.number == number and c.outcome == "complete" for c in facts.checkpoints)


def _manifest(facts: Facts) -> Iterator[Explanation]:
    code = _code_quote(facts)
    if facts.exit_code != MANIFEST or code is None or not _has_traces(facts):
        return
    if any(hit.signature.source == "runtime" for hit in facts.hits_of("FS202")):
        return
    summary = (
        "Exit code 177 of a task with snapshots: checkpoint files were missing or had the wrong size, "
        "found before the restore began."
    )
    yield Explanation("FS202", "likely", summary, (code,))


def _crashed_after(facts: Facts) -> Iterator[Explanation]:
    operation, last, code = last_operation(facts), _last(facts), _code_quote(facts)
    if operation is None or operation.kind != "restore" or operation.outcome != "complete" or code is None:
        return
    if facts.exit_code in (None, 0, DUMP_FAILED, RESTORE_FAILED, MANIFEST) or (last and last.host_lost):
        return
    gap = _milliseconds_after(operation, last)
    if gap is not None and gap > SOON_MILLISECONDS:
        return
    confidence: Confidence = "likely" if gap is not None else "possible"
    after = f"{gap / 1000:.0f} s after it" if gap is not None else "after it"
    success = operation.log.success if operation.log else None
    restored = f"The restore from dump {operation.checkpoint.number} succeeded"
    summary = f"{restored}, and the task ended {after} with exit code {facts.exit_code}."
    yield Explanation("FS205", confidence, summary, quotes(success, code), last.attempt.number if last else None)


def _milliseconds_after(operation: Operation, last: AttemptFacts | None) -> int | None:
    """Between the end of the restore and the end of the attempt; None where times do not tell."""
    log, checkpoint = operation.log, operation.checkpoint
    if log is None or last is None or last.attempt.stopped_at is None:
        return None
    ended = to_milliseconds((checkpoint.modified or {}).get(log.source.rsplit("/", 1)[-1]))
    if ended is None and last.attempt.started_at is not None and log.last_seconds is not None:
        ended = last.attempt.started_at + int(log.last_seconds * 1000)
    if ended is None or ended > last.attempt.stopped_at:
        return None
    return last.attempt.stopped_at - ended


def _only_the_code(facts: Facts, found: Sequence[Explanation]) -> Iterator[Explanation]:
    """The runtime's exit code, and nothing else that explains it."""
    code = _code_quote(facts)
    if code is None or facts.exit_code not in (DUMP_FAILED, RESTORE_FAILED) or not _has_traces(facts):
        return
    if any(not e.superseded for e in found):
        return
    dump = facts.exit_code == DUMP_FAILED
    what = "dump" if dump else "restore"
    operation = last_operation(facts)
    shown = quote(operation.log.last_line) if operation and operation.log and operation.log.last_line else None
    summary = f"Exit code {facts.exit_code} of a task with snapshots says that its {what} failed; no log shows why."
    yield Explanation("FS199" if dump else "FS299", "possible", summary, quotes(code, shown))
