"""Hostile input: a clear answer or a clear error, never a traceback, nothing written or read outside."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command import Command
from tests.e2e.hostile import DOCUMENTS, OUTSIDE, RICH, assert_clear, assert_each_answers, copied, members


def spoilt(tmp_path: Path, spoil: Callable[[bytes], bytes], names: list[str]) -> list[Path]:
    """One capture a name, in each of which that one member was spoilt."""
    captures = []
    for number, name in enumerate(names):
        capture = copied(tmp_path, f"{number}")
        (capture / name).write_bytes(spoil((capture / name).read_bytes()))
        captures.append(capture)
    return captures


def test_random_bytes_in_each_member(command: Command, tmp_path: Path) -> None:
    names = [name for name in members(RICH.capture) if name != "manifest.json"]
    noise = random.Random(7)  # noqa: S311 - the same bytes every time
    captures = spoilt(tmp_path, lambda data: noise.randbytes(min(len(data) + 100, 20_000)), names)
    for name, diagnosis in zip(
        names, assert_each_answers(command(*captures, "--format", "jsonl"), len(names)), strict=True
    ):
        if name in DOCUMENTS:
            assert any(name in gap["what"] for gap in diagnosis["gaps"]), name


def test_random_bytes_everywhere(command: Command, tmp_path: Path) -> None:
    capture = copied(tmp_path)
    noise = random.Random(8)  # noqa: S311 - the same bytes every time
    for name in members(capture):
        if name != "manifest.json":
            (capture / name).write_bytes(noise.randbytes(5000))
    diagnosis = assert_each_answers(command(capture, "--format", "jsonl"), 1)[0]
    assert diagnosis["verdict"]["cause"] == "unknown.insufficient_evidence"


@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
def test_truncated_members(part: float, command: Command, tmp_path: Path) -> None:
    names = [name for name in members(RICH.capture) if name != "manifest.json"]
    captures = spoilt(tmp_path, lambda data: data[: int(len(data) * part)], names)
    assert_each_answers(command(*captures, "--format", "jsonl"), len(names))


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b"[]", b'{"format": "fsnap-capture/99"}', b"\xff\xfe\x00", b'{"format": 1, "gaps": "x"}']
)
def test_a_broken_manifest(manifest: bytes, offline: Command, tmp_path: Path) -> None:
    capture = copied(tmp_path)
    (capture / "manifest.json").write_bytes(manifest)
    assert_clear(offline.json(capture))


def reordered(data: bytes) -> bytes:
    def turned(value: Any) -> Any:
        return {k: turned(value[k]) for k in reversed(value)} if isinstance(value, dict) else value

    return json.dumps(turned(json.loads(data)), ensure_ascii=True).encode()


def test_the_order_of_members_does_not_matter(command: Command, tmp_path: Path) -> None:
    captures = spoilt(tmp_path, reordered, ["job.json", "manifest.json"])
    for diagnosis in assert_each_answers(command(*captures, "--format", "jsonl"), 2):
        assert diagnosis["verdict"]["cause"] == "dump.window_exceeded"


MONSTERS: dict[str, str] = {
    "deep list": "[" * 100_000 + "]" * 100_000,
    "deep object": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "long integer": '{"jobId": "x", "startedAt": ' + "9" * 10_000 + "}",
    "large float": '{"jobId": "x", "startedAt": 1e400, "stoppedAt": -1e400, "createdAt": NaN}',
    "huge times": '{"jobId": "x", "startedAt": 9999999999999999, "attempts": [{"stoppedAt": -9e18}]}',
    "lone surrogate": r'{"jobId": "x\ud800", "jobName": "\udfff", "status": "FAILED", "statusReason": "\ud83d \udc00"}',
    "nul characters": '{"jobId": "x\\u0000y", "status": "FAILED", "statusReason": "\\u0000\\u001b[2J"}',
    "long text": '{"jobId": "x", "status": "FAILED", "statusReason": "' + "Host EC2 " * 200_000 + '"}',
    "twice the same key": '{"jobId": "x", "jobId": 5, "status": "FAILED", "status": {}}',
    "byte order mark": '\ufeff{"jobId": "x", "status": "FAILED"}',
}


@pytest.mark.parametrize("monster", MONSTERS)
@pytest.mark.parametrize("output_format", ["json", "terminal", "markdown"])
def test_monstrous_json(monster: str, output_format: str, command: Command, tmp_path: Path) -> None:
    capture = copied(tmp_path)
    (capture / "job.json").write_text(MONSTERS[monster])
    bare = tmp_path / "job.json"
    bare.write_text(MONSTERS[monster])
    outcome = command(capture, bare, "--format", output_format)
    assert_clear(outcome)
    assert outcome.out.strip(), "the capture has more than its job"


def test_deep_nesting_in_every_document(command: Command, tmp_path: Path) -> None:
    names = [*DOCUMENTS, "logs/1.jsonl", "workdir.listing.jsonl"]
    captures = spoilt(tmp_path, lambda _: MONSTERS["deep list"].encode(), names)
    assert_each_answers(command(*captures, "--format", "jsonl"), len(names))


def test_links_in_a_folder_are_not_followed(command: Command, tmp_path: Path) -> None:
    capture = copied(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.log").write_text(OUTSIDE)
    (capture / "workdir/.command.err").symlink_to(outside / "secret.log")
    (capture / "workdir/.fusion/dump/9").symlink_to(outside)
    (capture / "workdir/loop").symlink_to(capture)
    outcome = command.json(capture)
    assert_clear(outcome)
    assert "outside-of-the-capture" not in outcome.out
    assert outcome.document()["verdict"]["cause"] == "dump.window_exceeded"


@pytest.mark.parametrize(
    "name", ["job.json", "manifest.json", "workdir/.command.log", "logs/1.jsonl", "workdir/.fusion/dump/6/dump_6.log"]
)
def test_a_pipe_in_a_folder_does_not_hold_us_up(name: str, command: Command, tmp_path: Path) -> None:
    capture = copied(tmp_path)
    (capture / name).unlink()
    os.mkfifo(capture / name)
    assert_clear(command.json(capture))


def test_a_pipe_as_target_does_not_hold_us_up(command: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    outcome = command.json(tmp_path / "pipe.log")
    assert_clear(outcome)
    assert outcome.status == 3


@pytest.mark.parametrize("name", ["dump.log", ".command.log", ".fusion.log", "restore_1.log", "noise.txt"])
def test_noise_as_a_log(name: str, offline: Command, tmp_path: Path) -> None:
    log = tmp_path / name
    log.write_bytes(random.Random(9).randbytes(200_000))  # noqa: S311 - the same bytes every time
    assert_clear(offline.json(log))


@pytest.mark.parametrize(
    "target",
    [
        "",
        " ",
        "\x1b[31m",
        "[bold]x[/bold]",
        "s3://",
        "s3://bucket",
        "arn:aws:batch",
        "x" * 5000,
        "../..",
        "job id",
        "\udcff",
    ],
)
def test_odd_targets(target: str, offline: Command) -> None:
    outcome = offline.json(target)
    assert "Traceback" not in outcome.err
    assert outcome.status in (2, 3)
    assert "\x1b" not in outcome.err
    assert outcome.err.strip()
