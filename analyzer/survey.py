"""Many jobs: list, triage, examine on any executor, and keep the rows; each job once, whatever happens on the way.

The parent alone lists jobs and writes the store. Rows are appended chunk by chunk: whoever kills a survey loses the
chunks that were under way, and the next one leaves out what the store has.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

from analyzer.captured import Captures
from analyzer.evidence.job_summary import JobSummary
from analyzer.examine import Failure
from analyzer.fetchers.capture_places import CapturePlaces
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError, SetUpError, fetch_error
from analyzer.fetchers.insights_query import cost_note
from analyzer.fetchers.job_list import ENDED_STATUSES, Wanted, queue_jobs, run_jobs
from analyzer.fetchers.queue_names import Queue, listing_error, resolve_queues
from analyzer.fetchers.recognise import recognise
from analyzer.fetchers.targets import parse_job
from analyzer.fleet.row import Row
from analyzer.fleet.triage import as_description, triage
from analyzer.survey_executors import Workers
from analyzer.survey_period import Span
from analyzer.survey_plan import Chunk, Plan, Planned
from analyzer.survey_work import Outcome

MOST_REASONS = 20
"""Different reasons why jobs could not be examined that are told; jobs with others are counted."""
EVERYWHERE = "*"
"""Where a run is looked for if no queue is named."""
MOST_MISSED = 0.1
"""Of the jobs of queues that had to be examined: where more could not be, the figures mislead."""
_LISTED_AT_ONCE = 1_000


@dataclass(frozen=True)
class SurveyRequest:
    """What to look at."""

    queues: tuple[str, ...] = ()
    """Names, ARNs, or patterns with `*` and `?`."""
    runs: tuple[str, ...] = ()
    """Runs of Seqera Platform, `tw-<workflowId>`; in the queues that are named, else in all."""
    targets: tuple[str, ...] = ()
    """Job ids and whatever else a diagnosis takes, one job each."""
    traces: tuple[Path, ...] = ()
    """Nextflow's trace files: the jobs that they name."""
    span: Span | None = None
    """When the jobs of queues and runs ended; None: whenever."""
    statuses: tuple[str, ...] = ENDED_STATUSES

    @property
    def is_all_saved(self) -> bool:
        """Nothing is named: what the store has is meant, and AWS is not asked."""
        return not (self.queues or self.runs or self.targets or self.traces)


class Keeper(Protocol):
    """What a survey asks of a store."""

    def append(self, rows: Iterable[Row], /) -> object:
        """Keep rows; of a row that is there already the newer one counts."""


class Progress(Protocol):
    """Whom a survey tells how far it is."""

    def say(self, message: str, /) -> None:
        """What is being done."""

    def begin(self, total: int, /) -> None:
        """So many jobs will be examined."""

    def advance(self, jobs: int, /) -> None:
        """So many more have been."""


