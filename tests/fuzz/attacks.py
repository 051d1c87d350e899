"""Texts on which a regular expression would take longest, made from its own parse tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from re import _constants as codes  # type: ignore[attr-defined]  # typeshed knows no parse trees
from re import _parser as parser  # type: ignore[attr-defined]  # the same
from typing import Any

Node = tuple[Any, Any]
REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
MANY = 8
"""A repeat that goes on no longer than this cannot take much time."""
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "7",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_WORD: "w",
    codes.CATEGORY_NOT_DIGIT: "d",
    codes.CATEGORY_NOT_SPACE: "s",
    codes.CATEGORY_NOT_WORD: "-",
}
_CANDIDATES = "a7 -_./:=\"'\n"


def _of_set(items: Sequence[Node], variant: int) -> str:
    if items[0][0] is codes.NEGATE:
        refused = re.compile("[" + "".join(_written(item) for item in items[1:]) + "]")
        return next((c for c in _CANDIDATES[variant % 2 :] if not refused.match(c)), "\u00e9")
    op, value = items[variant % len(items)]
    if op is codes.LITERAL:
        return chr(value)
    return chr(value[0]) if op is codes.RANGE else _CATEGORIES[value]


def _written(item: Node) -> str:
    op, value = item
    if op is codes.LITERAL:
        return re.escape(chr(value))
    if op is codes.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return {v: k for k, v in _LETTERS.items()}[value]


_LETTERS = {
    r"\d": codes.CATEGORY_DIGIT,
    r"\s": codes.CATEGORY_SPACE,
    r"\w": codes.CATEGORY_WORD,
    r"\D": codes.CATEGORY_NOT_DIGIT,
    r"\S": codes.CATEGORY_NOT_SPACE,
    r"\W": codes.CATEGORY_NOT_WORD,
}


def _inner(node: Node) -> list[Sequence[Node]]:
    """The parts of a node that are patterns themselves."""
    op, value = node
    if op is codes.SUBPATTERN:
        return [value[3]]
    if op is codes.BRANCH:
        return list(value[1])
    if op in REPEATS:
        return [value[2]]
    return [value] if op is codes.ATOMIC_GROUP else []


def sample(tree: Sequence[Node], variant: int) -> str:
    """A text that the pattern matches, as far as look-arounds allow; of alternatives the one that `variant` names."""
    parts: list[str] = []
    for op, value in tree:
        inner = _inner((op, value))
        if op is codes.LITERAL:
            parts.append(chr(value))
        elif op is codes.NOT_LITERAL:
            parts.append("a" if value != ord("a") else "b")
        elif op is codes.ANY:
            parts.append(_CANDIDATES[variant % len(_CANDIDATES[:-1])])
        elif op is codes.IN:
            parts.append(_of_set(value, variant))
        elif op in REPEATS:
            parts.append(sample(inner[0], variant) * max(value[0], 1 if variant else 0))
        elif inner:
            parts.append(sample(inner[variant % len(inner)], variant))
    return "".join(parts)


def _repeats(tree: Sequence[Node], before: str) -> Iterator[tuple[str, str]]:
    """(what leads to a repeat, what it repeats) for each repeat that may go on."""
    for node in tree:
        for inner in _inner(node):
            if node[0] in REPEATS and node[1][1] >= MANY:
                yield from ((before, sample(inner, variant)) for variant in range(3))
            yield from _repeats(inner, before)
        before += sample([node], 0)


def attacks(pattern: re.Pattern[str] | re.Pattern[bytes]) -> list[tuple[str, str, str]]:
    """(head, what is said again and again, tail): each repeat gone on with until it fails, and its beginnings."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    found: dict[tuple[str, str, str], None] = {}
    for before, body in _repeats(tree, ""):
        for pump in filter(None, (body, before + body)):
            found[(before if pump == body else "", pump, "\0!")] = None
    return list(found)
