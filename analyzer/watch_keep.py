"""Jobs that changed are described and kept: what is worth it as a capture, what has ended as rows.

A capture is written first, the rows of a poll together afterwards: a job counts as done with its rows, and rows can be
made again of a capture. So whoever is killed at any point does the rest at the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import datetime

from analyzer import __version__
from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.classifier.catalogue import Catalogue
from analyzer.evidence.capture_write import CaptureError
from analyzer.evidence.job import text
from analyzer.evidence.model import Document, Evidence
from analyzer.evidence.moment import ended_at, moment_of
from analyzer.examine import Failure, fault_of
from analyzer.fetchers.batch import JOBS_PER_CALL, describe_jobs
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError, SetUpError, fetch_error, has_expired
from analyzer.fetchers.executor import DaemonExecutor
from analyzer.fetchers.fetch import Fetcher
from analyzer.fetchers.limiter import Limiter
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import Place, place_of
from analyzer.fleet.following import Following
from analyzer.fleet.happening import Happening, happening_of
from analyzer.fleet.plain import plain_rows
from analyzer.fleet.row import Row
from analyzer.keep import Keeper, Kept, LaterError, gap_worth_waiting, went_well_at_once
from analyzer.store.store import Store

AT_ONCE = 8
"""Jobs that are fetched and saved side by side."""
MOST_A_LOOK = 500
"""Jobs that are kept before the lists are looked at again: what ends meanwhile waits for no more than these."""
TRIES = 3
"""Of a job whose evidence is not complete for a passing reason: one a poll, then what there is will do."""
MOST_TRIES = 10
"""Of a job that cannot be kept, while others can."""
ROWS_AT_ONCE = 2_000
"""Kept in memory; more are appended before the poll's end."""
_EXPIRED = "the sign-in to AWS came to its end; sign in again (aws sso login, or new keys)"
SETTLING_SECONDS = 15
"""The lines of a log take some seconds to CloudWatch Logs: a job that ended within them is kept at the next look."""


