"""`bundle` and `unredact`: words, exit statuses and what is said."""

from __future__ import annotations

import json
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from tests.command import Command, InProcess
from tests.loopback.scenario import scenario

CAPTURE = scenario("window-exceeded").capture
OTHER = scenario("tool-java-heap").capture
JOB = (scenario("window-exceeded").document("job") or {})["jobId"]


@pytest.fixture
def run(tmp_path: Path) -> Command:
    """In this process, with no way to AWS."""
    return InProcess(tmp_path)


def test_a_bundle_is_made_and_what_to_do_next_is_said(run: Command, tmp_path: Path) -> None:
    outcome = run("bundle", CAPTURE, "-o", "ticket.zip")
    assert (outcome.status, outcome.out) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ticket.map.json", "ticket.zip"]
    assert "ticket.zip: 1 capture in " in outcome.err
    assert "ticket.map.json: what the stand-ins stand for; keep it, and do not send it" in outcome.err
    assert "unredact ANSWER --map ticket.map.json" in outcome.err
    assert "before you send it" in outcome.err
    before, after = run.json(CAPTURE), run.json("ticket.zip")
    assert after.status == before.status == 1
    assert after.document()["target"] == "ticket.zip"
    for member in ("cause", "rule", "confidence", "title", "summary", "owner"):
        assert after.document()["verdict"][member] == before.document()["verdict"][member]
    assert after.document()["measurements"] == before.document()["measurements"]
    assert JOB not in after.out


def test_a_bundle_of_several_gives_one_diagnosis_each(run: Command) -> None:
    assert run("bundle", CAPTURE, OTHER, "-o", "ticket.zip").status == 0
    told = json.loads(run.json("ticket.zip").out)
    assert [(one["target"], one["verdict"]["cause"]) for one in told] == [
        ("ticket.zip/captures/1-job", "dump.window_exceeded"),
        ("ticket.zip/captures/2-job", "app.java_heap"),
    ]


def test_captures_of_a_bundle(run: Command) -> None:
    run("bundle", CAPTURE, "-o", "one.zip")
    run("bundle", CAPTURE, OTHER, "-o", "two.zip")
    assert run("capture", "one.zip", "-o", "again").status == 0
    refused = run("capture", "two.zip", "-o", "both")
    assert refused.status == 2
    assert "a bundle of 2 captures: unpack it" in refused.err


def test_a_bundle_of_a_bundle_says_the_same(run: Command) -> None:
    run("bundle", CAPTURE, "-o", "one.zip")
    assert run("bundle", "one.zip", "-o", "two.zip").status == 0
    one, two = run.json("one.zip").document(), run.json("two.zip").document()
    assert one["verdict"]["summary"] == two["verdict"]["summary"]


def test_a_wrong_target_among_several_is_named_with_its_number(run: Command) -> None:
    outcome = run("bundle", CAPTURE, OTHER, "no-such.zip", CAPTURE, "-o", "ticket.zip")
    assert outcome.status == 3
    assert "target 3, 'no-such.zip': " in outcome.err


def test_a_map_of_another_bundle_never_lies_beside_one_without(run: Command, tmp_path: Path) -> None:
    assert run("bundle", CAPTURE, "-o", "ticket.zip").status == 0
    before = (tmp_path / "ticket.map.json").read_bytes(), (tmp_path / "ticket.zip").read_bytes()
    refused = run("bundle", CAPTURE, "-o", "ticket.zip", "--force", "--no-redact", "--yes")
    assert refused.status == 2
    assert "ticket.map.json exists already" in refused.err
    assert ((tmp_path / "ticket.map.json").read_bytes(), (tmp_path / "ticket.zip").read_bytes()) == before
    assert run("bundle", OTHER, "-o", "ticket.zip", "--force").status == 0
    assert (tmp_path / "ticket.map.json").read_bytes() != before[0]


