"""Logs with lines left out: read under their own numbers, and never at the cost of the lines that are not there."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bundle.cut import without_middle
from analyzer.evidence.capture import MAX_LINES_LEFT_OUT, MAX_PLACES, read_capture
from analyzer.evidence.content import MemoryContent, Place, ShortenedContent, iter_lines
from analyzer.evidence.model import Evidence
from analyzer.evidence.store import read_folder
from analyzer.parsers.checkpoints import read_checkpoints
from tests.parsers.log_reading import tail_lines

LOG = b"(00.000001) first\n(00.000002) second\n(09.000003) Error (criu/mem.c:1): last\n"
AT = LOG.index(b"(09")
NAME = ".fusion/dump/3/dump_3.log"


def capture(folder: Path, table: Any, name: str = f"workdir/{NAME}") -> Evidence:
    """A capture with one log, of which its manifest says something."""
    for member, data in ((name, LOG), (f"logs/{1}.jsonl", b'{"timestamp": 1, "message": "hello"}\n')):
        (folder / member).parent.mkdir(parents=True, exist_ok=True)
        (folder / member).write_bytes(data)
    manifest = {"format": "fsnap-capture/1", "kind": "workdir", "slices": {name: table}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return read_capture(read_folder(folder), "t")


def test_what_makes_sense_keeps_the_numbers(tmp_path: Path) -> None:
    evidence = capture(tmp_path, {"left_out": [{"at": AT, "lines": 1_000_000}]})
    assert evidence.gaps == ()
    lines = list(iter_lines(evidence.workdir[NAME]))
    assert [(line.number, line.offset) for line in lines if line.data] == [
        (1, 0),
        (2, LOG.index(b"(00.000002")),
        (1_000_003, AT + 1_000_000),
    ]


@pytest.mark.parametrize(
    "left_out",
    [
        None,
        7,
        "all",
        {"at": 1, "lines": 1},
        [None],
        [[1, 2]],
        ["x", {"at": AT, "lines": 3}],
        [{"at": AT}],
        [{"lines": 3}],
        [{"at": AT, "lines": True}],
        [{"at": "one", "lines": "two"}],
        [{"at": [], "lines": {}}],
        [{"at": AT, "lines": 0}],
        [{"at": AT, "lines": -(10**30)}],
        [{"at": -1, "lines": 3}],
        [{"at": AT, "lines": 3}, {"at": AT - 1, "lines": 3}],
        [{"at": 10**30, "lines": 3}],
        [{"at": AT, "lines": 10**30}],
        [{"at": AT, "lines": MAX_LINES_LEFT_OUT}, {"at": AT, "lines": 1}],
        [{"at": AT, "lines": 1}] * (MAX_PLACES + 1),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_a_gap_and_the_log_is_read_as_it_stands(left_out: Any, tmp_path: Path) -> None:
    evidence = capture(tmp_path, {"left_out": left_out})
    (gap,) = evidence.gaps
    assert gap.what == f"the capture's workdir/{NAME}"
    assert "lines were left out" in gap.why
    assert [line.number for line in iter_lines(evidence.workdir[NAME])] == [1, 2, 3]


def test_with_the_ends_of_a_larger_file_too(tmp_path: Path) -> None:
    table = {"size": 10**30, "head_bytes": AT, "left_out": [{"at": AT, "lines": 10**9}]}
    evidence = capture(tmp_path, table)
    assert evidence.gaps == ()
    numbers = [line.number for line in iter_lines(evidence.workdir[NAME])]
    assert numbers[:2] == [1, 2]


def test_all_logs_together_leave_out_no_more_than_one_may(tmp_path: Path) -> None:
    capture(tmp_path, {})
    tables = {
        name: {"left_out": [{"at": 0, "lines": MAX_LINES_LEFT_OUT}]} for name in ("logs/1.jsonl", f"workdir/{NAME}")
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"format": "fsnap-capture/1", "slices": tables}))
    assert len(read_capture(read_folder(tmp_path), "t").gaps) == 1


def test_a_hundred_million_missing_lines_take_no_time(tmp_path: Path) -> None:
    missing = 100_000_000
    content = ShortenedContent(MemoryContent(LOG), (Place(AT, missing),))
    began = time.perf_counter()
    *_, last = iter_lines(content)
    assert (last.number, last.text) == (missing + 3, "(09.000003) Error (criu/mem.c:1): last")
    assert [line.line for line in tail_lines(content, 1)] == [missing + 3]
    evidence = capture(tmp_path, {"left_out": [{"at": AT, "lines": missing}]})
    (dump,) = read_checkpoints(evidence.workdir, None)
    assert dump.log is not None
    assert [problem.line.number for problem in dump.log.problems] == [missing + 3]
    assert without_middle(content, 20, frozenset({missing + 3}), json_lines=False) is not None
    assert time.perf_counter() - began < 20


@given(
    st.lists(st.tuples(st.sampled_from([b"a\n", b"\n", b"bc", b"d\r\n", b"e"]), st.integers(0, 4)), max_size=8),
    st.integers(5, 100),
)
def test_counting_gives_what_reading_gives(parts: list[tuple[bytes, int]], longest: int) -> None:
    stored, places = b"", []
    for data, lines in parts:
        stored += data
        if lines:
            places.append(Place(len(stored), lines))
    content = ShortenedContent(MemoryContent(stored), tuple(places))
    read = MemoryContent(b"".join(block for _, block in content.blocks()))
    assert read.size == content.size
    whole = [(x.number, x.offset, x.data, x.complete) for x in iter_lines(read, longest) if x.data]
    assert [(x.number, x.offset, x.data, x.complete) for x in iter_lines(content, longest) if x.data] == whole
