"""What a worker of a survey does with a chunk of jobs: fetch what they need, diagnose, and make rows of it.

A chunk and its outcome are plain data, so that a worker may be a thread, a process or another machine's process.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer import __version__
from analyzer.advisor.instance_catalogue import InstanceCatalogue, load_catalogue
from analyzer.advisor.prices import SpotPrices, spot_prices, zones_of
from analyzer.captured import Identity, identity_of
from analyzer.classifier.catalogue import Catalogue, read_user_rules, shipped
from analyzer.evidence.model import Evidence
from analyzer.examine import Failure, gather_evidence, guarded
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError, SetUpError, has_expired
from analyzer.fetchers.fetch import THREADS, Fetcher
from analyzer.fetchers.limiter import Limiter
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import place_of
from analyzer.fetchers.prices import SpotMarket
from analyzer.fleet.plain import is_plain, plain_rows
from analyzer.fleet.row import Row
from analyzer.fleet.rows import row_of_summary, rows_of
from analyzer.pipeline import study
from analyzer.priced import with_prices
from analyzer.recall import recall, with_store
from analyzer.store.captures import SavedCaptures, has_ended
from analyzer.survey_plan import Chunk, Planned

_END_NOT_SAVED = (
    "the store notes its end and has no capture of it yet; whoever was at it tries again, or fsnap-diagnose watch does"
)
_EXPIRED = "the sign-in to AWS came to its end; sign in again (aws sso login, or new keys) and repeat the command"


@dataclass(frozen=True)
class WorkSetup:
    """What every worker is told once; plain data that may be sent to another machine."""

    options: FetchOptions
    rules: Path | None = None
    """Rules of the user's own."""
    instances: Path | None = None
    """Instance types of the user's own region."""
    prices: bool = False
    """Ask for Spot prices."""
    store: str | None = None
    """Where captures may be: they fill in what AWS has forgotten."""
    share: float = 1.0
    """Of the services' rates: 1/N for each of N workers that do not share a limiter."""
    fetching_threads: int = THREADS


@dataclass(frozen=True)
class Outcome:
    """What came of a chunk."""

    jobs: tuple[tuple[Row, ...], ...] = ()
    """The rows of each job that was examined."""
    identities: tuple[Identity | None, ...] = ()
    """For each of these: of what capture it was made, if of one."""
    failures: tuple[Failure, ...] = ()
    """Those that could not be, and why."""
    stopped: str | None = None
    """Why nothing more can be examined by anybody, for the user; what of the chunk is in neither list was left."""
    scanned_bytes: int = 0
    """By searches of logs, since the outcome before; AWS bills them."""