def test_headings_of_a_checklist_of_several(run: Command, tmp_path: Path) -> None:
    assert run("bundle", CAPTURE, OTHER, "-o", "ticket.zip").status == 0
    with zipfile.ZipFile(tmp_path / "ticket.zip") as archive:
        page = archive.read("checklist.md").decode()
    code = False
    levels = []
    for line in page.splitlines():
        code ^= line.startswith("```")
        if not code and line.startswith("#"):
            levels.append(len(line) - len(line.lstrip("#")))
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert "## Target 2 of 2: `captures/2-job`" in page


def test_a_target_that_cannot_be_examined_costs_only_itself(run: Command, tmp_path: Path) -> None:
    outcome = run("bundle", "no-such-thing", CAPTURE, "-o", "ticket.zip")
    assert outcome.status == 3
    assert "no-such-thing" in outcome.err
    assert zipfile.is_zipfile(tmp_path / "ticket.zip")
    outcome = run("bundle", "no-such-thing", "-o", "none.zip")
    assert outcome.status == 3
    assert "no bundle was made" in outcome.err
    assert not (tmp_path / "none.zip").exists()
    assert run("bundle", "-", "-o", "none.zip", stdin="\n").status == 3


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["-o", "ticket.tar"], "ends in .zip"),
        (["-o", "no/ticket.zip"], "does not exist"),
        (["-o", "t.zip", "--max-size", "big"], "is no size"),
        (["-o", "t.zip", "--max-size", "20kB"], "give 100kB or more"),
        (["-o", "t.zip", "--keep", "*"], "keep pattern"),
        (["-o", "t.zip", "--redact", "a*"], "redact pattern"),
        (["-o", "t.zip", "--redact", "eu-west-1"], "the redact pattern 'eu-west-1' cannot be used"),
        (["-o", "t.zip", "--redaction-rules", "none.toml"], "cannot be read"),
        (["-o", "t.zip", "--no-redact"], "--yes"),
        ([], "output"),
    ],
)
def test_words_that_are_wrong(more: list[str], why: str, run: Command, tmp_path: Path) -> None:
    outcome = run("bundle", CAPTURE, *more)
    assert outcome.status == 2
    assert why in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays_without_force(run: Command, tmp_path: Path) -> None:
    (tmp_path / "ticket.zip").write_text("mine")
    refused = run("bundle", CAPTURE, "-o", "ticket.zip")
    assert (refused.status, (tmp_path / "ticket.zip").read_text()) == (2, "mine")
    assert "--force" in refused.err
    assert run("bundle", CAPTURE, "-o", "ticket.zip", "--force").status == 0
    assert zipfile.is_zipfile(tmp_path / "ticket.zip")


def test_no_redaction_needs_a_yes_and_masks_secrets(run: Command, tmp_path: Path) -> None:
    outcome = run("bundle", CAPTURE, "-o", "plain.zip", "--no-redact", "--yes")
    assert outcome.status == 0
    assert [path.name for path in tmp_path.iterdir()] == ["plain.zip"]
    assert "map" not in outcome.err
    assert JOB in run.json("plain.zip").out
    with zipfile.ZipFile(tmp_path / "plain.zip") as archive:
        assert not [name for name in archive.namelist() if b"FAKE-LICENCE-TOKEN" in archive.read(name)]


