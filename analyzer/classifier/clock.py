"""Times as the services write them, turned into one form. Nothing here asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime


def from_milliseconds(value: int | None) -> str | None:
    """Epoch milliseconds as RFC 3339 in UTC; None where it is none, or outside the calendar."""
    if value is None:
        return None
    try:
        moment = datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds" if value % 1000 else "seconds").replace("+00:00", "Z")


def to_milliseconds(value: object) -> int | None:
    """RFC 3339 (or ISO 8601 with an offset) as epoch milliseconds; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return int(moment.timestamp() * 1000)
    except (OverflowError, ValueError):
        return None
