"""The page ranges in a checkpoint log: how many pages each block of it says were written, and where.

    (00.140547) page-xfer: \tp 0x7f630e9fe000 - 0x7f630eafe000
    (00.140547) page-xfer: \th 0x7f630e9fe000 [256]

4.x writes where a range ends, 3.x how many pages it has; `h` (a hole) is what an earlier dump holds already. In large
logs numpy takes all ranges of a block at once that have the form and the length of the first; the others, and those of
small logs, are read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAGE = 4096
RANGE_MARKS = (b"page-xfer: \tp 0x", b"page-xfer: \th 0x")
NUMPY_FROM_BYTES = 16 * 1024 * 1024
"""In a smaller log the ranges are read before numpy is loaded."""
_RANGE = re.compile(rb"page-xfer: \t([ph]) 0x([0-9a-f]{1,16}) (?:- 0x([0-9a-f]{1,16})|\[(\d{1,10})\])")
_MARK = b"page-xfer: \t"


@dataclass(frozen=True)
class Ranges:
    """What a block tells."""

    parent_pages: int
    """Pages that were left to an earlier dump."""
    written: Sequence[tuple[int, int]]
    """Of each range that was written: where it stands in the block, and the block's pages written up to its end."""

    @property
    def pages(self) -> int:
        """Pages that were written."""
        return self.written[-1][1] if self.written else 0


PageRanges = Callable[[bytes], Ranges]
"""Reads the ranges of a block of whole lines."""


def reader_of_ranges(size: int) -> PageRanges:
    """The better way for a log of `size` bytes, where numpy is installed; both give the same answer."""
    return ranges_at_once if size >= NUMPY_FROM_BYTES and find_spec("numpy") is not None else ranges_one_by_one


def ranges_one_by_one(block: bytes) -> Ranges:
    """Read every range by itself."""
    parent_pages = pages = 0
    written: list[tuple[int, int]] = []
    for match in _RANGE.finditer(block):
        if match[1] == b"h":
            parent_pages += _pages(match)
        else:
            pages += _pages(match)
            written.append((match.start(), pages))
    return Ranges(parent_pages, written)


def ranges_at_once(block: bytes) -> Ranges:
    """Read together all ranges that have the form and the length of the block's first."""
    import numpy as np

    first = _RANGE.search(block)
    if first is None or first[3] is None or max(len(first[2]), len(first[3])) >= _MOST_DIGITS:
        return ranges_one_by_one(block)
    data = np.frombuffer(block, np.uint8)
    tabs = np.flatnonzero(data == ord("\t"))
    length = first.end() - first.start()
    places = tabs - len(_MARK) + 1
    tabs = tabs[(places >= 0) & (places + length < len(block))]
    # most tabs are none of a range: what follows them tells
    kinds = data[tabs + 1]
    tabs = tabs[((kinds == ord("p")) | (kinds == ord("h"))) & (data[tabs + 2] == ord(" "))]
    texts = data[(tabs - len(_MARK) + 1)[:, None] + np.arange(length + 1)]
    fits, starts, ends = _numbers(texts, first)
    if int(np.count_nonzero(fits)) != block.count(RANGE_MARKS[0]) + block.count(RANGE_MARKS[1]):
        return ranges_one_by_one(block)
    pages = np.maximum(ends - starts, 0) // PAGE
    is_parent = texts[:, len(_MARK)] == ord("h")
    places = (tabs - len(_MARK) + 1)[~is_parent]
    written = list(zip(places.tolist(), np.cumsum(pages[~is_parent]).tolist(), strict=True))
    return Ranges(int(pages[is_parent].sum()), written)


def _numbers(
    texts: NDArray[np.uint8], first: re.Match[bytes]
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Which rows, each a range and one byte, have the form of the first; where they begin and where they end."""
    import numpy as np

    model = np.frombuffer(first[0], np.uint8)
    values = _digit_values()
    digits = np.zeros(len(model), np.bool_)
    for group in (2, 3):
        digits[first.start(group) - first.start() : first.end(group) - first.start()] = True
    digits_at, fixed_at = np.flatnonzero(digits), np.flatnonzero(~digits)
    fixed_at = fixed_at[fixed_at != len(_MARK)]
    numbers = values[texts[:, digits_at]]
    fits = (texts[:, fixed_at] == model[fixed_at]).all(axis=1) & (numbers < _BASE).all(axis=1)
    fits &= values[texts[:, -1]] == _BASE  # the end has no more digits
    split = len(first[2])
    powers = [_BASE ** np.arange(count - 1, -1, -1, dtype=np.int64) for count in (split, len(first[3]))]
    return fits, numbers[:, :split] @ powers[0], numbers[:, split:] @ powers[1]


_BASE = 16
_MOST_DIGITS = 16
"""From so many on a number may be too large for numpy's."""


@cache
def _digit_values() -> NDArray[np.int64]:
    """The value of each byte as a hexadecimal digit, 16 of any that is none."""
    import numpy as np

    values = np.full(256, _BASE, np.int64)
    for value, digit in enumerate(b"0123456789abcdef"):
        values[digit] = value
    return values


def _pages(match: re.Match[bytes]) -> int:
    _, start, end, count = match.groups()
    return int(count) if count else max(0, int(end, 16) - int(start, 16)) // PAGE
