"""Many names found in a text at once, each where it stands as a word of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

_DEEPEST = 40
"""Levels of the tree of names; below it they are listed one after the other."""
_ESCAPE_BEFORE = re.compile(
    r"(?:\\[nrtbfv]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,12}[A-Za-z])$"
)
_LONGEST_ESCAPE = 16


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


def starts_word(text: str, at: int) -> bool:
    """Whether a word may begin here: after no letter or digit, or after an escape such as `\\n`, `%2F` or a colour."""
    before = text[at - 1 : at]
    if not (before.isascii() and before.isalnum()):
        return True
    return _ESCAPE_BEFORE.search(text, max(0, at - _LONGEST_ESCAPE), at) is not None


class KnownNames:
    """Names and what each is replaced with."""

    def __init__(self, replacements: Mapping[str, str]) -> None:
        self._replacements = dict(replacements)
        pattern = alternation(self._replacements)
        self._search = re.compile(f"(?:{pattern})(?![A-Za-z0-9])").search if pattern else None

    def spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(start, end, name) of each name in the text, from left to right, the longest where several begin together."""
        if self._search is None:
            return
        at = 0
        while match := self._search(text, at):
            if starts_word(text, match.start()):
                yield match.start(), match.end(), match[0]
                at = match.end()
            else:
                at = match.start() + 1

    def replaced(self, text: str, keep: Callable[[str], bool]) -> str:
        """The text with the names replaced, but for those that are kept."""
        parts: list[str] = []
        at = 0
        for start, end, name in self.spans(text):
            if not keep(name):
                parts += (text[at:start], self._replacements[name])
                at = end
        return "".join([*parts, text[at:]]) if parts else text
