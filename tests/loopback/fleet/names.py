"""Ids that lead back to the job that they belong to: nothing needs to be kept to answer a question about one."""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b

_MASK = 0xFFFFFFFF
_ODD, _ODDER = 0x9E3779B1, 0x85EBCA6B
_INDEX_DIGITS = 8
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
HEX = re.compile(r"\b[0-9a-f]{32}\b")
INSTANCE = re.compile(r"\bi-[0-9a-f]{17}\b")
SPOT_REQUEST = re.compile(r"\bsir-[0-9a-f]{8}\b")
DIRECTORY = re.compile(r"\b[0-9a-f]{2}/[0-9a-f]{30}\b")
SHAPES = (UUID, HEX, INSTANCE, SPOT_REQUEST, DIRECTORY)
_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def mixed(index: int) -> int:
    """A number of 32 bits that looks like chance, and belongs to this index alone."""
    value = (index + 1) * _ODD & _MASK
    value ^= value >> 16
    return value * _ODDER & _MASK


@cache
def _inverse(odd: int) -> int:
    return pow(odd, -1, _MASK + 1)


def index_of(name: str) -> int | None:
    """The index that an id was made for: the reverse of `renamed`; None where the text is no such id."""
    digits = "".join(c for c in name.removeprefix("i-") if c not in "-/")[:_INDEX_DIGITS]
    if not re.fullmatch(r"[0-9a-f]{8}", digits):
        return None
    value = int(digits, 16) * _inverse(_ODDER) & _MASK
    value ^= value >> 16
    return (value * _inverse(_ODD) & _MASK) - 1


def renamed(token: str, index: int) -> str:
    """An id of the same shape as the token, for this index: its first eight digits tell the index."""
    prefix, digits = ("i-", token[2:]) if token.startswith("i-") else ("", token)
    rest = blake2b(f"{index}/{token}".encode(), digest_size=16).hexdigest()
    if token.startswith("sir-"):
        return f"sir-{rest[:8]}"
    fresh = iter(f"{mixed(index):08x}{rest}")
    return prefix + "".join(next(fresh) if c not in "-/" else c for c in digits)


def letters(text: str, length: int) -> str:
    """Letters and digits that depend on the text alone, as the ids of runs are made of."""
    value = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "big")
    made = []
    for _ in range(length):
        value, rest = divmod(value, len(_LETTERS))
        made.append(_LETTERS[rest])
    return "".join(made)
