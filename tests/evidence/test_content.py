"""Lines and blocks of evidence, whole and with parts left out."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.content import BLOCK_BYTES, FileContent, MemoryContent, SlicedContent, iter_lines, read_all


def test_lines_have_numbers_offsets_and_their_last_may_be_cut() -> None:
    lines = list(iter_lines(MemoryContent(b"one\r\ntwo\n\nthree")))
    assert [(line.number, line.offset, line.data, line.complete) for line in lines] == [
        (1, 0, b"one", True),
        (2, 5, b"two", True),
        (3, 9, b"", True),
        (4, 10, b"three", False),
    ]


def test_after_a_part_left_out_numbers_are_unknown_and_the_broken_line_is_passed_over() -> None:
    content = MemoryContent(b"first\nbegins here", b"ends here\nlast\n", original_size=1_000)
    lines = list(iter_lines(content))
    assert [(line.number, line.data, line.complete) for line in lines] == [
        (1, b"first", True),
        (2, b"begins here", False),
        (None, b"last", True),
    ]
    assert lines[-1].offset == 995


def test_an_overlong_line_is_cut_and_the_next_one_is_whole() -> None:
    content = MemoryContent(b"x" * (3 * BLOCK_BYTES) + b"\nshort\n")
    lines = list(iter_lines(content, max_line_bytes=100))
    assert [len(line.data) for line in lines] == [100, 5]
    assert lines[1].number == 2


@given(st.binary(max_size=300))
def test_lines_of_any_bytes_are_those_that_splitting_gives(data: bytes) -> None:
    expected = [part.removesuffix(b"\r") for part in data.split(b"\n")]
    last_is_whole = not expected[-1] if not data.endswith(b"\r") else False
    found = [line.data.removesuffix(b"\r") for line in iter_lines(MemoryContent(data))]
    assert found == (expected[:-1] if last_is_whole else expected)


@given(st.binary(min_size=1, max_size=200), st.integers(0, 200), st.integers(1, 1_000))
def test_a_stored_slice_reads_like_the_slice_in_memory(stored: bytes, head: int, omitted: int) -> None:
    head = min(head, len(stored))
    memory = MemoryContent(stored[:head], stored[head:], len(stored) + omitted)
    sliced = SlicedContent(MemoryContent(stored), head, len(stored) + omitted)
    assert list(iter_lines(memory)) == list(iter_lines(sliced))


def test_a_file_is_read_no_further_than_its_size_when_it_was_found(tmp_path: Path) -> None:
    path = tmp_path / "grows.log"
    path.write_bytes(b"before\nafter\n")
    assert [line.data for line in iter_lines(FileContent(path, 7))] == [b"before"]


def test_reading_all_stops_at_the_limit() -> None:
    assert read_all(MemoryContent(b"0123456789"), 4) == b"0123"
