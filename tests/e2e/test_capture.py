"""`capture`: what is written replays to the same diagnosis, and holds no secret."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import Command
from tests.e2e.test_scenarios import SECRETS
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

NAMES = [
    "window-exceeded",
    "array-child-out-of-memory",
    "host-reclaimed-cloudtrail",
    "tool-terminal-escapes",
    "ecs-multi-container",
]


def without_target(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    document.pop("target")
    return document


def contents(capture: Path) -> str:
    """All that a capture holds, decoded."""
    if capture.is_dir():
        return "\n".join(p.read_bytes().decode("utf-8", "replace") for p in sorted(capture.rglob("*")) if p.is_file())
    with zipfile.ZipFile(capture) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


@pytest.mark.parametrize(("name", "form"), [*((name, "folder") for name in NAMES), (NAMES[0], "archive.zip")])
def test_live_evidence_replays_to_the_same_diagnosis(
    name: str, form: str, live: Command, loopback: Loopback, tmp_path: Path
) -> None:
    chosen = scenario(name)
    loopback.serve([chosen])
    fetched = live.json(chosen.target)
    written = live("capture", chosen.target, "-o", tmp_path / form)
    assert written.status == 0, written.err
    replayed = Command(tmp_path).json(tmp_path / form)
    assert replayed.status == fetched.status
    assert without_target(replayed.out) == without_target(fetched.out)
    assert not [secret for secret in SECRETS if secret in contents(tmp_path / form)]


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_of_a_capture_says_the_same(name: str, command: Command, tmp_path: Path) -> None:
    first = command.json(scenario(name).capture)
    command("capture", scenario(name).capture, "-o", tmp_path / "again")
    second = command.json(tmp_path / "again")
    assert without_target(second.out) == without_target(first.out)


def test_the_same_capture_gives_the_same_bytes(command: Command) -> None:
    capture = scenario("window-exceeded").capture
    assert command.json(capture).out == command.json(capture).out


def test_an_output_that_is_there_is_not_overwritten(command: Command, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("keep me")
    outcome = command("capture", scenario("well").capture, "-o", taken)
    assert outcome.status in (2, 3)
    assert str(taken) in outcome.err
    assert [p.name for p in taken.iterdir()] == ["mine.txt"]
