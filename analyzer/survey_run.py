"""A whole report: survey into a store, and the report of what the store then has."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain

from analyzer.advisor.instance_catalogue import load_catalogue
from analyzer.evidence.job_summary import ENDED
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.limiter import Limiter
from analyzer.fetchers.places import place_of
from analyzer.fleet.report import FleetReport
from analyzer.fleet.row import Row
from analyzer.store.captures import SavedCaptures
from analyzer.store.store import Done, Store
from analyzer.survey import Progress, Survey, SurveyRequest, examine_all, find_jobs
from analyzer.survey_executors import THREADS, open_workers
from analyzer.survey_period import Span
from analyzer.survey_plan import Plan
from analyzer.survey_report import choose, make_report, scope_of
from analyzer.survey_work import WorkSetup
from analyzer.traced import TraceBook


@dataclass(frozen=True)
class ReportRequest:
    """What to report on, and how."""

    survey: SurveyRequest
    setup: WorkSetup
    store: str | None = None
    """A folder, or `s3://bucket/prefix`; None: one that goes when the report is made."""
    compare: bool | None = None
    """With the period before, which is examined, too; None: where the store has any of it."""
    executor: str = THREADS
    workers: int | None = None
    compact: bool = False
    """Make few files of the store's many small ones, which takes the permission to delete."""

    def listed(self) -> SurveyRequest:
        """What to list: with the period before, where that is wanted, too."""
        span = self.survey.span
        if not self.compare or span is None:
            return self.survey
        return replace(self.survey, span=Span(span.before.since, span.until))


@dataclass(frozen=True)
class ReportResult:
    """A report, and what is behind it."""

    report: FleetReport
    survey: Survey
    rows: Callable[[], Iterator[tuple[Row, ...]]]
    """The rows of the report's period, one job at a time; as long as the store is open."""

    @property
    def is_empty(self) -> bool:
        """Nothing that was asked for could be looked at."""
        survey = self.survey
        return not survey.examined and not survey.known and (not survey.lists_read or survey.failed > 0)


class Kept:
    """The rows of a survey: in the store those of jobs that have ended, since these need no second look."""

    def __init__(self, store: Store, beside: Store, traces: TraceBook) -> None:
        self._store, self._beside, self._traces = store, beside, traces

    def append(self, rows: Iterable[Row], /) -> None:
        """See analyzer.survey.Keeper."""
        found = list(self._traces.fill(rows))
        for store, those in (
            (self._store, [row for row in found if _is_settled(row)]),
            (self._beside, [row for row in found if not _is_settled(row)]),
        ):
            if those:
                store.append(those)

    def rows(
        self, since: str | None = None, until: str | None = None, queues: Collection[str] | None = None, /
    ) -> Iterator[tuple[Row, ...]]:
        """See analyzer.survey_report.Rows."""
        return chain(self._store.rows(since, until, queues), self._beside.rows(since, until, queues))


def _is_settled(row: Row) -> bool:
    """Evidence without a job (a work directory, a log) does not change any more, either."""
    return row.status is None or row.status in ENDED


@contextmanager
def run_report(request: ReportRequest, progress: Progress) -> Iterator[ReportResult]:
    """The report; its rows can be had until the context ends.

    Raises:
        FetchError, StoreError: a trace cannot be read, or the store cannot be used.
        ExecutorError: there is no such executor, or it cannot be used.
        CatalogueError, InstanceCatalogueError: a file of the user's cannot be used.
    """
    options = request.setup.options
    with tempfile.TemporaryDirectory(prefix="fsnap-report-") as folder, Plan() as plan, TraceBook() as traces:
        for path in request.survey.traces:
            traces.read(path)
        clients = Clients(options, Limiter(request.setup.share))
        place = place_of(request.store or f"{folder}/rows", options, clients)
        place.check()
        store = Store(place)
        kept = Kept(store, Store(place_of(f"{folder}/beside", options)), traces)
        listed = request.listed()
        done = _done(store, listed)
        survey = find_jobs(listed, plan, clients, done.__contains__, progress, traces.ids())
        if request.store is not None:
            _add_saved(SavedCaptures(place), listed, done, plan, survey)
        if plan.total:
            with open_workers(request.executor, request.workers, request.setup) as workers:
                examine_all(plan, survey, workers, kept, progress)
        compaction = _compacted(store, progress) if request.compact else ()
        progress.say("making the report")
        made_at = options.captured_at()
        chosen = choose(kept, request.survey, survey, plan.is_asked, made_at)
        report = make_report(
            chosen,
            made_at=made_at,
            compare=request.compare,
            scope=scope_of(request.survey) or (f"store {request.store}",),
            notes=(*survey.notes(), *traces.notes, *compaction, *store.notes),
            instances=load_catalogue(request.setup.instances) if request.setup.instances else None,
        )
        yield ReportResult(report, survey, chosen.within)


def _add_saved(saved: SavedCaptures, request: SurveyRequest, done: Done, plan: Plan, survey: Survey) -> None:
    """Jobs whose last capture is in the store, and whose rows are not."""
    if request.is_all_saved:
        survey.known, survey.lists_read = len(done), 1
    elif request.targets or request.traces:
        return  # what is named is looked for in the store when it is examined
    period = request.span.period if request.span else None
    ended = saved.ended(period.since, period.until) if period else saved.ended()
    plan.add_saved(job_id for job_id in ended if job_id not in done)


def _compacted(store: Store, progress: Progress) -> tuple[str, ...]:
    """Notes; a report does not fail because its store stays as it is."""
    progress.say("putting the store's small files together")
    try:
        store.compact()
    except FetchError as error:
        return (f"The store's small files were not all put together: {error}",)
    return ()


def _done(store: Store, request: SurveyRequest) -> Done:
    """What need not be looked at again; jobs that are named by themselves may have ended on any day."""
    if request.targets or request.traces or request.span is None:
        return store.done()
    period = request.span.period
    return store.done(period.since, period.until)
