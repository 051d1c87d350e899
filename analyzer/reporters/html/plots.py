"""A plot of the page: its picture, what the signs in it mean, and its figures as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from analyzer.reporters.html.tables import Table

Shape = Literal["square", "dot", "cross", "triangle", "line", "dashes", "hatched"]


@dataclass(frozen=True)
class Sign:
    """An entry of a legend."""

    label: str
    tone: str
    """Of the style sheet's colours."""
    shape: Shape = "square"


@dataclass(frozen=True)
class Plot:
    """A plot and the same thing in words and figures; where there is nothing to draw, the sentence that says so."""

    name: str
    """Begins the ids of its picture."""
    title: str
    says: str
    """What there is to see, in a sentence: for everyone, and instead of the picture for those who cannot see it."""
    picture: Markup | None = None
    signs: tuple[Sign, ...] = ()
    table: Table | None = None


def nothing(name: str, title: str, why: str) -> Plot:
    """A plot of nothing."""
    return Plot(name, title, why)


def ticks(top: float, most: int = 5) -> list[float]:
    """At most `most` + 1 round numbers from 0, the last at or above `top`."""
    if top <= 0:
        return [0.0, 1.0]
    step = next(s for s in _steps() if s * most >= top)
    count = next(n for n in range(1, most + 1) if n * step >= top)
    return [step * n for n in range(count + 1)]


def _steps() -> Iterable[float]:
    power = -3
    while True:
        yield from (digit * 10.0**power for digit in (1, 2, 5))
        power += 1
