"""What an invocation brings: one event, or the records of SQS or SNS that hold events. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.events.parse import Ignored, Parsed, SpotWarning, parse
from analyzer.evidence.job import items, mapping, text, whole

_LAST = 9
_URGENCY = {"RUNNABLE": 1, "STARTING": 1, "RUNNING": 1, "FAILED": 2, "SUCCEEDED": 3}


@dataclass(frozen=True)
class Record:
    """One event, and where it came from."""

    payload: object
    """As `parse` takes it."""
    message_id: str | None = None
    """SQS's; None: it came without a queue."""
    receives: int = 1
    """How often the queue has handed it out, this time included."""


def records_of(event: object) -> tuple[Record, ...]:
    """The records of an invocation, the most urgent first.

    An interruption warning comes before all others, since EC2 knows the instance for about an hour more; then what
    is told of hosts that were lost, then failures, then jobs that went well.
    """
    records = _records(event)
    if len(records) == 1:
        return records
    # each is read twice, so that no more than one is in memory as a document
    urgency = [urgency_of(parse(record.payload)) for record in records]
    return tuple(records[n] for n in sorted(range(len(records)), key=lambda n: urgency[n]))


def _records(event: object) -> tuple[Record, ...]:
    listed = event.get("Records") if isinstance(event, Mapping) and "detail-type" not in event else None
    if not isinstance(listed, Sequence) or isinstance(listed, (str, bytes)):
        return (Record(event),)
    return tuple(map(_record, listed))


def _record(record: Any) -> Record:
    document = mapping(record)
    if sns := mapping(document.get("Sns")):
        return Record(sns.get("Message"))
    receives = whole(mapping(document.get("attributes")).get("ApproximateReceiveCount"))
    return Record(document.get("body"), text(document.get("messageId")), max(1, receives or 1))


def urgency_of(parsed: Parsed) -> int:
    """The lower, the sooner."""
    if isinstance(parsed, SpotWarning):
        return 0
    return _LAST if isinstance(parsed, Ignored) else _URGENCY.get(parsed.status, _LAST)


def is_from_queue(event: object) -> bool:
    """It came from SQS, which wants to be told what failed."""
    first = next(iter(items(mapping(event).get("Records"))), None)
    return first is not None and "Sns" not in first
