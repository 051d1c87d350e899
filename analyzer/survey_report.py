"""From the store's rows to the report: which rows belong to it, what period it has, what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.classifier.clock import to_milliseconds
from analyzer.fetchers.job_list import run_prefix
from analyzer.fleet.aggregate import Aggregate
from analyzer.fleet.report import FleetReport
from analyzer.fleet.row import Row
from analyzer.survey import Survey, SurveyRequest
from analyzer.survey_period import Span

_EVER = Span(datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class Rows(Protocol):
    """What a report asks of a store."""

    def rows(self, since: str, until: str, queues: Collection[str] | None = None, /) -> Iterator[tuple[Row, ...]]:
        """Rows one job at a time, of jobs that ended in the period (RFC 3339)."""


def scope_of(request: SurveyRequest, traces: Sequence[str] = ()) -> tuple[str, ...]:
    """What was asked for, as the report names it."""
    named = [f"queue {name}" for name in request.queues]
    named += [f"run {run_prefix(run)}" for run in request.runs]
    named += [f"trace {name}" for name in traces]
    if not traces:
        named += list(request.targets)
    if set(request.statuses) != {"FAILED", "SUCCEEDED"}:
        named.append(f"status {', '.join(request.statuses)}")
    return tuple(named)


def belongs(request: SurveyRequest, survey: Survey, is_asked: Callable[[str], bool]) -> Callable[[Row], bool]:
    """Tells whether a job is one of the report's, by any of its rows."""
    queues = {queue.name for queue in survey.queues}
    regions = {(queue.name, queue.region) for queue in survey.queues}
    runs = {run_prefix(run) for run in request.runs}

    def told(row: Row) -> bool:
        if is_asked(row.job_id):
            return True
        if row.queue not in queues or (row.region is not None and (row.queue, row.region) not in regions):
            return False
        if runs and row.run not in runs:
            return False
        return row.status is None or row.status in request.statuses

    return told


def make_report(
    store: Rows,
    request: SurveyRequest,
    survey: Survey,
    is_asked: Callable[[str], bool],
    *,
    made_at: str,
    compare: bool | None = None,
    scope: Sequence[str] = (),
    instances: InstanceCatalogue | None = None,
) -> FleetReport:
    """The report over what the store has of the request.

    Args:
        store: where the rows are.
        request: what was asked for.
        survey: what came of it.
        is_asked: whether a job belongs to the report by its id, whatever its queue.
        made_at: RFC 3339.
        compare: with the period before; None: where the store has any of it.
        scope: as the report names what was asked for.
        instances: what types have, the shipped ones if not given.
    """
    is_ours = belongs(request, survey, is_asked)
    # jobs that were named by themselves may lie in any queue
    queues = None if request.targets else {queue.name for queue in survey.queues}
    span = request.span or _span_of(store, queues, is_ours) or _whole_day(made_at)
    before = span.before if compare is not False and request.span else None
    if before is not None and compare is None and not any(_ours(store, before, queues, is_ours)):
        before = None
    aggregate = Aggregate(span.period, before.period if before else None, scope)
    for one in (before, span) if before else (span,):
        for rows in _ours(store, one, queues, is_ours):
            aggregate.add(rows)
    return aggregate.report(made_at=made_at, notes=survey.notes(), instances=instances)


def _ours(
    store: Rows, span: Span, queues: Collection[str] | None, is_ours: Callable[[Row], bool]
) -> Iterator[tuple[Row, ...]]:
    period = span.period
    return (rows for rows in store.rows(period.since, period.until, queues) if rows and is_ours(rows[0]))


def _span_of(store: Rows, queues: Collection[str] | None, is_ours: Callable[[Row], bool]) -> Span | None:
    """Whole days, from the first to the last job; None where none has a time."""
    first = last = None
    for rows in _ours(store, _EVER, queues, is_ours):
        at = to_milliseconds(rows[-1].stopped_at or rows[-1].created_at)
        if at is not None:
            first, last = min(at, first or at), max(at, last or at)
    if first is None or last is None:
        return None
    return Span(_midnight(first), _midnight(last) + timedelta(days=1))


def _whole_day(moment: str) -> Span:
    day = _midnight(to_milliseconds(moment) or 0)
    return Span(day, day + timedelta(days=1))


def _midnight(milliseconds: int) -> datetime:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
