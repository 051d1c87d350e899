"""CloudWatch Logs Insights searches the logs of many attempts where they are: what a rule knows, and the last seconds.

The service bills the bytes that it scans: they are counted, and `insights_query.cost_note` says what they cost.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from analyzer.evidence.job import items, mapping, text
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.errors import code_of, gap_for
from analyzer.fetchers.insights_query import MAX_ROWS, Query, Wanted, halves, queries

AT_ONCE = 10
"""Queries under way; an account may have 100 of all its users (StartQuery's reference)."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 2.0
_MOST_BYTES = 2**63
_START, _RESULTS = "StartQuery", "GetQueryResults"
_GOING_ON = frozenset({"Scheduled", "Running", "Unknown"})
_BUSY = frozenset({"LimitExceededException", "ThrottlingException", "ServiceUnavailableException"})

Event = tuple[int, str]
"""Epoch milliseconds, and the line."""


@dataclass
class Lines:
    """What was found of one stream."""

    events: list[Event] = field(default_factory=list)
    """Oldest first."""
    cut: bool = False
    """There were more than a query gives: the oldest are missing."""
    failure: str | None = None
    """Why a part of it was not searched."""
    permission: str | None = None


@dataclass
class _Running:
    query: Query
    query_id: str
    deadline: Deadline


class Insights:
    """Searches; safe to share among threads. `close` stops what the service still works at."""

    def __init__(self, clients: Clients, texts: Iterable[str], timeout_seconds: float, share: float = 1.0) -> None:
        """`texts` are looked for; a query gets `timeout_seconds`; `share` of the queries at once is this program's."""
        self.clients, self.texts, self.timeout_seconds = clients, tuple(texts), timeout_seconds
        self.slots = threading.BoundedSemaphore(max(1, int(AT_ONCE * share)))
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._under_way: dict[str, str | None] = {}
        self._scanned = 0

    def search(self, region: str | None, wanted: Sequence[Wanted]) -> Mapping[Wanted, Lines]:
        """The lines of each stream; side by side, as many queries as there may be."""
        return _Search(self, region, wanted).run()

    def take_scanned(self) -> int:
        """Bytes that the service has scanned since this was last asked."""
        with self._lock:
            scanned, self._scanned = self._scanned, 0
        return scanned

    def close(self) -> None:
        """Have the service stop the queries that are under way; also on Ctrl-C."""
        self.closed.set()
        with self._lock:
            left = list(self._under_way.items())
        for query_id, region in left:
            self.stop(region, query_id)

    def stop(self, region: str | None, query_id: str) -> None:
        """Have the service stop a query."""
        # one that has ended in the meantime is refused; of one that cannot be stopped nobody would hear
        with suppress(Exception):
            self.clients.get("logs", region).stop_query(queryId=query_id)

    def note(self, query_id: str, region: str | None, *, under_way: bool) -> None:
        """A query was started, or has ended."""
        with self._lock:
            if under_way:
                self._under_way[query_id] = region
            else:
                self._under_way.pop(query_id, None)

    def count(self, scanned_bytes: int) -> None:
        """So many bytes more were scanned."""
        with self._lock:
            self._scanned += scanned_bytes


class _Search:
    """One search: its queries that wait, and those that are under way. On the caller's thread."""

    def __init__(self, insights: Insights, region: str | None, wanted: Sequence[Wanted]) -> None:
        self.insights, self.region = insights, region
        self.found = {one: Lines() for one in wanted}
        self.waiting = deque(queries(tuple(self.found), insights.texts))
        self.running: list[_Running] = []
        self.patience = self._deadline()

    def run(self) -> Mapping[Wanted, Lines]:
        pause = _FIRST_PAUSE_SECONDS
        try:
            while (self.waiting or self.running) and not self.insights.closed.is_set():
                left = len(self.waiting) + len(self.running)
                self._start()
                for one in [one for one in self.running if self._has_ended(one)]:
                    self._leave(one)
                waits = len(self.waiting) + len(self.running) == left
                pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS) if waits else _FIRST_PAUSE_SECONDS
                if self.waiting or self.running:
                    self.insights.closed.wait(pause)
        finally:
            for one in list(self.running):
                self.insights.stop(self.region, one.query_id)
                self._leave(one)
        for query in self.waiting:
            self._fail(query, "the search was ended before it was done")
        for lines in self.found.values():
            lines.events = sorted(dict.fromkeys(lines.events), key=lambda event: event[0])
        return self.found

    def _deadline(self) -> Deadline:
        return Deadline.after(self.insights.timeout_seconds, self.insights.closed)

    def _logs(self) -> Any:
        return self.insights.clients.get("logs", self.region)

    def _start(self) -> None:
        """Start queries for as long as there is room."""
        while self.waiting and self.insights.slots.acquire(blocking=False):
            query = self.waiting.popleft()
            try:
                answer = self._logs().start_query(
                    logGroupName=query.group,
                    startTime=query.start,
                    endTime=query.end,
                    queryString=query.text,
                    limit=MAX_ROWS,
                )
                query_id = str(answer["queryId"])
            except Exception as error:
                self.insights.slots.release()
                if code_of(error) in _BUSY and not self.patience.passed:
                    self.waiting.append(query)  # the account's other users have queries under way
                    return
                self._fail(query, *_reason(query, error, _START))
                continue
            self.insights.note(query_id, self.region, under_way=True)
            self.running.append(_Running(query, query_id, self._deadline()))
            self.patience = self._deadline()

    def _leave(self, one: _Running) -> None:
        self.running.remove(one)
        self.insights.note(one.query_id, self.region, under_way=False)
        self.insights.slots.release()

    def _has_ended(self, one: _Running) -> bool:
        """Whether it has, its lines taken; or its time is over."""
        try:
            answer = self._logs().get_query_results(queryId=one.query_id)
        except Exception as error:
            self._fail(one.query, *_reason(one.query, error, _RESULTS))
            return True
        status = text(answer.get("status")) or "Unknown"
        late = status in _GOING_ON and one.deadline.passed
        if status in _GOING_ON and not late:
            return False
        self.insights.count(_scanned(answer))
        if status == "Complete":
            self._take(rows_of(answer.get("results")), one.query)
        elif late:
            self.insights.stop(self.region, one.query_id)
            self._fail(one.query, f"no answer within the time limit of {self.insights.timeout_seconds:g} s")
        else:
            self._fail(one.query, f"CloudWatch Logs Insights ended the search: {status}")
        return True

    def _take(self, rows: Sequence[Mapping[str, str]], query: Query) -> None:
        again = halves(query) if len(rows) >= MAX_ROWS else ()
        self.waiting.extend(again)
        if again:
            return
        streams = {one.stream: self.found[one] for one in query.streams}
        for row in reversed(rows):  # the newest come first
            at, lines = _milliseconds(row.get("@timestamp", "")), streams.get(row.get("@logStream", ""))
            if at is not None and lines is not None:
                lines.events.append((at, row.get("text", "")))
        for lines in streams.values():
            lines.cut = lines.cut or len(rows) >= MAX_ROWS

    def _fail(self, query: Query, why: str, permission: str | None = None) -> None:
        for stream in query.streams:
            self.found[stream].failure, self.found[stream].permission = why, permission


def _scanned(answer: Mapping[str, Any]) -> int:
    scanned = mapping(answer.get("statistics")).get("bytesScanned")
    return int(scanned) if isinstance(scanned, (int, float)) and 0 < scanned < _MOST_BYTES else 0


def _reason(query: Query, error: Exception, operation: str) -> tuple[str, str | None]:
    if code_of(error) == "ResourceNotFoundException":
        return f"there is no log group {query.group} (any more)", None
    gap = gap_for("", error, operation)
    return gap.why, gap.permission


def rows_of(results: object) -> list[dict[str, str]]:
    """The rows of a query, each by its fields' names; what is malformed is left out."""
    rows = results if isinstance(results, list) else []
    named = ({text(cell.get("field")): text(cell.get("value")) for cell in items(row)} for row in rows)
    return [{name: value for name, value in row.items() if name and value is not None} for row in named]


def _milliseconds(stamp: str) -> int | None:
    """Of `2026-11-20 10:11:12.345`, in UTC."""
    try:
        moment = datetime.fromisoformat(stamp).replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000 + 0.5)
    except (ValueError, OverflowError):
        return None
