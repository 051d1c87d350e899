"""Many names found in a text at once, each where it stands as a word of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from analyzer.support.alternation import alternation

_ESCAPE_BEFORE = re.compile(
    r"(?:\\[nrtbfv]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,12}[A-Za-z])$"
)
_LONGEST_ESCAPE = 16


def starts_word(text: str, at: int) -> bool:
    """Whether a word may begin here: after no letter or digit, or after an escape such as `\\n`, `%2F` or a colour."""
    before = text[at - 1 : at]
    if not (before.isascii() and before.isalnum()):
        return True
    return _ESCAPE_BEFORE.search(text, max(0, at - _LONGEST_ESCAPE), at) is not None


def folded(text: str) -> str:
    """The text as it is compared: without the difference of upper and lower case, and as long as it was."""
    whole = text.casefold()
    if len(whole) == len(text):
        return whole
    return "".join(small if len(small := character.casefold()) == 1 else character for character in text)


class KnownNames:
    """Names and what each is replaced with; upper and lower case make no difference."""

    def __init__(self, replacements: Mapping[str, str]) -> None:
        self._replacements: dict[str, str] = {}
        for name, shown in replacements.items():
            self._replacements.setdefault(folded(name), shown)
        pattern = alternation(self._replacements)
        self._search = re.compile(f"(?:{pattern})(?![A-Za-z0-9])").search if pattern else None

    def spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(start, end, folded name) of each name, from left to right, the longest where several begin together."""
        if self._search is None:
            return
        at = 0
        compared = folded(text)
        while match := self._search(compared, at):
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
            if not keep(text[start:end]):
                parts += (text[at:start], self._replacements[name])
                at = end
        return "".join([*parts, text[at:]]) if parts else text
