"""Looks for many texts in a log of any size, in one pass and in bounded memory.

Each text is first looked for as bytes in a whole block, at some gigabytes a second; only lines that hold it are decoded
and confirmed. That is what makes a catalogue of two hundred texts affordable.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from analyzer.evidence.job import text as text_of
from analyzer.evidence.job import whole
from analyzer.parsers.log_ref import cut

if TYPE_CHECKING:
    from analyzer.evidence.content import Content

KEEP_FIRST = 20
KEEP_LAST = 20
MAX_CANDIDATES = 1000
"""Lines tried from each end of one block for one literal: where more hold it, they are very short."""
WINDOW_BYTES = 4 * 1024
"""How much of an overlong line is seen before and after a literal."""
MAX_EVENT_BYTES = 2 * 1024 * 1024
"""A JSON line that is longer is read as plain text (CloudWatch events hold one mebibyte at most)."""
HEAD_BYTES = 32 * 1024 * 1024
LAST_BYTES = 96 * 1024 * 1024
"""Of a log larger than both together only the two ends are searched: what ended a task stands at its log's end."""
TAIL_BYTES = 512 * 1024
"""The last lines are looked for in as much of a log's end."""
_LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999, which is as far as a datetime goes."""


class Searchable(Protocol):
    """Something to look for."""

    @property
    def text(self) -> str:
        """A literal that a line must hold."""
        ...

    def search(self, line: str) -> Mapping[str, str] | None:
        """The named parts where the line matches, else None."""
        ...


@dataclass(frozen=True)
class Match:
    """A line that matches."""

    searchable: Searchable
    source: str
    text: str
    """The line, cut around the literal."""
    groups: Mapping[str, str]
    line: int | None
    """From 1; None after a part that was left out. Of JSON lines: the event's number."""
    offset: int
    """Bytes from the start of the original, of the line."""
    at: str | None = None
    """RFC 3339, of JSON lines with a timestamp."""


@dataclass(frozen=True)
class TailLine:
    """One of a log's last lines."""

    text: str
    line: int | None
    offset: int
    at: str | None = None


@dataclass
class _Region:
    """Whole lines of a log, and where they stand."""

    data: bytes
    offset: int
    first_line: int | None

    def line_number(self, index: int) -> int | None:
        return None if self.first_line is None else self.first_line + self.data.count(b"\n", 0, index)


@dataclass
class _Kept:
    """The matches of one searchable."""

    searchable: Searchable
    first: list[Match] = field(default_factory=list)
    last: deque[Match] = field(default_factory=lambda: deque(maxlen=KEEP_LAST))


def scan(content: Content, source: str, searchables: Sequence[Searchable], json_lines: bool) -> Iterator[Match]:
    """Yield matches in the order of the log; at most the first KEEP_FIRST and last KEEP_LAST of each searchable.

    With `json_lines` each line is {"timestamp": ms, "message": "..."}: the message is searched, line by line. A line
    that is not such JSON is searched as it stands. Of a log larger than HEAD_BYTES and LAST_BYTES together the
    middle is passed over; its lines are still counted.

    Raises:
        OSError: the bytes cannot be read.
    """
    kept = [_Kept(searchable) for searchable in searchables if searchable.text]
    by_gate: dict[bytes, list[_Kept]] = {}
    for one in kept:
        for gate in _gates(one.searchable.text, json_lines):
            by_gate.setdefault(gate, []).append(one)
    for region in _regions(content, MAX_EVENT_BYTES if json_lines else 2 * WINDOW_BYTES):
        if _in_the_middle(content, region):
            continue
        for gate, wanted in by_gate.items():
            if gate in region.data:
                for one in wanted:
                    _keep(one, region, gate, source, json_lines)
    matches = [match for one in kept for match in (*one.first, *one.last)]
    yield from sorted(matches, key=lambda match: match.offset)


def left_unsearched(content: Content) -> int:
    """Bytes in the middle of a log that `scan` passes over."""
    return max(0, content.size - HEAD_BYTES - LAST_BYTES)


def _in_the_middle(content: Content, region: _Region) -> bool:
    end = region.offset + len(region.data)
    return region.offset >= HEAD_BYTES and end <= content.size - LAST_BYTES


def tail_lines(content: Content, n: int, json_lines: bool = False) -> tuple[TailLine, ...]:
    """The last `n` lines that are not blank, oldest first; of JSON lines, the lines of their messages.

    Raises:
        OSError: the bytes cannot be read.
    """
    region = _tail_region(content)
    result: deque[TailLine] = deque(maxlen=max(n, 0))
    start = 0
    for raw in region.data.split(b"\n"):
        if raw.strip():
            line, offset = region.line_number(start), region.offset + start
            at, texts = _event(raw) if json_lines else (None, _split(raw.decode("utf-8", "replace")))
            result.extend(TailLine(cut(text), line, offset, at) for text in texts if text.strip())
        start += len(raw) + 1
    return tuple(result)


