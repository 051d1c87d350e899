"""API responses made ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from analyzer.evidence.model import Document

_DROPPED = "ResponseMetadata"


def rfc3339(moment: datetime) -> str:
    """In UTC, with milliseconds only where there are any; a time without a zone is taken for UTC."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def plain(value: object) -> Any:
    """The same value from nothing but JSON's types: times as RFC 3339, bytes as text, no response metadata."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items() if k != _DROPPED}
    if isinstance(value, (list, tuple, set)):
        return [plain(v) for v in value]
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def plain_all(values: Iterable[object]) -> tuple[Document, ...]:
    """The objects among `values`, made ready for JSON."""
    return tuple(plain(v) for v in values if isinstance(v, Mapping))
