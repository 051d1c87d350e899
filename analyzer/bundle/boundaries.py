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
_LONGEST = 512
"""Characters of a thing that may lie across a line's end."""
_Cut = tuple[int, int]
"""(characters before the line's end, characters after it) of what is to be hidden."""
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
    left, right = body[-_REACH:], second[:_REACH]
    cut = _known_secret(left, right, secret)
    if cut is None and _may_go_on(left, right):
        cut = _name(left, right, names) or _told_secret(left, right)
    if cut is None:
        return first, second
    start, end = cut
    return body[: len(body) - start] + MASK + ending, MASK + second[end:]


def _may_go_on(left: str, right: str) -> bool:
    """Whether one word may end the one line and begin the next: in most logs no line's start looks so."""
    return _BEGINS.match(right) is not None and _ENDS.search(left) is not None


def _known_secret(left: str, right: str, secret: re.Pattern[str] | None) -> _Cut | None:
    for match in secret.finditer(left[-_LONGEST:] + right[:_LONGEST]) if secret else ():
        end = len(left[-_LONGEST:])
        if match.start() < end < match.end():
            return end - match.start(), match.end() - end
    return None


def _name(left: str, right: str, names: KnownNames) -> _Cut | None:
    near = left[-_LONGEST:]
    for start, end, _ in names.spans(near + right[:_LONGEST]):
        if start < len(near) < end:
            return len(near) - start, end - len(near)
    return None


def _told_secret(left: str, right: str) -> _Cut | None:
    """Of a secret that is told by its look or its name, once its two halves are together."""
    begins, tail = _BEGINS.match(right), left[-_LONGEST:]
    head = begins[0] if begins else ""
    apart, together = mask_secrets(tail), mask_secrets(tail + head)
    if together == apart + head or not together.endswith(MASK) or (apart.endswith(MASK) and _is_word(head)):
        return None
    word = _ENDS.search(tail)
    if word is None or not looks_secret(word[0] + head):
        return None
    shared = len(together) - len(MASK)
    start = len(tail) - shared if tail.startswith(together[:shared]) else len(word[0])
    return (max(start, 0), len(head))


def _is_word(head: str) -> bool:
    """Whether what follows a secret at a line's end is the next line's first word, and none of its characters."""
    word = head.rstrip(".:=-")
    return word.isalpha() and (word.islower() or word.istitle() or word.isupper())
