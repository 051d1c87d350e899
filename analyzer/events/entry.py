"""The function that AWS Lambda calls."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import wait
from functools import cache
from typing import Any

from analyzer.classifier.catalogue import shipped
from analyzer.diagnosis import Diagnosis
from analyzer.events.invocation import Record, is_from_queue, records_of
from analyzer.events.journal import Journal
from analyzer.events.settings import Settings, SettingsError, read_settings
from analyzer.events.work import Done, Work
from analyzer.evidence.capture_write import CaptureError
from analyzer.examine import fault_of
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.executor import DaemonExecutor
from analyzer.fetchers.fetch import Fetcher
from analyzer.fetchers.limiter import Limiter
from analyzer.fetchers.notify import notify, parse_notify
from analyzer.fetchers.options import MEBIBYTE, FetchOptions
from analyzer.fetchers.places import Place, place_of
from analyzer.keep import Keeper, LaterError
from analyzer.reporters.brief import format_brief, subject_of

MARGIN_SECONDS = 8.0
"""Kept back of an invocation's time: to tell whoever is to be told, and to answer."""
LEAST_SECONDS = 5.0
"""A record for which less is left is not begun."""
MOST_SECONDS = 60.0
"""What one record may take, however much is left."""
WITHOUT_CONTEXT_SECONDS = 60.0
THREADS = 4
OPTIONS = FetchOptions(
    max_log_bytes=4 * MEBIBYTE,
    max_workdir_bytes=24 * MEBIBYTE,
    # the figures of instance types do not change; one call less for each job that lost its host
    shipped_figures=True,
)


class CaptureFailedError(Exception):
    """An event that came without a queue could not be captured; Lambda tries it again by itself."""


class Tools:
    """What outlives an invocation: clients cost half a second."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.limiter = Limiter(1 / settings.side_by_side)
        self.clients = Clients(OPTIONS, self.limiter)
        self.place: Place = place_of(settings.store, OPTIONS, self.clients)
        self.topic = parse_notify(settings.notify) if settings.notify else None
        self.catalogue = shipped()

    def fetcher(self) -> Fetcher:
        """With threads and a memory of its own, for one invocation: queues and environments may change."""
        fetcher = Fetcher(OPTIONS, _quiet, self.limiter, THREADS)
        fetcher.clients = self.clients
        return fetcher


@cache
def _tools(settings: Settings) -> Tools:
    return Tools(settings)


def _quiet(_: str) -> None:
    """The log is for outcomes."""


def handler(event: object, context: Any) -> dict[str, Any]:
    """Capture what an event tells of, or the events in the records of SQS or SNS.

    One that cannot be captured stops none of the others. For SQS the answer names those that another try may help;
    what is malformed is not among them. Whatever is done twice is there once.

    Args:
        event: of AWS Lambda: EventBridge's event, or `Records`.
        context: of AWS Lambda: asked for the time that is left.

    Raises:
        CaptureFailedError: an event that came without SQS could not be captured now.
    """
    journal = Journal()
    records = records_of(event)
    deadline = Deadline.after(_seconds_left(context) - MARGIN_SECONDS)
    try:
        tools = _tools(read_settings(os.environ))
    except (SettingsError, FetchError) as error:
        journal.say("error", str(error))
        failed: list[Record] = list(records)
    else:
        with tools.fetcher() as fetcher:
            invocation = _Invocation(tools, fetcher, journal, deadline)
            failed = invocation.run(records)
    if not is_from_queue(event):
        if failed:
            raise CaptureFailedError("an event could not be captured; the line before this one says why")
        return {}
    return {"batchItemFailures": [{"itemIdentifier": r.message_id} for r in failed if r.message_id]}


def _seconds_left(context: Any) -> float:
    ask = getattr(context, "get_remaining_time_in_millis", None)
    left = ask() if callable(ask) else None
    return left / 1000 if isinstance(left, (int, float)) else WITHOUT_CONTEXT_SECONDS


class _Invocation:
    def __init__(self, tools: Tools, fetcher: Fetcher, journal: Journal, deadline: Deadline) -> None:
        self._tools, self._journal, self._deadline = tools, journal, deadline
        self._work = Work(Keeper(fetcher, tools.place, tools.catalogue), tools.settings, journal)
        self._executor = DaemonExecutor(1)
        self._counts: dict[str, int] = {}
        self._diagnoses: list[Diagnosis] = []

    def run(self, records: Sequence[Record]) -> list[Record]:
        """Those that are to be tried again."""
        failed = []
        for number, record in enumerate(records):
            left = self._deadline.remaining_seconds
            if left < LEAST_SECONDS:
                outcome = "no time"
            else:
                outcome = self._one(record, min(MOST_SECONDS, max(LEAST_SECONDS, left / (len(records) - number))))
            self._counts[outcome] = self._counts.get(outcome, 0) + 1
            if outcome in ("again", "no time"):
                failed.append(record)
        self._executor.shutdown()
        self._notify()
        self._journal.say("info", "done", **{name.replace(" ", "_"): n for name, n in sorted(self._counts.items())})
        return failed

    def _one(self, record: Record, seconds: float) -> str:
        # on a thread, so that one that hangs, however it does, takes no more than its own time
        future = self._executor.submit(self._work.do, record, seconds)
        if not wait([future], timeout=min(seconds, self._deadline.remaining_seconds)).done:
            self._executor.shutdown()
            self._executor = DaemonExecutor(1)
            return self._again(record, f"it took longer than {seconds:.0f} s")
        error = future.exception()
        if error is None:
            return self._noted(future.result())
        known = isinstance(error, (LaterError, FetchError, CaptureError))
        return self._again(record, str(error) if known else fault_of(error))

    def _noted(self, done: Done) -> str:
        if done.diagnosis is not None:
            self._diagnoses.append(done.diagnosis)
        return done.outcome

    def _again(self, record: Record, why: str) -> str:
        is_last = record.receives >= self._tools.settings.receives
        self._journal.say(
            "error" if is_last else "warning",
            f"an event could not be captured: {why}",
            message=record.message_id,
            receives=record.receives,
        )
        return "again"

    def _notify(self) -> None:
        """One message for all that failed; that it cannot be sent is no reason to do anything again."""
        topic, diagnoses = self._tools.topic, self._diagnoses
        if topic is None or not diagnoses:
            return
        subject = subject_of(diagnoses, len(diagnoses))
        try:
            notify(topic, subject, format_brief(diagnoses, markdown=False), self._tools.clients)
        except FetchError as error:
            self._journal.say("error", str(error))
