"""Hundreds of secrets and identities in every position of a capture: nothing of them stands in what is given away."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.bundle.planted import Planted, plant
from tests.bundle.searched import Searched, parts
from tests.command import Command, InProcess

SEED = 1


def _told(searched: Searched, named: Iterable[tuple[str, bytes]]) -> Counter[tuple[str, str, str]]:
    """(kind, position, member) of what was found; the values themselves would stand in a test's log."""
    return Counter((one.kind, one.position, name) for name, data in named for _, one in searched.found(data))


def _secrets(planted: Iterable[Planted]) -> list[Planted]:
    return [one for one in planted if one.secret]


@pytest.fixture
def inside(tmp_path: Path) -> Command:
    """In this process, with no way to AWS."""
    return InProcess(tmp_path)


def test_the_corpus_is_where_it_says_and_the_search_finds_it(tmp_path: Path) -> None:
    planted = plant(tmp_path / "capture", SEED)
    files = [path for path in sorted((tmp_path / "capture").rglob("*")) if path.is_file()]
    data = [path.read_bytes() for path in files] + [str(path.relative_to(tmp_path)).encode() for path in files]
    found = {one for block in data for _, one in Searched(planted).found(block)}
    missing = {one.position for one in planted if one not in found}
    assert all("split" in position for position in missing), missing
    assert len({one.kind for one in planted}) > 100
    assert len({one.position for one in planted}) > 30
    assert plant(tmp_path / "again", SEED) == planted


def test_nothing_planted_survives_in_a_bundle_that_says_the_same(inside: Command, tmp_path: Path) -> None:
    planted = plant(tmp_path / "capture", SEED)
    outcome = inside("bundle", tmp_path / "capture", "-o", tmp_path / "ticket.zip")
    assert outcome.status == 0, outcome.err
    searched = Searched(planted)
    said = [("what was said", (outcome.out + outcome.err).encode())]
    assert _told(searched, [*parts(tmp_path / "ticket.zip"), *said]) == Counter()
    stand_ins = json.loads((tmp_path / "ticket.map.json").read_text())["stand_ins"]
    assert _told(searched, [("stand-ins", "\n".join(stand_ins).encode())]) == Counter()
    assert _told(Searched(_secrets(planted)), [("the map", "\n".join(stand_ins.values()).encode())]) == Counter()
    first, second = (inside.json(tmp_path / name).document() for name in ("capture", "ticket.zip"))
    assert first["measurements"] == second["measurements"]
    for member in ("cause", "rule", "confidence", "owner"):
        assert first["verdict"][member] == second["verdict"][member]


def test_no_secret_stands_in_a_capture(inside: Command, tmp_path: Path) -> None:
    planted = [one for one in _secrets(plant(tmp_path / "capture", SEED)) if not one.position.endswith("half")]
    assert inside("capture", tmp_path / "capture", "-o", tmp_path / "again.zip").status == 0
    assert _told(Searched(planted), parts(tmp_path / "again.zip")) == Counter()


FORMATS = ("terminal", "json", "jsonl", "markdown")


def test_no_output_shows_a_secret(inside: Command, tmp_path: Path) -> None:
    planted = [one for one in _secrets(plant(tmp_path / "capture", SEED)) if not one.position.endswith("half")]
    calls: list[list[str | Path]] = [[tmp_path / "capture", "--format", f, "--verbose"] for f in FORMATS]
    calls += [["check", tmp_path / "capture"], ["check", tmp_path / "capture", "--format", "json"]]
    calls += [["advise", tmp_path / "capture"], ["advise", tmp_path / "capture", "--format", "json"]]
    calls += [[tmp_path / "capture", "--format", "markdown", "--brief"]]
    searched = Searched(planted)
    for call in calls:
        outcome = inside(*call)
        assert outcome.out + outcome.err, call
        assert outcome.status in (0, 1, 2, 3), call
        assert _told(searched, [(str(call), (outcome.out + outcome.err).encode())]) == Counter()
