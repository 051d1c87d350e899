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


def cut(text: str, around: int = 0) -> str:
    """The line without outer blanks, at most QUOTE_CHARACTERS of it; `around` is an index that must stay in sight."""
    if len(text) <= QUOTE_CHARACTERS:
        return text.strip()
    start = max(0, min(around - QUOTE_CHARACTERS // 4, len(text) - QUOTE_CHARACTERS))
    end = start + QUOTE_CHARACTERS
    head = "…" + text[start + 1 : end - 1] if start else text[: end - 1]
    return (head + ("…" if end < len(text) else text[end - 1])).strip()
