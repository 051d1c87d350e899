"""`fsnap-diagnose check`: how it ends, what it writes where, and how it refuses. Live: tests/e2e/test_check_live.py."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analyzer.cli.app import app
from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.fetchers import environment
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.options import FetchOptions
from tests.checks.environments import fixture
from tests.command import Command


class Fetched:
    """Stands in for the fetchers: hands out a fixture, and remembers what it was asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[tuple[str, FetchOptions, tuple[str, ...]]] = []

    def __call__(
        self, target: str, options: FetchOptions, *, workdirs: Sequence[str] = (), progress: object = None, **_: object
    ) -> EnvironmentEvidence:
        del progress
        self.asked.append((target, options, tuple(workdirs)))
        if self.name == "nothing":
            raise FetchError(f"{target} is nothing that AWS Batch knows.")
        return replace(fixture(self.name).evidence, target=target)


def run(monkeypatch: pytest.MonkeyPatch, name: str, *arguments: str) -> tuple[Any, Fetched]:
    fetched = Fetched(name)
    monkeypatch.setattr(environment, "fetch_environment", fetched)
    return CliRunner().invoke(app, ["check", "snapshots-work", *arguments]), fetched


@pytest.mark.parametrize(
    ("name", "status"), [("good", 0), ("on-demand", 1), ("mixed-queue", 0), ("some-denied", 0), ("nothing", 3)]
)
def test_the_exit_status_is_1_where_a_check_fails(monkeypatch: pytest.MonkeyPatch, name: str, status: int) -> None:
    outcome, _ = run(monkeypatch, name)
    assert outcome.exit_code == status, outcome.output


def test_a_queue_whose_environments_may_not_be_seen_was_not_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, _ = run(monkeypatch, "nothing-visible", "--format", "json")
    assert outcome.exit_code == 3
    assert json.loads(outcome.stdout)["failed"] is False, "what was seen is told all the same"
    assert len(outcome.stderr.splitlines()) == 1
    for action in ("batch:DescribeComputeEnvironments", "batch:DescribeJobQueues"):
        assert f"AccessDenied on {action}" in outcome.stderr
    assert "allow batch:DescribeComputeEnvironments, batch:DescribeJobQueues for this role" in outcome.stderr