@dataclass(frozen=True)
class Given:
    """What the command line says of fetching and diagnosing."""

    options: FetchOptions
    store: str
    catalogue: Catalogue
    instances: InstanceCatalogue | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a job."""

    document: Document
    """As DescribeJobs gave it."""
    rows: tuple[Row, ...] = ()
    happening: Happening | None = None
    """None where nothing is to be told: it was known, or nothing has ended."""


class Keeping:
    """Describes, keeps, and appends rows; what it needs is made once, and anew where a sign-in ended."""

    def __init__(self, given: Given) -> None:
        self.given, self.limiter = given, Limiter()
        self.executor = DaemonExecutor(AT_ONCE)
        self.rows: list[Row] = []
        """Of jobs whose captures are there, not appended yet."""
        self._tries: dict[str, int] = {}
        self.renew()

    def renew(self) -> None:
        """New clients: they find new credentials."""
        options = self.given.options
        self.clients = Clients(options, self.limiter)
        self.place: Place = place_of(self.given.store, options, self.clients)
        self.store = Store(self.place)

    def close(self) -> None:
        """What is under way is either saved whole, or not at all."""
        self.executor.shutdown()

    def flush(self) -> None:
        """Append the rows that there are.

        Raises:
            FetchError: the store refuses; they are kept for the next time.
        """
        if self.rows:
            self.store.append(self.rows)
            self.rows = []

    def keep(
        self,
        following: Following,
        region: str | None,
        is_known: Callable[[str], bool],
        described: Callable[[Document, str | None], object],
    ) -> Iterator[Happening | str]:
        """Describe what is due, at most so many, and keep it; what happened, and sentences on what could not be kept.

        Args:
            following: the queue's jobs; who has been dealt with is due no more.
            region: of the queue.
            is_known: whether the store has the rows of a job that has ended.
            described: is told each description.

        Raises:
            FetchError: Batch or the store could not be asked; what is left is due still.
        """
        if not following.due:
            return
        # its memory of queues and hosts is for one poll: they change
        fetcher = Fetcher(self.given.options, _silent, self.limiter)
        fetcher.clients = self.clients
        with fetcher:
            keeper = Keeper(fetcher, self.place, self.given.catalogue, self.given.instances)
            poll, due = _Poll(keeper, following, region, is_known, described), following.next_due(MOST_A_LOOK)
            for start in range(0, len(due), JOBS_PER_CALL):
                yield from self._some(poll, due[start : start + JOBS_PER_CALL])

    def _some(self, poll: _Poll, ids: Sequence[str]) -> Iterator[Happening | str]:
        try:
            jobs = describe_jobs(self.clients.get("batch", poll.region), ids)
        except Exception as error:
            raise fetch_error(error, "look up the jobs that changed", "DescribeJobs") from error
        for job_id in ids:
            if job_id not in jobs:
                # a description may come later than the list
                yield from self._again(poll, job_id, "Batch listed it, and does not know it")
        waiting = {self.executor.submit(self._one, poll, job): job_id for job_id, job in jobs.items()}
        failures: dict[str, FetchError] = {}
        count = len(waiting)
        try:
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield from self._take(poll, waiting.pop(future), future, failures)
        finally:
            for future in waiting:
                future.cancel()
        if failures and len(failures) == count:
            raise next(iter(failures.values()))
        for job_id, failure in failures.items():
            yield from self._again(poll, job_id, str(failure))

    def _take(
        self, poll: _Poll, job_id: str, future: Future[Outcome], failures: dict[str, FetchError]
    ) -> Iterator[Happening | str]:
        try:
            outcome = future.result()
        except SetUpError:
            raise
        except LaterError:
            self._tries[job_id] = self._tries.get(job_id, 0) + 1
            poll.following.put_off(job_id)
            return
        except FetchError as error:
            failures[job_id] = error
            return
        except CaptureError as error:
            yield from self._again(poll, job_id, str(error))
            return
        except Exception as error:  # a fault of ours in one job must not sink the others
            yield from self._again(poll, job_id, fault_of(error))
            return
        self._tries.pop(job_id, None)
        poll.described(outcome.document, poll.region)
        if outcome.happening is not None:
            yield outcome.happening
        self.rows += outcome.rows
        poll.following.tell(outcome.document)
        if len(self.rows) >= ROWS_AT_ONCE:
            self.flush()

    def _again(self, poll: _Poll, job_id: str, why: str) -> Iterator[str]:
        """It stays due, some times."""
        tries = self._tries.get(job_id, 0) + 1
        self._tries[job_id] = tries
        if tries < MOST_TRIES:
            poll.following.put_off(job_id)
            return
        del self._tries[job_id]
        poll.following.forget(job_id)
        yield f"{job_id} could not be kept, and is not tried again before the next start: {why}"

    def _one(self, poll: _Poll, job: Document) -> Outcome:
        moment, keeper = moment_of(job), poll.keeper
        if moment is None:
            return Outcome(job)
        job_id = text(job.get("jobId")) or ""
        if moment.final and poll.is_known(job_id):
            return Outcome(job)
        at = self.given.options.captured_at()
        if went_well_at_once(job) and (rows := self._plain_rows(job, job_id, poll.region)):
            return Outcome(job, rows, happening_of(job, None, None, at))
        if moment.final and not self._tries.get(job_id) and _has_just_ended(job, at):
            raise LaterError("the last lines of its log may still be coming in")
        kept = keeper.prepare(job, poll.region)
        if kept is not None:
            self._judge(kept, job_id)
            keeper.commit(kept)
        elif moment.final:
            # somebody else has saved it, or we were ended before its rows were appended
            kept = keeper.again(job)
        if kept is None:
            return Outcome(job)
        made = kept.diagnosis
        diagnosis, fault = (None, made.message) if isinstance(made, Failure) else (made, None)
        return Outcome(job, kept.rows, happening_of(job, moment, diagnosis, at, fault))

    def _judge(self, kept: Kept, job_id: str) -> None:
        if any(map(has_expired, kept.evidence.gaps)):
            raise SetUpError(_EXPIRED)
        if self._tries.get(job_id, 0) < TRIES - 1 and (missing := gap_worth_waiting(kept.evidence)):
            raise LaterError(f"{missing.what}: {missing.why}")

    def _plain_rows(self, job: Document, job_id: str, region: str | None) -> tuple[Row, ...]:
        where = region or self.clients.default_region()
        at = self.given.options.captured_at()
        evidence = Evidence(job_id, "job", region=where, captured_at=at, job=job)
        return plain_rows(evidence, self.given.catalogue, diagnosed_at=at, tool_version=__version__) or ()


@dataclass(frozen=True)
class _Poll:
    keeper: Keeper
    following: Following
    region: str | None
    is_known: Callable[[str], bool]
    described: Callable[[Document, str | None], object]


def _has_just_ended(job: Document, now: str) -> bool:
    """The last capture of it is the last that is asked for its log, so it is not taken at once."""
    ended = ended_at(job)
    return ended is not None and datetime.fromisoformat(now).timestamp() - ended / 1000 < SETTLING_SECONDS


def _silent(_: str) -> None:
    """Many jobs are fetched at once."""
