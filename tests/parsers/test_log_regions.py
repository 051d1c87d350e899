"""Regions of a log: line numbers at every place, and lines found from either end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.content import MemoryContent
from analyzer.parsers import log_regions
from analyzer.parsers.log_regions import LogReading, Region, lines_from_first, lines_from_last

TEXT = st.lists(st.sampled_from([b"ab", b"a", b"b", b"\n", b"\r", b"x" * 9]), max_size=60).map(b"".join)


@pytest.fixture(scope="module", autouse=True)
def small_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_regions, "_STRIDE", 7)
        patch.setattr(log_regions, "_STEP_BYTES", 5)
        yield


@given(TEXT)
def test_a_line_number_is_that_of_the_line(data: bytes) -> None:
    region = Region.of(data, 0, 10)
    assert [region.line_number(n) for n in range(len(data) + 1)] == [
        10 + data[:n].count(b"\n") for n in range(len(data) + 1)
    ]
    assert region.lines == data.count(b"\n")
    assert Region.of(data, 0, None).line_number(0) is None


@given(TEXT, st.sampled_from([b"ab", b"a", b"xa", b"bb"]))
def test_the_same_lines_are_found_from_both_ends(data: bytes, literal: bytes) -> None:
    expected, start = [], 0
    for raw in data.replace(b"\r", b"\n").split(b"\n"):
        if literal in raw:
            expected.append((start, start + len(raw)))
        start += len(raw) + 1
    assert list(lines_from_first(data, literal, False)) == expected
    assert list(lines_from_last(data, literal, False, 0)) == expected[::-1]


def test_the_last_part_begins_with_a_line_and_knows_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_regions, "TAIL_BYTES", 10)
    reading = LogReading(MemoryContent(b"one\ntwo\nthree\nfour\nfive"), 100)
    assert b"".join(region.data for region in reading.regions()) == b"one\ntwo\nthree\nfour\nfive"
    tail = reading.tail()
    assert (tail.data, tail.offset, tail.first_line) == (b"four\nfive", 14, 4)