@dataclass
class Survey:
    """What came of a survey; grows while it runs."""

    queues: tuple[Queue, ...] = ()
    """Those that the request names or means."""
    lists_read: int = 0
    """Queues of which all jobs were listed."""
    listed: int = 0
    """Jobs that the lists held within the period, array parents not counted."""
    known: int = 0
    """Of these: those that the store had."""
    examined: int = 0
    failed: int = 0
    """Jobs of queues and runs that could not be examined."""
    reasons: dict[str, tuple[Failure, int]] = field(default_factory=dict)
    """Why not: the first job of each reason, and how many had it."""
    unreached: list[str] = field(default_factory=list)
    """Queues, runs and targets of the request that could not be looked at, each with the reason, for the user."""
    runs: tuple[str, ...] = ()
    """Of the request."""
    seen_runs: set[str | None] = field(default_factory=set)
    """Runs of the request of which a list held a job."""
    named: set[str] = field(default_factory=set)
    """Targets as they were given, and the ids of those that are jobs."""
    passed_over: list[str] = field(default_factory=list)
    """What folders and prefixes held beside captures, sentences."""
    scanned_bytes: int = 0
    """By searches of logs; AWS bills them."""
    stopped: str | None = None
    """Why it ended before all was examined, for the user."""

    def note(self, failure: Failure, *, asked_for: bool) -> None:
        """A job that could not be examined; `asked_for` where the user named it."""
        if asked_for:
            self.unreached.append(_told(failure))
            return
        self.failed += 1
        reason = failure.message.replace(failure.target, "")
        if reason in self.reasons or len(self.reasons) < MOST_REASONS:
            first, count = self.reasons.get(reason, (failure, 0))
            self.reasons[reason] = (first, count + 1)

    def missed(self) -> str | None:
        """That so many jobs of queues could not be examined that the figures mislead, for the user; one alone may."""
        if self.failed <= 1 or self.failed <= MOST_MISSED * (self.failed + self.examined):
            return None
        first, _ = max(self.reasons.values(), key=lambda reason: reason[1])
        return f"{self._missing()} {_told(first)}"

    def _missing(self) -> str:
        of = f"{self.failed:,} of {_jobs(self.failed + self.examined)} that had to be examined"
        return f"{of} could not be, and are in no figure of this report."

    def notes(self) -> tuple[str, ...]:
        """What the reader of the report must know, sentences."""
        told = [*self.unreached, *([self.stopped] if self.stopped else [])]
        if self.missed():
            told.append(self._missing())
        for first, count in self.reasons.values():
            told.append(_told(first) + (f" The same of {_jobs(count - 1)} more." if count > 1 else ""))
        others = self.failed - sum(count for _, count in self.reasons.values())
        if others:
            told.append(f"{_jobs(others)} more could not be examined, for other reasons.")
        if self.scanned_bytes:
            told.append(cost_note(self.scanned_bytes))
        if self.queues and self.lists_read == len(self.queues):
            unseen = (run for run in self.runs if run not in self.seen_runs)
            told += [f"No job of run {run} was found in these queues, in the period." for run in unseen]
        return (*told, *self.passed_over)


def _told(failure: Failure) -> str:
    return failure.message if failure.target in failure.message else f"{failure.target}: {failure.message}"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"


def find_jobs(
    request: SurveyRequest,
    plan: Plan,
    clients: Clients,
    is_known: Callable[[str], bool],
    progress: Progress,
    traced: Iterable[str] = (),
) -> Survey:
    """List the request's jobs into the plan, without those that are known.

    Args:
        request: what to look at.
        plan: where the jobs go.
        clients: for AWS.
        is_known: whether the store has what there is to know about a job, by its id.
        progress: told about each list.
        traced: ids of jobs, from the request's traces.
    """
    survey = Survey(runs=request.runs)
    places = CapturePlaces(clients)
    for given in request.targets:
        try:
            _add_target(given, plan, survey, is_known, places)
        except FetchError as error:
            survey.note(Failure(given, str(error)), asked_for=True)
    for job_id in traced:
        _add_job(Planned(job_id, None), plan, survey, is_known)
    survey.passed_over += places.notes
    region: str | None = None
    try:
        if request.queues or request.runs:
            region = clients.default_region()
            survey.queues = resolve_queues(clients, request.queues or (EVERYWHERE,), region)
    except FetchError as error:
        survey.unreached.append(str(error))
    except Exception as error:
        survey.unreached.append(str(fetch_error(error, "list jobs", "ListJobs")))
    for queue in survey.queues:
        try:
            _list_queue(request, queue, clients, plan, survey, is_known, progress)
            survey.lists_read += 1
        except FetchError as error:
            survey.unreached.append(str(error))
            if isinstance(error, SetUpError):
                break
    return survey


def _list_queue(
    request: SurveyRequest,
    queue: Queue,
    clients: Clients,
    plan: Plan,
    survey: Survey,
    is_known: Callable[[str], bool],
    progress: Progress,
) -> None:
    span = request.span
    wanted = Wanted(request.statuses, span.since_ms if span else None, span.until_ms if span else None)
    progress.say(f"listing the jobs of {queue.name}")
    try:
        client = clients.get("batch", queue.region)
        runs: tuple[str | None, ...] = request.runs or (None,)
        for run in runs:
            name = queue.name
            jobs = queue_jobs(client, name, wanted) if run is None else run_jobs(client, name, run, wanted)
            while some := list(islice(jobs, _LISTED_AT_ONCE)):
                survey.seen_runs.add(run)
                _plan(some, queue, plan, survey, is_known)
                progress.say(f"listing the jobs of {queue.name}: {survey.listed:,}")
    except Exception as error:
        raise listing_error(clients, queue, error) from error


