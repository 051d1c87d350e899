"""A table of the page: what its columns and cells are; the template lays it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Column:
    """A column and its heading."""

    heading: str
    unit: str = ""
    """Of its numbers: `h`, `USD`, `GiB`."""
    numeric: bool = False
    """Set to the right, with figures of one width."""
    sorted: Literal["ascending", "descending"] | None = None
    """How the rows come."""
    short: bool = False
    """Has room for times, ids and instance types."""
    outside: bool = False
    """The heading is from outside."""

    @property
    def kind(self) -> str:
        """Its class in the style sheet."""
        kinds = (("number", self.numeric), ("short", self.short), ("outside", self.outside))
        return " ".join(kind for kind, is_so in kinds if is_so)


@dataclass(frozen=True)
class Cell:
    """One cell. Its text may be from outside: the template shows it, whatever it is."""

    text: str
    sort: float | str | None = None
    """What it is sorted by; None: its text."""
    href: str | None = None
    """An address of ours: an anchor of the page or the AWS console."""
    code: bool = False
    """A name to be copied letter by letter."""
    bar: float | None = None
    """A bar behind the number, as long as this share of the cell."""
    tone: str = ""
    """The bar's colour in the style sheet."""
    note: str = ""
    """Smaller, below the text."""


Row = Sequence[Cell]


@dataclass(frozen=True)
class Table:
    """A table with its caption. The first cell of a row is its heading."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sortable: bool = True
    hidden_caption: bool = False
    """For screen readers only, where the heading above says the same."""
    anchors: tuple[str, ...] = ()
    """Ids of the rows, where something links to them."""

    @property
    def sorts(self) -> bool:
        """Whether there is anything to sort."""
        return self.sortable and len(self.rows) > 1
