"""Logs without their middle: both ends, and the neighbourhood of every line that is quoted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from analyzer.evidence.content import MAX_LINE_BYTES, Content

NEIGHBOURS = 20
"""Lines that stay before and after a quoted one."""
MARK = b"[fsnap-diagnose bundle: from here on lines were left out; their empty places keep the line numbers]"
JSON_MARK = b'{"message": "' + MARK + b'"}'


@dataclass(frozen=True)
class CutContent:
    """Lines in the middle are emptied, so that all others keep their numbers; a zip stores empty lines for nothing."""

    whole: Content
    end_bytes: int
    """So much stays at each end."""
    quoted: frozenset[int]
    """Numbers of quoted lines."""
    mark: bytes = MARK
    """Stands where lines were left out."""
    size: int = 0
    """Bytes; set by `without_middle`."""

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        cutter, expected, left_out, written = _Cutter(self), 0, 0, 0
        for offset, block in self.whole.blocks():
            if offset != expected:
                rest = cutter.jump()
                if rest:
                    yield written + left_out, rest
                    written += len(rest)
                left_out += offset - expected
            expected = offset + len(block)
            kept = b"".join(cutter.feed(offset, block))
            if kept:
                yield written + left_out, kept
                written += len(kept)


def without_middle(content: Content, end_bytes: int, quoted: frozenset[int], *, json_lines: bool) -> CutContent | None:
    """The content without its middle; None where it has none.

    Raises:
        OSError: it cannot be read.
    """
    if content.size <= 2 * end_bytes:
        return None
    cut = CutContent(content, end_bytes, quoted, JSON_MARK if json_lines else MARK)
    size = 0
    for offset, block in cut.blocks():
        size = offset + len(block)
    return replace(cut, size=size)


@dataclass
class _Cutter:
    """Goes through a log once and decides at each line's start whether it stays."""

    cut: CutContent
    number: int | None = 1
    at_start: bool = True
    keeps: bool = True
    room: int = MAX_LINE_BYTES
    """Bytes that may still be kept of this line: what is longer no parser reads."""
    marked: bool = False
    near: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        reach = range(-NEIGHBOURS, NEIGHBOURS + 1)
        self.near = frozenset(number + step for number in self.cut.quoted for step in reach)

    def jump(self) -> bytes:
        """A part of the original is missing here, so numbers are unknown now; what stands for its last line."""
        pending = not self.at_start and not self.keeps
        self.marked = self.marked or pending
        self.number, self.at_start = None, True
        return self.cut.mark if pending else b""

    def feed(self, offset: int, block: bytes) -> Iterator[bytes]:
        """What stays of a block."""
        start = 0
        if self._all_goes(offset, block):
            # a middle of gigabytes is not looked at line by line
            start = block.rfind(b"\n") + 1
            yield from self._emptied(block.count(b"\n"))
        while start < len(block):
            end = block.find(b"\n", start) + 1 or len(block)
            yield from self._piece(offset + start, block[start:end])
            start = end

    def _all_goes(self, offset: int, block: bytes) -> bool:
        if not self.at_start or self._is_end(offset) or self._is_end(offset + len(block)) or b"\n" not in block:
            return False
        if self.number is None:
            return True
        last = self.number + block.count(b"\n")
        return self.near.isdisjoint(range(self.number, last + 1))

    def _emptied(self, count: int) -> Iterator[bytes]:
        yield (b"" if self.marked else self.cut.mark) + b"\n" * count
        self.marked = True
        self.number = None if self.number is None else self.number + count

    def _is_end(self, offset: int) -> bool:
        return offset < self.cut.end_bytes or offset >= self.cut.whole.size - self.cut.end_bytes

    def _piece(self, offset: int, piece: bytes) -> Iterator[bytes]:
        """A line, or as much of one as the block holds."""
        ended = piece.endswith(b"\n")
        if self.at_start:
            self.keeps = self._is_end(offset) or self.number in self.near
            self.room, self.at_start = MAX_LINE_BYTES, False
        if self.keeps:
            yield from self._kept(piece, ended)
        elif ended:
            yield (b"" if self.marked else self.cut.mark) + b"\n"
            self.marked = True
        if ended:
            self.at_start = True
            self.number = None if self.number is None else self.number + 1

    def _kept(self, piece: bytes, ended: bool) -> Iterator[bytes]:
        self.marked = False
        part = piece[: self.room]
        self.room -= len(part)
        yield part
        if ended and not part.endswith(b"\n"):
            yield b"\n"
