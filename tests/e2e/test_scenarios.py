"""Every scenario: replayed from its folder, from a zip, and fetched live."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import Command
from tests.e2e.expectations import problems
from tests.loopback.faults import Fault
from tests.loopback.scenario import Scenario, all_scenarios

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

SCENARIOS = all_scenarios()
LIVE = [s for s in SCENARIOS if s.live]
CHUNK = 17
SECRETS = ("FAKE-LICENCE-TOKEN-for-tests-only", "FAKE/SecretKey/for/tests/only")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
Replayed = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """Every capture's diagnosis by the scenario's name, all from one run of the command."""
    outcome = Command(tmp_path_factory.mktemp("replay"))(*[s.capture for s in SCENARIOS], "--format", "jsonl")
    assert (outcome.status, outcome.err) == (1, "")
    return dict(zip([s.name for s in SCENARIOS], outcome.lines(), strict=True))


def chunks() -> list[tuple[int | None, list[Scenario]]]:
    """Live scenarios in groups that share an exit status and disturb each other with no faults."""
    plain = [s for s in LIVE if not s.expected.get("faults")]
    groups: list[tuple[int | None, list[Scenario]]] = []
    for status in (0, 1, None):
        members = [s for s in plain if s.expected.get("exit_status") == status]
        groups += [(status, members[i : i + CHUNK]) for i in range(0, len(members), CHUNK)]
    return groups


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_replay(scenario: Scenario, replayed: Replayed) -> None:
    diagnosis = replayed[scenario.name]
    assert diagnosis["target"] == str(scenario.capture)
    assert problems(diagnosis, scenario) == []


def test_a_zip_replays_like_its_folder(replayed: Replayed, tmp_path: Path, command: Command) -> None:
    archives = [zipped(scenario, tmp_path) for scenario in SCENARIOS]
    outcome = command(*archives, "--format", "jsonl")
    assert outcome.err == ""
    for scenario, archive, diagnosis in zip(SCENARIOS, archives, outcome.lines(), strict=True):
        assert diagnosis == {**replayed[scenario.name], "target": str(archive)}


def zipped(scenario: Scenario, directory: Path) -> Path:
    archive = directory / f"{scenario.name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        for path in sorted(scenario.capture.rglob("*")):
            if path.is_file():
                members.write(path, path.relative_to(scenario.capture).as_posix())
    return archive


@pytest.mark.parametrize(("status", "scenarios"), chunks(), ids=lambda v: v[0].name if isinstance(v, list) else str(v))
def test_live(
    status: int | None, scenarios: list[Scenario], replayed: Replayed, live: Command, loopback: Loopback
) -> None:
    loopback.serve(scenarios)
    outcome = live(*[s.target for s in scenarios], "--format", "jsonl")
    assert outcome.status in ({0, 1} if status is None else {status}), outcome.err
    assert "UnknownOperation" not in outcome.out
    found = []
    for scenario, diagnosis in zip(scenarios, outcome.lines(), strict=True):
        assert diagnosis["target"] == scenario.target
        found += problems(diagnosis, scenario)
        before, now = replayed[scenario.name]["verdict"]["cause"], diagnosis["verdict"]["cause"]
        found += [] if now == before else [f"{scenario.name}: {before} replayed, {now} live"]
    assert found == []


@pytest.mark.parametrize("scenario", [s for s in LIVE if s.expected.get("faults")], ids=lambda s: s.name)
def test_live_with_faults(scenario: Scenario, live: Command, loopback: Loopback) -> None:
    loopback.serve([scenario], [Fault.from_document(fault) for fault in scenario.expected["faults"]])
    outcome = live.json(scenario.target)
    assert outcome.status == scenario.expected["exit_status"]
    assert problems(outcome.document(), scenario) == []


def test_healthy_ones_end_with_zero(command: Command) -> None:
    healthy = [s for s in SCENARIOS if s.expected.get("exit_status") == 0]
    assert len(healthy) > 5
    assert command(*[s.capture for s in healthy], "--format", "jsonl").status == 0


@pytest.mark.parametrize("output_format", ["terminal", "json", "markdown"])
def test_no_secret_and_no_control_character_comes_out(output_format: str, command: Command) -> None:
    outcome = command(*[s.capture for s in SCENARIOS], "--format", output_format, "--verbose")
    assert not [secret for secret in SECRETS if secret in outcome.out]
    assert _CONTROL.search(outcome.out) is None
