"""Where in the evidence a fact was read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogRef:
    """One line of one source, to be quoted."""

    source: str
    """`workdir/.fusion/dump/dump_metadata`, `logs/2`."""
    text: str
    """As it stands there, cut to QUOTE_CHARACTERS."""
    line: int | None = None
    """From 1; None where it cannot be known."""
    at: str | None = None
    """RFC 3339, where the source tells."""
    offset: int = 0
    """Bytes from the source's start."""


QUOTE_CHARACTERS = 300
"""A quoted line is cut here: long enough for every reason that Batch keeps (255 characters)."""


HEAD_CHARACTERS = 60
"""How much of a long line's start stays beside the part that tells: its time and level stand there."""


def cut(text: str, around: int = 0) -> str:
    """The line without outer blanks, at most QUOTE_CHARACTERS: its head, and what stands around index `around`."""
    text, around = text.strip(), around - (len(text) - len(text.lstrip()))
    if len(text) <= QUOTE_CHARACTERS:
        return text
    room = QUOTE_CHARACTERS - HEAD_CHARACTERS - 2
    start = min(around - room // 4, len(text) - room - 1)
    if start <= HEAD_CHARACTERS:
        return text[: QUOTE_CHARACTERS - 1] + "…"
    end = start + room
    return text[:HEAD_CHARACTERS] + "…" + (text[start:end] + "…" if end < len(text) - 1 else text[start:])
