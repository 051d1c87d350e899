"""One fuzz target."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """An entry for data from outside, and what must hold of what it makes of any bytes."""

    run: Callable[[bytes], None]
    """Calls the entry, lets only its documented errors through unnoticed, and asserts what must hold of the result."""
    seeds: Callable[[], Iterable[bytes]]
    """Bytes to begin with: real ones."""
    words: tuple[bytes, ...] = ()
    """What the entry looks for: put together at random, these get further than random bytes."""
    largest: int = 16 * 1024
    """Bytes of an input."""
