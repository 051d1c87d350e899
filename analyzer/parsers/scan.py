"""Looks for many texts in a log of any size, in one pass and in bounded memory.

Each text is first looked for as bytes in a whole block, at a gigabyte a second; only lines that hold it are decoded and
confirmed. That is what makes a catalogue of two hundred texts affordable. The log's last lines come from the same pass.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from analyzer.frozen import frozen
from analyzer.parsers.literals import literal_gate
from analyzer.parsers.log_event import lines_of, read_event
from analyzer.parsers.log_ref import cut
from analyzer.parsers.log_regions import (
    MAX_EVENT_BYTES,
    WINDOW_BYTES,
    LogReading,
    Region,
    lines_from_first,
    lines_from_last,
)

if TYPE_CHECKING:
    from analyzer.evidence.content import Content

KEEP_FIRST = 20
KEEP_LAST = 20
MAX_CANDIDATES = 1000
"""Lines tried from each end of one region for one literal: where more hold it, they are very short."""
TRIED_FREELY_BYTES = 128 * 1024 * 1024
"""In a log up to this size no more is spared than that."""
MAX_TRIED = 2**17
"""So many lines of a larger log are tried for one searchable; after that MAX_CANDIDATES in each WAITING_BYTES, from the
end: a literal that stands in every line, without the rest of what is looked for, must not hold up all else."""
WAITING_BYTES = 4 * 1024 * 1024
"""So much is read before the last matches in it are looked for: of a text in every line only a few count."""


class Searchable(Protocol):
    """Something to look for."""

    @property
    def text(self) -> str:
        """A literal that a line must hold."""
        ...

    def search(self, line: str) -> Mapping[str, str] | None:
        """The named parts where the line matches, else None."""
        ...


@frozen
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


@frozen
class TailLine:
    """One of a log's last lines."""

    text: str
    line: int | None
    offset: int
    at: str | None = None


@frozen
class LogFacts:
    """What one reading of a log gave."""

    matches: tuple[Match, ...]
    """In the order of the log; at most the first KEEP_FIRST and last KEEP_LAST of each searchable."""
    last_lines: tuple[TailLine, ...]
    """Those that are not blank, oldest first; of JSON lines, the lines of their messages."""
    spared: tuple[Searchable, ...] = ()
    """What stood in so many lines that some were not tried, though fewer matches than are kept were found."""


@dataclass(eq=False)
class _Kept:
    """The matches of one searchable."""

    searchable: Searchable
    first: list[Match] = field(default_factory=list)
    last: deque[Match] = field(default_factory=lambda: deque(maxlen=KEEP_LAST))
    tried: int = 0
    """How many lines were, for this one."""
    spared: bool = False
    """Lines were not tried that might be among the matches to keep."""

    @property
    def has_first(self) -> bool:
        """Whether the first matches are all there, so that only the last ones count."""
        return len(self.first) >= KEEP_FIRST


_Waiting = list[tuple[_Kept, bytes]]
"""Whose last matches may stand in a region, and its literal there; in the order of looking."""


def read_log(
    content: Content, source: str, searchables: Sequence[Searchable], *, json_lines: bool, last_lines: int = 0
) -> LogFacts:
    """Read a log once: the lines that match, and its last `last_lines` lines.

    With `json_lines` each line is {"timestamp": ms, "message": "..."}: the message is searched, line by line. A line
    that is not such JSON is searched as it stands.

    Raises:
        OSError: the bytes cannot be read.
    """
    reading = LogReading(content, MAX_EVENT_BYTES if json_lines else 2 * WINDOW_BYTES)
    search = _Search(source, searchables, json_lines, content.size)
    for region in reading.regions():
        search.take(region)
    tail = _tail_lines(reading.tail(), last_lines, json_lines) if last_lines > 0 else ()
    return LogFacts(search.matches(), tail, search.spared())


