"""What a dump has to move: the best source wins, and is named."""

from __future__ import annotations

from dataclasses import replace

from analyzer.advisor.footprint import LIMIT, footprint
from analyzer.classifier.facts import Facts
from analyzer.evidence.job import ContainerSpec, Job
from analyzer.parsers.checkpoint_log import CheckpointLog
from analyzer.parsers.checkpoints import Checkpoint
from analyzer.parsers.task_trace import TaskTrace

GIB = 2**30
PAGES = GIB // 4096
"""Pages of 4096 bytes that make a GiB."""


def _job(memory_gib: int | None = 64) -> Facts:
    spec = ContainerSpec(memory_mib=memory_gib * 1024 if memory_gib else None)
    return Facts("x", "job", job=Job(id="abc", status="FAILED", containers=(spec,)))


def _dump(number: int, written_gib: float, parent_gib: float = 0, *, complete: bool = True) -> Checkpoint:
    log = CheckpointLog(
        source=f"dump_{number}.log",
        operation="dump",
        timed=True,
        detailed=True,
        last_seconds=60.0,
        pages=round(written_gib * PAGES),
        parent_pages=round(parent_gib * PAGES),
    )
    return Checkpoint(number, "full", dump=log, outcome="complete" if complete else "unfinished")


def test_a_complete_dump_tells_what_the_task_held() -> None:
    held = footprint(replace(_job(), checkpoints=(_dump(1, 20),)))
    assert held is not None
    assert (held.bytes, held.measured) == (20 * GIB, True)
    assert "dump_1.log" in held.transfer.footprint_bytes.source


def test_pages_left_to_a_pre_dump_are_held_but_not_moved() -> None:
    held = footprint(replace(_job(), checkpoints=(_dump(2, 5, 15),)))
    assert held is not None
    assert held.bytes == 20 * GIB
    assert held.transfer.dirty_share.value == 0.25
    assert held.transfer.bytes == 5 * GIB


def test_of_several_complete_dumps_the_worst_counts() -> None:
    held = footprint(replace(_job(), checkpoints=(_dump(2, 5, 15), _dump(4, 15, 15))))
    assert held is not None
    assert held.bytes == 30 * GIB
    assert held.transfer.dirty_share.value == 0.5


def test_a_dump_that_was_cut_tells_the_least_and_the_request_the_most() -> None:
    held = footprint(replace(_job(), checkpoints=(_dump(1, 50, complete=False),)))
    assert held is not None
    assert (held.bytes, held.seen_bytes, held.measured) == (64 * GIB, 50 * GIB, False)
    assert held.transfer.footprint_bytes.source == LIMIT
    assert held.transfer.dirty_share.value == 1


def test_the_task_s_own_peak_beats_what_it_asked_for() -> None:
    held = footprint(replace(_job(), trace=TaskTrace(cgroup_peak_bytes=30 * GIB, peak_rss_bytes=28 * GIB)))
    assert held is not None
    assert held.bytes == 30 * GIB
    assert "control group" in held.transfer.footprint_bytes.source


def test_a_peak_below_what_a_cut_dump_wrote_is_not_believed() -> None:
    facts = replace(_job(), trace=TaskTrace(peak_rss_bytes=8 * GIB), checkpoints=(_dump(1, 50, complete=False),))
    held = footprint(facts)
    assert held is not None
    assert held.bytes == 64 * GIB


def test_without_a_job_the_cut_dump_is_all_there_is() -> None:
    held = footprint(Facts("x", "log", checkpoints=(_dump(1, 50, complete=False),)))
    assert held is not None
    assert held.bytes == 50 * GIB


def test_where_nothing_tells_there_is_no_footprint() -> None:
    assert footprint(Facts("x", "log")) is None
    assert footprint(_job(None)) is None


def test_what_changed_since_a_pre_dump_is_not_all_that_the_task_holds() -> None:
    """The log names its parent and no page ranges: its images are the difference from a pre-dump that is gone."""
    log = CheckpointLog(source="dump_4.log", operation="dump", timed=True, last_seconds=20.0, parent="../3")
    dump = Checkpoint(4, "full", dump=log, files={"pages-1.img": 2 * GIB}, outcome="complete")
    held = footprint(replace(_job(), checkpoints=(dump,)))
    assert held is not None
    assert (held.bytes, held.seen_bytes, held.measured) == (64 * GIB, 2 * GIB, False)
    before = Checkpoint(3, "pre", files={"pages-1.img": 50 * GIB}, outcome="complete")
    seen = footprint(replace(_job(), checkpoints=(before, dump)))
    assert seen is not None
    assert (seen.bytes, seen.measured) == (50 * GIB, True)
