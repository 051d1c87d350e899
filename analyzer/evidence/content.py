"""Bytes of one piece of evidence, read in blocks so that memory does not grow with the file."""

from __future__ import annotations

import io
import struct
import zipfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from analyzer.frozen import frozen

BLOCK_BYTES = 256 * 1024
"""How much is read at once."""

MAX_LINE_BYTES = 64 * 1024
"""A longer line is cut here; the rest of it is passed over."""

_LOCAL_HEADER = struct.Struct("<26xHH")
"""Before a member of a zip archive: how long its name and its extra field are."""


class Content(Protocol):
    """Something readable: a file, a member of a zip, bytes from S3."""

    @property
    def size(self) -> int:
        """Size of the original in bytes, parts that were left out included."""
        ...

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Yield (offset in the original, bytes) in ascending order; a jump in the offsets is a part left out.

        Raises:
            OSError: the bytes cannot be read (any more).
        """
        ...


@frozen
class MemoryContent:
    """Bytes in memory: one run, or the two ends of something larger."""

    head: bytes
    tail: bytes = b""
    original_size: int | None = None
    """Bytes of the whole, where `tail` does not follow `head` directly."""

    @property
    def size(self) -> int:
        """Bytes of the original."""
        return len(self.head) + len(self.tail) if self.original_size is None else self.original_size

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        for start in range(0, len(self.head), BLOCK_BYTES):
            yield start, self.head[start : start + BLOCK_BYTES]
        offset = self.size - len(self.tail)
        for start in range(0, len(self.tail), BLOCK_BYTES):
            yield offset + start, self.tail[start : start + BLOCK_BYTES]


def _read_blocks(stream: BinaryIO, limit: int | None = None) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while limit is None or offset < limit:
        block = stream.read(BLOCK_BYTES if limit is None else min(BLOCK_BYTES, limit - offset))
        if not block:
            return
        yield offset, block
        offset += len(block)


@frozen
class FileContent:
    """A regular file on disk."""

    path: Path
    size: int

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        # what the size was when it was found bounds the reading: a file that grows does not hold us up for ever
        with self.path.open("rb") as stream:
            yield from _read_blocks(stream, self.size)


@frozen
class ZipContent:
    """A member of a zip archive; never more bytes than it declared."""

    archive: Path
    member: zipfile.ZipInfo
    """The very entry that was looked at: an archive may hold another of the same name."""
    size: int

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        try:
            with self.archive.open("rb") as stream, self._unpacking(stream) as unpacked:
                yield from _read_blocks(io.BufferedReader(unpacked), self.size)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError) as error:
            raise OSError(f"{self.member.filename!r} in {self.archive}: {error}") from error
        except Exception as error:  # zlib.error and lzma.LZMAError share no base that is public
            if type(error).__module__ in {"zlib", "lzma", "_lzma", "bz2"}:
                raise OSError(f"{self.member.filename!r} in {self.archive}: {error}") from error
            raise

    def _unpacking(self, stream: BinaryIO) -> zipfile.ZipExtFile:
        # ZipFile would read the archive's whole directory again, for each of its members
        stream.seek(self.member.header_offset)
        header = stream.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
            raise zipfile.BadZipFile("it does not begin where the archive's directory says")
        name_length, extra_length = _LOCAL_HEADER.unpack(header)
        stream.seek(name_length + extra_length, io.SEEK_CUR)
        return zipfile.ZipExtFile(stream, "r", self.member)


@frozen
class SlicedContent:
    """The two ends of something larger, as a capture stores them: head and tail run together in `stored`."""

    stored: Content
    head_bytes: int
    size: int

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        omitted = self.size - self.stored.size
        for offset, block in self.stored.blocks():
            cut = self.head_bytes - offset
            if cut >= len(block):
                yield offset, block
            elif cut <= 0:
                yield offset + omitted, block
            else:
                yield offset, block[:cut]
                yield offset + cut + omitted, block[cut:]


@frozen
class Place:
    """Where whole lines were left out of a log."""

    at: int
    """Bytes of the stored form before it."""
    lines: int
    """How many empty lines stand for them."""


@frozen
class ShortenedContent:
    """A log without some of its lines: empty ones in their places keep the others' numbers, but are only counted."""

    stored: Content
    places: tuple[Place, ...]
    """In ascending order."""

    @property
    def size(self) -> int:
        """Bytes with the empty lines."""
        return self.stored.size + sum(place.lines for place in self.places)

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content; the empty lines are made up."""
        added = end = 0
        for item in self.pieces():
            if isinstance(item, int):
                for start in range(0, item, BLOCK_BYTES):
                    yield end + added + start, b"\n" * min(BLOCK_BYTES, item - start)
                added += item
            else:
                offset, block = item
                yield offset + added, block
                end = offset + len(block)

    def counted(self) -> Iterator[int | tuple[int, bytes]]:
        """The blocks, of a run of empty lines only the first one: the number of the others stands for them.

        Raises:
            OSError: the bytes cannot be read.
        """
        added = end = 0
        for item in self.pieces():
            if isinstance(item, int):
                yield end + added, b"\n"
                yield item - 1
                added += item
            else:
                offset, block = item
                yield offset + added, block
                end = offset + len(block)

    def pieces(self) -> Iterator[int | tuple[int, bytes]]:
        """The stored blocks, with the number of empty lines wherever there are some.

        Raises:
            OSError: the bytes cannot be read.
        """
        waiting, seen = deque(self.places), 0
        for offset, block in self.stored.blocks():
            start = 0
            while waiting and waiting[0].at <= seen + len(block):
                place = waiting.popleft()
                cut = max(place.at - seen, start)
                if cut > start:
                    yield offset + start, block[start:cut]
                yield place.lines
                start = cut
            if start < len(block):
                yield offset + start, block[start:]
            seen += len(block)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log."""

    number: int | None
    """From 1; None after a part that was left out, where it cannot be known."""
    offset: int
    """Bytes from the start of the original."""
    data: bytes
    """Without its line end; at most MAX_LINE_BYTES."""
    complete: bool = True
    """False where the log stops, or a part is left out, before the line's end."""

    @property
    def text(self) -> str:
        """Decoded; bytes that are no UTF-8 are replaced."""
        return self.data.decode("utf-8", "replace")


