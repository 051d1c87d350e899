"""Checkpoints: logs and the listing joined, and how each operation ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from analyzer.evidence.content import Content, MemoryContent
from analyzer.evidence.model import ListingEntry
from analyzer.parsers.checkpoints import Checkpoint, read_checkpoints
from tests.parsers.checkpoint_samples import HEADER, INTERRUPTED_CALL, NO_INVENTORY

DONE = HEADER + "(00.500000) Dumping finished successfully\n"
RESTORED = HEADER + "(00.500000) Restore finished successfully. Tasks resumed.\n(00.6) Writing stats\n"
WHOLE = {"inventory.img": 86, "pstree.img": 30, "files.img": 44, "core-7.img": 2300, "pages-1.img": 8192}
CUT = {"files.img": 0, "pages-1.img": 8192, "pagemap-7.img": 0}


def read(logs: Mapping[str, str], files: Mapping[str, int] | None = None) -> tuple[Checkpoint, ...]:
    workdir: dict[str, Content] = {f".fusion/dump/{k}": MemoryContent(v.encode()) for k, v in logs.items()}
    listing = (
        None
        if files is None
        else tuple(ListingEntry(f".fusion/dump/{k}", v, "2026-11-22T09:30:00Z") for k, v in files.items())
    )
    return read_checkpoints(workdir, listing)


def in_folder(files: Mapping[str, int], number: int = 1) -> dict[str, int]:
    return {f"{number}/{name}": size for name, size in files.items()}


@pytest.mark.parametrize(
    ("log", "files", "outcome"),
    [
        (DONE, None, "complete"),
        (HEADER, None, "unfinished"),
        ("", None, "unknown"),
        (INTERRUPTED_CALL, None, "unknown"),
        ("", {**WHOLE, "stats-dump": 46}, "complete"),
        (INTERRUPTED_CALL, {**WHOLE, "stats-dump": 46}, "complete"),
        ("", CUT, "unfinished"),
        (HEADER, CUT, "unfinished"),
        # a full disk cut the log of a dump that succeeded
        (HEADER + "(00.4", {**WHOLE, "stats-dump": 46}, "complete"),
        # a full disk left no room for the statistics
        (HEADER + "(00.4", WHOLE, "complete"),
        # the images are complete, the script after the dump failed
        ("Error (criu/cr-dump.c:2128): Dumping FAILED.\n", WHOLE, "failed"),
    ],
)
def test_how_a_dump_ended(log: str, files: Mapping[str, int] | None, outcome: str) -> None:
    [checkpoint] = read({"1/dump_1.log": log}, None if files is None else in_folder(files))
    assert checkpoint.outcome == outcome
    assert checkpoint.kind == "full"


def test_an_inventory_proves_nothing_of_a_pre_dump() -> None:
    [checkpoint] = read({"1/pre_1.log": ""}, in_folder({"inventory.img": 19, "pages-1.img": 4096}))
    assert checkpoint.kind == "pre"
    assert checkpoint.outcome == "unfinished"


@pytest.mark.parametrize(
    ("log", "files", "outcome"),
    [
        (RESTORED, None, "complete"),
        (HEADER, None, "unfinished"),
        ("", None, "unknown"),
        ("", WHOLE, "unfinished"),
        ("", {**WHOLE, "stats-restore": 25}, "complete"),
        (HEADER, {**WHOLE, "stats-restore": 25}, "unfinished"),  # the statistics are of an earlier restore
        ("Error (criu/cr-restore.c:2324): Restoring FAILED.\n", WHOLE, "failed"),
        (
            "Error (criu/cr-restore.c:2182): Aborting restore due to post-restore script ret code -1\n",
            {**WHOLE, "stats-restore": 25},
            "failed",
        ),
    ],
)
def test_how_a_restore_ended(log: str, files: Mapping[str, int] | None, outcome: str) -> None:
    logs = {"1/dump_1.log": DONE, "1/restore_1.log": log}
    [checkpoint] = read(logs, None if files is None else in_folder({**files, "stats-dump": 46}))
    assert checkpoint.restore_outcome == outcome


def test_folders_come_in_the_order_of_their_numbers() -> None:
    found = read({f"{n}/pre_{n}.log": DONE.replace("Dumping", "Pre-dumping") for n in (10, 2, 9)})
    assert [c.number for c in found] == [2, 9, 10]
    assert {c.outcome for c in found} == {"complete"}


def test_restores_of_one_folder_come_in_their_order() -> None:
    [found] = read({"3/dump_3.log": DONE, "3/restore_10.log": RESTORED, "3/restore_9.log": NO_INVENTORY})
    assert [log.source[-14:] for log in found.restores] == ["/restore_9.log", "restore_10.log"]
    assert found.restore_outcome == "complete"


def test_a_folder_without_a_log_is_a_checkpoint_too() -> None:
    [found] = read({}, in_folder(CUT, 6))
    assert found.number == 6
    assert found.log is None
    assert found.outcome == "unfinished"
    assert found.pages_bytes == 8192
    assert found.last_modified == "2026-11-22T09:30:00Z"


@pytest.mark.parametrize("name", ["dump_7.log", "anything.txt"])
def test_a_bare_log_of_any_name_is_a_checkpoint(name: str) -> None:
    [found] = read_checkpoints({name: MemoryContent(DONE.encode())}, None)
    assert found.number == 0
    assert found.outcome == "complete"


def test_other_files_are_no_checkpoints() -> None:
    workdir: dict[str, Content] = {
        ".command.log": MemoryContent(DONE.encode()),
        "results.txt": MemoryContent(b"all is well\n"),
        ".fusion/dump/dump_metadata": MemoryContent(b"{}"),
        ".fusion/dump/1/notes.txt": MemoryContent(b"x"),
    }
    assert read_checkpoints(workdir, (ListingEntry("results.txt", 12, None),)) == ()


class _Broken:
    size = 100

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        yield 0, b"(00.000000) "
        raise OSError("the disk is gone")


def test_a_log_that_cannot_be_read_is_named() -> None:
    [found] = read_checkpoints({".fusion/dump/1/dump_1.log": _Broken()}, None)
    assert found.unreadable == ("workdir/.fusion/dump/1/dump_1.log",)
    assert found.outcome == "unknown"
