"""Secrets and names that a log cut in two: one half at the end of an event, the other at the start of the next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analyzer.bundle.known import KnownNames
from analyzer.support.redaction import mask_secrets
from analyzer.support.secret_names import looks_secret
from analyzer.support.shapes import MASK

_REACH = 4096
"""Characters on either side of a line's end that are looked at."""
_SHORTEST_HALF = 2
_ENDS = re.compile(r"[A-Za-z0-9+/=_.~%@:-]{2,4096}$")
_BEGINS = re.compile(r"[A-Za-z0-9+/=_.~%@:-]{2,4096}")


def joined_pairs(lines: Iterable[str], names: KnownNames, secret: re.Pattern[str] | None) -> Iterator[str]:
    """The lines, with both halves masked of whatever only two lines together tell."""
    before: str | None = None
    for line in lines:
        if before is not None:
            before, line = _pair(before, line, names, secret)  # noqa: PLW2901 - the next turn needs its masked half
            yield before
        before = line
    if before is not None:
        yield before


def _pair(first: str, second: str, names: KnownNames, secret: re.Pattern[str] | None) -> tuple[str, str]:
    ending = first[len(first.rstrip("\r\n")) :]
    body = first[: len(first) - len(ending)]
    begins = _BEGINS.match(second)
    if begins is None or not body or body[-1].isspace() or not _ENDS.search(body, max(0, len(body) - _REACH)):
        return first, second
    left, right = body[-_REACH:], second[:_REACH]
    cut = _crossing(left, right, names, secret)
    if cut is None:
        cut = _crossing_secret(left, begins[0])
    if cut is None:
        return first, second
    start, end = cut
    return body[: len(body) - start] + MASK + ending, MASK + second[end:]


def _crossing(left: str, right: str, names: KnownNames, secret: re.Pattern[str] | None) -> tuple[int, int] | None:
    """(characters before the cut, characters after it) of a known thing that lies across it."""
    joined = left + right
    for match in secret.finditer(joined) if secret else ():
        if match.start() < len(left) < match.end():
            return len(left) - match.start(), match.end() - len(left)
    for start, end, _ in names.spans(joined[max(0, len(left) - 512) : len(left) + 512]):
        offset = max(0, len(left) - 512)
        if start + offset < len(left) < end + offset:
            return len(left) - start - offset, end + offset - len(left)
    return None


def _crossing_secret(left: str, head: str) -> tuple[int, int] | None:
    """Of a secret that is told by its look or its name, once its two halves are together."""
    tail = left[-512:]
    apart = mask_secrets(tail)
    together = mask_secrets(tail + head)
    if together == apart + head or not together.endswith(MASK) or (apart.endswith(MASK) and _is_word(head)):
        return None
    word = _ENDS.search(tail)
    if word is None or not looks_secret(word[0] + head):
        return None
    shared = len(together) - len(MASK)
    start = len(tail) - shared if tail.startswith(together[:shared]) else len(word[0])
    return (start, len(head)) if start >= _SHORTEST_HALF else None


def _is_word(head: str) -> bool:
    """Whether what follows a secret at a line's end is the next line's first word, and none of its characters."""
    word = head.rstrip(".:=-")
    return word.isalpha() and (word.islower() or word.istitle() or word.isupper())
