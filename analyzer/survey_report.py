"""From the store's rows to the report: which rows belong to it, what period it has, what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.classifier.clock import to_milliseconds
from analyzer.fetchers.job_list import ENDED_STATUSES, run_prefix
from analyzer.fleet.aggregate import Aggregate
from analyzer.fleet.report import FleetReport
from analyzer.fleet.row import Row
from analyzer.survey import Survey, SurveyRequest
from analyzer.survey_period import Span

MOST_NAMED = 20
"""Targets that the report names."""


class Rows(Protocol):
    """What a report asks of a store."""

    def rows(
        self, since: str | None = None, until: str | None = None, queues: Collection[str] | None = None, /
    ) -> Iterator[tuple[Row, ...]]:
        """Rows one job at a time, of jobs that ended on these days, both included."""


def scope_of(request: SurveyRequest) -> tuple[str, ...]:
    """What was asked for, as the report names it."""
    named = [f"queue {name}" for name in request.queues]
    named += [f"run {run_prefix(run)}" for run in request.runs]
    named += [f"trace {path}" for path in request.traces]
    named += request.targets[:MOST_NAMED]
    if more := len(request.targets) - MOST_NAMED:
        named += [f"{more:,} more targets"] if more > 0 else []
    if set(request.statuses) != set(ENDED_STATUSES):
        named.append(f"status {', '.join(request.statuses)}")
    return tuple(named)


def belongs(request: SurveyRequest, survey: Survey, is_asked: Callable[[str], bool]) -> Callable[[Row], bool]:
    """Tells whether a job is one of the report's, by any of its rows."""
    queues = {queue.name for queue in survey.queues}
    regions = {(queue.name, queue.region) for queue in survey.queues}
    runs = {run_prefix(run) for run in request.runs}

    any_end = set(request.statuses) == set(ENDED_STATUSES)

    def told(row: Row) -> bool:
        if request.is_all_saved:
            return row.status is None or row.status in request.statuses
        if is_asked(row.job_id):
            # a job that goes on is told of, where no state was asked for
            return any_end or row.status is None or row.status in request.statuses
        if row.queue not in queues or (row.region is not None and (row.queue, row.region) not in regions):
            return False
        if runs and row.run not in runs:
            return False
        return row.status is None or row.status in request.statuses

    return told


@dataclass(frozen=True)
class Chosen:
    """The jobs of a store that belong to a report."""

    store: Rows
    queues: Collection[str] | None
    """Their names; None: any."""
    is_ours: Callable[[Row], bool]
    span: Span
    before: Span | None
    """None where the jobs were not asked for by when they ended."""

    def rows(self, span: Span) -> Iterator[tuple[Row, ...]]:
        """Of one job after the other; days are read whole, so that some jobs may have ended beside the span."""
        period = span.period
        found = self.store.rows(period.since, period.until, self.queues)
        return (rows for rows in found if rows and self.is_ours(rows[0]))

    def within(self) -> Iterator[tuple[Row, ...]]:
        """Those of the report's own period: what its figures count."""
        return (rows for rows in self.rows(self.span) if _ended_in(self.span, rows))


def _ended_in(span: Span, rows: tuple[Row, ...]) -> bool:
    at = to_milliseconds(rows[-1].stopped_at or rows[-1].created_at)
    return at is None or span.since_ms <= at < span.until_ms


def choose(
    store: Rows, request: SurveyRequest, survey: Survey, is_asked: Callable[[str], bool], made_at: str
) -> Chosen:
    """What belongs to the report of a request, and its period: as asked for, else from the first job to the last.

    Args:
        store: where the rows are.
        request: what was asked for.
        survey: what came of it.
        is_asked: whether a job belongs to the report by its id, whatever its queue.
        made_at: RFC 3339.
    """
    # jobs that were named by themselves may lie in any queue
    anywhere = request.targets or request.traces or request.is_all_saved
    queues = None if anywhere else {queue.name for queue in survey.queues}
    is_ours = belongs(request, survey, is_asked)
    if request.span is not None:
        return Chosen(store, queues, is_ours, request.span, request.span.before)
    span = _span_of(store, queues, is_ours) or _whole_day(made_at)
    return Chosen(store, queues, is_ours, span, None)


def make_report(
    chosen: Chosen,
    *,
    made_at: str,
    compare: bool | None = None,
    scope: Sequence[str] = (),
    notes: Sequence[str] = (),
    instances: InstanceCatalogue | None = None,
) -> FleetReport:
    """The report over the jobs that were chosen.

    Args:
        chosen: the jobs.
        made_at: RFC 3339.
        compare: with the period before; None: where the store has any of it.
        scope: as the report names what was asked for.
        notes: what the reader must know, sentences.
        instances: what types have, the shipped ones if not given.
    """
    before = None if compare is False else chosen.before
    if before is not None and compare is None and not any(_ended_in(before, rows) for rows in chosen.rows(before)):
        before = None
    aggregate = Aggregate(chosen.span.period, before.period if before else None, scope)
    whole = Span(before.since, chosen.span.until) if before else chosen.span
    for rows in chosen.rows(whole):
        aggregate.add(rows)
    return aggregate.report(made_at=made_at, notes=notes, instances=instances)


def _span_of(store: Rows, queues: Collection[str] | None, is_ours: Callable[[Row], bool]) -> Span | None:
    """Whole days, from the first to the last job; None where none has a time."""
    first: int | None = None
    last: int | None = None
    for rows in store.rows(None, None, queues):
        if not rows or not is_ours(rows[0]):
            continue
        at = to_milliseconds(rows[-1].stopped_at or rows[-1].created_at)
        if at is not None:
            first = at if first is None else min(at, first)
            last = at if last is None else max(at, last)
    if first is None or last is None:
        return None
    return Span(_midnight(first), _midnight(last) + timedelta(days=1))


def _whole_day(moment: str) -> Span:
    day = _midnight(to_milliseconds(moment) or 0)
    return Span(day, day + timedelta(days=1))


def _midnight(milliseconds: int) -> datetime:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