class Worker:
    """Clients, catalogues and a limiter, for one chunk after the other; safe to share among threads."""

    def __init__(self, setup: WorkSetup) -> None:
        """Read the catalogues.

        Raises:
            CatalogueError, InstanceCatalogueError: a file of the user's cannot be used.
        """
        self.setup = setup
        catalogue = shipped()
        self.catalogue: Catalogue = catalogue.with_rules(read_user_rules(setup.rules)) if setup.rules else catalogue
        self.instances: InstanceCatalogue | None = load_catalogue(setup.instances) if setup.instances else None
        self.limiter = Limiter(setup.share)
        self.fetcher = Fetcher(setup.options, _silent, self.limiter, setup.fetching_threads)
        self._saved = _captures_in(setup.store, setup.options, self.fetcher.clients)
        self._open = ExitStack()
        self._open.callback(self.fetcher.close)
        # a market is for one caller at a time
        self._market_lock = threading.Lock()
        self._market: SpotMarket | None = None
        if setup.prices:
            self._market = self._open.enter_context(SpotMarket(setup.options, _silent, self.fetcher.clients))
        self.close: Callable[[], object] = weakref.finalize(self, self._open.close)
        """End its threads; what is under way is left alone. It happens by itself once nobody holds the worker."""

    def examine(self, chunk: Chunk) -> Outcome:
        """Rows of all that could be examined."""
        jobs: list[tuple[Row, ...]] = []
        identities: list[Identity | None] = []
        failures: list[Failure] = []
        stopped: str | None = None
        for found in self._found(chunk):
            if isinstance(found, SetUpError):
                stopped = str(found)
                break
            if isinstance(found, Evidence) and any(map(has_expired, found.gaps)):
                stopped = _EXPIRED
                break
            made = found if isinstance(found, Failure) else self._made(found)
            if isinstance(made, Failure):
                failures.append(made)
            else:
                jobs.append(made)
                identities.append(identity_of(found) if isinstance(found, Evidence) else None)
        insights = self.fetcher.insights
        scanned = insights.take_scanned() if insights is not None else 0
        return Outcome(tuple(jobs), tuple(identities), tuple(failures), stopped, scanned)

    def _found(self, chunk: Chunk) -> Iterator[Evidence | Planned | Failure | SetUpError]:
        yield from (job for job in chunk.jobs if job.summary is not None)
        if ids := [job.id for job in chunk.jobs if job.summary is None]:
            for target, live in self.fetcher.iter_jobs(ids, region=chunk.jobs[0].region):
                found = live if self._saved is None else with_store(live, target, self._saved)
                if isinstance(found, (Evidence, SetUpError)):
                    yield found
                else:
                    yield Failure(target, str(found))
        if self._saved is not None:
            for job_id in chunk.saved:
                yield from _recalled(job_id, self._saved)
        if chunk.targets:
            yield from gather_evidence(chunk.targets, self.setup.options, _silent, self.fetcher.clients)

    def _made(self, found: Evidence | Planned) -> tuple[Row, ...] | Failure:
        if isinstance(found, Evidence):
            return guarded(found, self._rows)
        # the evidence carries the name alone, for what is said of a fault
        return guarded(Evidence(found.id, "job"), lambda _: self._summary_rows(found))

    def _rows(self, evidence: Evidence) -> tuple[Row, ...]:
        if self._market is not None and not is_plain(evidence):
            with self._market_lock:
                evidence = with_prices(evidence, self._market, self.catalogue, self.instances)
        prices: SpotPrices | None = None
        if evidence.spot_prices:
            prices = spot_prices(evidence.spot_prices, own_zones=zones_of(evidence))
        told = {"diagnosed_at": self.setup.options.captured_at(), "tool_version": __version__}
        plain = plain_rows(evidence, self.catalogue, **told, prices=prices, instances=self.instances)
        if plain is not None:
            return plain
        made = study(evidence, self.catalogue, self.instances)
        return rows_of(evidence, made.diagnosis, made.facts, **told, prices=prices, instances=self.instances)

    def _summary_rows(self, job: Planned) -> tuple[Row, ...]:
        row = row_of_summary(
            job.summary or {},
            catalogue=self.catalogue,
            diagnosed_at=self.setup.options.captured_at(),
            tool_version=__version__,
            region=job.region,
        )
        return (row,)


def _captures_in(store: str | None, options: FetchOptions, clients: Clients) -> SavedCaptures | None:
    """The store's captures; None where there are none."""
    saved = SavedCaptures(place_of(store, options, clients)) if store is not None else None
    return saved if saved is not None and saved.has_any() else None


def _recalled(job_id: str, saved: SavedCaptures) -> Iterator[Evidence | Failure]:
    """A job from the store alone; a failure where the capture of its end is not there (yet).

    Who marked it as ended was killed then, or is at it: with rows it would count as done, and its end never be saved.
    """
    try:
        have = saved.look(job_id)
        found = recall(None, job_id, saved, have)
        if found is not None and has_ended(found):
            yield replace(found, recalled=())
        elif have.gaps:
            yield Failure(job_id, f"{have.gaps[0].what}: {have.gaps[0].why}")
        else:
            yield Failure(job_id, _END_NOT_SAVED)
    except FetchError as error:
        yield Failure(job_id, str(error))


def _silent(_: str) -> None:
    """Many jobs are fetched at once: the survey tells how far it is, not what each call was."""


class _Kept:
    """The worker of this process, kept from one chunk to the next: clients cost more than a chunk's calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: Worker | None = None

    def get(self, setup: WorkSetup) -> Worker:
        """The worker for this setup; that of another one is let go, and ends when its last chunk does."""
        with self._lock:
            if self._worker is None or self._worker.setup != setup:
                self._worker = Worker(setup)
            return self._worker


_KEPT = _Kept()


def work(setup: WorkSetup, chunk: Chunk) -> Outcome:
    """Examine a chunk in a process that is told everything, however often it is asked."""
    return _KEPT.get(setup).examine(chunk)