def _plan(
    jobs: Iterable[JobSummary], queue: Queue, plan: Plan, survey: Survey, is_known: Callable[[str], bool]
) -> None:
    fresh: list[Planned] = []
    for job in jobs:
        survey.listed += 1
        # a job that goes on is listed only where the user asked for its status
        if job.ended and is_known(job.id):
            survey.known += 1
            continue
        summary = as_description(job) if triage(job) == "summary" else None
        fresh.append(Planned(job.id, queue.region, queue.name, _day(job.at), summary))
    plan.add(fresh)


def _day(milliseconds: int | None) -> str:
    try:
        return "" if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d")
    except (OverflowError, OSError, ValueError):
        return ""


def _add_target(given: str, plan: Plan, survey: Survey, is_known: Callable[[str], bool], places: CapturePlaces) -> None:
    survey.named.add(given)
    if recognise(given).kind != "job":
        for piece in places.pieces(given):
            plan.add_target(piece)
        return
    reference = parse_job(given)
    survey.named.add(reference.id)
    _add_job(Planned(reference.id, reference.region), plan, survey, is_known)


def _add_job(job: Planned, plan: Plan, survey: Survey, is_known: Callable[[str], bool]) -> None:
    """A job that belongs to the report by itself, whatever its queue."""
    plan.note_asked([job.id])
    if is_known(job.id):
        survey.known += 1
    else:
        plan.add([job])


def examine_all(plan: Plan, survey: Survey, workers: Workers, keeper: Keeper, progress: Progress) -> None:
    """Examine what is planned and keep the rows, chunk by chunk, until all is done or nothing more can be."""
    progress.begin(plan.total)
    # closed at once, also where a row cannot be kept: they hold a cursor of the plan, and chunks under way
    with (
        Captures() as captures,
        closing(plan.chunks()) as chunks,
        closing(_outcomes(chunks, workers, survey)) as outcomes,
    ):
        for chunk, outcome in outcomes:
            _take(chunk, outcome, plan, survey, keeper, captures)
            progress.advance(chunk.size)


def _outcomes(chunks: Iterable[Chunk], workers: Workers, survey: Survey) -> Generator[tuple[Chunk, Outcome]]:
    """Outcomes as they come; no more chunks are under way at once than the workers want."""
    coming = iter(chunks)
    running: dict[Future[Outcome], Chunk] = {}
    try:
        while True:
            while survey.stopped is None and len(running) < workers.most_chunks and (chunk := next(coming, None)):
                running[workers.submit(chunk)] = chunk
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), _outcome(future)
    finally:
        for future in running:
            future.cancel()


def _outcome(future: Future[Outcome]) -> Outcome:
    """What a chunk came to; a worker that was lost ends the survey, and what it had is examined next time."""
    try:
        return future.result()
    except CancelledError:
        return Outcome()
    except Exception as error:
        reason = f"a worker was lost ({type(error).__name__}: {str(error)[:200]}); repeat the command to go on"
        return Outcome(stopped=reason)


def _take(chunk: Chunk, outcome: Outcome, plan: Plan, survey: Survey, keeper: Keeper, captures: Captures) -> None:
    made = zip(outcome.jobs, outcome.identities, strict=True)
    rows = [row for job, identity in made for row in (captures.newest(identity, job) if identity else job)]
    survey.scanned_bytes += outcome.scanned_bytes
    if rows:
        keeper.append(rows)
    survey.examined += len(outcome.jobs)
    if chunk.targets:
        plan.note_asked(row.job_id for row in rows)
    for failure in outcome.failures:
        survey.note(failure, asked_for=failure.target in survey.named)
    survey.stopped = survey.stopped or outcome.stopped
