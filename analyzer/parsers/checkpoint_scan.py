"""Finds the few telling lines of a checkpoint log, block by block: most are passed over without being split off."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from analyzer.evidence.content import MAX_LINE_BYTES, Content
from analyzer.parsers.checkpoint_lines import LogLine, LogProblem, read_line, read_problem, seconds_of
from analyzer.parsers.literals import Gate, literal_gate, plain_gate
from analyzer.parsers.page_ranges import PAGE, RANGE_MARKS, PageRanges, ranges_one_by_one, reader_of_ranges

FIRST_PROBLEMS = 200
LAST_PROBLEMS = 50
MAX_NOTES = 80
MAX_PREFIX_BYTES = 60
"""Time stamp and process before the level of a line."""
MAX_KEY_BYTES = 4000
"""So much of a line tells whether it is like the one before."""
PROBLEM_BUDGET = NOTE_BUDGET = 20_000
"""So many lines are looked at one by one; of a log with more only the last ones of each block."""
MAX_SAMPLES = 256
LOOP_READS = 20
"""Reads of nothing in one log from which on the restorer counts as caught in a loop."""

_PROBLEM, _SUCCESS, _DIED, _NOTE = range(4)
_NEEDLES = (
    (b"Error (", _PROBLEM),
    (b"Warn  (", _PROBLEM),
    (b" finished successfully", _SUCCESS),
    (b"Trimmed message received", _DIED),
    (b".img image", _NOTE),
    (b"Can't connect to server", _NOTE),
    (b"(flock)flag: ", _NOTE),
    (b"Will do snapshot from ", _NOTE),
    (b"No parent images directory provided", _NOTE),
    (b"capability: ", _NOTE),
)
_EMPTY_READ = b"`- returned 0\n"
_SUCCESS_LINE = re.compile(rb"\(\d{2,7}\.\d{4,6}\) (?:Dumping|Pre-dumping|Restore) finished successfully")
_STAMP = re.compile(rb"(?:^|\n)\((\d{2,7})\.(\d{4,6})\) ")
_TIME = re.compile(rb"^\(\d{2,7}\.\d{4,6}\) ?")
_DIGITS = re.compile(rb"0x[0-9a-f]+|\d+")
_MARKS = (*(needle for needle, _ in _NEEDLES), _EMPTY_READ, *RANGE_MARKS)
_EMPTY_READ_INDEX = len(_NEEDLES)
"""Where the marks that are no needles begin."""
_LAST_LINE_BYTES = 16 * 1024
"""A block's last line is looked for in so much of its end first."""


