"""What a store asks of the place that it is given, and a file in that place as pyarrow reads one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Protocol


class Place(Protocol):
    """Files by their names, each whole or not there. What it raises but FileNotFoundError is the caller's to tell."""

    @property
    def uri(self) -> str:
        """The place as the user names it."""

    def entries(self, prefix: str = "", without: str = "") -> Iterator[tuple[str, int]]:
        """(name, bytes) of every file below a folder (`day=2026-11-21/`), in the order of their names.

        `without` is a folder (`_captures/`) whose files are left out, and not looked through either.
        """

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

    def read(self, name: str, span: range | None = None) -> bytes:
        """All of a file, or the bytes of `span`, fewer where it ends before.

        Raises:
            FileNotFoundError: it is not there (any more).
        """

    def write(self, name: str, data: bytes) -> None:
        """Put a file there, whole, in place of what had its name."""

    def delete(self, name: str) -> None:
        """Take a file away; one that is not there is no error."""


class PlacedFile(io.RawIOBase):
    """A file that is read by its parts, at least `ahead` bytes at a time, so that neighbours cost one call.

    `trouble` keeps what the place raised: pyarrow may tell it as an error of its own.
    """

    def __init__(self, place: Place, name: str, size: int, ahead: int) -> None:
        super().__init__()
        self._place, self._name, self._size, self._ahead = place, name, size, ahead
        self._at = self._start = 0
        self._block = b""
        self.trouble: Exception | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Bytes from the start."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there; returns where that is."""
        self._at = max(0, offset + {io.SEEK_CUR: self._at, io.SEEK_END: self._size}.get(whence, 0))
        return self._at

    def read(self, size: int = -1) -> bytes:
        """The next bytes, fewer at the end."""
        end = self._size if size is None or size < 0 else min(self._at + size, self._size)
        if self._at >= end:
            return b""
        if not self._start <= self._at or end > self._start + len(self._block):
            self._fetch(end)
        data = self._block[self._at - self._start : end - self._start]
        self._at += len(data)
        return data

    def _fetch(self, end: int) -> None:
        # the end of a Parquet file is read first, backwards: what lies before the footer's length comes with it
        stop = min(max(end, self._at + self._ahead), self._size)
        start = self._at if stop - self._at >= self._ahead else max(0, min(self._at, stop - self._ahead))
        try:
            self._block, self._start = self._place.read(self._name, range(start, stop)), start
        except Exception as error:
            self.trouble = error
            raise
