"""Events of CloudWatch as a log's JSON lines, `{"timestamp": ms, "message": "..."}`: their time, and their lines."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from analyzer.evidence.job import text, whole

_LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999, which is as far as a datetime goes."""


def read_event(raw: bytes) -> tuple[str | None, list[str]]:
    """The time and the message's lines of one JSON line; of anything else, the line itself."""
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        return None, lines_of(raw.decode("utf-8", "replace"))
    return rfc3339(event.get("timestamp")), lines_of(text(event.get("message")) or "")


def lines_of(message: str) -> list[str]:
    """The lines of a text; progress bars write theirs over one another, with carriage returns."""
    return [line for part in message.split("\n") for line in part.split("\r")]


def rfc3339(milliseconds: object) -> str | None:
    """An epoch time in milliseconds as RFC 3339 in UTC, or None where it is no such time."""
    value = whole(milliseconds)
    if value is None or not 0 < value <= _LATEST_MS:
        return None
    seconds, rest = divmod(value, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
