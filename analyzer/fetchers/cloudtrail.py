"""CloudTrail: who ended an instance, and what type it was when ECS and EC2 have forgotten it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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
"""LookupEvents allows two calls a second (botocore's service model)."""
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

    def about(self, question: Question) -> Iterator[Document]:
        """Events that name the instance, as documents; an event may come twice.

        Evictions are events of the service itself and list their instances among the details only, so they are looked
        for by their name, too (EC2 user guide, BidEvictedEvent).

        Raises:
            botocore.exceptions.ClientError, BotoCoreError: CloudTrail refused, or could not be asked.
        """
        start, end = question.stopped - _BEFORE, question.stopped + _AFTER
        if question.type_unknown:
            start = min(start, (question.started or question.stopped) - _LAUNCH)
        evicted = False
        for event in self._pages("ResourceName", question.instance_id, start, end):
            if _names(event, question.instance_id):
                evicted = evicted or event.get("eventName") == _EVICTED
                yield event
        if question.lost and not evicted:
            evictions = self._pages("EventName", _EVICTED, question.stopped - _BEFORE, end)
            yield from (event for event in evictions if _names(event, question.instance_id))

    def _pages(
        self, key: Literal["ResourceName", "EventName"], value: str, start: datetime, end: datetime
    ) -> Iterator[Document]:
        more: dict[str, Any] = {}
        for _ in range(MAX_PAGES):
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
        self.unfinished.append(f"there were more than {MAX_PAGES} pages of events; the older ones were not read")


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