def _counted(content: Content) -> Iterator[int | tuple[int, bytes]]:
    return content.counted() if isinstance(content, ShortenedContent) else content.blocks()


def _later(number: int | None, lines: int) -> int | None:
    return None if number is None else number + lines


def iter_lines(content: Content, max_line_bytes: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Split into lines at `\\n`, in bounded memory, with their numbers as far as they can be known.

    Where lines were left out of a log they count, but only the first of them is given, as an empty one.

    Raises:
        OSError: the bytes cannot be read.
    """
    number: int | None = 1
    pending = b""
    pending_offset = expected = 0
    overlong = skip_to_newline = False
    for item in _counted(content):
        if isinstance(item, int):
            # it follows a line's end: there is nothing pending
            number, expected = _later(number, item), expected + item
            pending_offset = expected
            continue
        offset, block = item
        if offset != expected:
            if pending:
                yield Line(number, pending_offset, pending, complete=False)
            number, pending, overlong, skip_to_newline = None, b"", False, True
            pending_offset = offset
        expected = offset + len(block)
        start = 0
        if skip_to_newline:
            newline = block.find(b"\n")
            if newline < 0:
                continue
            start, skip_to_newline = newline + 1, False
            pending_offset = offset + start
        while (newline := block.find(b"\n", start)) >= 0:
            data = pending if overlong else (pending + block[start:newline])[:max_line_bytes]
            yield Line(number, pending_offset, data.removesuffix(b"\r"))
            number = _later(number, 1)
            pending, overlong, start = b"", False, newline + 1
            pending_offset = offset + start
        if not overlong:
            pending += block[start : start + max_line_bytes + 1]
            overlong = len(pending) > max_line_bytes
            pending = pending[:max_line_bytes]
    if pending:
        yield Line(number, pending_offset, pending, complete=False)


def read_all(content: Content, limit: int) -> bytes:
    """The first `limit` bytes at most.

    Raises:
        OSError: the bytes cannot be read.
    """
    parts: list[bytes] = []
    have = 0
    for _, block in content.blocks():
        parts.append(block[: limit - have])
        have += len(parts[-1])
        if have >= limit:
            break
    return b"".join(parts)
