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
    """The lines without their secrets, and with both halves masked of whatever only two lines together tell."""
    before: str | None = None
    shown = ""
    for line in lines:
        masked = mask_secrets(line)
        if before is not None:
            cut = _cut(before[-_REACH:], line[:_REACH], names, secret)
            if cut:
                # a half that was masked by itself stays so, with all that was masked beside it
                shown = _without_end(shown, before[len(before) - cut[0] :])
                masked = _without_start(masked, line[: cut[1]])
            yield shown
        before, shown = line, masked
    if before is not None:
        yield shown


def _cut(left: str, right: str, names: KnownNames, secret: re.Pattern[str] | None) -> _Cut | None:
    known = _known_secret(left, right, secret)
    if known is None and _may_go_on(left, right):
        return _name(left, right, names) or _told_secret(left, right)
    return known


def _without_end(line: str, half: str) -> str:
    return line[: len(line) - len(half)] + MASK if half and line.endswith(half) else line


def _without_start(line: str, half: str) -> str:
    return MASK + line[len(half) :] if half and line.startswith(half) else line


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
    told = together.rstrip("=")  # what base64 is filled up with
    if together == apart + head or not told.endswith(MASK) or (apart.endswith(MASK) and _is_word(head)):
        return None
    word = _ENDS.search(tail)
    if word is None or not looks_secret(word[0] + head):
        return None
    shared = len(told) - len(MASK)
    start = len(tail) - shared if tail.startswith(together[:shared]) else len(word[0])
    return (max(start, 0), len(head))


def _is_word(head: str) -> bool:
    """Whether what follows a secret at a line's end is the next line's first word, and none of its characters."""
    word = re.sub(r"[_.:=-]", "", head)
    return not word or (word.isalpha() and (word.islower() or word.istitle() or word.isupper()))
