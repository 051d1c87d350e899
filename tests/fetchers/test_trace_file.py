"""Trace files on this machine: streamed, and refused in one sentence."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.trace_file import read_trace
from analyzer.parsers.nextflow_trace import TraceReader

HEADER = b"native_id\tname\n"
ID = b"0d5b2c44-9c1e-4d27-8f35-5a1b2c3d4e5f"


def ids(path: Path) -> list[str]:
    return [entry.native_id for entry in read_trace(path, TraceReader(str(path)))]


def test_a_line_without_end_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    path.write_bytes(HEADER + b"x" * 30_000_000 + b"\n" + ID + b"\tALIGN")
    tracemalloc.start()
    try:
        assert ids(path) == [ID.decode()]
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_line_of_just_the_longest_length_keeps_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    for length in range(64 * 1024 - 2, 64 * 1024 + 4):
        path.write_bytes(HEADER + b"x" * length + b"\n" + ID + b"\tALIGN\n")
        assert ids(path) == [ID.decode()]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: None, "no such file"),
        (lambda path: path.mkdir(), "a folder; give the trace file"),
        (lambda path: path.write_text("a,b\n1,2\n"), "not a trace file of Nextflow's"),
    ],
)
def test_refused_in_one_sentence_that_names_the_file(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "trace.txt"
    make(path)  # type: ignore[operator]  # a list of callables of different returns
    with pytest.raises(FetchError, match=words) as caught:
        ids(path)
    assert str(caught.value).startswith(str(path))
