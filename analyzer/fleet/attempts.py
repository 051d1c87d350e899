"""What each attempt's checkpoints show: its last full dump, the restore that it began with, and whose work went on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.classifier.clock import to_milliseconds
from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.operations import Operation, attempt_of, attempts_of_dumps, operations
from analyzer.parsers.checkpoint_log import Outcome

_WRITTEN_BY_RESTORES = ("restore", "stats-restore")


@dataclass(frozen=True)
class Checkpoints:
    """Of one attempt."""

    dump: Operation | None = None
    """Its last full dump."""
    predumps: int = 0
    restore: Operation | None = None
    """The last restore that it tried."""


def seconds_of(operation: Operation | None) -> float | None:
    """How long its log goes on; None without a log that tells times."""
    return operation.log.last_seconds if operation and operation.log else None


def completed(outcome: Outcome) -> bool | None:
    """None where it is not known how it ended."""
    return None if outcome == "unknown" else outcome == "complete"


def _dumped_at(operation: Operation) -> int | None:
    """When the dump's own objects were last written, in epoch milliseconds: a restore's are younger."""
    modified = operation.checkpoint.modified or {}
    own = [when for name, when in modified.items() if not name.startswith(_WRITTEN_BY_RESTORES)]
    return max((at for when in own if (at := to_milliseconds(when)) is not None), default=None)


def _restored_at(operation: Operation) -> int | None:
    """When the restore's log was written; None where that time is no other than its dump's (a copied folder)."""
    name = operation.log.source.rsplit("/", 1)[-1] if operation.log else "stats-restore"
    at = to_milliseconds((operation.checkpoint.modified or {}).get(name))
    return None if at == _dumped_at(operation) else at


def _during(facts: Facts, at: int | None) -> int | None:
    """The attempt that ran at a moment."""
    for one in facts.attempts:
        started, stopped = one.attempt.started_at, one.attempt.stopped_at
        if at is not None and started is not None and stopped is not None and started <= at <= stopped:
            return one.attempt.number
    return None


def _attempt_of(facts: Facts, operation: Operation, dumps: Mapping[int, int]) -> int | None:
    """As the restore's own time tells, else as the order of dumps and attempts does."""
    timed = _during(facts, _restored_at(operation)) if operation.kind == "restore" else None
    return timed or attempt_of(facts, operation, dumps)


def checkpoints_by_attempt(facts: Facts) -> Mapping[int, Checkpoints]:
    """Attempt -> its checkpoints; of evidence without attempts everything under 0."""
    dumps = attempts_of_dumps(facts)
    found: dict[int, Checkpoints] = {}
    for one in operations(facts):
        number = _attempt_of(facts, one, dumps) if facts.attempts else 0
        if number is None:
            continue
        known = found.get(number, Checkpoints())
        found[number] = Checkpoints(
            dump=one if one.kind == "dump" else known.dump,
            predumps=known.predumps + (one.kind == "pre-dump"),
            restore=one if one.kind == "restore" else known.restore,
        )
    return found


def carried_on(facts: Facts, by_attempt: Mapping[int, Checkpoints]) -> Mapping[int, Operation]:
    """Attempt -> its full dump, of the attempts on whose work the last one went on: from the end, dump by dump.

    An attempt that was restored from one of these, and was lost with no dump of its own, is not among them.
    """
    dumps = attempts_of_dumps(facts)
    written = {o.checkpoint.number: o for o in operations(facts) if o.kind == "dump"}
    found: dict[int, Operation] = {}
    current = facts.attempts[-1].attempt.number if facts.attempts else 0
    while (restore := by_attempt.get(current, Checkpoints()).restore) and restore.outcome == "complete":
        earlier = dumps.get(restore.checkpoint.number, current)
        dump = written.get(restore.checkpoint.number)
        if earlier >= current or dump is None:
            break
        found[earlier] = dump
        current = earlier
    return found


def running_seconds(one: AttemptFacts) -> float | None:
    """How long the attempt ran; None where it is not known, or makes no sense."""
    started, stopped = one.attempt.started_at, one.attempt.stopped_at
    return (stopped - started) / 1000 if started is not None and stopped is not None and stopped >= started else None


def seconds_before(one: AttemptFacts, dump: Operation) -> float:
    """How long the attempt had run when its dump froze it: by its images' times, else as if it ended with the dump."""
    seconds, started = running_seconds(one), one.attempt.started_at
    if seconds is None or started is None:
        return 0.0
    at = _dumped_at(dump)
    written = (at - started) / 1000 if at is not None else seconds
    end = written if 0 <= written <= seconds else seconds
    return max(end - (seconds_of(dump) or 0.0), 0.0)
