"""Captures of a job, put together."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.evidence.content import MemoryContent
from analyzer.evidence.merge import with_saved
from analyzer.evidence.model import Evidence, Gap

I_1, I_2 = "i-0abc1234def567890", "i-0fff1234def567890"
JOB = {
    "jobId": "a",
    "status": "FAILED",
    "attempts": [
        {"statusReason": f"Host EC2 (instance {I_1}) terminated.", "container": {"containerInstanceArn": "arn:x/c/1"}},
        {"container": {"containerInstanceArn": "arn:x/c/2", "exitCode": 1}},
    ],
}


def evidence(at: str, **parts: Any) -> Evidence:
    return Evidence("a", "job", captured_at=at, **{"job": JOB, **parts})


def texts(content: Any) -> bytes:
    return b"".join(block for _, block in content.blocks())


def test_the_newest_counts_and_older_ones_fill_its_holes() -> None:
    first = evidence(
        "1", instances=({"InstanceId": I_1, "State": {"Name": "running"}},), logs={1: MemoryContent(b"one")}
    )
    second = evidence(
        "2",
        instances=({"InstanceId": I_1, "State": {"Name": "terminated"}},),
        container_instances=({"containerInstanceArn": "arn:x/c/2", "ec2InstanceId": I_2},),
        interruptions=({"id": "e", "detail": {"instance-id": I_1}},),
    )
    merged = with_saved(evidence("3", logs={2: MemoryContent(b"two")}), [first, second])
    assert merged.captured_at == "3"
    assert [one["State"]["Name"] for one in merged.instances] == ["terminated"]
    assert {n: texts(log) for n, log in merged.logs.items()} == {1: b"one", 2: b"two"}
    assert {(one.what, one.captured_at) for one in merged.recalled} == {
        ("the log of attempt 1", "1"),
        ("the instance of attempt 1", "2"),
        ("the instance of attempt 2", "2"),
        ("the Spot interruption warning", "2"),
    }


def test_nothing_of_another_job_is_taken() -> None:
    other = evidence("1", job={**JOB, "jobId": "b"}, logs={1: MemoryContent(b"foreign")})
    nameless = evidence("1", job={"status": "FAILED"}, logs={1: MemoryContent(b"foreign")})
    merged = with_saved(evidence("2"), [other, nameless])
    assert (dict(merged.logs), merged.recalled) == ({}, ())
    with pytest.raises(ValueError, match="no evidence"):
        with_saved(None, [nameless])


def test_without_anything_new_the_last_capture_is_the_job() -> None:
    merged = with_saved(None, [evidence("1", logs={1: MemoryContent(b"one")}), evidence("2")])
    assert (merged.captured_at, dict(merged.logs)[1].size) == ("2", 3)
    assert merged.recalled[0].captured_at == "2"


def test_the_fuller_log_is_taken_and_masking_makes_none_fuller() -> None:
    long, masked = MemoryContent(b"x" * 5000), MemoryContent(b"x" * 2020)
    now = evidence("2", logs={1: MemoryContent(b"y" * 2000), 2: MemoryContent(b"y" * 2000)})
    merged = with_saved(now, [evidence("1", logs={1: long, 2: masked})])
    assert {n: texts(log)[:1] for n, log in merged.logs.items()} == {1: b"x", 2: b"y"}


def test_of_the_work_directory_the_newer_files_count_and_checkpoint_logs_never_shrink() -> None:
    dump, own = ".fusion/dump/1/dump_1.log", ".command.log"
    first = evidence(
        "1", workdir={dump: MemoryContent(b"x" * 5000), own: MemoryContent(b"x" * 5000), "gone": MemoryContent(b"x")}
    )
    merged = with_saved(evidence("2", workdir={dump: MemoryContent(b"y"), own: MemoryContent(b"y")}), [first])
    assert {name: texts(one)[:1] for name, one in merged.workdir.items()} == {dump: b"x", own: b"y", "gone": b"x"}


def test_gaps_that_are_closed_go() -> None:
    gaps = (
        Gap("the log of attempt 1, the log of attempt 2", "x", "y"),
        Gap("the job queue", "x", "y"),
        Gap("workdir/a, workdir/b", "x", "y"),
        Gap("the beginning of the log of attempt 1", "x", "y"),
        Gap("the instance type of attempt 1, 2", "x", "y"),
        Gap("the container instances", "x", "y"),
        Gap("CloudTrail", "x", "y"),
    )
    saved = evidence(
        "1",
        logs={1: MemoryContent(b"one")},
        job_queue={"jobQueueName": "q"},
        workdir={"b": MemoryContent(b"b")},
        instances=({"InstanceId": I_1, "InstanceType": "m6id.large"},),
    )
    merged = with_saved(evidence("2", gaps=gaps), [saved])
    assert [gap.what for gap in merged.gaps] == [
        "the log of attempt 2",
        "workdir/a",
        "the beginning of the log of attempt 1",
        "the instance type of attempt 2",
        "the container instances",
        "CloudTrail",
    ]
