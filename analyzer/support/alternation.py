"""One pattern for many words, which is searched for as fast as if they were few."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DEEPEST = 40
"""Levels of the tree of names; below it they are listed one after the other."""


def _shared(first: str, last: str) -> str:
    """The beginning that two words share, and so all that sort between them."""
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]


def alternation(words: Iterable[str], depth: int = 0) -> str:
    """A pattern for any of the words, the longest first, that shares their common beginnings."""
    ordered = sorted(set(words))
    optional = bool(ordered) and ordered[0] == ""
    ordered = ordered[1:] if optional else ordered
    if not ordered:
        return ""
    if depth >= _DEEPEST:
        body = "|".join(re.escape(w) for w in sorted(ordered, key=len, reverse=True))
        return f"(?:{body}){'?' if optional else ''}"
    branches = []
    start = 0
    for end in range(1, len(ordered) + 1):
        if end == len(ordered) or ordered[end][0] != ordered[start][0]:
            group = ordered[start:end]
            prefix = _shared(group[0], group[-1])
            branches.append(re.escape(prefix) + alternation((w[len(prefix) :] for w in group), depth + 1))
            start = end
    body = "|".join(branches)
    return f"(?:{body}){'?' if optional else ''}" if optional or len(branches) > 1 else body
