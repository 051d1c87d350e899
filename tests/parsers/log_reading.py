"""Logs whose blocks are cut where a test wants them, and the parts of what one reading of a log gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.evidence.content import Content
from analyzer.parsers.scan import Match, Searchable, TailLine, read_log


@dataclass(frozen=True)
class Blocks:
    """Bytes that come in small blocks, so that whatever stands at a block's border is met."""

    data: bytes
    step: int

    @property
    def size(self) -> int:
        return len(self.data)

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        for start in range(0, len(self.data), self.step):
            yield start, self.data[start : start + self.step]


def scan(content: Content, source: str, searchables: Sequence[Searchable], json_lines: bool) -> tuple[Match, ...]:
    return read_log(content, source, searchables, json_lines=json_lines).matches


def tail_lines(content: Content, count: int, json_lines: bool = False) -> tuple[TailLine, ...]:
    return read_log(content, "", (), json_lines=json_lines, last_lines=count).last_lines
