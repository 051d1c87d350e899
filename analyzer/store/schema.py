"""The table `fsnap-rows/1`: a column for each member of Row, but `day` and `queue`, which the folders' names hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "fsnap-rows/1"
FORMAT_KEY = b"fsnap.schema"
"""Of the file's key-value metadata."""
TEXT, WHOLE, NUMBER, YES_NO, TIME, TEXTS = "string", "int64", "double", "bool", "timestamp[ms, UTC]", "list<string>"
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "job_id": TEXT,
        "region": TEXT,
        "job_name": TEXT,
        "run": TEXT,
        "process": TEXT,
        "task": TEXT,
        "status": TEXT,
        "exit_code": WHOLE,
        "attempts": WHOLE,
        "created_at": TIME,
        "stopped_at": TIME,
        "vcpus": NUMBER,
        "memory_requested_bytes": WHOLE,
        "memory_peak_bytes": WHOLE,
        "workdir": TEXT,
        "cause": TEXT,
        "rule": TEXT,
        "confidence": TEXT,
        "title": TEXT,
        "summary": TEXT,
        "owner": TEXT,
        "fingerprint": TEXT,
        "quote": TEXT,
        "quote_source": TEXT,
        "quote_line": WHOLE,
        "survived": YES_NO,
        "looked_at": TEXT,
        "gaps": TEXTS,
        "advice": TEXT,
        "advice_kind": TEXT,
        "proposed_memory_bytes": WHOLE,
        "proposed_instance_types": TEXTS,
        "attempt": WHOLE,
        "is_last": YES_NO,
        "started_at": TIME,
        "ended_at": TIME,
        "seconds": NUMBER,
        "instance_type": TEXT,
        "instance_id": TEXT,
        "lifecycle": TEXT,
        "attempt_exit_code": WHOLE,
        "attempt_cause": TEXT,
        "host_lost": YES_NO,
        "saved_seconds": NUMBER,
        "lost_seconds": NUMBER,
        "dump_seconds": NUMBER,
        "dump_completed": YES_NO,
        "dump_bytes": WHOLE,
        "predump_count": WHOLE,
        "restore_seconds": NUMBER,
        "restore_completed": YES_NO,
        "window_seconds": NUMBER,
        "cost_usd": NUMBER,
        "diagnosed_at": TIME,
        "tool_version": TEXT,
    }
)
"""Column -> its type, in the order of the file."""
REQUIRED = frozenset(
    {
        *("job_id", "attempts", "cause", "confidence", "title", "summary", "owner", "fingerprint", "survived"),
        *("looked_at", "gaps", "proposed_instance_types", "attempt", "is_last", "host_lost", "saved_seconds"),
        *("lost_seconds", "predump_count", "diagnosed_at", "tool_version"),
    }
)
"""Never null."""
ESSENTIAL = frozenset({"job_id", "attempt", "is_last", "cause", "diagnosed_at"})
"""A file without one of these is none of ours; any other column that is missing reads as null."""
EMPTY: Mapping[str, object] = MappingProxyType({TEXT: "", WHOLE: 0, NUMBER: 0.0, YES_NO: False, TEXTS: ()})
"""What stands for null where Row knows none: in old files that lack a required column."""


def arrow_type(kind: str) -> pa.DataType:
    """pyarrow's type of a column's type."""
    import pyarrow as pa

    types: dict[str, pa.DataType] = {
        TEXT: pa.string(),
        WHOLE: pa.int64(),
        NUMBER: pa.float64(),
        YES_NO: pa.bool_(),
        TIME: pa.timestamp("ms", tz="UTC"),
        TEXTS: pa.list_(pa.field("element", pa.string(), nullable=False)),
    }
    return types[kind]


def can_hold(found: pa.DataType, kind: str) -> bool:
    """Whether a column of that type can be read as the kind: other programs write other widths of the same."""
    import pyarrow as pa
    import pyarrow.types as t

    if t.is_dictionary(found):
        found = found.value_type
    if kind == TEXTS:
        inner = cast("pa.ListType[Any]", found).value_type if t.is_list(found) or t.is_large_list(found) else pa.null()
        return bool(t.is_string(inner) or t.is_large_string(inner))
    checks = {
        TEXT: (t.is_string, t.is_large_string),
        WHOLE: (t.is_integer,),
        NUMBER: (t.is_floating, t.is_integer),
        YES_NO: (t.is_boolean,),
        TIME: (t.is_timestamp,),
    }
    return any(check(found) for check in checks[kind])


def arrow_schema() -> pa.Schema:
    """The file's schema, with the format in its metadata."""
    import pyarrow as pa

    fields = [pa.field(name, arrow_type(kind), nullable=name not in REQUIRED) for name, kind in COLUMNS.items()]
    return pa.schema(fields, metadata={FORMAT_KEY: FORMAT.encode()})
