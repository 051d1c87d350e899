"""Looks for many texts in a log of any size in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from analyzer.evidence.content import Content

KEEP_FIRST = 20
KEEP_LAST = 20


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


def scan(content: Content, source: str, searchables: Sequence[Searchable], json_lines: bool) -> Iterator[Match]:
    """Yield matches in the order of the log; at most the first KEEP_FIRST and last KEEP_LAST of each searchable.

    Raises:
        OSError: the bytes cannot be read.
    """
    raise NotImplementedError


def tail_lines(content: Content, n: int, json_lines: bool = False) -> tuple[TailLine, ...]:
    """The last `n` lines that are not blank, oldest first.

    Raises:
        OSError: the bytes cannot be read.
    """
    raise NotImplementedError