def rfc3339(milliseconds: object) -> str | None:
    """An epoch time in milliseconds as RFC 3339 in UTC, or None where it is no such time."""
    value = whole(milliseconds)
    if value is None or not 0 < value <= _LATEST_MS:
        return None
    seconds, rest = divmod(value, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def _gates(literal: str, json_lines: bool) -> set[bytes]:
    if not json_lines:
        return {literal.encode("utf-8", "replace")}
    escaped = (json.dumps(literal), json.dumps(literal, ensure_ascii=False))
    return {form[1:-1].encode("utf-8", "replace") for form in escaped}


def _regions(content: Content, longest: int) -> Iterator[_Region]:
    """Whole lines at a time; a line longer than `longest` is cut, its pieces overlapping by WINDOW_BYTES."""
    carry, carry_offset, number, expected = b"", 0, 1, 0
    known = True
    for offset, block in content.blocks():
        if offset != expected:
            if carry:
                yield _Region(carry, carry_offset, number if known else None)
            carry, carry_offset, known = b"", offset, False
        expected = offset + len(block)
        data = carry + block
        end = data.rfind(b"\n") + 1
        if len(data) - end > longest:
            yield _Region(data, carry_offset, number if known else None)
            end = len(data) - WINDOW_BYTES
        elif end:
            yield _Region(data[:end], carry_offset, number if known else None)
        number += data.count(b"\n", 0, end)
        carry, carry_offset = data[end:], carry_offset + end
    if carry:
        yield _Region(carry, carry_offset, number if known else None)


def _bounds(data: bytes, index: int, length: int, json_lines: bool) -> tuple[int, int]:
    """Start and end of the line that holds the literal at `index`; of an overlong line, of a window in it."""
    window = MAX_EVENT_BYTES if json_lines else WINDOW_BYTES
    start = max(data.rfind(b"\n", max(0, index - window), index) + 1, index - window, 0)
    end = data.find(b"\n", index, index + length + window)
    end = min(index + length + window, len(data)) if end < 0 else end
    if not json_lines:  # progress bars write their lines over one another
        start = max(start, data.rfind(b"\r", start, index) + 1)
        carriage = data.find(b"\r", index, end)
        end = end if carriage < 0 else carriage
    return start, end


def _forward(data: bytes, gate: bytes, json_lines: bool) -> Iterator[tuple[int, int]]:
    """The lines that hold the literal, from the first on."""
    index = data.find(gate)
    while index >= 0:
        start, end = _bounds(data, index, len(gate), json_lines)
        yield start, end
        index = data.find(gate, max(end, index + len(gate)))


def _backward(data: bytes, gate: bytes, json_lines: bool, floor: int) -> Iterator[tuple[int, int]]:
    """The lines that hold the literal, from the last on, down to `floor`."""
    index = data.rfind(gate, floor)
    while index >= 0:
        start, end = _bounds(data, index, len(gate), json_lines)
        yield max(start, floor), end
        index = data.rfind(gate, floor, max(min(start, index), floor))


def _keep(kept: _Kept, region: _Region, gate: bytes, source: str, json_lines: bool) -> None:
    """Add a region's matches: the first ones until there are enough, then only the region's last ones."""
    floor = 0
    if len(kept.first) < KEEP_FIRST:
        lines = list(islice(_forward(region.data, gate, json_lines), MAX_CANDIDATES))
        for line in lines:
            floor = line[1]
            if match := _confirm(kept.searchable, region, line, source, json_lines):
                kept.first.append(match)
                if len(kept.first) >= KEEP_FIRST:
                    break
        if len(kept.first) < KEEP_FIRST and len(lines) < MAX_CANDIDATES:
            return
    newest: list[Match] = []
    for line in islice(_backward(region.data, gate, json_lines, floor), MAX_CANDIDATES):
        if match := _confirm(kept.searchable, region, line, source, json_lines):
            newest.append(match)
            if len(newest) >= KEEP_LAST:
                break
    kept.last.extend(reversed(newest))


def _confirm(
    searchable: Searchable, region: _Region, line: tuple[int, int], source: str, json_lines: bool
) -> Match | None:
    start, end = line
    raw = region.data[start:end]
    at, texts = _event(raw) if json_lines else (None, [raw.decode("utf-8", "replace")])
    for text in texts:
        if (groups := searchable.search(text)) is not None:
            shown = cut(text, text.find(searchable.text))
            return Match(searchable, source, shown, groups, region.line_number(start), region.offset + start, at)
    return None


def _event(raw: bytes) -> tuple[str | None, list[str]]:
    """The time and the message's lines of one JSON line; of anything else, the line itself."""
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        return None, _split(raw.decode("utf-8", "replace"))
    return rfc3339(event.get("timestamp")), _split(text_of(event.get("message")) or "")


def _split(text: str) -> list[str]:
    return [line for part in text.split("\n") for line in part.split("\r")]


def _tail_region(content: Content) -> _Region:
    """The log's end, from the start of a line on where that is within TAIL_BYTES."""
    data, offset, number, known, expected = b"", 0, 1, True, 0
    for block_offset, block in content.blocks():
        if block_offset != expected:
            data, offset, known = b"", block_offset, False
        expected = block_offset + len(block)
        data += block
        if len(data) > TAIL_BYTES:
            drop = len(data) - TAIL_BYTES
            newline = data.find(b"\n", drop)
            drop = drop if newline < 0 else newline + 1
            number += data.count(b"\n", 0, drop)
            data, offset = data[drop:], offset + drop
    return _Region(data, offset, number if known else None)
