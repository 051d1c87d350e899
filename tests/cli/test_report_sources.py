"""`fsnap-diagnose report` over traces, captures in folders and in S3; and over logs that are searched."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.command import Command
from tests.loopback.objects import s3_client
from tests.loopback.scenario import scenario
from tests.loopback.server import Loopback

MEMORY, TCP, WELL = scenario("container-out-of-memory"), scenario("dump-tcp-connection"), scenario("well")
SEARCHED = ("container-out-of-memory", "dump-tcp-connection", "window-exceeded", "tool-failed", "well")
QUEUE = "TowerForge-5kQ2vXb7RzNtW1pLcYdH-work"
FORMAT = ("--format", "json")


def causes(document: dict[str, Any]) -> dict[str, int]:
    return {group["key"]: group["totals"]["jobs"] for group in document["by_cause"]}


def capture_of(source: Path, target: Path, **manifest: str) -> Path:
    """A copy of a capture, with other words in its manifest."""
    shutil.copytree(source, target)
    path = target / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | manifest))
    return target


def test_a_folder_of_captures(offline: Command, tmp_path: Path) -> None:
    kept = tmp_path / "captures"
    capture_of(MEMORY.capture, kept / "a")
    capture_of(TCP.capture, kept / "deep" / "er" / "b")
    (kept / "notes.txt").write_text("nothing of ours")
    outcome = offline("report", kept, kept / "a", *FORMAT)
    assert (outcome.status, outcome.err) == (1, "")
    assert causes(outcome.document()) == {"container.out_of_memory": 1, TCP.expected["accept"][0]: 1}


def test_a_stores_small_files_are_put_together(offline: Command, tmp_path: Path) -> None:
    store = tmp_path / "rows"
    for n in range(8):
        one = capture_of(MEMORY.capture, tmp_path / f"capture-{n}")
        job = json.loads((one / "job.json").read_text())
        (one / "job.json").write_text(json.dumps(job | {"jobId": f"{job['jobId'][:-1]}{n}"}))
        assert offline("report", one, "--store", store).status == 1
    assert len(list(store.rglob("*.parquet"))) == 8
    outcome = offline("report", *tmp_path.glob("capture-*"), "--store", store, "--compact", *FORMAT)
    assert causes(outcome.document()) == {"container.out_of_memory": 8}
    assert len(list(store.rglob("*.parquet"))) == 1


def test_there_must_be_a_store_to_put_together(offline: Command) -> None:
    outcome = offline("report", MEMORY.capture, "--compact")
    assert (outcome.status, outcome.out) == (2, "")
    assert "--store" in outcome.err


def test_of_two_captures_of_a_job_the_later_one_counts(offline: Command, tmp_path: Path) -> None:
    kept = tmp_path / "captures"
    late, early = {"captured_at": "2026-11-20T00:00:00Z"}, {"captured_at": "2026-11-19T23:00:00Z"}
    for first, second in ((late, early), (early, late)):
        shutil.rmtree(kept, ignore_errors=True)
        one = capture_of(MEMORY.capture, kept / "a", **first)
        two = capture_of(MEMORY.capture, kept / "b", **second)
        job = json.loads((one / "job.json").read_text())
        older = two if second is early else one
        (older / "job.json").write_text(json.dumps(job | {"jobName": "before", "status": "SUCCEEDED", "attempts": []}))
        document = offline("report", kept, "--store", kept.parent / f"store-{first is late}", *FORMAT).document()
        assert document["totals"]["jobs"] == 1
        assert causes(document) == {"container.out_of_memory": 1}


def test_a_prefix_of_captures_in_s3(inside: Command, loopback: Loopback, tmp_path: Path) -> None:
    loopback.serve()
    client: Any = s3_client(loopback.moto, "eu-west-1")
    client.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for path in MEMORY.capture.rglob("*"):
        if path.is_file():
            client.put_object(
                Bucket="kept", Key=f"2026/a/{path.relative_to(MEMORY.capture).as_posix()}", Body=path.read_bytes()
            )
    archive = tmp_path / "b.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for path in TCP.capture.rglob("*"):
            out.write(path, path.relative_to(TCP.capture))
    client.put_object(Bucket="kept", Key="2026/b.zip", Body=archive.read_bytes())
    outcome = inside("report", "s3://kept/2026/", *FORMAT)
    assert (outcome.status, outcome.err) == (1, "")
    assert causes(outcome.document()) == {"container.out_of_memory": 1, TCP.expected["accept"][0]: 1}


def test_a_trace_names_jobs_and_tells_what_batch_does_not(inside: Command, loopback: Loopback, tmp_path: Path) -> None:
    loopback.serve([MEMORY, WELL])
    trace = tmp_path / "trace.txt"
    trace.write_text(
        "task_id\tnative_id\tname\tstatus\tpeak_rss\n"
        f"1\t{MEMORY.target}\tRNA:ALIGN (s 1)\tFAILED\t3.5 GB\n"
        f"2\t{WELL.target}\tRNA:SORT (s 1)\tCOMPLETED\t1 GB\n"
        f"3\t{WELL.target}\tRNA:SORT (s 2)\tCACHED\t1 GB\n"
        "4\t4711\tRNA:LOCAL\tCOMPLETED\t1 MB\n"
    )
    outcome = inside("report", "--trace", trace, *FORMAT)
    assert outcome.status == 1
    document = outcome.document()
    assert document["totals"]["jobs"] == 2
    assert any("resumed from an earlier run" in note for note in document["notes"])
    assert any("elsewhere than on AWS Batch" in note for note in document["notes"])
    assert document["scope"] == [f"trace {trace}"]


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("1\tab/cdef\t12345\tFOO (1)\tCOMPLETED\n", "run elsewhere than on AWS Batch"),
        ("1\tab/cdef\t-\tFOO (1)\tCACHED\n", "resumed from an earlier run"),
        ("", "the trace has no task"),
    ],
)
def test_a_trace_without_a_batch_job_says_why(offline: Command, tmp_path: Path, task: str, said: str) -> None:
    trace = tmp_path / "trace.txt"
    trace.write_text(f"task_id\thash\tnative_id\tname\tstatus\n{task}")
    outcome = offline("report", "--trace", trace, *FORMAT)
    assert (outcome.status, outcome.out) == (3, "")
    assert said in outcome.err


def test_a_status_goes_for_captures_too(offline: Command) -> None:
    both = (TCP.capture, WELL.capture)
    failed, well = (offline("report", *both, "--status", status, *FORMAT) for status in ("failed", "succeeded"))
    assert (failed.status, failed.document()["totals"]["jobs"], failed.document()["totals"]["failed"]) == (1, 1, 1)
    assert (well.status, well.document()["totals"]["jobs"], well.document()["totals"]["failed"]) == (0, 1, 0)


def test_a_condition_that_cannot_hold_is_told_of(offline: Command) -> None:
    outcome = offline("report", TCP.capture, "--fail-on", "new>0", "--fail-on", "lost-hours>40", *FORMAT)
    assert outcome.status == 0
    assert outcome.err == (
        "fsnap-diagnose: --fail-on new>0: no job of the period before is known to compare with, so this cannot hold.\n"
    )


def test_a_trace_of_something_else_is_one_sentence(offline: Command, tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    trace.write_text('{"traceEvents": []}')
    outcome = offline("report", "--trace", trace, *FORMAT)
    assert outcome.status == 3
    assert outcome.out == ""
    assert "trace.fields" in outcome.err
    assert str(trace) in outcome.err.replace("\n", "")


def test_logs_are_searched_and_the_costs_are_said(inside: Command, loopback: Loopback) -> None:
    command = ("report", "--queue", QUEUE, "--since", "2026-11-01", *FORMAT)
    loopback.serve([scenario(name) for name in SEARCHED])
    fetched = inside(*command).document()
    loopback.calls.clear()
    outcome = inside(*command, "--logs", "insights")
    assert "USD 0.005 a GB" in outcome.err
    document = outcome.document()
    assert causes(document) == causes(fetched)
    operations = loopback.operations()
    assert "GetLogEvents" not in operations
    assert operations.count("StartQuery") == 1
    scanned = [note for note in document["notes"] if "Insights scanned" in note]
    assert len(scanned) == 1
