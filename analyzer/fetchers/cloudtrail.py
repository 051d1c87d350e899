"""CloudTrail: who ended an instance, and what type it was when ECS and EC2 have forgotten it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from analyzer.evidence.job import items, mapping, text
from analyzer.evidence.model import Document
from analyzer.fetchers.deadline import Deadline, Pacer
from analyzer.fetchers.documents import plain

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

SECONDS_BETWEEN_CALLS = 0.5
CALLS_AT_ONCE = 2
"""LookupEvents allows two calls a second (botocore's service model): two may go at once, four not within a second."""
MAX_PAGES = 4
"""Pages of 50 events read for one question."""
_BEFORE, _AFTER = timedelta(hours=1), timedelta(minutes=30)
"""Around an attempt's stop: Batch may notice some minutes late that a host is gone."""
_LAUNCH = timedelta(days=3)
"""How long before an attempt its instance may have been launched."""
_EVICTED = "BidEvictedEvent"


@dataclass(frozen=True)
class Question:
    """What to ask about one instance."""

    instance_id: str
    stopped: datetime
    """When the attempt on it ended."""
    started: datetime | None
    """When that attempt began."""
    lost: bool
    """It went away: by whom?"""
    type_unknown: bool
    """Its launch would tell its type."""


def moment(milliseconds: int | None) -> datetime | None:
    """Epoch milliseconds as a time, or None where they are no time."""
    try:
        return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _inner(event: Document) -> Document | None:
    """The event's own document, which CloudTrail packs as text."""
    try:
        parsed = json.loads(text(event.get("CloudTrailEvent")) or "")
    except (ValueError, RecursionError):
        return None
    return plain(parsed) if isinstance(parsed, dict) else None


def _names(event: Document, instance_id: str) -> bool:
    return instance_id in json.dumps(event)


@dataclass(frozen=True)
class Lookup:
    """LookupEvents, at the pace that it allows."""

    client: CloudTrailClient
    pacer: Pacer
    deadline: Deadline
    unfinished: list[str] = field(default_factory=list)
    """Why events were left unread, once for each time."""

    def about(self, questions: Iterable[Question]) -> Iterator[Document]:
        """Events that name the instances, as documents; an event may come twice.

        In the order that takes the fewest calls: launches, whose answers may tell of the end as well; evictions, one
        question for all instances that were lost at about the same time; then what else befell those that nobody
        evicted. Evictions are looked for by their name, since they are events of the service itself and list their
        instances among the details only (EC2 user guide, BidEvictedEvent).

        Raises:
            botocore.exceptions.ClientError, BotoCoreError: CloudTrail refused, or could not be asked.
        """
        asked = tuple(questions)
        evicted: set[str] = set()
        for question in asked:
            if question.type_unknown:
                yield from self._by_instance(question, evicted)
        lost = [q for q in asked if q.lost and q.instance_id not in evicted]
        for together in _overlapping(lost):
            yield from self._evictions(together, evicted)
        for question in lost:
            if question.instance_id not in evicted and not question.type_unknown:
                yield from self._by_instance(question, evicted)

    def _by_instance(self, question: Question, evicted: set[str]) -> Iterator[Document]:
        start, end = _window(question)
        if question.type_unknown:
            start = min(start, (question.started or question.stopped) - _LAUNCH)
        for event in self._pages("ResourceName", question.instance_id, start, end, MAX_PAGES):
            if _names(event, question.instance_id):
                if event.get("eventName") == _EVICTED:
                    evicted.add(question.instance_id)
                yield event

    def _evictions(self, questions: Sequence[Question], evicted: set[str]) -> Iterator[Document]:
        """Of any of the instances, until all are found."""
        left = {question.instance_id for question in questions}
        windows = [_window(question) for question in questions]
        start, end = min(start for start, _ in windows), max(end for _, end in windows)
        for event in self._pages("EventName", _EVICTED, start, end, MAX_PAGES * len(questions)):
            if named := {instance_id for instance_id in left if _names(event, instance_id)}:
                evicted |= named
                left -= named
                yield event
            if not left:
                return

    def _pages(
        self, key: Literal["ResourceName", "EventName"], value: str, start: datetime, end: datetime, most: int
    ) -> Iterator[Document]:
        more: dict[str, Any] = {}
        for _ in range(most):
            self.pacer.wait(self.deadline)
            if self.deadline.passed:
                self.unfinished.append("the time limit was reached before all was asked")
                return
            answer = self.client.lookup_events(
                LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], StartTime=start, EndTime=end, **more
            )
            yield from (inner for event in items(answer.get("Events")) if (inner := _inner(event)) is not None)
            token = answer.get("NextToken")
            if not token or token == more.get("NextToken"):
                return
            more = {"NextToken": token}
        self.unfinished.append(f"there were more than {most} pages of events; the older ones were not read")


def _window(question: Question) -> tuple[datetime, datetime]:
    return question.stopped - _BEFORE, question.stopped + _AFTER


def _overlapping(questions: Iterable[Question]) -> list[list[Question]]:
    """Questions whose windows touch, together: events of one are not read again for the next."""
    groups: list[list[Question]] = []
    for question in sorted(questions, key=lambda q: q.stopped):
        if groups and _window(question)[0] <= _window(groups[-1][-1])[1]:
            groups[-1].append(question)
        else:
            groups.append([question])
    return groups


def without_repeats(events: Iterable[Document]) -> tuple[Document, ...]:
    """Each event once, oldest first."""
    by_id: dict[str, Document] = {}
    for event in events:
        by_id.setdefault(text(event.get("eventID")) or json.dumps(event, sort_keys=True), event)
    return tuple(sorted(by_id.values(), key=lambda e: text(e.get("eventTime")) or ""))


def launched_types(events: Iterable[Document]) -> dict[str, str]:
    """Instance id -> type, from launches (`RunInstances`, and `CreateFleet` where it answers in the same shape)."""
    types: dict[str, str] = {}
    for event in events:
        answer = mapping(event.get("responseElements"))
        for member in (answer, mapping(answer.get("CreateFleetResponse"))):
            for one in items(mapping(member.get("instancesSet")).get("items")):
                instance_id, instance_type = text(one.get("instanceId")), text(one.get("instanceType"))
                if instance_id and instance_type:
                    types[instance_id] = instance_type
    return types
