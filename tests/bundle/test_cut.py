"""Logs without their middle: line numbers hold, quoted lines stay, and memory does not grow."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from analyzer.bundle.cut import FEWEST_BYTES, MARK, NEIGHBOURS, without_middle
from analyzer.evidence.content import BLOCK_BYTES, MAX_LINE_BYTES, Content, MemoryContent, iter_lines

KIB = 1024
BEGINS = MARK.partition("{")[0].encode()


def joined(content: Content) -> bytes:
    return b"".join(block for _, block in content.blocks())


def test_a_small_log_has_no_middle() -> None:
    assert without_middle(MemoryContent(b"a\nb\n"), KIB, frozenset(), json_lines=False) is None


def test_ends_and_neighbourhoods_stay_and_all_numbers_hold() -> None:
    lines = [f"line {number} of the log".encode() for number in range(1, 20_001)]
    cut = without_middle(MemoryContent(b"\n".join(lines) + b"\n"), 4 * KIB, frozenset({9_000}), json_lines=False)
    assert cut is not None
    kept = {line.number: line.data for line in iter_lines(cut) if line.data and not line.data.startswith(BEGINS)}
    assert all(data == lines[(number or 0) - 1] for number, data in kept.items())
    assert set(range(9_000 - NEIGHBOURS, 9_000 + NEIGHBOURS + 1)) <= set(kept)
    assert {1, 2, 20_000} <= set(kept)
    assert len(kept) < 600
    assert cut.size == len(joined(cut))
    assert joined(cut).count(b"\n") == 20_000
    assert joined(cut).count(BEGINS) == 2
    assert joined(cut.stored).count(b"\n") < 600


def test_events_stay_json() -> None:
    events = [json.dumps({"timestamp": n, "message": f"event {n}"}).encode() for n in range(5_000)]
    cut = without_middle(MemoryContent(b"\n".join(events)), KIB, frozenset(), json_lines=True)
    assert cut is not None
    assert all(json.loads(line.data) for line in iter_lines(cut) if line.data)
    assert BEGINS in joined(cut)


@given(
    st.lists(st.integers(0, 200), max_size=90),
    st.sets(st.integers(1, 60), max_size=3),
    st.integers(1, 500),
    st.one_of(st.none(), st.integers(0, 3_000)),
)
def test_every_log_keeps_its_lines_in_their_places(
    lengths: list[int], quoted: set[int], end_bytes: int, omitted: int | None
) -> None:
    data = b"".join(bytes([97 + n % 26]) * length + b"\n" for n, length in enumerate(lengths))
    half = len(data) // 2
    whole = MemoryContent(data) if omitted is None else MemoryContent(data[:half], data[half:], len(data) + omitted)
    cut = without_middle(whole, end_bytes, frozenset(quoted), json_lines=False)
    if cut is None:
        assert whole.size <= 2 * end_bytes + FEWEST_BYTES or len(data) < 5 * FEWEST_BYTES
        return
    before = {line.number: line.data for line in iter_lines(whole) if line.number is not None}
    after = {line.number: line.data for line in iter_lines(cut) if line.number is not None}
    assert all(after[n] in (before.get(n), b"") or after[n].startswith(BEGINS) for n in after)
    assert all(after.get(n) == before[n] for n in quoted if n in before)
    assert [offset for offset, _ in cut.blocks()] == sorted(offset for offset, _ in cut.blocks())
    if omitted is None:
        assert cut.size == len(joined(cut))


@dataclass(frozen=True)
class Huge:
    """A log that nobody could hold."""

    block: bytes
    count: int

    @property
    def size(self) -> int:
        return len(self.block) * self.count

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        for number in range(self.count):
            yield number * len(self.block), self.block


def test_a_log_of_half_a_gigabyte_is_cut_in_little_memory() -> None:
    huge = Huge((b"x" * 127 + b"\n") * (BLOCK_BYTES // 128), 2_000)
    tracemalloc.start()
    cut = without_middle(huge, 64 * KIB, frozenset({1_000_000}), json_lines=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert cut is not None
    assert cut.stored.size < 200_000
    assert cut.size < 6_000_000
    assert peak < 8 * 2**20


def test_a_line_without_end_is_cut_to_what_a_parser_reads() -> None:
    cut = without_middle(Huge(b"y" * BLOCK_BYTES, 40), BLOCK_BYTES, frozenset(), json_lines=False)
    assert cut is not None
    assert cut.size <= MAX_LINE_BYTES + 100
