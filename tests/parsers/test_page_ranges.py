"""Page ranges of a block: all at once, and one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.parsers.page_ranges import Ranges, ranges_at_once, ranges_one_by_one

ADDRESS = st.integers(0, 2**68).map(lambda n: f"{n:x}".encode())
USUAL = st.integers(0x7F00_0000_0000, 0x7FFF_FFFF_FFFF).map(lambda n: f"{n:x}".encode())


def line(kind: bytes, start: bytes, end: bytes) -> bytes:
    return b"(00.1234) page-xfer: \t" + kind + b" 0x" + start + b" - 0x" + end + b"\n"


KIND = st.sampled_from([b"p", b"h"])
LINES = st.one_of(st.builds(line, KIND, USUAL, USUAL), st.builds(line, KIND, ADDRESS, ADDRESS))
ODD = st.sampled_from(
    [
        b"\n",
        b"page-xfer: \tp 0x7f01 [3]\n",
        b"page-xfer: \tbuf 4/1\n",
        b"\t\t\t",
        b"page-xfer: \tp 0x",
        b"page-pipe: \t\t0x1 - 0x2\n",
    ]
)


def facts(ranges: Ranges) -> tuple[int, list[int], list[int], int]:
    return ranges.parent_pages, list(ranges.places), list(ranges.written), ranges.pages


@given(st.lists(st.builds(line, KIND, USUAL, USUAL) | ODD, max_size=12), st.integers(0, 40))
def test_both_ways_agree_on_usual_logs(parts: list[bytes], cut: int) -> None:
    block = b"".join(parts)
    block = block[: max(0, len(block) - cut)]
    assert facts(ranges_at_once(block)) == facts(ranges_one_by_one(block))


@given(st.lists(LINES | ODD | st.binary(max_size=4), max_size=12))
def test_both_ways_agree_on_odd_ones(parts: list[bytes]) -> None:
    block = b"".join(parts)
    assert facts(ranges_at_once(block)) == facts(ranges_one_by_one(block))


def test_pages_are_those_of_what_was_written() -> None:
    block = line(b"p", b"7f0000000000", b"7f0000002000") + line(b"h", b"7f0000002000", b"7f0000003000")
    block += line(b"p", b"7f0000003000", b"7f0000004fff")
    for read in (ranges_at_once, ranges_one_by_one):
        found = read(block)
        assert (found.parent_pages, found.pages) == (1, 3)
        assert list(found.written) == [2, 3]
        assert all(block[place:].startswith(b"page-xfer: \tp") for place in found.places)
