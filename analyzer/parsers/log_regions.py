"""A log in regions of whole lines: where each stands, which lines of it hold a literal, and the log's last part."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.evidence.content import Content

WINDOW_BYTES = 4 * 1024
"""How much of an overlong line is seen before and after a literal."""
MAX_EVENT_BYTES = 2 * 1024 * 1024
"""A JSON line that is longer is read as plain text (CloudWatch events hold one mebibyte at most)."""
TAIL_BYTES = 512 * 1024
"""The last lines are looked for in as much of a log's end."""
_STRIDE = 16 * 1024
"""Line ends are counted up to each of these, once a region: a count up to any place is then short."""
_STEP_BYTES = 8 * 1024
"""So much is asked whether it holds a literal before the last place is looked for: backwards Python searches slowly."""


@dataclass(frozen=True, eq=False)
class Region:
    """Whole lines of a log, and where they stand."""

    data: bytes
    offset: int
    """Bytes from the start of the original."""
    first_line: int | None
    """From 1; None after a part that was left out."""
    counts: tuple[int, ...]
    """Line ends before each _STRIDE bytes of the data, and in all of it."""

    @classmethod
    def of(cls, data: bytes, offset: int, first_line: int | None) -> Region:
        """A region with its line ends counted."""
        counts = (data.count(b"\n", start, start + _STRIDE) for start in range(0, len(data), _STRIDE))
        return cls(data, offset, first_line, tuple(accumulate(counts, initial=0)))

    @property
    def lines(self) -> int:
        """How many line ends there are."""
        return self.counts[-1]

    def line_number(self, index: int) -> int | None:
        """The number of the line at an index of the data."""
        if self.first_line is None:
            return None
        stride = index // _STRIDE
        if stride >= len(self.counts):
            return self.first_line + self.lines
        return self.first_line + self.counts[stride] + self.data.count(b"\n", stride * _STRIDE, index)


class LogReading:
    """One reading of a log: its regions, and after these its last part, with line numbers."""

    def __init__(self, content: Content, longest: int) -> None:
        """A line longer than `longest` bytes is cut, its pieces overlapping by WINDOW_BYTES."""
        self._content, self._longest = content, longest
        self._last: deque[bytes] = deque()
        self._last_bytes = self._end = 0
        self._lines: int | None = 0

    def regions(self) -> Iterator[Region]:
        """Whole lines at a time.

        Raises:
            OSError: the bytes cannot be read.
        """
        carry, carry_offset = b"", 0  # the start of a line
        for offset, block in self._content.blocks():
            if offset != self._end:
                if carry:
                    yield self._region(carry, carry_offset)
                carry, carry_offset, self._lines = b"", offset, None
                self._last.clear()
                self._last_bytes = 0
            self._remember(offset, block)
            end = block.rfind(b"\n") + 1
            rest = len(block) - end + (0 if end else len(carry))
            if rest > self._longest:
                region = self._region(carry + block, carry_offset)
                carry = region.data[-WINDOW_BYTES:]
            elif end:
                region = self._region(b"".join((carry, memoryview(block)[:end])), carry_offset)
                carry = block[end:]
            else:
                carry += block
                continue
            yield region
            self._lines = None if self._lines is None else self._lines + region.lines
            carry_offset = self._end - len(carry)
        if carry:
            yield self._region(carry, carry_offset)

    def tail(self) -> Region:
        """The log's end, from the start of a line on where that is within TAIL_BYTES; once all regions were read."""
        data = b"".join(self._last)
        drop = max(0, len(data) - TAIL_BYTES)
        if drop:
            drop = data.find(b"\n", drop) + 1 or drop
            data = data[drop:]
        region = Region.of(data, self._end - len(data), 0)
        return replace(region, first_line=None if self._lines is None else self._lines + 1 - region.lines)

    def _region(self, data: bytes, offset: int) -> Region:
        return Region.of(data, offset, None if self._lines is None else self._lines + 1)

    def _remember(self, offset: int, block: bytes) -> None:
        self._end = offset + len(block)
        self._last.append(block)
        self._last_bytes += len(block)
        while self._last_bytes - len(self._last[0]) >= TAIL_BYTES:
            self._last_bytes -= len(self._last.popleft())


def lines_from_first(data: bytes, literal: bytes, json_lines: bool) -> Iterator[tuple[int, int]]:
    """Start and end of the lines that hold the literal, from the first on."""
    index = data.find(literal)
    while index >= 0:
        start, end = _bounds(data, index, len(literal), json_lines)
        yield start, end
        index = data.find(literal, max(end, index + len(literal)))


def lines_from_last(data: bytes, literal: bytes, json_lines: bool, floor: int) -> Iterator[tuple[int, int]]:
    """Start and end of the lines that hold the literal, from the last on, down to `floor`."""
    index = _last_place(data, literal, floor, len(data))
    while index >= 0:
        start, end = _bounds(data, index, len(literal), json_lines)
        yield max(start, floor), end
        index = _last_place(data, literal, floor, max(min(start, index), floor))


def _last_place(data: bytes, literal: bytes, floor: int, end: int) -> int:
    """`data.rfind(literal, floor, end)`."""
    while end - floor >= len(literal):
        start = max(floor, end - _STEP_BYTES)
        if data.find(literal, start, end) >= 0:
            return data.rfind(literal, start, end)
        end = start + len(literal) - 1
    return -1


def _bounds(data: bytes, index: int, length: int, json_lines: bool) -> tuple[int, int]:
    """Start and end of the line that holds the literal at `index`; of an overlong line, of a window in it."""
    window = MAX_EVENT_BYTES if json_lines else WINDOW_BYTES
    start = index - window if index > window else 0
    newline = data.rfind(b"\n", start, index)
    start = newline + 1 if newline >= 0 else start
    end = data.find(b"\n", index, index + length + window)
    end = min(index + length + window, len(data)) if end < 0 else end
    if json_lines:
        return start, end
    # progress bars write their lines over one another
    carriage = data.rfind(b"\r", start, index)
    start = carriage + 1 if carriage >= 0 else start
    carriage = data.find(b"\r", index, end)
    return start, end if carriage < 0 else carriage
