"""Which of many literals stand in a block of bytes: the gate that all but a few blocks of a log do not get through.

For large logs Vectorscan looks for all literals at once, at about a gigabyte a second however many there are; for small
ones a search for one after the other is best, which needs nothing but the standard library. Both give the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import hyperscan

ENGINE_FROM_BYTES = 1024 * 1024
"""A smaller log is searched before the engine is loaded and has its literals compiled: 25 ms together."""

Gate = Callable[[bytes], Sequence[int]]
"""Takes a block; gives the indices of the literals that stand in it, in ascending order."""


def literal_gate(literals: Sequence[bytes], size: int) -> Gate:
    """A gate for blocks of a log of `size` bytes. It belongs to one thread; no literal may be empty."""
    engine = engine_gate(literals) if size >= ENGINE_FROM_BYTES else None
    return engine or plain_gate(literals)


def plain_gate(literals: Sequence[bytes]) -> Gate:
    """Look for one literal after the other."""
    numbered = tuple(enumerate(literals))

    def standing_in(block: bytes) -> list[int]:
        return [index for index, literal in numbered if literal in block]

    return standing_in


def engine_gate(literals: Sequence[bytes]) -> Gate | None:
    """Look for all literals at once; None where the engine is not installed or does not take them."""
    if any(b"\0" in literal for literal in literals):  # its binding takes a literal to end there
        return None
    try:
        import hyperscan
    except ImportError:
        return None
    try:
        database = _database(tuple(literals))
        scratch = hyperscan.Scratch(database)
    except hyperscan.error:
        return None

    def standing_in(block: bytes) -> list[int]:
        found: list[int] = []

        def seen(index: int, *_: object) -> None:
            found.append(index)

        database.scan(block, match_event_handler=seen, scratch=scratch)
        found.sort()
        return found

    return standing_in


@lru_cache(maxsize=16)
def _database(literals: tuple[bytes, ...]) -> hyperscan.Database:
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    # each literal is reported once a block, so that a block full of one costs no more than any other
    database.compile(
        expressions=literals,
        ids=tuple(range(len(literals))),
        elements=len(literals),
        flags=(hyperscan.HS_FLAG_SINGLEMATCH,) * len(literals),
        literal=True,
    )
    return database
