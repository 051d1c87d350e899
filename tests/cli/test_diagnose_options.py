"""Options of a diagnosis that change what is reckoned."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances, write_catalogue
from tests.command import REPOSITORY, Command

CAPTURE = str(REPOSITORY / "fixtures" / "scenarios" / "window-exceeded" / "capture")


def _proposed(command: Command, member: str, *options: str) -> object:
    document = command("diagnose", CAPTURE, "--format", "json", *options).document()
    kind = "memory" if member == "memory_bytes" else "instance"
    return next(r["proposed"][member] for r in document["recommendations"] if r["kind"] == kind)


def test_a_shorter_window_lets_less_memory_through(command: Command) -> None:
    assert _proposed(command, "memory_bytes", "--window", "1m") == 22 * 2**30
    assert _proposed(command, "memory_bytes", "--margin", "40%") == 33 * 2**30


@pytest.mark.parametrize(
    ("options", "named"),
    [(("--window", "0"), "--window"), (("--margin", "100%"), "--margin"), (("--window", "soon"), "--window")],
)
def test_no_window_is_one_sentence_with_an_example(options: tuple[str, ...], named: str, command: Command) -> None:
    outcome = command("diagnose", CAPTURE, *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"fsnap-diagnose: {named}: ")
    assert outcome.err.count("\n") == 1
    assert "write " in outcome.err


def test_a_region_s_own_types_are_the_ones_to_choose_from(command: Command, tmp_path: Path) -> None:
    few = {name: shipped_instances().types[name] for name in ("m6id.4xlarge", "r6idn.8xlarge")}
    file = tmp_path / "types.json"
    file.write_text(write_catalogue(InstanceCatalogue(few, "my region", "2026-11-01", "eu-west-1")))
    assert _proposed(command, "instance_types", "--instances", str(file)) == ["r6idn.8xlarge"]


def test_a_file_that_is_no_catalogue_is_named(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "types.json"
    file.write_text("[]")
    outcome = command("diagnose", CAPTURE, "--instances", str(file))
    assert outcome.status == 2
    assert "types.json" in outcome.err
