"""Words that are never taken for a name where they stand alone: the tool's own, CRIU's, AWS's, everyday ones."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{2,}")


@cache
def ordinary_words() -> frozenset[str]:
    """In lower case; the words of the catalogue's signatures are among them, so that no rule loses its text."""
    folder = files("analyzer.data")
    told = [folder / "criu-noise.toml", *(f for f in (folder / "catalogue").iterdir() if f.name.endswith(".toml"))]
    words = {word.lower() for file in told for word in _WORD.findall(file.read_text("utf-8"))}
    return everyday_words().union(words)


@cache
def everyday_words() -> frozenset[str]:
    """Of these only those that many people use for names of their own: `data`, `production`."""
    return frozenset((files("analyzer.data") / "ordinary-words.txt").read_text("utf-8").split())


def is_ordinary(value: str) -> bool:
    """Whether the text is such a word, or a number of fewer than twelve digits."""
    shortest_number = 12
    return value.lower() in ordinary_words() or (value.isdigit() and len(value) < shortest_number)
