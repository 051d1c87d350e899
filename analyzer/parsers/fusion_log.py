"""Fusion's own log: JSON lines in `.fusion.log`, and the lines it prints to the task's console.

    {"level":"error","error":"not found","provider_code":"NoSuchKey","provider_http_status":404,"message":"readdir"}
    11:23AM FTL [seqera-fusion] creating data store error="NoCredentialProviders: no valid providers in chain"

Console lines carry `[seqera-fusion]` since 2.4.20 and 2.5.9; those of older versions are told by their form, and very
old ones name a source file (`8:10PM ERR main.go:111 > mount fail error=...`). Source: Seqera's page on Fusion's error
codes, nextflow issues 3514 and 4868.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.evidence.content import Line, iter_lines
from analyzer.evidence.job import text as text_of
from analyzer.evidence.job import whole
from analyzer.frozen import frozen
from analyzer.parsers.log_event import rfc3339
from analyzer.parsers.log_ref import cut

if TYPE_CHECKING:
    from analyzer.evidence.content import Content

MAX_VALUE_CHARACTERS = 1000
NANOSECONDS_PER_MILLISECOND = 1_000_000
_EARLIEST_NANOSECONDS = 10**17
"""Smaller numbers of `time` are seconds or milliseconds, as other versions write them."""
_EARLIEST_MILLISECONDS = 10**11

_LEVELS: Mapping[str, str] = {
    "TRC": "trace",
    "DBG": "debug",
    "INF": "info",
    "WRN": "warn",
    "ERR": "error",
    "FTL": "fatal",
    "PNC": "panic",
}
_KNOWN = frozenset(_LEVELS.values())
_CONSOLE = re.compile(
    r"(?:\x1b\[[0-9;]{0,8}m){0,4}[0-9]{1,2}:[0-9]{2}[AP]M(?:\x1b\[[0-9;]{0,8}m){0,4} "
    r"(?:\x1b\[[0-9;]{0,8}m){0,4}(?P<level>TRC|DBG|INF|WRN|ERR|FTL|PNC)(?:\x1b\[[0-9;]{0,8}m){0,4} "
    r"(?:\[seqera-fusion\] )?(?P<rest>.*)"
)
_SOURCE_FILE = re.compile(r"[a-z0-9_./]{1,60}\.go:[0-9]{1,6} > ")
_ESCAPE = re.compile(r"\x1b\[[0-9;]{0,8}m")
_FIELD = re.compile(
    r'(?:^| )(?P<key>[a-z][a-z0-9_]{0,40})=(?:"(?P<quoted>(?:[^"\\]|\\.){0,1000})"|(?P<plain>[^ "]{1,1000}))'
)
MAX_CONSOLE_CHARACTERS = 8 * 1024


@frozen
class FusionLine:
    """One line of Fusion's."""

    level: str
    """`trace`, `debug`, `info`, `warn`, `error`, `fatal`, `panic`."""
    message: str
    number: int | None
    offset: int
    text: str
    """The line as it stands there, cut."""
    at: str | None = None
    """RFC 3339; None on console lines, which have only a time of day."""
    error: str | None = None
    path: str | None = None
    operation: str | None = None
    error_code: str | None = None
    """Fusion's own category, the same for every cloud: `Forbidden`, `ResourceNotFound`, `RateLimited`, …"""
    provider_code: str | None = None
    """The store's code: `NoSuchKey`, `SlowDown`, …"""
    provider_error: str | None = None
    http_status: int | None = None

    @property
    def is_error(self) -> bool:
        """Whether it is of level error or worse."""
        return self.level in {"error", "fatal", "panic"}


def parse_fusion_line(text: str) -> FusionLine | None:
    """Read one line, JSON or console; None where it is not Fusion's."""
    text = text.strip("\r\n")
    return _json_line(text) if text.lstrip().startswith("{") else _console_line(text)


def iter_fusion_lines(content: Content) -> Iterator[FusionLine]:
    """All lines of a log that are Fusion's, in bounded memory.

    Raises:
        OSError: the bytes cannot be read.
    """
    for line in iter_lines(content):
        if found := parse_fusion_line(line.text):
            yield _placed(found, line)


def _placed(found: FusionLine, line: Line) -> FusionLine:
    return replace(found, number=line.number, offset=line.offset)


def _json_line(text: str) -> FusionLine | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    level = document.get("level") if isinstance(document, dict) else None
    if not isinstance(level, str) or level.lower() not in _KNOWN:
        return None
    return _line(level.lower(), document, text, _time(document.get("time")))


def _console_line(text: str) -> FusionLine | None:
    match = _CONSOLE.match(text)
    if match is None:
        return None
    rest = _SOURCE_FILE.sub("", _ESCAPE.sub("", match["rest"][:MAX_CONSOLE_CHARACTERS]), count=1)
    fields: dict[str, object] = {}
    end = len(rest)
    for field in _FIELD.finditer(rest):
        value = field["plain"] if field["quoted"] is None else field["quoted"].replace('\\"', '"')
        fields.setdefault(field["key"], value)
        end = min(end, field.start())
    fields["message"] = rest[:end].strip()
    return _line(_LEVELS[match["level"]], fields, text, None)


def _line(level: str, fields: Mapping[str, object], text: str, at: str | None) -> FusionLine:
    def value(name: str) -> str | None:
        found = text_of(fields.get(name))
        return found[:MAX_VALUE_CHARACTERS] if found else None

    return FusionLine(
        level=level,
        message=value("message") or "",
        number=None,
        offset=0,
        text=cut(text),
        at=at,
        error=value("error"),
        path=value("path"),
        operation=value("operation"),
        error_code=value("error_code"),
        provider_code=value("provider_code"),
        provider_error=value("provider_error"),
        http_status=whole(fields.get("provider_http_status")),
    )


def _time(value: object) -> str | None:
    """Fusion writes nanoseconds since 1970; seconds, milliseconds and RFC 3339 are understood as well."""
    if isinstance(value, str) and "T" in value:
        return value[:40]
    number = whole(value)
    if number is None or number <= 0:
        return None
    if number >= _EARLIEST_NANOSECONDS:
        return rfc3339(number // NANOSECONDS_PER_MILLISECOND)
    return rfc3339(number if number >= _EARLIEST_MILLISECONDS else number * 1000)
