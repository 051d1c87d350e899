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
    places: Sequence[int]
    """Where each range that was written stands in the block."""
    written: Sequence[int]
    """How many of the block's pages were written up to the end of each of these."""

    @property
    def pages(self) -> int:
        """Pages that were written."""
        return self.written[-1] if len(self.written) else 0


PageRanges = Callable[[bytes], Ranges]
"""Reads the ranges of a block of whole lines."""


def reader_of_ranges(size: int) -> PageRanges:
    """The better way for a log of `size` bytes, where numpy is installed; both give the same answer."""
    return ranges_at_once if size >= NUMPY_FROM_BYTES and find_spec("numpy") is not None else ranges_one_by_one


def ranges_one_by_one(block: bytes) -> Ranges:
    """Read every range by itself."""
    parent_pages = pages = 0
    places: list[int] = []
    written: list[int] = []
    for match in _RANGE.finditer(block):
        if match[1] == b"h":
            parent_pages += _pages(match)
        else:
            pages += _pages(match)
            places.append(match.start())
            written.append(pages)
    return Ranges(parent_pages, places, written)


def ranges_at_once(block: bytes) -> Ranges:
    """Read all ranges together, where they have the form and the length of the block's first."""
    import numpy as np

    first = _RANGE.search(block)
    if first is None or first[3] is None or max(len(first[2]), len(first[3])) >= _MOST_DIGITS:
        return ranges_one_by_one(block)
    length = first.end() - first.start()
    data = np.frombuffer(block + bytes(length + len(_MARK)), np.uint8)
    # most tabs are none of a range: what follows them tells
    tabs = np.flatnonzero(data == ord("\t"))
    tabs = tabs[tabs >= len(_MARK) - 1]
    kinds = data[tabs + 1]
    places = tabs[((kinds == ord("p")) | (kinds == ord("h"))) & (data[tabs + 2] == ord(" "))] - len(_MARK) + 1
    texts = np.lib.stride_tricks.sliding_window_view(data, length + 1)[places]
    holes = texts[:, len(_MARK)] == ord("h")
    texts[:, len(_MARK)] = ord("p")
    model = np.frombuffer(RANGE_MARKS[0], np.uint8)
    are_ranges = (texts[:, : len(model)] == model).all(axis=1)
    numbers = _numbers(texts[are_ranges], first)
    if numbers is None:
        return ranges_one_by_one(block)
    places, holes = places[are_ranges], holes[are_ranges]
    pages = np.maximum(numbers[1] - numbers[0], 0) // PAGE
    return Ranges(int(pages[holes].sum()), places[~holes].data, np.cumsum(pages[~holes]).data)


def _numbers(texts: NDArray[np.uint8], first: re.Match[bytes]) -> list[NDArray[np.int64]] | None:
    """Where ranges begin, and where they end; None where one has another form than the first.

    A row of `texts` has as many bytes as the first range, and the one after it.
    """
    import numpy as np

    model, begin = np.frombuffer(first[0], np.uint8), first.start()
    spans = [slice(first.start(group) - begin, first.end(group) - begin) for group in (2, 3)]
    between = slice(spans[0].stop, spans[1].start)
    values = _digit_values()
    fits = bool((texts[:, between] == model[between]).all()) and bool((values[texts[:, -1]] == _BASE).all())
    numbers = []
    for span in spans:
        digits = values[texts[:, span]]
        fits = fits and bool((digits < _BASE).all())
        # a product of floats is fast, and exact up to 53 bits
        powers = np.float64(_BASE) ** np.arange(span.stop - span.start - 1, -1, -1)
        numbers.append((digits.astype(np.float64) @ powers).astype(np.int64))
    return numbers if fits else None


_BASE = 16
_MOST_DIGITS = 14
"""From so many on a number may have more than 53 bits."""


@cache
def _digit_values() -> NDArray[np.uint8]:
    """The value of each byte as a hexadecimal digit, 16 of any that is none."""
    import numpy as np

    values = np.full(256, _BASE, np.uint8)
    for value, digit in enumerate(b"0123456789abcdef"):
        values[digit] = value
    return values


def _pages(match: re.Match[bytes]) -> int:
    _, start, end, count = match.groups()
    return int(count) if count else max(0, int(end, 16) - int(start, 16)) // PAGE
