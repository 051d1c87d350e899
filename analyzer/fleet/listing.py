"""What a report shows one by one: failures, dumps, survivors and the attempts of some jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.classifier.clock import to_milliseconds
from analyzer.fleet.bounded import First, place_of
from analyzer.fleet.changes import example_of
from analyzer.fleet.report import (
    MOST_FAILURES,
    MOST_POINTS,
    MOST_SURVIVORS,
    MOST_TIMELINES,
    Dump,
    Failure,
    Span,
    Timeline,
)
from analyzer.fleet.row import Row
from analyzer.fleet.tally import HOUR_MILLISECONDS, MOST, Tally, decisive, figure, last_of

MOST_SPANS = 20
"""Of one job: AWS Batch allows ten attempts."""


def dumps_of(rows: Sequence[Row]) -> Iterator[Dump]:
    """The job's full dumps, of those whose size and duration are known."""
    for row in rows:
        size = row.dump_bytes or row.memory_peak_bytes
        if size and row.dump_seconds is not None and 0 <= row.dump_seconds < MOST and figure(row.window_seconds):
            yield Dump(
                job_id=row.job_id,
                attempt=row.attempt,
                process=row.process,
                instance_type=row.instance_type,
                memory_bytes=size,
                seconds=row.dump_seconds,
                completed=row.dump_completed is True,
                window_seconds=figure(row.window_seconds),
            )


def failure_of(rows: Sequence[Row], tally: Tally) -> Failure:
    """A job that failed, for the list."""
    last = last_of(rows)
    return Failure(
        job_id=last.job_id,
        job_name=last.job_name,
        queue=last.queue,
        region=last.region,
        process=last.process,
        task=last.task,
        cause=last.cause,
        rule=last.rule,
        title=last.title,
        summary=last.summary,
        confidence=last.confidence,
        exit_code=last.exit_code,
        attempts=last.attempts,
        instance_type=decisive(rows).instance_type,
        stopped_at=last.stopped_at,
        hours_lost=tally.lost_ms / HOUR_MILLISECONDS,
        advice=last.advice,
        example=example_of(rows),
    )


def timeline_of(rows: Sequence[Row]) -> Timeline | None:
    """The attempts of a job that had several; None where not even two have their times."""
    spans = [span for row in sorted(rows, key=lambda row: row.attempt)[:MOST_SPANS] if (span := _span(row))]
    last = last_of(rows)
    return Timeline(last.job_id, last.process, last.task, last.cause, tuple(spans)) if len(spans) > 1 else None


def _span(row: Row) -> Span | None:
    if row.started_at is None or row.ended_at is None:
        return None
    well = row.is_last and row.cause.startswith("ok.")
    ending = "host lost" if row.host_lost else "went well" if well else "failed"
    return Span(row.attempt, row.started_at, row.ended_at, row.instance_type, ending, row.saved_seconds > 0)


class Listing:
    """Keeps those that a report shows, however many there are."""

    def __init__(self) -> None:
        self.failures: First[Failure] = First(MOST_FAILURES)
        self.dumps: First[Dump] = First(MOST_POINTS)
        self.dumps_total = 0
        self.survivors: First[Dump] = First(MOST_SURVIVORS)
        self.timelines: First[Timeline] = First(MOST_TIMELINES)

    def add(self, rows: Sequence[Row], dumps: Sequence[Dump], tally: Tally) -> None:
        """A job that ended in the period."""
        last = last_of(rows)
        if tally.failed:
            stopped = to_milliseconds(last.stopped_at) or 0
            self.failures.add((-stopped, last.job_id), failure_of(rows, tally))
        for one in dumps:
            self.dumps.add((place_of(f"{one.job_id} {one.attempt}"), one.job_id, one.attempt), one)
            self.dumps_total += 1
            if one.completed and tally.survived:
                self.survivors.add((-one.share, one.job_id, one.attempt), one)
        if len(rows) > 1 and (shown := timeline_of(rows)):
            self.timelines.add((-(tally.lost_ms + tally.saved_ms), last.job_id), shown)

    def merge(self, added: Listing) -> None:
        """Take in what another one has kept."""
        for name in ("failures", "dumps", "survivors", "timelines"):
            getattr(self, name).merge(getattr(added, name))
        self.dumps_total += added.dumps_total

    def sample(self) -> tuple[Dump, ...]:
        """The dumps to draw, by job and attempt."""
        return tuple(sorted(self.dumps.items(), key=lambda one: (one.job_id, one.attempt)))
