"""CloudWatch Logs: the end of an attempt's stream, as much as the budget allows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analyzer.evidence.content import MAX_LINE_BYTES, MemoryContent
from analyzer.evidence.job import Attempt, Job, log_group, log_stream_candidates
from analyzer.evidence.model import Gap
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.documents import rfc3339
from analyzer.fetchers.errors import code_of, gap_for, plain_gap
from analyzer.fetchers.found import Found, Source

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

EVENTS_PER_CALL = 10_000
"""GetLogEvents' limit (botocore's service model); a page holds at most 1 MiB, too."""
MAX_PAGES = 1_000
"""A page may be empty without being the last: this ends a stream of nothing but empty pages."""
_OPERATION = "GetLogEvents"


@dataclass(frozen=True)
class Tail:
    """The end of a stream."""

    content: MemoryContent
    complete: bool
    """It starts with the stream's first event."""
    first_timestamp: int | None
    """Epoch milliseconds of the oldest event that is there."""
    cut_by: str = ""
    """Why it is not complete."""


def _line(event: Mapping[str, Any]) -> bytes:
    message, timestamp = event.get("message"), event.get("timestamp")
    message = message if isinstance(message, str) else ""
    while True:
        document = {"timestamp": timestamp if isinstance(timestamp, int) else None, "message": message}
        # a lone surrogate has no UTF-8; its escape is JSON's own
        line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
        if len(line) < MAX_LINE_BYTES:
            return line + b"\n"
        message = message[: len(message) * MAX_LINE_BYTES // (len(line) + 1) - 1]


def newest_within(
    events: Sequence[Mapping[str, Any]], budget: int
) -> tuple[list[bytes], Mapping[str, Any] | None, int]:
    """Lines of the newest events that fit, newest first; the oldest of these; bytes used."""
    lines: list[bytes] = []
    oldest: Mapping[str, Any] | None = None
    used = 0
    for event in reversed(events):
        line = _line(event)
        if used + len(line) > budget:
            break
        lines.append(line)
        oldest, used = event, used + len(line)
    return lines, oldest, used


def read_tail(client: CloudWatchLogsClient, group: str, stream: str, budget: int, deadline: Deadline) -> Tail:
    """Read a stream from its end backwards until it begins, `budget` bytes are had, or there is no time left.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: the first page could not be had. A later one that fails
            leaves what there is.
    """
    newest_first: list[bytes] = []
    used, first, token, cut_by = 0, None, None, "it has more pages than are read"
    seen: set[str] = set()
    before_events: list[Mapping[str, Any]] = []
    for page in range(MAX_PAGES):
        if page and deadline.passed:
            cut_by = "the time limit was reached"
            break
        more: dict[str, Any] = {"nextToken": token} if token else {}
        try:
            answer = client.get_log_events(
                logGroupName=group, logStreamName=stream, startFromHead=False, limit=EVENTS_PER_CALL, **more
            )
        except Exception as error:
            if not page:
                raise
            cut_by = gap_for("", error, _OPERATION).why
            break
        events: list[Mapping[str, Any]] = list(answer["events"])
        if events and events == before_events:
            events = []  # the same page once more
        before_events = events or before_events
        lines, oldest, size = newest_within(events, budget - used)
        newest_first += lines
        used += size
        first = oldest.get("timestamp") if oldest else first
        if len(lines) < len(events):
            cut_by = f"only its last {budget:,} bytes are kept"
            break
        token, before = answer["nextBackwardToken"], token
        if not token or token == before:
            cut_by = ""
            break
        if token in seen:
            cut_by = "its pages came round again"
            break
        seen.add(token)
    newest_first.reverse()
    return Tail(MemoryContent(b"".join(newest_first)), complete=not cut_by, first_timestamp=first, cut_by=cut_by)


def _moment(milliseconds: int) -> str:
    try:
        return rfc3339(datetime.fromtimestamp(milliseconds / 1000, UTC))
    except (OverflowError, OSError, ValueError):
        return "an unknown time"


def _cut_gap(what: str, tail: Tail, attempt: Attempt) -> Gap:
    missing = "its beginning is missing"
    if tail.first_timestamp is not None:
        missing = f"what came before {_moment(tail.first_timestamp)} is missing"
        start, stop = attempt.started_at, attempt.stopped_at
        if start is not None and stop is not None and start < tail.first_timestamp <= stop:
            share = (tail.first_timestamp - start) / (stop - start)
            missing += f", the first {share:.0%} of the attempt's time"
    return Gap(
        what=f"the beginning of {what}",
        why=f"{tail.cut_by}: {missing}",
        matters="an error that was printed early in the attempt is not seen",
    )


def goes_to_cloudwatch(job: Job) -> bool:
    """As far as the job tells where its log goes."""
    return job.main is None or job.main.log_driver in (None, "awslogs")


@dataclass(frozen=True)
class JobLogs:
    """Fetches the logs of one job's attempts."""

    clients: Clients
    region: str | None
    job: Job
    max_bytes: int
    """Kept of each stream."""

    def sources(self, attempts: Iterable[Attempt]) -> tuple[Source, ...]:
        """One source an attempt; a gap alone where the job's log goes elsewhere than CloudWatch."""
        if goes_to_cloudwatch(self.job):
            return tuple(self._source(attempt) for attempt in attempts)
        driver = self.job.main.log_driver if self.job.main else None
        gap = plain_gap("the job's log", f"it goes to the log driver {driver}, not to CloudWatch Logs", _OPERATION)
        return (Source("the job's log", _OPERATION, lambda _: Found(gaps=(gap,))),)

    def _source(self, attempt: Attempt) -> Source:
        return Source(attempt_log(attempt.number), _OPERATION, lambda deadline: self._fetch(attempt, deadline))

    def _fetch(self, attempt: Attempt, deadline: Deadline) -> Found:
        group, streams = log_group(self.job), log_stream_candidates(self.job, attempt)
        client = self.clients.get("logs", self.region)
        for stream in streams:
            try:
                tail = read_tail(client, group, stream, self.max_bytes, deadline)
            except Exception as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
                continue
            gaps = () if tail.complete else (_cut_gap(attempt_log(attempt.number), tail, attempt),)
            return Found(logs={attempt.number: tail.content}, gaps=gaps)
        why = f"the log group {group} has no such stream (any more)" if streams else "Batch names no log stream for it"
        return Found(gaps=(plain_gap(attempt_log(attempt.number), why, _OPERATION),))


def attempt_log(number: int) -> str:
    """How a gap names the log of an attempt."""
    return f"the log of attempt {number}"