def test_own_patterns_of_the_command_line_and_of_a_file(run: Command, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('keep = ["TowerForge-*"]\nredact = ["STAR_*"]\n')
    more = ["--redaction-rules", "rules.toml", "--redact", "pre-dump"]
    assert run("bundle", CAPTURE, "-o", "ticket.zip", *more).status == 0
    with zipfile.ZipFile(tmp_path / "ticket.zip") as archive:
        job = archive.read("captures/1-job/job.json").decode()
        report = archive.read("report.md").decode()
    assert "TowerForge-" in job
    assert "STAR_ALIGN" not in job + report
    assert "redacted-" in report


@pytest.mark.parametrize("pattern", ["STAR", "STAR*", "GATK4", "checkpoint"])
def test_words_that_stand_everywhere_can_go(pattern: str, run: Command, tmp_path: Path) -> None:
    outcome = run("bundle", CAPTURE, "-o", "ticket.zip", "--redact", pattern)
    assert outcome.status == 0, outcome.err
    with zipfile.ZipFile(tmp_path / "ticket.zip") as archive:
        evidence = [name for name in archive.namelist() if name.startswith("captures/")]
        assert not [name for name in evidence if pattern.rstrip("*").encode() in archive.read(name)]


def test_a_kept_name_stays_in_every_text(run: Command, tmp_path: Path) -> None:
    assert run("bundle", CAPTURE, "-o", "ticket.zip", "--keep", "TowerForge*").status == 0
    with zipfile.ZipFile(tmp_path / "ticket.zip") as archive:
        texts = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    queue = str((scenario("window-exceeded").document("job") or {})["jobQueue"]).rpartition("/")[2]
    assert queue.startswith("TowerForge")
    for name in ("captures/1-job/job.json", "diagnosis.json", "report.md"):
        assert queue in texts[name]
    assert not [name for name, text in texts.items() if "forge-1" in text]


def test_what_would_be_diagnosed_otherwise_is_refused_without_consent(run: Command, tmp_path: Path) -> None:
    more = ["--redact", "m6id.4xlarge"]
    refused = run("bundle", CAPTURE, "-o", "ticket.zip", *more)
    assert refused.status == 1
    assert refused.err.count("\n") == 1
    assert "captures/1-job: " in refused.err
    assert "the advice differs" in refused.err
    assert "--yes" in refused.err
    assert list(tmp_path.iterdir()) == []
    accepted = run("bundle", CAPTURE, "-o", "ticket.zip", *more, "--yes")
    assert accepted.status == 0
    assert "captures/1-job: " in accepted.err
    with zipfile.ZipFile(tmp_path / "ticket.zip") as archive:
        report = archive.read("report.md").decode()
        manifest = json.loads(archive.read("manifest.json"))
    assert "The captures show less" in report
    assert "the advice differs" in report
    assert [target["replays"] for target in manifest["targets"]] == [False]
    assert run("bundle", CAPTURE, "-o", "other.zip").status == 0
    with zipfile.ZipFile(tmp_path / "other.zip") as archive:
        assert "The captures show less" not in archive.read("report.md").decode()


def test_what_would_leak_is_refused_with_one(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analyzer.bundle.concealment import Concealment

    monkeypatch.setattr(Concealment, "survivors", lambda _, data: ("bucket",) if b'"verdict"' in data else ())
    outcome = run("bundle", CAPTURE, "-o", "ticket.zip")
    assert outcome.status == 1
    assert "in diagnosis.json something that must not leave would have been left (bucket)" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_an_answer_comes_back_in_ones_own_names(run: Command, tmp_path: Path) -> None:
    run("bundle", CAPTURE, "-o", "ticket.zip")
    stand_in = run.json("ticket.zip").document()["job"]["id"]
    assert run("unredact", "-", "--map", "ticket.map.json", stdin=f"your job {stand_in}\n").out == f"your job {JOB}\n"
    (tmp_path / "answer.txt").write_text(f"({stand_in})")
    assert run("unredact", "answer.txt", "--map", "ticket.map.json").out == f"({JOB})"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["answer.txt", "--map", "none.json"], "cannot be read"),
        (["answer.txt", "--map", "answer.txt"], "is no map of a bundle"),
        (["none.txt", "--map", "ticket.map.json"], "none.txt cannot be read"),
        ([".", "--map", "ticket.map.json"], "cannot be read"),
        (["ticket.zip", "--map", "ticket.map.json"], "is an archive"),
        (["answer.txt"], "--map"),
    ],
)
def test_unredact_with_words_that_are_wrong(arguments: list[str], why: str, run: Command, tmp_path: Path) -> None:
    run("bundle", CAPTURE, "-o", "ticket.zip")
    (tmp_path / "answer.txt").write_text("hello")
    outcome = run("unredact", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert why in outcome.err
