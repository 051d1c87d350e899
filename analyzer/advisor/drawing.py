"""What of a job can be drawn: its attempts over time, and how far each dump got. In no document, only in pictures."""

from __future__ import annotations

from analyzer.classifier.clock import from_milliseconds
from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.operations import attempts_of_dumps, operations
from analyzer.evidence.job import log_group, log_stream_candidates
from analyzer.frozen import frozen

MOST_CURVES = 8
"""Dumps whose curve is kept, the last ones."""
MOST_POINTS = 120
"""Of one curve: more than the eye tells apart."""
MOST_ATTEMPTS = 40


@frozen
class Curve:
    """How much a full dump had written at which time."""

    source: str
    """Its log."""
    complete: bool
    """The dump was completed: the last point is its end."""
    points: tuple[tuple[float, int], ...]
    """(seconds since it began, bytes), both rising; at most MOST_POINTS."""


@frozen
class AttemptSpan:
    """From when to when an attempt ran, and how it ended."""

    attempt: int
    started_at: str | None
    """RFC 3339 in UTC, as `ended_at`."""
    ended_at: str | None
    ending: str
    """`host lost`, `failed`, `went well`, or `not known`."""
    saved: bool
    """A dump of it was restored by a later attempt."""
    instance_type: str | None
    log_group: str | None
    log_stream: str | None
    """Where CloudWatch Logs has what it printed."""


@frozen
class Drawing:
    """What of one job can be drawn."""

    attempts: tuple[AttemptSpan, ...] = ()
    curves: tuple[Curve, ...] = ()
    """Of full dumps, the oldest first."""


def drawing_of(facts: Facts) -> Drawing:
    """All that can be drawn of a job."""
    return Drawing(_attempts(facts), _curves(facts))


def _curves(facts: Facts) -> tuple[Curve, ...]:
    logs = [(o.log, o.outcome) for o in operations(facts) if o.kind == "dump" and o.log and o.log.progress]
    curves = [Curve(log.source, end == "complete", _points(log.progress)) for log, end in logs]
    return tuple(curve for curve in curves if len(curve.points) > 1)[-MOST_CURVES:]


def _points(progress: tuple[tuple[float, int], ...]) -> tuple[tuple[float, int], ...]:
    rising: list[tuple[float, int]] = []
    for seconds, count in progress:
        if 0 <= seconds < float("inf") and (not rising or (seconds > rising[-1][0] and count >= rising[-1][1])):
            rising.append((seconds, count))
    if len(rising) <= MOST_POINTS:
        return tuple(rising)
    step = (len(rising) - 1) / (MOST_POINTS - 1)
    return tuple(rising[round(step * number)] for number in range(MOST_POINTS))


def _attempts(facts: Facts) -> tuple[AttemptSpan, ...]:
    saved = _restored(facts)
    return tuple(_span(facts, one, one.attempt.number in saved) for one in facts.attempts[-MOST_ATTEMPTS:])


def _restored(facts: Facts) -> frozenset[int]:
    """Attempts that dumped what a later attempt restored."""
    dumped = attempts_of_dumps(facts)
    restored = {o.checkpoint.number for o in operations(facts) if o.kind == "restore" and o.outcome == "complete"}
    return frozenset(dumped[number] for number in restored if number in dumped)


def _span(facts: Facts, one: AttemptFacts, saved: bool) -> AttemptSpan:
    attempt = one.attempt
    streams = log_stream_candidates(facts.job, attempt) if facts.job else ()
    return AttemptSpan(
        attempt=attempt.number,
        started_at=from_milliseconds(attempt.started_at) if attempt.started_at is not None else None,
        ended_at=from_milliseconds(attempt.stopped_at) if attempt.stopped_at is not None else None,
        ending=_ending(one),
        saved=saved and attempt.number < facts.attempts[-1].attempt.number,
        instance_type=one.instance.instance_type,
        log_group=log_group(facts.job) if facts.job else None,
        log_stream=streams[0] if streams else None,
    )


def _ending(one: AttemptFacts) -> str:
    if one.host_lost is not None:
        return "host lost"
    code = one.attempt.exit_code
    if code is None:
        return "not known"
    return "went well" if code == 0 else "failed"
