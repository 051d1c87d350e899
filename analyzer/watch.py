"""Follow queues: look at their lists, keep what changed, tell of it, and wait; until somebody ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Document
from analyzer.fetchers.errors import FetchError, SetUpError, fetch_error
from analyzer.fetchers.notify import Topic, notify
from analyzer.fetchers.queue_names import Queue, listing_error, resolve_queues
from analyzer.fleet.following import Following
from analyzer.fleet.happening import Happening
from analyzer.reporters.brief import format_brief, subject_of
from analyzer.store.store import Done
from analyzer.survey_period import Span
from analyzer.watch_keep import MOST_A_LOOK, TRIES, Given, Keeping
from analyzer.watch_poll import Reader

LONGEST_PAUSE_SECONDS = 600.0
LONGEST_PAUSE_ONCE_SECONDS = 10.0
MOST_DIAGNOSES = 200
"""That are kept for a message; more are counted."""


@dataclass(frozen=True)
class WatchRequest:
    """What to follow."""

    queues: tuple[str, ...]
    """Names, ARNs, or patterns with `*` and `?`."""
    span: Span
    """Jobs that ended in it before the first look are kept, too."""
    given: Given
    interval_seconds: float = 30.0
    topic: Topic | None = None


class Onlooker(Protocol):
    """Whom it is told to."""

    def happened(self, happening: Happening, /) -> None:
        """Something happened to a job."""

    def say(self, sentence: str, /) -> None:
        """Something that is no job's."""

    def described(self, job: Document, region: str | None, /) -> None:
        """A job that goes on, or has ended, as DescribeJobs gives it."""

    def looked(self, watch: Watch, /) -> None:
        """A poll is over."""


@dataclass
class Followed:
    """A queue."""

    queue: Queue
    jobs: Following = field(default_factory=Following)


class Watch:
    """One poll after the other. Used from one thread."""

    def __init__(self, request: WatchRequest, onlooker: Onlooker) -> None:
        self.request, self.onlooker = request, onlooker
        self.keeping = Keeping(request.given)
        self.followed: tuple[Followed, ...] = ()
        self.polls = 0
        self.trouble: FetchError | None = None
        """What kept the last poll from being whole."""
        self._done: Done | None = None
        self._untold: list[Diagnosis] = []
        self._untold_more = 0

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.keeping.close()

    def begin(self) -> None:
        """Look up the queues, and whether the store may be written.

        Raises:
            FetchError: it cannot work at all.
        """
        clients = self.keeping.clients
        try:
            region = clients.default_region()
        except Exception as error:
            raise fetch_error(error, "list jobs", "ListJobs") from error
        queues = resolve_queues(clients, self.request.queues, region)
        self.followed = tuple(Followed(queue) for queue in queues)
        self.keeping.place.check()
        period = self.request.span.period
        self._done = self.keeping.store.done(period.since)

    def poll(self) -> bool:
        """Look once at every queue, and keep what changed; whether there is more to keep than was done.

        Raises:
            FetchError: it could not be done; the next poll goes on where this one ended.
        """
        self.keeping.flush()
        try:
            behind, trouble = self._look_at_all()
        except BaseException:
            # what has a capture is told of and gets its rows, whatever ended the poll
            with suppress(FetchError):
                self._settle()
            raise
        self._settle()
        self.polls += 1
        self.trouble = trouble
        self.onlooker.looked(self)
        if trouble is not None:
            raise trouble
        return behind

    def once(self, pause: Callable[[float], object]) -> None:
        """Look until nothing is left to keep; what could not be fetched whole is asked for again a little later.

        Raises:
            FetchError: it cannot work, or some jobs could not be kept.
        """
        tries = 0
        while True:
            if self.poll():
                continue
            tries += 1
            due = sum(len(one.jobs.due) for one in self.followed)
            if not due:
                return
            if tries >= TRIES:
                jobs = "1 job" if due == 1 else f"{due:,} jobs"
                raise FetchError(f"{jobs} could not be kept now; the next start tries again.")
            pause(min(self.request.interval_seconds, LONGEST_PAUSE_ONCE_SECONDS))

    def run(self, pause: Callable[[float], object]) -> None:
        """Poll for good; what fails is said once, and tried again after growing pauses.

        Raises:
            FetchError: the first poll failed: it cannot work at all.
        """
        behind = self.poll()
        failures, said = 0, ""
        while True:
            interval = self.request.interval_seconds
            if not behind:
                pause(min(interval * 2**failures, max(interval, LONGEST_PAUSE_SECONDS)))
            behind = False
            try:
                behind = self.poll()
            except FetchError as error:
                failures = min(failures + 1, 16)
                if str(error) != said:
                    said = str(error)
                    self.onlooker.say(f"{said} Trying again.")
                if isinstance(error, SetUpError):
                    self.keeping.renew()
                continue
            if failures:
                self.onlooker.say("going on: AWS answers again")
            failures, said = 0, ""

    def _look_at_all(self) -> tuple[bool, FetchError | None]:
        """Whether there is more to keep, and what went wrong first; one queue's trouble does not keep the others."""
        behind = False
        trouble: FetchError | None = None
        for one in self.followed:
            try:
                self._read(one)
                behind |= len(one.jobs.due) > MOST_A_LOOK
                self._keep(one)
            except SetUpError:
                raise
            except FetchError as error:
                trouble = trouble or error
        return behind, trouble

    def _settle(self) -> None:
        self._tell()
        self.keeping.flush()

    def _read(self, one: Followed) -> None:
        clients = self.keeping.clients
        try:
            client = clients.get("batch", one.queue.region)
            Reader(client, one.queue.name, one.jobs, self.request.span.since_ms, self._is_known).read()
        except FetchError:
            raise
        except Exception as error:
            raise listing_error(clients, one.queue, error) from error

    def _is_known(self, job_id: str) -> bool:
        return self._done is not None and job_id in self._done

    def _keep(self, one: Followed) -> None:
        described = self.onlooker.described
        for told in self.keeping.keep(one.jobs, one.queue.region, self._is_known, described):
            if isinstance(told, str):
                self.onlooker.say(told)
                continue
            self.onlooker.happened(told)
            if told.needs_somebody and told.diagnosis is not None and self.request.topic is not None:
                self._note(told.diagnosis)

    def _note(self, diagnosis: Diagnosis) -> None:
        if len(self._untold) < MOST_DIAGNOSES:
            self._untold.append(diagnosis)
        else:
            self._untold_more += 1

    def _tell(self) -> None:
        """One message a poll; one that cannot be sent is sent with the next."""
        topic = self.request.topic
        if topic is None or not self._untold:
            return
        count = len(self._untold) + self._untold_more
        try:
            notify(topic, subject_of(self._untold, count), _message(self._untold, count), self.keeping.clients)
        except FetchError as error:
            self.onlooker.say(f"{error} It is sent with the next message.")
            return
        self._untold, self._untold_more = [], 0


def _message(diagnoses: Sequence[Diagnosis], count: int) -> str:
    more = count - len(diagnoses)
    return format_brief(diagnoses, markdown=False) + (f"- and {more:,} more that are not listed\n" if more else "")
