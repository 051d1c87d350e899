"""The events in fixtures/events, each with what is to come of it; found by themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.command import REPOSITORY

FOLDER = REPOSITORY / "fixtures" / "events"


@dataclass(frozen=True)
class Example:
    """One event."""

    name: str
    event: dict[str, Any]
    expected: dict[str, Any]
    page: str
    """AWS's page that shows the form."""
    scenario: str | None = None
    """What AWS knows when it comes."""
    instance_tags: dict[str, str] | None = None

    @property
    def instance_id(self) -> str:
        return str(self.event["detail"]["instance-id"])


def _read(path: Path) -> Example:
    document = json.loads(path.read_text())
    document.pop("about")
    return Example(path.stem, **document)


EXAMPLES = {path.stem: _read(path) for path in sorted(FOLDER.glob("*.json"))}
NAMES = tuple(EXAMPLES)


def with_unknown_members(value: Any, depth: int = 0) -> Any:
    """The same with a member more in every object, as AWS may add some at any time."""
    if isinstance(value, dict):
        more = {"addedByAws": {"since": [2027, None, {"x": True}]}} if depth else {"replay-name": "again"}
        return {**{name: with_unknown_members(v, depth + 1) for name, v in value.items()}, **more}
    return [with_unknown_members(v, depth + 1) for v in value] if isinstance(value, list) else value


def in_sns(event: Any) -> dict[str, Any]:
    """As a subscription hands a message on."""
    return {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:events",
        "Message": event if isinstance(event, str) else json.dumps(event),
        "Timestamp": "2026-11-17T04:28:15.000Z",
    }


def in_sqs(*bodies: Any, receives: int = 1) -> dict[str, Any]:
    """An invocation by a queue; messages are called 0, 1, 2, ..."""
    return {
        "Records": [
            {
                "messageId": str(number),
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": str(receives), "SentTimestamp": "1794880094000"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:events",
                "awsRegion": "eu-west-1",
            }
            for number, body in enumerate(bodies)
        ]
    }
