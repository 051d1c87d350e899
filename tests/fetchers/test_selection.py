from __future__ import annotations

from dataclasses import replace

from analyzer.evidence.model import ListingEntry
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.selection import WRAPPER_HEAD_BYTES, select

OPTIONS = FetchOptions()
GIGABYTE = 10**9


def entries(*names: str, size: int = 100) -> list[ListingEntry]:
    return [ListingEntry(name, size, None) for name in names]


def chosen(*names: str, size: int = 100, options: FetchOptions = OPTIONS) -> list[str]:
    return [wanted.name for wanted in select(entries(*names, size=size), options).files]


def test_images_and_outputs_are_never_read() -> None:
    names = [
        ".fusion/dump/3/pages-1.img",
        ".fusion/dump/3/inventory.img",
        ".fusion/dump/3/stats-dump",
        ".fusion/dump/manifest.img",
        ".fusion/dump/tmpfs.tar.gz",
        "result.bam",
        "deep/.command.log",
        ".fusion/dump/x/dump_1.log",
    ]
    assert chosen(*names) == []


def test_the_files_that_tell() -> None:
    names = [
        ".command.log",
        ".command.run",
        ".exitcode",
        ".fusion.log",
        ".fusion/trace.json",
        ".command.trace",
        ".command.err",
    ]
    checkpoints = [".fusion/dump/dump_metadata", ".fusion/dump/manifest.json", ".fusion/dump/2/dump_2.log"]
    assert set(chosen(*names, *checkpoints, "result.bam")) == {*names, *checkpoints}


def test_the_tasks_output_is_read_where_it_has_no_log() -> None:
    assert chosen(".command.out", ".command.log") == [".command.log"]
    assert chosen(".command.out") == [".command.out"]


def test_newest_checkpoints_first_and_what_ended_before_what_prepared() -> None:
    names = [f".fusion/dump/{n}/pre_{n}.log" for n in range(1, 301)]
    names += [".fusion/dump/9/dump_9.log", ".fusion/dump/301/dump_301.log", ".fusion/dump/301/restore_301.log"]
    selection = select(entries(*names), replace(OPTIONS, max_files=5))
    assert [wanted.name.removeprefix(".fusion/dump/") for wanted in selection.files] == [
        "301/dump_301.log",
        "301/restore_301.log",
        "9/dump_9.log",
        "300/pre_300.log",
        "299/pre_299.log",
    ]
    assert len(selection.left_out) == 298


def test_small_files_whole_large_ones_from_both_ends_the_wrapper_only_its_head() -> None:
    small = select(entries(".command.log", size=1000), OPTIONS).files[0]
    large = select(entries(".command.log", size=GIGABYTE), OPTIONS).files[0]
    wrapper = select(entries(".command.run", size=GIGABYTE), OPTIONS).files[0]
    assert (small.head_bytes, small.tail_bytes) == (1000, 0)
    assert (large.head_bytes, large.tail_bytes) == (OPTIONS.head_bytes, OPTIONS.tail_bytes)
    assert (wrapper.head_bytes, wrapper.tail_bytes) == (WRAPPER_HEAD_BYTES, 0)


def test_all_that_is_read_stays_within_the_budget() -> None:
    names = [f".fusion/dump/{n}/dump_{n}.log" for n in range(1, 101)]
    selection = select(entries(*names, size=GIGABYTE), OPTIONS)
    assert sum(wanted.planned_bytes for wanted in selection.files) <= OPTIONS.max_workdir_bytes
    assert selection.files[0].name == ".fusion/dump/100/dump_100.log"
    assert len(selection.files) + len(selection.left_out) == 100


def test_large_files_beside_the_checkpoints_are_not_read() -> None:
    assert chosen(".fusion/dump/blob", size=OPTIONS.whole_file_bytes + 1) == []
