"""Traces of Nextflow as it writes them, for people and raw, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.parsers.nextflow_trace import (
    MAX_LINE_BYTES,
    TraceEntry,
    TraceError,
    TraceReader,
    memory_bytes,
    process_of,
)

ID = "0d5b2c44-9c1e-4d27-8f35-5a1b2c3d4e5f"
DEFAULT = (
    "task_id\thash\tnative_id\tname\tstatus\texit\tsubmit\tduration\trealtime\t%cpu\tpeak_rss\tpeak_vmem\trchar\twchar"
)


def read(*lines: str) -> tuple[list[TraceEntry], TraceReader]:
    reader = TraceReader("trace.txt")
    return list(reader.entries(line.encode() + b"\n" for line in lines)), reader


def task(native_id: str = ID, status: str = "COMPLETED", name: str = "ALIGN (s_7)", peak: str = "1.2 GB") -> str:
    when = "2026-11-20 10:11:12.345"
    return f"7\t4f/a1b2c3\t{native_id}\t{name}\t{status}\t0\t{when}\t3h 2m 5s\t2h 59m\t99.1%\t{peak}\t2 GB\t1 MB\t-"


def test_default_columns_for_people() -> None:
    entries, reader = read(DEFAULT, task())
    assert entries == [
        TraceEntry(
            native_id=ID,
            name="ALIGN (s_7)",
            process="ALIGN",
            peak_rss_bytes=1_288_490_188,
            exit_code=0,
            hash="4f/a1b2c3",
            status="COMPLETED",
            submit="2026-11-20 10:11:12.345",
        )
    ]
    assert reader.notes() == ()


def test_own_columns_in_own_order_and_raw_figures() -> None:
    entries, _ = read("process\tpeak_rss\tnative_id\tmemory", f"RNA:ALIGN\t1288490188\t{ID}:12\t34359738368")
    assert entries == [TraceEntry(native_id=f"{ID}:12", process="RNA:ALIGN", peak_rss_bytes=1_288_490_188)]


@pytest.mark.parametrize("separator", [",", ";"])
def test_another_separator(separator: str) -> None:
    entries, _ = read(DEFAULT.replace("\t", separator), task().replace("\t", separator))
    assert [entry.native_id for entry in entries] == [ID]


def test_byte_order_mark_and_windows_line_ends() -> None:
    reader = TraceReader("trace.txt")
    data = ("\ufeff" + DEFAULT + "\r\n" + task() + "\r\n").encode()
    assert [entry.native_id for entry in reader.entries(data.splitlines(keepends=True))] == [ID]


def test_what_did_not_run_on_batch_is_passed_over_and_counted() -> None:
    entries, reader = read(
        DEFAULT,
        task(),
        task(status="CACHED"),
        task(status="CACHED"),
        task(native_id="12345"),
        task(native_id="-", status="ABORTED"),
        "7\t4f",
        "x" * (MAX_LINE_BYTES + 1),
        DEFAULT,
        "",
    )
    assert len(entries) == reader.read == 1
    assert reader.notes() == (
        "trace.txt: 2 tasks passed over: resumed from an earlier run (CACHED).",
        "trace.txt: 1 task passed over: run elsewhere than on AWS Batch: their native_id is no job's id.",
        "trace.txt: 1 task passed over: never submitted: they have no native_id.",
        "trace.txt: 2 tasks passed over: cut or malformed lines.",
    )


def test_a_trace_without_tasks_says_so() -> None:
    assert read(DEFAULT)[1].notes() == ("trace.txt: the trace has no task.",)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("",),
        (task(),),
        ("name\tage\tcity", "a\tb\tc"),
        ("Timestamp,CPU,Memory", "1,2,3"),
        ('{"traceEvents": []}',),
        ("\x00" * 100,),
        ("x" * (MAX_LINE_BYTES * 2),),
    ],
)
def test_what_is_no_trace_is_refused_with_the_option_that_makes_one(lines: tuple[str, ...]) -> None:
    with pytest.raises(TraceError, match=r"not a trace file of Nextflow's.*-with-trace.*trace.fields"):
        read(*lines)


def test_a_trace_without_native_ids_is_refused_with_the_option_that_adds_them() -> None:
    with pytest.raises(TraceError, match=r"without the column native_id.*trace.fields"):
        read("task_id\thash\tname\tstatus\texit", "1\t4f/a1b2c3\tALIGN\tCOMPLETED\t0")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", None),
        ("0 B", None),
        ("-", None),
        (None, None),
        ("1 KB", 1024),
        ("512 MB", 512 * 1024**2),
        ("1.5 GB", 3 * 1024**3 // 2),
        ("2TB", 2 * 1024**4),
        ("9007199254740993", 9_007_199_254_740_993),
        ("9" * 19 + " EB", None),
        ("1e9", None),
        ("-5 GB", None),
        ("1,2 GB", None),
        ("12%", None),
    ],
)
def test_sizes(text: str | None, size: int | None) -> None:
    assert memory_bytes(text) == size


@pytest.mark.parametrize(
    ("name", "process"),
    [(None, None), ("A", "A"), ("A:B (x (y))", "A:B"), ("A (x", "A (x"), ("A (1)", "A")],
)
def test_processes(name: str | None, process: str | None) -> None:
    assert process_of(name) == process


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters='"'), max_size=20)


@given(st.lists(st.tuples(st.uuids(), WORDS, st.integers(1, 2**50)), max_size=8), st.permutations(range(4)))
def test_what_was_written_is_read_whatever_the_order_of_the_columns(
    tasks: list[tuple[object, str, int]], order: list[int]
) -> None:
    names = ["native_id", "name", "peak_rss", "status"]
    table = [names] + [[str(uuid), name, str(peak), "COMPLETED"] for uuid, name, peak in tasks]
    entries, reader = read(*("\t".join(line[i] for i in order) for line in table))
    assert [(e.native_id, e.peak_rss_bytes) for e in entries] == [(str(uuid), peak) for uuid, _, peak in tasks]
    assert reader.passed_over.total() == 0


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_rubbish_never_crashes(lines: list[bytes]) -> None:
    reader = TraceReader("trace.txt")
    entries = list(reader.entries([DEFAULT.encode(), *lines]))
    told = [line for line in lines if line.strip()]
    assert len(entries) + reader.passed_over.total() == len(told)
