"""Fusion's own log: JSON lines in `.fusion.log`, and the lines it prints to the task's console."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.evidence.content import Content


@dataclass(frozen=True)
class FusionLine:
    """One line of Fusion's."""

    level: str
    """`trace`, `debug`, `info`, `warn`, `error`, `fatal`, `panic`."""
    message: str
    number: int | None
    offset: int
    text: str
    """The line as it stands there, cut."""
    at: str | None = None
    """RFC 3339; None on console lines, which have only a time of day."""
    error: str | None = None
    path: str | None = None
    operation: str | None = None
    error_code: str | None = None
    provider_code: str | None = None
    provider_error: str | None = None
    http_status: int | None = None

    @property
    def is_error(self) -> bool:
        return self.level in {"error", "fatal", "panic"}


def parse_fusion_line(text: str) -> FusionLine | None:
    """Read one line, JSON or console; None where it is not Fusion's."""
    raise NotImplementedError


def iter_fusion_lines(content: Content) -> Iterator[FusionLine]:
    """All lines of a log that are Fusion's, in bounded memory.

    Raises:
        OSError: the bytes cannot be read.
    """
    raise NotImplementedError
