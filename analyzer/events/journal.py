"""What the function says of its work: JSON lines on standard output, which Lambda keeps in CloudWatch Logs.

An event holds the job's environment, licence tokens and keys included. Of an event only ids, names and statuses are
written, of a diagnosis what a reader is shown; what looks secret in them is masked all the same.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Literal

from analyzer.support.redaction import mask_secrets

Level = Literal["info", "warning", "error"]
LONGEST_TEXT = 400
"""Characters of one member."""


def write_line(line: str) -> None:
    """To standard output, at once: a process that is frozen after an invocation flushes nothing."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Journal:
    """Writes one line for each thing that is said."""

    def __init__(self, write: Callable[[str], None] = write_line) -> None:
        self._write = write

    def say(self, level: Level, what: str, **members: str | int | float | None) -> None:
        """One line: what happened, in a sentence or a word, and members; those that are None are left out."""
        told = {name: _safe(value) for name, value in members.items() if value is not None}
        self._write(json.dumps({"level": level, "what": _safe(what), **told}))


def _safe(value: str | float) -> str | float:
    if not isinstance(value, str):
        return value
    masked = mask_secrets(value)
    return masked if len(masked) <= LONGEST_TEXT else masked[:LONGEST_TEXT] + "..."
