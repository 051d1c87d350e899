"""One line of a CRIU log taken apart: time stamp, process, level, source file, message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Level = Literal["Error", "Warn"]

MAX_TEXT_CHARACTERS = 400
"""A quoted line is cut here."""
MAX_MESSAGE_CHARACTERS = 4000
"""A message is cut here: it may hold two paths, and what the system said stands at its end."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line as it stands in a log."""

    source: str
    """Where the log is: `workdir/.fusion/dump/3/dump_3.log`."""
    number: int | None
    """From 1; None where it cannot be known."""
    seconds: float | None
    """Seconds since the operation began; None at verbosity 2 and below, where lines carry no time."""
    text: str
    """The line, at most MAX_TEXT_CHARACTERS."""


@dataclass(frozen=True, slots=True)
class LogProblem:
    """An Error or Warn line. Many of them appear in runs that succeed."""

    level: Level
    pid: int | None
    """The process the line is about, where the line's prefix names one."""
    file: str
    """CRIU's source file without the line number, which changes with every version: `criu/sk-inet.c`."""
    text: str
    """The message behind the place: `inet: Connected TCP socket, consider using --tcp-established option.`"""
    line: LogLine
    repeats: int = 1
    """How many such lines, alike but for their numbers, stood there in a row."""

    @property
    def seconds(self) -> float | None:
        """Seconds since the operation began, where the line carries a time stamp."""
        return self.line.seconds


_TIME = re.compile(rb"\((\d{2,7})\.(\d{4,6})\) ?")
_PROBLEM = re.compile(
    r"(?:\(\d{2,7}\.\d{4,6}\))?(?: ?pie:)? {0,9}(?:(?P<pid>\d{1,10}): )?(?P<level>Error|Warn) {1,2}"
    r"\((?P<file>[^():\s]{1,80}):\d{1,6}\): ?(?P<text>.*)",
    re.DOTALL,
)


def seconds_of(data: bytes) -> float | None:
    """The time stamp that a line begins with, in seconds; from 100 s on CRIU writes one decimal less."""
    match = _TIME.match(data)
    return float(b"%s.%s" % match.groups()) if match else None


def read_line(source: str, number: int | None, data: bytes) -> LogLine:
    """A line, ready to be quoted."""
    text = data[: 4 * MAX_TEXT_CHARACTERS].decode("utf-8", "replace")
    return LogLine(source, number, seconds_of(data), text[:MAX_TEXT_CHARACTERS].rstrip("\x00\r "))


def read_problem(source: str, number: int | None, data: bytes, repeats: int = 1) -> LogProblem | None:
    """Take an Error or Warn line apart; None where the line is neither."""
    match = _PROBLEM.match(data[:MAX_MESSAGE_CHARACTERS].decode("utf-8", "replace"))
    if match is None:
        return None
    level: Level = "Error" if match["level"] == "Error" else "Warn"
    pid = int(match["pid"]) if match["pid"] else None
    line = read_line(source, number, data)
    return LogProblem(level, pid, match["file"], match["text"].rstrip("\x00\r "), line, repeats)
