"""API responses made ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from analyzer.evidence.model import Document

MAX_DEPTH = 100
"""No answer of AWS's nests a tenth as deep; what lies deeper is left out."""
_DROPPED = "ResponseMetadata"


def rfc3339(moment: datetime) -> str:
    """In UTC, with milliseconds only where there are any; a time without a zone is taken for UTC."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def plain(value: object, depth: int = 0) -> Any:
    """The same value from nothing but JSON's types: times as RFC 3339, bytes as text, no response metadata."""
    if isinstance(value, (Mapping, list, tuple, set)):
        return None if depth > MAX_DEPTH else _plain_all_of(value, depth + 1)
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _plain_all_of(value: Mapping[Any, Any] | Iterable[Any], depth: int) -> Any:
    if isinstance(value, Mapping):
        return {str(k): plain(v, depth) for k, v in value.items() if k != _DROPPED}
    return [plain(v, depth) for v in value]


def plain_all(values: Iterable[object]) -> tuple[Document, ...]:
    """The objects among `values`, made ready for JSON."""
    return tuple(plain(v) for v in values if isinstance(v, Mapping))