@dataclass
class Scan:
    """What one pass over a log gathers; bounded, whatever the log's size."""

    source: str
    head: bytes = b""
    """The first block, for what stands at the beginning."""
    lines: int = 0
    timed: bool = False
    first_seconds: float | None = None
    last_seconds: float | None = None
    has_nul: bool = False
    has_gap: bool = False
    ends_mid_line: bool = False
    success: LogLine | None = None
    died: LogLine | None = None
    first_line: LogLine | None = None
    last_line: LogLine | None = None
    notes: list[LogLine] = field(default_factory=list)
    first_problems: list[LogProblem] = field(default_factory=list)
    last_problems: deque[tuple[int | None, bytes, int]] = field(default_factory=lambda: deque(maxlen=LAST_PROBLEMS))
    problems_seen: int = 0
    empty_reads: int = 0
    looping: LogLine | None = None
    pages: int = 0
    parent_pages: int = 0
    samples: list[tuple[float, int]] = field(default_factory=list)
    _run_key: bytes = b""
    _run: tuple[int | None, bytes, int] | None = None
    _number: int | None = 1
    _sample_every: int = 1
    _sample_count: int = 0
    _problem_budget: int = PROBLEM_BUDGET
    _note_budget: int = NOTE_BUDGET
    _note_keys: set[bytes] = field(default_factory=set)
    _gate: Gate = field(default_factory=lambda: plain_gate(_MARKS))
    _page_ranges: PageRanges = ranges_one_by_one

    def read(self, content: Content) -> None:
        """Read the whole log.

        Raises:
            OSError: the bytes cannot be read.
        """
        self._gate, self._page_ranges = literal_gate(_MARKS, content.size), reader_of_ranges(content.size)
        carry, expected, skipping = b"", 0, False
        for offset, block in content.blocks():
            if offset != expected:
                self._finish(carry)
                self._number, self.has_gap, carry, skipping = None, True, b"", True
            expected = offset + len(block)
            self.has_nul = self.has_nul or b"\x00" in block
            start = 0
            if skipping:
                start = block.find(b"\n") + 1
                if not start:
                    continue
                skipping = False
            buffer = carry + block[start:]
            end = buffer.rfind(b"\n") + 1
            if end:
                self._take(buffer[:end])
            carry = buffer[end:]
            if len(carry) > MAX_LINE_BYTES:  # the rest of an overlong line is passed over
                self._take(carry[:MAX_LINE_BYTES] + b"\n")
                carry, skipping = b"", True
        self._finish(carry)
        self._close_run()

    def _finish(self, rest: bytes) -> None:
        """Take what stands after the last line end: a line that was cut."""
        if rest.strip(b"\x00\r "):
            self._take(rest, complete=False)
        self.ends_mid_line = bool(rest)

    def _take(self, buffer: bytes, complete: bool = True) -> None:
        """Take a run of whole lines (or one cut line)."""
        if not self.head:
            self.head = buffer
            self.first_line = read_line(self.source, self._number, buffer.split(b"\n", 1)[0])
        count = buffer.count(b"\n") + (not complete)
        if not buffer.isspace():  # a log whose middle was left out has empty lines by the million
            self._look(buffer, count - (not complete))
        self.lines += count
        self._number = None if self._number is None else self._number + count

    def _look(self, buffer: bytes, line_ends: int) -> None:
        standing = self._gate(buffer)
        self._take_hits(buffer, [index for index in standing if index < _EMPTY_READ_INDEX])
        if standing and standing[-1] > _EMPTY_READ_INDEX:
            self._take_ranges(buffer)
        if _EMPTY_READ_INDEX in standing:
            self._take_empty_reads(buffer)
        self._take_times(buffer)
        self._take_last_line(buffer, line_ends)

    def _take_hits(self, buffer: bytes, needles: list[int]) -> None:
        counted, number, handled = 0, self._number, 0
        for position, kind in sorted(self._hits(buffer, needles)):
            if position < handled:
                continue
            reach = max(0, position - MAX_PREFIX_BYTES) if kind == _PROBLEM else 0
            start = buffer.rfind(b"\n", reach, position) + 1
            if start == 0 < reach:  # the words stand inside a message, not at its start
                continue
            end = buffer.find(b"\n", position)
            end = end if end >= 0 else len(buffer)
            if number is not None:
                number += buffer.count(b"\n", counted, start)
                counted = start
            self._take_line(kind, number, buffer[start : min(end, start + MAX_LINE_BYTES)])
            handled = end

    def _hits(self, buffer: bytes, needles: list[int]) -> Iterator[tuple[int, int]]:
        """Where a line may tell something. What has been seen often enough is no longer looked for."""
        for needle, kind in (_NEEDLES[index] for index in needles):
            if (kind == _SUCCESS and self.success) or (kind == _DIED and self.died):
                continue
            budget = self._note_budget if kind == _NOTE else self._problem_budget if kind == _PROBLEM else len(buffer)
            found = 0
            for position in _positions(buffer, needle, budget):
                found += 1
                yield position, kind
            if kind == _NOTE:
                self._note_budget -= found
            elif kind == _PROBLEM:
                self._problem_budget = max(0, self._problem_budget - found)
                if self._problem_budget == 0:
                    yield from self._last_hits(buffer, needle, found)

    def _last_hits(self, buffer: bytes, needle: bytes, found: int) -> Iterator[tuple[int, int]]:
        """The last problems of a block of which only some are looked at; the others are counted."""
        total, end, last = buffer.count(needle), len(buffer), 0
        for _ in range(min(LAST_PROBLEMS, total - found)):
            end = buffer.rfind(needle, 0, end)
            last += 1
            yield end, _PROBLEM
        self.problems_seen += total - found - last

    def _take_line(self, kind: int, number: int | None, line: bytes) -> None:
        """Take a telling line."""
        if kind == _PROBLEM:
            self._take_problem(number, line)
        elif kind == _SUCCESS:
            if self.success is None and _SUCCESS_LINE.match(line):
                self.success = read_line(self.source, number, line)
        elif kind == _DIED:
            self.died = self.died or read_line(self.source, number, line)
        elif len(self.notes) < MAX_NOTES:
            key = _DIGITS.sub(b"#", line[:MAX_KEY_BYTES])
            if key not in self._note_keys:
                self._note_keys.add(key)
                self.notes.append(read_line(self.source, number, line))

    def _take_problem(self, number: int | None, line: bytes) -> None:
        key = _DIGITS.sub(b"#", _TIME.sub(b"", line[:MAX_KEY_BYTES]))
        if self._run is not None and key == self._run_key:
            self._run = (self._run[0], self._run[1], self._run[2] + 1)
            return
        self._close_run()
        self._run, self._run_key = (number, line[:MAX_KEY_BYTES], 1), key

    def _close_run(self) -> None:
        if self._run is None:
            return
        number, line, repeats = self._run
        self._run = None
        self.problems_seen += repeats
        if len(self.first_problems) >= FIRST_PROBLEMS:
            self.last_problems.append((number, line, repeats))
        elif problem := read_problem(self.source, number, line, repeats):
            self.first_problems.append(problem)
        else:
            self.problems_seen -= repeats

    def _take_ranges(self, buffer: bytes) -> None:
        ranges = self._page_ranges(buffer)
        self.parent_pages += ranges.parent_pages
        before, total = self._sample_count, self.pages
        seen = 0
        while (seen := self._sample_every - (before + seen) % self._sample_every + seen) <= len(ranges.written):
            position, pages = ranges.places[seen - 1], ranges.written[seen - 1]
            line = buffer.rfind(b"\n", max(0, position - MAX_PREFIX_BYTES), position) + 1
            self._take_sample(seconds_of(buffer[line:position]), total + pages)
        self._sample_count += len(ranges.written)
        self.pages += ranges.pages

    def _take_sample(self, seconds: float | None, pages: int) -> None:
        if seconds is None:
            return
        self.samples.append((seconds, pages * PAGE))
        if len(self.samples) >= MAX_SAMPLES:  # half as many, from now on half as often
            self.samples = self.samples[1::2]
            self._sample_every *= 2

    def _take_empty_reads(self, buffer: bytes) -> None:
        self.empty_reads += buffer.count(_EMPTY_READ)
        if self.looping is None and self.empty_reads >= LOOP_READS:
            position = buffer.rfind(_EMPTY_READ)
            start = buffer.rfind(b"\n", 0, position) + 1
            number = None if self._number is None else self._number + buffer.count(b"\n", 0, start)
            self.looping = read_line(self.source, number, buffer[start : buffer.find(b"\n", position)])

    def _take_times(self, buffer: bytes) -> None:
        if self.first_seconds is None:
            first = _STAMP.search(buffer)
            if first is None:
                return
            self.timed, self.first_seconds = True, float(b"%s.%s" % first.groups())
        last = _last_stamp(buffer)
        if last is not None:
            # lines of several processes stand a little out of order: the latest is what counts
            self.last_seconds = last if self.last_seconds is None else max(last, self.last_seconds)

    def _take_last_line(self, buffer: bytes, line_ends: int) -> None:
        for begin in (max(0, len(buffer) - _LAST_LINE_BYTES), 0):
            stripped = buffer[begin:].rstrip(b"\x00\r\n \t")
            start = stripped.rfind(b"\n") + 1
            if start or not begin:
                break
        if not stripped:
            return
        after = buffer.count(b"\n", begin + len(stripped))
        number = None if self._number is None else self._number + line_ends - after
        self.last_line = read_line(self.source, number, stripped[start:])

    @property
    def problems(self) -> tuple[LogProblem, ...]:
        """The problems that were kept, in order."""
        last = (read_problem(self.source, *kept) for kept in self.last_problems)
        return (*self.first_problems, *(problem for problem in last if problem))


def _positions(buffer: bytes, needle: bytes, limit: int) -> Iterator[int]:
    position = buffer.find(needle) if limit > 0 else -1
    while position >= 0 and limit > 0:
        yield position
        limit -= 1
        position = buffer.find(needle, position + len(needle))


def _last_stamp(buffer: bytes) -> float | None:
    """The time stamp of the last line that has one; the latest of the last few."""
    end = len(buffer)
    for _ in range(400):
        start = buffer.rfind(b"\n(", 0, end)
        if start < 0:
            break
        seconds = seconds_of(buffer[start + 1 : start + 20])
        if seconds is not None:
            return seconds
        end = start
    return seconds_of(buffer[:20])
