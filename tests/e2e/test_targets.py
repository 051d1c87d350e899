"""Every kind of target, right and wrong, and the exit status."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import Command
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

TCP = scenario("dump-tcp-connection")
MEMORY = scenario("container-out-of-memory")
CHILD = scenario("array-child-out-of-memory")
WELL = scenario("well")


def test_a_job_id_and_an_arn(live: Command, loopback: Loopback) -> None:
    loopback.serve([MEMORY])
    arn = MEMORY.document("job")["jobArn"]
    outcome = live(MEMORY.target, arn, "--format", "json", environment={"AWS_REGION": None})
    assert outcome.status == 3, "without a region only the ARN can be asked for"
    outcome = live(MEMORY.target, arn, "--format", "json")
    assert (outcome.status, outcome.err) == (1, "")
    diagnoses = json.loads(outcome.out)
    assert [d["target"] for d in diagnoses] == [MEMORY.target, arn]
    assert [d["verdict"]["cause"] for d in diagnoses] == ["container.out_of_memory"] * 2


def test_an_arn_brings_its_own_region(live: Command, loopback: Loopback) -> None:
    loopback.serve([MEMORY])
    outcome = live.json(MEMORY.document("job")["jobArn"], environment={"AWS_REGION": None})
    assert outcome.document()["verdict"]["cause"] == "container.out_of_memory"


def test_an_array_child_brings_its_parent(live: Command, loopback: Loopback) -> None:
    loopback.serve([CHILD])
    outcome = live.json(CHILD.target)
    assert outcome.document()["verdict"]["cause"] == "container.out_of_memory"
    asked = [i for call in loopback.calls if call.operation == "DescribeJobs" for i in call.parameters["jobs"]]
    assert {CHILD.target, CHILD.target.split(":")[0]} <= set(asked)


def test_many_jobs_take_few_calls(live: Command, loopback: Loopback) -> None:
    loopback.serve([MEMORY, TCP, WELL])
    outcome = live(MEMORY.target, TCP.target, WELL.target, MEMORY.target, "--format", "jsonl")
    assert [d["target"] for d in outcome.lines()] == [MEMORY.target, TCP.target, WELL.target, MEMORY.target]
    assert loopback.operations().count("DescribeJobs") == 1


def test_an_s3_work_directory(live: Command, loopback: Loopback) -> None:
    loopback.serve([TCP])
    assert TCP.work_directory
    address = "s3://" + "/".join(TCP.work_directory)
    for target in (address, address + "/"):
        diagnosis = live.json(target).document()
        assert (diagnosis["target"], diagnosis["verdict"]["cause"]) == (target, "dump.tcp_connection")
    assert not {"DescribeJobs", "GetLogEvents"} & set(loopback.operations())


def test_a_local_work_directory(command: Command, tmp_path: Path) -> None:
    assert TCP.work_directory
    directory = tmp_path / TCP.work_directory[1]
    shutil.copytree(TCP.capture / "workdir", directory)
    outcome = command.json(directory)
    assert (outcome.status, outcome.document()["verdict"]["cause"]) == (1, "dump.tcp_connection")


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_job_as_json(wrapped: bool, offline: Command, tmp_path: Path) -> None:
    job = MEMORY.document("job")
    file = tmp_path / "job.json"
    file.write_text(json.dumps({"jobs": [job]} if wrapped else job))
    diagnosis = offline.json(file).document()
    assert (diagnosis["verdict"]["cause"], diagnosis["job"]["id"]) == ("container.out_of_memory", MEMORY.target)


@pytest.mark.parametrize(
    ("name", "member", "causes"),
    [
        ("dump-tcp-connection", ".fusion/dump/2/dump_2.log", {"dump.tcp_connection"}),
        ("dump-tcp-connection", ".fusion/dump/1/pre_1.log", {"ok.completed"}),
        ("restore-pid-conflict", ".fusion/dump/2/restore_2.log", {"restore.pid_conflict"}),
        ("restore-crashed-after", ".fusion/dump/1/restore_1.log", {"ok.completed"}),
        ("window-exceeded", ".fusion/dump/6/dump_6.log", {"dump.interrupted", "dump.window_exceeded"}),
        ("tool-java-heap", ".command.log", {"app.java_heap"}),
        ("fusion-174-throttled", ".fusion.log", {"storage.throttled"}),
    ],
)
@pytest.mark.parametrize("renamed", [False, True])
def test_a_bare_log(name: str, member: str, causes: set[str], renamed: bool, offline: Command, tmp_path: Path) -> None:
    if renamed and member == ".command.log":
        pytest.skip("nothing but its name tells a task's own log from any text")
    original = scenario(name).capture / "workdir" / member
    log = tmp_path / ("ticket-attachment.txt" if renamed else original.name)
    shutil.copy(original, log)
    outcome = offline.json(log)
    assert outcome.document()["verdict"]["cause"] in causes
    assert outcome.status == (0 if causes == {"ok.completed"} else 1)


def test_targets_from_standard_input(command: Command) -> None:
    outcome = command("-", "--format", "jsonl", stdin=f"{WELL.capture}\n\n  {TCP.capture}  \n")
    assert outcome.status == 1
    assert [d["verdict"]["cause"] for d in outcome.lines()] == ["ok.completed", "dump.tcp_connection"]


def test_any_mix_in_the_order_given(live: Command, loopback: Loopback, tmp_path: Path) -> None:
    loopback.serve([MEMORY])
    job = tmp_path / "job.json"
    job.write_text(json.dumps(CHILD.document("job")))
    archive = tmp_path / "well.zip"
    with zipfile.ZipFile(archive, "w") as members:
        for path in WELL.capture.rglob("*"):
            members.write(path, path.relative_to(WELL.capture).as_posix())
    targets = [str(archive), MEMORY.target, str(tmp_path / "missing"), str(job), str(TCP.capture)]
    outcome = live(*targets, "--format", "jsonl")
    assert outcome.status == 3
    assert [d["target"] for d in outcome.lines()] == [targets[0], targets[1], targets[3], targets[4]]
    assert str(tmp_path / "missing") in outcome.err


@pytest.mark.parametrize(
    "kind", ["missing", "empty directory", "other directory", "text", "binary", "empty", "other json", "zip"]
)
def test_what_is_no_target_is_named(kind: str, offline: Command, tmp_path: Path) -> None:
    target = tmp_path / "thing"
    if kind == "empty directory":
        target.mkdir()
    elif kind == "other directory":
        target.mkdir()
        (target / "notes.txt").write_text("shopping list")
    elif kind == "zip":
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("notes.txt", "shopping list")
    elif kind != "missing":
        contents = {
            "text": b"shopping list\n",
            "binary": bytes(range(256)) * 40,
            "empty": b"",
            "other json": b'{"a": 1}',
        }
        target = tmp_path / {"other json": "thing.json"}.get(kind, "thing")
        target.write_bytes(contents[kind])
    outcome = offline.json(target)
    assert outcome.status == 3
    assert str(target) in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out.strip() in ("", "[]")


def test_an_unknown_job_is_named_and_a_way_on_is_offered(live: Command, loopback: Loopback) -> None:
    loopback.serve()
    unknown = "00000000-1111-4222-8333-444455556666"
    outcome = live.json(unknown)
    assert outcome.status == 3
    assert unknown in outcome.err
    assert "s3://" in outcome.err, "a job older than Batch's memory still has its work directory"


def test_three_wins_over_one(command: Command, tmp_path: Path) -> None:
    assert command.json(TCP.capture, tmp_path / "missing").status == 3
    assert command.json(WELL.capture, tmp_path / "missing").status == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-option"],
        ["x", "--format", "yaml"],
        ["x", "--timeout", "soon"],
        ["x", "--timeout", "-1"],
        ["rules", "x", "y"],
    ],
)
def test_a_wrong_command_line(arguments: list[str], offline: Command) -> None:
    outcome = offline(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err
