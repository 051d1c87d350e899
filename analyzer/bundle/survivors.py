"""The last look: does anything that is known from the input still stand in the finished bytes?"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator

from analyzer.bundle.known import KnownNames
from analyzer.bundle.spellings import SECRET, spellings
from analyzer.support.alternation import alternation
from analyzer.support.encoded import decoded

SHORTEST_ENCODED = 8
"""Bytes: the base64 of a shorter thing stands in other base64 by chance."""
_PACKED = re.compile(r"H4sI[A-Za-z0-9+/_-]{16,}={0,2}")
BLOCK_CHARACTERS = 4 * 2**20
OVERLAP_CHARACTERS = 8192


def _in_base64(value: bytes) -> Iterator[str]:
    """What stands in the base64 of any text that holds the value, wherever it begins in a group of three bytes."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + value).rstrip(b"=").decode()
        # the first characters mix with what comes before, the last with what follows
        inner = whole[(0, 2, 3)[before] :]
        if (before + len(value)) % 3:
            inner = inner[:-1]
        yield inner
        yield inner.replace("+", "-").replace("/", "_")


def encoded(value: str) -> Iterator[str]:
    """What stands in the base64 of any text that holds the value; nothing of one that is too short to be told."""
    data = value.encode("utf-8", "surrogateescape")
    if len(data) >= SHORTEST_ENCODED:
        yield from _in_base64(data)


class Survivors:
    """All that must not be in the bundle, in all its forms, found in one pass over the bytes."""

    def __init__(
        self, secrets: Iterable[str], identities: Iterable[tuple[str, str]], is_stand_in: Callable[[str], bool]
    ) -> None:
        """`identities` are (kind, value)."""
        self._anywhere: dict[str, str] = {}
        self._as_words: dict[str, str] = {}
        for secret in secrets:
            self._note(SECRET, secret, self._anywhere)
        for kind, value in identities:
            if not is_stand_in(value):
                self._note(kind, value, self._as_words)
        self._words = KnownNames(dict.fromkeys(self._as_words, ""))
        pattern = alternation(self._anywhere)
        self._search = re.compile(pattern).search if pattern else None

    def _note(self, kind: str, value: str, forms: dict[str, str]) -> None:
        for spelling, _ in spellings(kind, value, ""):
            forms.setdefault(_folded(spelling.encode("utf-8", "surrogateescape")), kind)
        for form in encoded(value):
            self._anywhere.setdefault(form.lower(), kind)

    def kinds(self, data: bytes) -> tuple[str, ...]:
        """Of what was found, sorted."""
        found: set[str] = set()
        for start in range(0, max(len(data), 1), BLOCK_CHARACTERS):
            block = data[start : start + BLOCK_CHARACTERS + OVERLAP_CHARACTERS]
            found |= self._in(_folded(block))
            for match in _PACKED.finditer(block.decode("latin-1")):
                inner = decoded(match[0])
                found |= self._in(_folded(inner.encode("utf-8", "surrogateescape"))) if inner else set()
        return tuple(sorted(found))

    def _in(self, text: str) -> set[str]:
        found = {self._as_words[name] for _, _, name in self._words.spans(text)}
        at = 0
        while self._search and (match := self._search(text, at)):
            found.add(self._anywhere[match[0]])
            at = match.start() + 1
        return found


def _folded(data: bytes) -> str:
    return data.decode("latin-1").lower()
