"""Logs without their middle: both ends, and the neighbourhood of every line that is quoted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from analyzer.classifier.units import bytes_text
from analyzer.evidence.content import MAX_LINE_BYTES, Content, Place, ShortenedContent

NEIGHBOURS = 20
"""Lines that stay before and after a quoted one."""
FEWEST_BYTES = 1024
"""Leaving out less saves nothing."""
MARK = "[fsnap-diagnose bundle: lines left out here: {lines} ({size})]"


@dataclass(frozen=True)
class Stretch:
    """Bytes of a log that stay, and what is written behind them."""

    start: int
    """Offset in the whole."""
    end: int
    """The first byte that does not stay."""
    after: bytes = b""


@dataclass(frozen=True)
class KeptContent:
    """What stays of a log: stretches of it, run together."""

    whole: Content
    stretches: tuple[Stretch, ...]
    """In ascending order."""

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(stretch.end - stretch.start + len(stretch.after) for stretch in self.stretches)

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content; a part that is missing in the whole is missing here, too."""
        written = missing = expected = 0
        waiting = iter(self.stretches)
        now = next(waiting, None)
        for offset, block in self.whole.blocks():
            missing, expected = missing + offset - expected, offset + len(block)
            while now is not None and now.start < expected:
                piece = block[max(now.start - offset, 0) : max(now.end - offset, 0)]
                piece += now.after if now.end <= expected else b""
                if piece:
                    yield written + missing, piece
                written += len(piece)
                if now.end > expected:
                    break
                now = next(waiting, None)


def without_middle(
    content: Content, end_bytes: int, quoted: frozenset[int], *, json_lines: bool
) -> ShortenedContent | None:
    """The content without its middle, all lines that stay under their numbers; None where it has none.

    Raises:
        OSError: it cannot be read.
    """
    if content.size <= 2 * end_bytes + FEWEST_BYTES:
        return None
    finder = _Finder(content.size, end_bytes, quoted)
    for offset, block in content.blocks():
        finder.feed(offset, block)
    kept = finder.finished()
    stretches: list[Stretch] = []
    places: list[Place] = []
    stored = 0
    if not kept:
        return None
    for span, following in zip(kept, (*kept[1:], None), strict=True):
        lines = (following.line if following else finder.lines + 1) - span.last_line - 1
        left_out = (following.start if following else content.size) - span.end
        mark = _mark(lines, left_out, json_lines) if lines else b""
        stretches.append(
            Stretch(span.start, span.end, (b"\n" if span.is_cut or (lines and not span.has_end) else b"") + mark)
        )
        stored += span.end - span.start + len(stretches[-1].after)
        if lines > 1:
            places.append(Place(stored, lines - 1))
    if stored >= content.size:
        return None
    return ShortenedContent(KeptContent(content, tuple(stretches)), tuple(places))


def _mark(lines: int, size: int, json_lines: bool) -> bytes:
    """Stands for the first of the lines that were left out."""
    mark = MARK.format(lines=lines, size=bytes_text(size)).encode()
    return (b'{"message": "' + mark + b'"}\n') if json_lines else mark + b"\n"


@dataclass(frozen=True)
class _Span:
    """Whole lines that stay."""

    start: int
    end: int
    line: int
    """Number of the first line; behind a missing part, counted as if nothing were missing."""
    last_line: int
    is_cut: bool = False
    """Whether the end of its last line goes: what is longer no parser reads."""
    has_end: bool = True
    """Whether its last line has an end in the whole."""


class _Finder:
    """Goes through a log once, and looks line by line only where something begins or ends to stay."""

    def __init__(self, size: int, end_bytes: int, quoted: frozenset[int]) -> None:
        self._tail_at = size - end_bytes
        self._end_bytes = end_bytes
        reach = range(-NEIGHBOURS, NEIGHBOURS + 1)
        self._near = sorted({number + step for number in quoted for step in reach if number + step > 0})
        self._spans: list[_Span] = []
        self.lines = 0
        """Whole lines so far; in the end, all."""
        self._at_start = True
        self._line_at = 0
        self._expected = 0

    def feed(self, offset: int, block: bytes) -> None:
        """Take the next block of the log."""
        if offset != self._expected:
            if not self._at_start:
                self._close(self._expected, has_end=False)
            # numbers are unknown from here on, and nothing behind is quoted by one
            self._near = []
            self._line_at, self._at_start = offset, True
        self._expected = offset + len(block)
        count = block.count(b"\n")
        if self._is_alike(offset, block, count):
            self._take_all(offset, block, count)
            return
        start = 0
        while start < len(block):
            newline = block.find(b"\n", start)
            if newline < 0:
                self._at_start = False
                return
            self._close(offset + newline + 1)
            start = newline + 1

    def finished(self) -> tuple[_Span, ...]:
        """What stays, once all was fed."""
        if not self._at_start:
            self._close(self._expected, has_end=False)
        return tuple(self._spans)

    def _is_alike(self, offset: int, block: bytes, count: int) -> bool:
        """Whether all lines that end in a block stay, or all go."""
        if not count or offset - self._line_at > MAX_LINE_BYTES:
            return False
        if bisect_right(self._near, self.lines) < bisect_right(self._near, self.lines + count):
            return False
        end = offset + block.rfind(b"\n") + 1
        middle = self._line_at >= self._end_bytes and end <= self._tail_at
        return middle or end <= self._end_bytes or self._line_at >= self._tail_at

    def _take_all(self, offset: int, block: bytes, count: int) -> None:
        end = offset + block.rfind(b"\n") + 1
        if self._is_end(self._line_at):
            self._keep(_Span(self._line_at, end, self.lines + 1, self.lines + count))
        self.lines, self._line_at, self._at_start = self.lines + count, end, end == offset + len(block)

    def _close(self, end: int, *, has_end: bool = True) -> None:
        """A line ends."""
        start = self._line_at
        self.lines, self._line_at, self._at_start = self.lines + 1, end, True
        if self._is_end(start) or self._is_near(self.lines):
            is_cut = end - start > MAX_LINE_BYTES
            self._keep(_Span(start, start + MAX_LINE_BYTES if is_cut else end, self.lines, self.lines, is_cut, has_end))

    def _is_near(self, number: int) -> bool:
        return bisect_right(self._near, number - 1) < bisect_right(self._near, number)

    def _keep(self, span: _Span) -> None:
        before = self._spans[-1] if self._spans else None
        if before is not None and before.end == span.start and not before.is_cut:
            self._spans[-1] = replace(span, start=before.start, line=before.line)
        else:
            self._spans.append(span)

    def _is_end(self, offset: int) -> bool:
        return offset < self._end_bytes or offset >= self._tail_at
