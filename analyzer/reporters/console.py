"""Where a page is written: the stream, its width, and whether it shows colours.

Rich knows more of terminals, and takes as long to load as Python itself; a page needs no more than this.
"""

from __future__ import annotations

import os
import sys
from typing import Protocol, TextIO

from analyzer.frozen import frozen

DEFAULT_WIDTH = 80
_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
_NOT_COLOURS = ("bold", "dim")


class Writable(Protocol):
    """A stream of text."""

    def write(self, text: str, /) -> object:
        """Append the text."""


class Console(Protocol):
    """What a page asks of where it is written; consoles of rich have it, too."""

    @property
    def file(self) -> Writable:
        """What is written to."""

    @property
    def width(self) -> int:
        """In cells."""

    @property
    def encoding(self) -> str:
        """As Python names it."""

    @property
    def is_terminal(self) -> bool:
        """Whether somebody looks at it."""

    @property
    def color_system(self) -> str | None:
        """None where the terminal knows no styles."""

    @property
    def no_color(self) -> bool:
        """Whether bold and dim are all that is wanted."""


@frozen
class Stream:
    """A console of an open stream."""

    file: TextIO
    width: int
    encoding: str
    is_terminal: bool
    color_system: str | None
    no_color: bool


def console_of(stream: TextIO | None = None) -> Console:
    """The console of a stream, standard output if none is given, as the environment would have it."""
    file = stream or sys.stdout
    dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    terminal = bool(os.environ.get("FORCE_COLOR")) or file.isatty()
    styles = "standard" if terminal and not dumb else None
    return Stream(file, _width(dumb), file.encoding or "utf-8", terminal, styles, bool(os.environ.get("NO_COLOR")))


def _width(dumb: bool) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    # what is piped into a pager is still read in the terminal that the other streams belong to
    for descriptor in () if dumb else (0, 1, 2):
        try:
            return os.get_terminal_size(descriptor).columns or DEFAULT_WIDTH
        except OSError:
            continue
    return DEFAULT_WIDTH


def styled(text: str, style: str, console: Console) -> str:
    """The text in a style ("bold red"), where the console shows any."""
    if not text or not style or console.color_system is None:
        return text
    words = [word for word in style.split() if word in _NOT_COLOURS or not console.no_color]
    codes = ";".join(_CODES[word] for word in words)
    return f"\x1b[{codes}m{text}\x1b[0m" if codes else text


def cell_len(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from rich import cells

    return cells.cell_len(text)


def chop_cells(text: str, width: int) -> list[str]:
    """The text in pieces of at most `width` cells."""
    if text.isascii():
        return [text[at : at + width] for at in range(0, len(text), width)]
    from rich import cells

    return cells.chop_cells(text, width)
