from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.content import MemoryContent
from analyzer.parsers.task_trace import COMMAND_TRACE, FUSION_TRACE, TaskTrace, parse_exit_code, parse_task_trace

COMMAND = (
    b"nextflow.trace/v2\nrealtime=61234\n%cpu=987\ncpu_model=Intel(R) Xeon\npeak_vmem=2048\npeak_rss=1024\nrss=512\n"
)
FUSION = {
    "proc": {"realtime": 60000, "peak_rss": 900, "peak_vmem": 1900},
    "cgroup": {"version": 2, "memory_peak": 3_000_000, "memory_peak_rss": 2_000_000, "memory_limit": 4_000_000},
}


def trace(command: bytes | None = None, fusion: object = None) -> TaskTrace | None:
    files = {}
    if command is not None:
        files[COMMAND_TRACE] = MemoryContent(command)
    if fusion is not None:
        files[FUSION_TRACE] = MemoryContent(json.dumps(fusion).encode())
    return parse_task_trace(files)


def test_the_wrapper_s_figures_are_in_kib_and_ms() -> None:
    found = trace(COMMAND)
    assert found is not None
    assert (found.peak_rss_bytes, found.peak_vmem_bytes, found.realtime_ms) == (1024 * 1024, 2048 * 1024, 61234)
    assert found.cgroup_peak_bytes is None
    assert found.sources["peak_rss_bytes"] == "workdir/.command.trace: peak_rss"


def test_fusion_s_control_group_is_in_bytes_without_the_page_cache() -> None:
    found = trace(None, FUSION)
    assert found is not None
    assert (found.cgroup_peak_bytes, found.cgroup_limit_bytes) == (2_000_000, 4_000_000)
    assert found.sources["cgroup_peak_bytes"] == "workdir/.fusion/trace.json: cgroup.memory_peak_rss"
    assert found.peak_rss_bytes == 900 * 1024


def test_both_together_each_figure_from_its_better_source() -> None:
    found = trace(COMMAND, FUSION)
    assert found is not None
    assert (found.peak_rss_bytes, found.cgroup_peak_bytes) == (1024 * 1024, 2_000_000)


def test_the_whole_peak_where_fusion_tells_no_other() -> None:
    found = trace(None, {"cgroup": {"memory_peak": 5}})
    assert found is not None
    assert (found.cgroup_peak_bytes, found.sources) == (
        5,
        {"cgroup_peak_bytes": "workdir/.fusion/trace.json: cgroup.memory_peak"},
    )


def test_no_limit_is_not_a_limit() -> None:
    assert trace(None, {"cgroup": {"memory_limit": 9223372036854771712}}) is None


@pytest.mark.parametrize("fusion", [[], 5, {"cgroup": 5}, {"cgroup": {"memory_peak": "x"}}, {"proc": {"peak_rss": -1}}])
def test_wrong_types_tell_nothing(fusion: object) -> None:
    assert trace(b"peak_rss=\npeak_rss=12 kb\n=5\n", fusion) is None


def test_no_files() -> None:
    assert parse_task_trace({}) is None


def test_an_unreadable_file_does_not_hide_the_other() -> None:
    @dataclass(frozen=True)
    class Gone:
        size: int = 5

        def blocks(self) -> Iterator[tuple[int, bytes]]:
            raise OSError("gone")

    found = parse_task_trace({COMMAND_TRACE: Gone(), FUSION_TRACE: MemoryContent(json.dumps(FUSION).encode())})
    assert found is not None
    assert found.peak_rss_bytes == 900 * 1024


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"0", 0),
        (b"176\n", 176),
        (b" 1 \r\n", 1),
        (b"-1", -1),
        (b"", None),
        (b"x", None),
        (b"1 2", None),
        (b"\xff", None),
    ],
)
def test_exit_codes(data: bytes, code: int | None) -> None:
    assert parse_exit_code(MemoryContent(data)) == code


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data: bytes) -> None:
    parse_task_trace({COMMAND_TRACE: MemoryContent(data), FUSION_TRACE: MemoryContent(data)})
    parse_exit_code(MemoryContent(data))


@given(st.integers(0, 2**40), st.integers(0, 10**12))
def test_what_is_written_is_read(kib: int, ms: int) -> None:
    found = trace(f"nextflow.trace/v2\npeak_rss={kib}\nrealtime={ms}\n".encode())
    assert (found.peak_rss_bytes if found else None) == (kib * 1024 or None)
    assert (found.realtime_ms if found else None) == (ms or None)
