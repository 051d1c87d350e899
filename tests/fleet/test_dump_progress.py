"""How far a dump is, by what lies in the work directory."""

from __future__ import annotations

import pytest

from analyzer.evidence.model import ListingEntry
from analyzer.fleet.dump_progress import DumpProgress, progress_of
from analyzer.parsers.dump_metadata import DumpKind, DumpMetadata, MetadataEntry
from analyzer.parsers.log_ref import LogRef

NOON = 1_795_262_400_000  # 2026-11-21T12:00:00Z


def entry(key: str, size: int, at: str) -> ListingEntry:
    return ListingEntry(key, size, f"2026-11-21T{at}Z")


def told(number: int, kind: DumpKind | None, state: str | None) -> DumpMetadata:
    reference = LogRef("workdir/.fusion/dump/dump_metadata", state or "")
    return DumpMetadata((MetadataEntry(reference, number, kind, state),))


IMAGES = (entry("3/pages-1.img", 5_000, "11:59:20"), entry("3/pages-2.img", 7_000, "11:59:50"))


def test_a_dump_that_is_said_to_go_on_does() -> None:
    found = progress_of((*IMAGES, entry("dump_metadata", 9, "11:59:19")), told(3, "FULL", "DUMPING"), NOON)
    assert found == DumpProgress(3, "FULL", True, 12_000, NOON - 40_000)


def test_one_that_is_said_to_be_over_is() -> None:
    found = progress_of(IMAGES, told(3, "FULL", "DUMPED"), NOON)
    assert found is not None
    assert not found.goes_on


def test_without_metadata_a_folder_that_still_changes_tells() -> None:
    logged = (*IMAGES, entry("3/dump_3.log", 70, "11:59:55"))
    found = progress_of(logged, None, NOON)
    assert found == DumpProgress(3, "FULL", True, 12_000, NOON - 40_000)
    later = progress_of(logged, None, NOON + 120_000)
    assert later is not None
    assert not later.goes_on


@pytest.mark.parametrize("since", [NOON + 1, NOON + 900_000])
def test_what_was_left_dumping_goes_on_no_more(since: int) -> None:
    """By an earlier attempt, or ten minutes ago."""
    started = NOON if since == NOON + 1 else None
    found = progress_of(IMAGES, told(3, "FULL", "DUMPING"), since, started)
    assert found is not None
    assert not found.goes_on


def test_a_restored_dump_is_told_and_over() -> None:
    found = progress_of((*IMAGES, entry("3/restore_3.log", 5, "11:59:58")), told(3, "FULL", "DUMPING"), NOON)
    assert found == DumpProgress(3, "FULL", False, 12_000, NOON - 40_000, restored=3)


def test_the_newest_counts_and_what_is_no_dump_is_passed_over() -> None:
    found = progress_of((entry("2/pre_2.log", 1, "11:00:00"), *IMAGES, entry("notes/x", 1, "11:00:00")), None, NOON)
    assert found is not None
    assert (found.number, found.kind) == (3, None)
    assert progress_of((), None, NOON) is None
    assert progress_of((ListingEntry("x/y/z", 1, "never"), ListingEntry("4", 1, None)), None, NOON) is None
    damaged = progress_of((ListingEntry("4/a.img", 1, "never"),), None, NOON)
    assert damaged == DumpProgress(4, None, False, 1, None)
