"""The checkpoint operations in the order in which they happened, and the attempts they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from analyzer.classifier.clock import to_milliseconds
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding
from analyzer.frozen import frozen
from analyzer.parsers.checkpoint_log import CheckpointLog, Outcome
from analyzer.parsers.checkpoints import Checkpoint

Order = tuple[int, int, int]
"""(folder, 0 for its dump and 1 for a restore from it, which restore)."""
NOWHERE: Order = (-1, 0, 0)
GRACE_MILLISECONDS = 10 * 60 * 1000
"""Objects of an attempt may be written this long after it was said to have stopped."""
_FOLDER = re.compile(r"\.fusion/dump/(\d{1,9})/")


@frozen
class Operation:
    """A dump, a pre-dump or a restore."""

    order: Order
    kind: str
    """`dump`, `pre-dump` or `restore`."""
    outcome: Outcome
    checkpoint: Checkpoint
    log: CheckpointLog | None


@lru_cache(maxsize=1)
def operations(facts: Facts) -> tuple[Operation, ...]:
    """All operations, oldest first: a restore from a folder comes after its dump and before the next folder's."""
    return tuple(_operations(facts))


def _operations(facts: Facts) -> Iterator[Operation]:
    for checkpoint in facts.checkpoints:
        bare_restore = checkpoint.log is None and checkpoint.restores and not checkpoint.has_images
        if not bare_restore:
            kind = "pre-dump" if checkpoint.kind == "pre" else "dump"
            yield Operation((checkpoint.number, 0, 0), kind, checkpoint.outcome, checkpoint, checkpoint.log)
        for which, log in enumerate(checkpoint.restores):
            last = which == len(checkpoint.restores) - 1
            outcome = (checkpoint.restore_outcome if last else None) or log.outcome
            yield Operation((checkpoint.number, 1, which), "restore", outcome, checkpoint, log)
        if not checkpoint.restores and checkpoint.restore_outcome is not None:
            yield Operation((checkpoint.number, 1, 0), "restore", checkpoint.restore_outcome, checkpoint, None)


def last_operation(facts: Facts) -> Operation | None:
    """The operation that everything ended with."""
    every = operations(facts)
    return every[-1] if every else None


@lru_cache(maxsize=1)
def _orders(facts: Facts) -> Mapping[str, Order]:
    return {o.log.source: o.order for o in operations(facts) if o.log}


def operation_order(facts: Facts, finding: Finding) -> Order:
    """Where in the order of operations a finding's evidence lies; NOWHERE if in none."""
    by_source = _orders(facts)
    for quote in finding.evidence:
        if quote.source in by_source:
            return by_source[quote.source]
    for quote in finding.evidence:
        if match := _FOLDER.search(f"{quote.source} {quote.text}"):
            return (int(match[1]), 0, 0)
    return NOWHERE


def _attempt_by_time(facts: Facts, moment: str | None) -> int | None:
    when = to_milliseconds(moment)
    if when is None:
        return None
    for one in facts.attempts:
        started, stopped = one.attempt.started_at, one.attempt.stopped_at
        if stopped is None and one is not facts.attempts[-1]:
            return None  # without its end, what came during it cannot be told from what came after
        if started is not None and started <= when <= (stopped + GRACE_MILLISECONDS if stopped is not None else when):
            return one.attempt.number
    return None


def _times_tell(facts: Facts) -> bool:
    """Times of objects are of use only if the folders differ in them (a copied work directory has one time for all)."""
    times = {c.first_modified for c in facts.checkpoints}
    return None not in times and len(times) == len(facts.checkpoints) and len(facts.checkpoints) > 1


def _by_sequence(facts: Facts) -> Mapping[int, int]:
    """Full dumps to the attempts that lost their hosts, in order; dumps beyond those to the last attempt."""
    lost = [a.attempt.number for a in facts.attempts if a.host_lost]
    full = [c.number for c in facts.checkpoints if c.kind == "full"]
    last = facts.attempts[-1].attempt.number
    if len(full) <= len(lost):
        return dict(zip(full, lost[len(lost) - len(full) :], strict=True))
    return {number: lost[i] if i < len(lost) else last for i, number in enumerate(full)}


def attempts_of_dumps(facts: Facts) -> Mapping[int, int]:
    """Folder number -> the attempt that wrote it, by the objects' times or else by the sequence of lost hosts."""
    if not facts.attempts:
        return {}
    timed = (
        {c.number: _attempt_by_time(facts, c.first_modified) for c in facts.checkpoints} if _times_tell(facts) else {}
    )
    found = {number: attempt for number, attempt in timed.items() if attempt is not None}
    if len(found) < len(facts.checkpoints):
        found = dict(_by_sequence(facts))
        following = facts.attempts[-1].attempt.number
        for checkpoint in reversed(facts.checkpoints):
            following = found.setdefault(checkpoint.number, following)
    return found


def attempt_of(facts: Facts, operation: Operation, dumps: Mapping[int, int]) -> int | None:
    """The attempt during which an operation ran."""
    dumped = dumps.get(operation.checkpoint.number)
    if dumped is None or operation.kind != "restore":
        return dumped
    return min(dumped + 1 + operation.order[2], facts.attempts[-1].attempt.number)
