"""Secrets and names that a log cut in two: one half at the end of an event, the other at the start of the next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from string import ascii_letters, digits

from analyzer.bundle.known import KnownNames
from analyzer.support.redaction import mask_lines, mask_secrets, may_hold_secret
from analyzer.support.secret_names import looks_secret
from analyzer.support.shapes import MASK

BLOCK_LINES = 256
"""So many lines are looked at together: most blocks of a log hold no secret."""
_REACH = 4096
"""Characters on either side of a line's end that are looked at."""
_LONGEST = 512
"""Characters of a thing that may lie across a line's end."""
_Cut = tuple[int, int]
"""(characters before the line's end, characters after it) of what is to be hidden."""
_LETTERS = f"{ascii_letters}{digits}+/=_.~%@:-"
_EDGE = re.compile(r"[A-Za-z0-9+/=_.~%@:-]{2}")
_FEWEST = 2
_BEGINS = re.compile(r"[A-Za-z0-9+/=_.~%@:-]{2,4096}")


def joined_pairs(lines: Iterable[str], names: KnownNames, secret: re.Pattern[str] | None) -> Iterator[str]:
    """The lines without their secrets, and with both halves masked of whatever only two lines together tell."""
    given = iter(lines)
    last: list[str] = []
    shown: list[str] = []
    while block := list(islice(given, BLOCK_LINES)):
        block, shown = last + block, shown + mask_lines(block)
        # a known secret that two lines share stands in all lines together, which are searched faster
        shared = secret if secret and secret.search("".join(block)) else None
        places = list(range(1, len(block))) if shared else _going_on(block)
        telling = may_hold_secret("\n".join(_around(block[at - 1], block[at]) for at in places))
        for at in places:
            left, right = block[at - 1], block[at]
            cut = _cut(left[-_REACH:], right[:_REACH], names, shared, telling)
            if cut:
                # a half that was masked by itself stays so, with all that was masked beside it
                shown[at - 1] = _without_end(shown[at - 1], left[len(left) - cut[0] :])
                shown[at] = _without_start(shown[at], right[: cut[1]])
        yield from shown[:-1]
        last, shown = block[-1:], shown[-1:]
    yield from shown


def _going_on(block: list[str]) -> list[int]:
    """Numbers of the lines that may begin in the middle of a word."""
    starts = _EDGE.match
    return [at for at, line in enumerate(block) if starts(line) and at and _may_go_on(block[at - 1], line)]


def _around(left: str, right: str) -> str:
    """The end of the one line and the word that begins the other."""
    begins = _BEGINS.match(right)
    return left[-_LONGEST:] + (begins[0] if begins else "")


def _cut(left: str, right: str, names: KnownNames, secret: re.Pattern[str] | None, telling: bool) -> _Cut | None:
    known = _known_secret(left, right, secret)
    if known is None and _may_go_on(left, right):
        return _name(left, right, names) or (_told_secret(left, right) if telling else None)
    return known


def _without_end(line: str, half: str) -> str:
    return line[: len(line) - len(half)] + MASK if half and line.endswith(half) else line


def _without_start(line: str, half: str) -> str:
    return MASK + line[len(half) :] if half and line.startswith(half) else line


def _may_go_on(left: str, right: str) -> bool:
    """Whether one word may end the one line and begin the next: in most logs no line's start looks so."""
    if not _EDGE.match(right):
        return False
    left = left.removesuffix("\n")
    return _EDGE.match(left, max(0, len(left) - 2)) is not None


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
    told = together.rstrip("=")  # what base64 is filled up with
    if together == apart + head or not told.endswith(MASK) or (apart.endswith(MASK) and _is_word(head)):
        return None
    word = tail[len(tail.rstrip(_LETTERS)) :]
    if len(word) < _FEWEST or not looks_secret(word + head):
        return None
    shared = len(told) - len(MASK)
    start = len(tail) - shared if tail.startswith(together[:shared]) else len(word)
    return (max(start, 0), len(head))


def _is_word(head: str) -> bool:
    """Whether what follows a secret at a line's end is the next line's first word, and none of its characters."""
    word = re.sub(r"[_.:=-]", "", head)
    return not word or (word.isalpha() and (word.islower() or word.istitle() or word.isupper()))
