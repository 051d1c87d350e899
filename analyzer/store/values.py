"""Rows -> columns that Parquet can hold, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from analyzer.fleet.row import Row
from analyzer.store.schema import (
    COLUMNS,
    EMPTY,
    NUMBER,
    REQUIRED,
    TEXT,
    TEXTS,
    TIME,
    WHOLE,
    YES_NO,
    arrow_schema,
    arrow_type,
)

if TYPE_CHECKING:
    import pyarrow as pa

UNKNOWN = "unknown"
LONGEST_TEXT = 4096
"""Characters; longer text is cut."""
LONGEST_QUEUE = 128
"""Characters, Batch's own limit."""
MOST_TEXTS = 64
"""Of a list."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY_LENGTH = len("2026-11-21")
_LARGEST = 2**63
_ANY_VALUE = frozenset({NUMBER, YES_NO})
"""Columns that hold whatever Python's own type does."""


def normal(row: Row) -> Row:
    """The row as it reads back: no text that UTF-8 cannot hold, no number too large, times to the millisecond in UTC.

    Raises:
        ValueError: `diagnosed_at` is no time.
    """
    changes: dict[str, Any] = {}
    for name, kind in COLUMNS.items():
        value = getattr(row, name)
        if value is None or kind in _ANY_VALUE or value == () or (kind == TEXT and _is_plain(value)):
            continue
        if (better := _normal_value(value, kind)) != value:
            changes[name] = EMPTY.get(kind) if better is None and name in REQUIRED else better
    day, queue = _day(row.day), (_text(row.queue) or UNKNOWN)[:LONGEST_QUEUE]
    if (day, queue) != (row.day, row.queue):
        changes |= {"day": day, "queue": queue}
    if changes.get("diagnosed_at", row.diagnosed_at) is None:
        raise ValueError(f"diagnosed_at is no RFC 3339 time: {row.diagnosed_at!r}")
    return replace(row, **changes) if changes else row


def _normal_value(value: Any, kind: str) -> Any:
    if kind == TEXT:
        return _text(value)
    if kind == TEXTS:
        return tuple(_text(one) for one in value[:MOST_TEXTS])
    if kind == TIME:
        count = milliseconds(value)
        return None if count is None else _rfc3339(count)
    if kind == WHOLE:
        return value if -_LARGEST <= value < _LARGEST else None
    return value


def _is_plain(value: str) -> bool:
    return len(value) <= LONGEST_TEXT and value.isascii()


def _text(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        value = value[: LONGEST_TEXT - 3] + "..."
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat() if len(value) == _DAY_LENGTH else UNKNOWN
    except ValueError:
        return UNKNOWN


def milliseconds(value: str) -> int | None:
    """Since the epoch, of an RFC 3339 time; None where it is none. Without a zone it is taken as UTC."""
    try:
        when = datetime.fromisoformat(value)
        return ((when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC) - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None


def _rfc3339(count: int) -> str:
    when = _EPOCH + count * _MILLISECOND
    return when.isoformat(timespec="milliseconds" if count % 1000 else "seconds").replace("+00:00", "Z")


def table_of(rows: Sequence[Row]) -> pa.Table:
    """A table of normal rows."""
    import pyarrow as pa

    columns = []
    for name, kind in COLUMNS.items():
        values: list[Any] = [getattr(row, name) for row in rows]
        if kind == TIME:
            values = [None if value is None else milliseconds(value) for value in values]
            columns.append(pa.array(values, pa.int64()).cast(arrow_type(kind)))
        else:
            columns.append(pa.array(values, arrow_type(kind)))
    return pa.Table.from_arrays(columns, schema=arrow_schema())


def rows_of_batch(batch: pa.RecordBatch, day: str, queue: str) -> Iterator[Row]:
    """The rows of a batch; columns that are not there read as null.

    Raises:
        pyarrow.ArrowException: a column has another type, and values that do not fit.
    """
    there = set(batch.schema.names)
    members: dict[str, Sequence[Any]] = {"day": [day] * len(batch), "queue": [queue] * len(batch)}
    for name, kind in COLUMNS.items():
        members[name] = _values(batch.column(name), kind) if name in there else [None] * len(batch)
        if name in REQUIRED and None in members[name]:
            members[name] = [EMPTY.get(kind) if value is None else value for value in members[name]]
    ordered = [members[name] for name in Row.__dataclass_fields__]
    return (Row(*values) for values in zip(*ordered, strict=True))


def _values(column: pa.Array[Any], kind: str) -> Sequence[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = arrow_type(kind)
    array: Any = column if column.type == wanted else column.cast(wanted, safe=kind != TIME)
    if array.null_count == len(array):
        return [None] * len(array)
    if kind == TEXTS:
        return [None if value is None else tuple(one or "" for one in value) for value in array.to_pylist()]
    if kind == TIME:
        # as text in one go; the zone is left off as its names may not be on this machine
        plain = array.view(pa.int64()).view(pa.timestamp("ms"))
        array = pc.replace_substring(pc.strftime(plain, format="%Y-%m-%dT%H:%M:%SZ"), ".000Z", "Z")
    if array.null_count and kind in {WHOLE, NUMBER}:
        there = array.is_valid().to_numpy(zero_copy_only=False).tolist()
        filled = pc.fill_null(array, pa.scalar(0, wanted)).to_numpy(zero_copy_only=False).tolist()
        return [value if known else None for value, known in zip(filled, there, strict=True)]
    values: list[Any] = array.to_numpy(zero_copy_only=False).tolist()
    return values