@pytest.mark.parametrize("name", ["queue-gone", "environment-gone", "bucket-gone", "template-gone", "image-gone"])
def test_what_aws_says_is_gone_fails(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    outcome, _ = run(monkeypatch, name)
    assert outcome.exit_code == 1


@pytest.mark.parametrize(
    ("name", "status"), [("some-denied", 1), ("good", 0), ("good-queue", 0), ("no-bucket", 1), ("nothing-visible", 3)]
)
def test_strict_counts_what_could_not_look(monkeypatch: pytest.MonkeyPatch, name: str, status: int) -> None:
    outcome, _ = run(monkeypatch, name, "--strict")
    assert outcome.exit_code == status


@pytest.mark.parametrize("target", ["", "  "])
def test_an_empty_target_is_a_wrong_command_line(command: Command, target: str) -> None:
    outcome = command("check", target)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == (
        "fsnap-diagnose: TARGET is empty; name a job queue, a compute environment or a job: check my-queue\n"
    )


def test_a_path_is_told_from_a_queue(command: Command, tmp_path: Path) -> None:
    outcome = command("check", str(tmp_path))
    assert outcome.status == 3
    assert "is a path on this machine" in outcome.err
    assert f"write fsnap-diagnose {tmp_path}" in outcome.err


def test_what_cannot_be_examined_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, _ = run(monkeypatch, "nothing", "--format", "json")
    assert outcome.stdout == ""
    assert outcome.stderr == "fsnap-diagnose: snapshots-work is nothing that AWS Batch knows.\n"


def test_options_reach_the_fetchers(monkeypatch: pytest.MonkeyPatch) -> None:
    given = ("--workdir", "s3://one/work", "--workdir", "s3://two", "--region", "eu-west-3", "--profile", "lab")
    _, fetched = run(monkeypatch, "good", *given, "--timeout", "7")
    ((target, options, workdirs),) = fetched.asked
    assert (target, workdirs) == ("snapshots-work", ("s3://one/work", "s3://two"))
    assert (options.region, options.profile, options.timeout_seconds) == ("eu-west-3", "lab", 7.0)


def test_a_planned_task_stands_in_for_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, _ = run(monkeypatch, "good-queue", "--memory", "300GB", "--cpus", "16", "--format", "json")
    report = json.loads(outcome.stdout)
    assert report["task"] == "300.0 GiB and 16 vCPUs (planned)"
    assert {r["status"] for r in report["results"] if r["id"] == "FS861"} == {"fail"}
    assert outcome.exit_code == 1


def test_a_planned_task_without_vcpus_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, _ = run(monkeypatch, "good-queue", "--memory", "8GB", "--format", "json")
    assert json.loads(outcome.stdout)["task"] == "8.0 GiB and 1 vCPU (planned)"


@pytest.mark.parametrize("output_format", ["terminal", "json", "jsonl", "markdown", "junit"])
def test_a_file_gets_the_report(monkeypatch: pytest.MonkeyPatch, output_format: str, tmp_path: Path) -> None:
    file = tmp_path / "out"
    outcome, _ = run(monkeypatch, "on-demand", "--format", output_format, "-o", str(file))
    assert (outcome.exit_code, outcome.output) == (1, "")
    text = file.read_text("utf-8")
    assert "FS804" in text
    if output_format == "junit":
        assert ET.fromstring(text.encode()).tag == "testsuites"  # noqa: S314 - our own output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--cpus", "16"), "--cpus needs --memory"),
        (("--memory", "much"), '--memory: "much" is no size'),
        (("--memory", "60"), '--memory: "60" has no unit'),
        (("--memory", "60GB", "--cpus", "0"), "--cpus"),
        (("--memory", "60GB", "--cpus", "1.5"), '--cpus: "1.5" is no whole number'),
        (("--memory", "60GB", "--cpus", ""), '--cpus: ""'),
        (("--memory", "60GB", "--cpus", "2001"), "--cpus"),
        (("--workdir", "/work"), '--workdir: "/work" is no place in S3; write s3://bucket/work'),
        (("--workdir", "s3://"), "--workdir"),
        (("--workdir", "s3://UPPER/x"), "--workdir"),
        (("--instances", "no-such-file.json"), "--instances: no-such-file.json"),
        (("--window", "0"), '--window: "0" is no window'),
        (("--margin", "all"), '--margin: "all" is no share'),
    ],
)
def test_a_wrong_argument_is_one_sentence_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    outcome, fetched = run(monkeypatch, "good", *arguments)
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert says in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
    assert fetched.asked == [], "the command line is read before AWS is asked"


def test_a_shorter_window_lets_fewer_dumps_through(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, _ = run(monkeypatch, "good", "--format", "json")
    shorter, _ = run(monkeypatch, "good", "--format", "json", "--window", "30s")
    no_margin, _ = run(monkeypatch, "good", "--format", "json", "--margin", "99%")
    assert json.loads(usual.stdout)["counts"]["fail"] == 0
    for told in (shorter, no_margin):
        assert told.exit_code in (0, 1)
        worse = {one["id"] for one in json.loads(told.stdout)["results"] if one["status"] in ("warn", "fail")}
        assert {"FS865", "FS866"} <= worse


def test_a_file_that_cannot_be_written_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome, _ = run(monkeypatch, "good", "-o", str(tmp_path / "no" / "such"))
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "cannot be written: No such file or directory" in outcome.stderr


def test_without_aws_the_target_cannot_be_examined(command: Command) -> None:
    outcome = command("check", "my-queue", "--timeout", "5")
    assert (outcome.status, outcome.out) == (3, "")
    assert len(outcome.err.splitlines()) == 1
    assert "my-queue" in outcome.err


@pytest.mark.parametrize("wanted", ["FS804", "fs804"])
def test_a_check_has_a_page(command: Command, wanted: str) -> None:
    outcome = command("explain", wanted)
    assert outcome.status == 0
    assert outcome.out.startswith("# FS804 The compute environment runs on Spot\n")


def test_checks_are_listed_among_the_rules(command: Command) -> None:
    rows = json.loads(command("rules", "--format", "json").out)
    assert {"id": "FS804", "cause": "check", "severity": "check", "owner": "platform"}.items() <= next(
        row for row in rows if row["id"] == "FS804"
    ).items()
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