class _Search:
    """The search of one log, region by region."""

    def __init__(self, source: str, searchables: Sequence[Searchable], json_lines: bool, size: int) -> None:
        self._source, self._json_lines = source, json_lines
        self._kept = [_Kept(searchable) for searchable in searchables if searchable.text]
        by_literal: dict[bytes, list[_Kept]] = {}
        for kept in self._kept:
            for literal in _literals(kept.searchable.text, json_lines):
                by_literal.setdefault(literal, []).append(kept)
        self._wanted = tuple(by_literal.items())
        self._gate = literal_gate(tuple(by_literal), size) if by_literal else None
        self._most_tried = MAX_TRIED if size > TRIED_FREELY_BYTES else sys.maxsize
        self._waiting: list[tuple[Region, _Waiting]] = []
        self._waiting_bytes = 0

    def take(self, region: Region) -> None:
        """Search a region, at once for first matches; the last ones wait until it is known whether they are."""
        if self._gate is None:
            return
        waiting: _Waiting = []
        for index in self._gate(region.data):
            literal, wanted = self._wanted[index]
            for kept in wanted:
                if kept.has_first or kept.tried >= self._most_tried:
                    waiting.append((kept, literal))
                else:
                    self._keep(kept, region, literal)
        if waiting:
            self._waiting.append((region, waiting))
            self._waiting_bytes += len(region.data)
            if self._waiting_bytes > WAITING_BYTES:
                self._look_back()

    def matches(self) -> tuple[Match, ...]:
        """What was kept, in the order of the log."""
        self._look_back()
        kept = [match for one in self._kept for match in (*one.first, *one.last)]
        return tuple(sorted(kept, key=lambda match: match.offset))

    def spared(self) -> tuple[Searchable, ...]:
        """What not all lines were tried for; after `matches`."""
        return tuple(kept.searchable for kept in self._kept if kept.spared)

    def _look_back(self) -> None:
        """Find the last matches in the regions that wait, from the end on and no more than are kept."""
        newest: dict[_Kept, list[Match]] = {}
        most = self._most_tried
        tried_before = {kept: kept.tried for _, waiting in self._waiting for kept, _ in waiting if kept.tried >= most}
        for region, waiting in reversed(self._waiting):
            for kept, literal in reversed(waiting):
                found = newest.setdefault(kept, [])
                if len(found) >= KEEP_LAST:
                    continue
                if kept in tried_before and kept.tried - tried_before[kept] >= MAX_CANDIDATES:
                    kept.spared = True
                else:
                    found += self._from_last(kept, region, literal, 0, KEEP_LAST - len(found))
        for kept, found in newest.items():
            kept.last.extend(reversed(found))
        self._waiting, self._waiting_bytes = [], 0

    def _keep(self, kept: _Kept, region: Region, literal: bytes) -> None:
        """Add a region's matches: the first ones until there are enough, then only the region's last ones."""
        floor = tried = 0
        for line in islice(lines_from_first(region.data, literal, self._json_lines), MAX_CANDIDATES):
            floor, tried = line[1], tried + 1
            if match := self._confirm(kept.searchable, region, line):
                kept.first.append(match)
                if kept.has_first:
                    break
        kept.tried += tried
        if kept.has_first or tried == MAX_CANDIDATES:
            kept.last.extend(reversed(self._from_last(kept, region, literal, floor, KEEP_LAST)))

    def _from_last(self, kept: _Kept, region: Region, literal: bytes, floor: int, most: int) -> list[Match]:
        found: list[Match] = []
        lines = lines_from_last(region.data, literal, self._json_lines, floor)
        for line in islice(lines, MAX_CANDIDATES):
            kept.tried += 1
            if match := self._confirm(kept.searchable, region, line):
                found.append(match)
                if len(found) >= most:
                    return found
        kept.spared = kept.spared or next(lines, None) is not None
        return found

    def _confirm(self, searchable: Searchable, region: Region, line: tuple[int, int]) -> Match | None:
        start, end = line
        raw = region.data[start:end]
        at, texts = read_event(raw) if self._json_lines else (None, [raw.decode("utf-8", "replace")])
        for text in texts:
            if (groups := searchable.search(text)) is not None:
                shown = cut(text, text.find(searchable.text))
                number, offset = region.line_number(start), region.offset + start
                return Match(searchable, self._source, shown, groups, number, offset, at)
        return None


def _literals(text: str, json_lines: bool) -> tuple[bytes, ...]:
    """The bytes that a line with the text holds; in JSON, one of two."""
    if not json_lines:
        return (text.encode("utf-8", "replace"),)
    escaped = (json.dumps(text), json.dumps(text, ensure_ascii=False))
    return tuple(dict.fromkeys(form[1:-1].encode("utf-8", "replace") for form in escaped))


def _tail_lines(region: Region, n: int, json_lines: bool) -> tuple[TailLine, ...]:
    found: list[TailLine] = []
    end = len(region.data)
    for raw in reversed(region.data.split(b"\n")):
        start = end - len(raw)
        if raw.strip():
            line, offset = region.line_number(start), region.offset + start
            at, texts = read_event(raw) if json_lines else (None, lines_of(raw.decode("utf-8", "replace")))
            found += (TailLine(cut(text), line, offset, at) for text in reversed(texts) if text.strip())
            if len(found) >= n:
                break
        end = start - 1
    return tuple(reversed(found[:n]))
