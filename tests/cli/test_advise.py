"""`fsnap-diagnose advise` as a process: what it answers, how it ends, and how it refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.processors import processor_of
from analyzer.reporters.advise_data import CSV_COLUMNS
from tests.command import REPOSITORY, Command
from tests.documented import documented

PLAN = ("advise", "--memory", "60GB", "--cpus", "16")
NARROW = {"COLUMNS": "80"}


def test_a_plan_lists_types_that_fit_and_ends_with_what_to_paste(command: Command) -> None:
    outcome = command(*PLAN, environment=NARROW)
    assert (outcome.status, outcome.err) == (0, "")
    head, *_ = (line for line in outcome.out.splitlines() if line.startswith("type"))
    assert head.split() == ["type", "vCPU", "GiB", "Gbps", "GiB/Gbps", "dump,", "s", "verdict", "if", "packed"]
    assert outcome.out.rstrip().endswith("    process {\n        resourceLimits = [cpus: 16, memory: 60.GB]\n    }")
    assert '{"instanceTypes": ["' in outcome.out
    assert "aws batch update-compute-environment" in outcome.out


@pytest.mark.parametrize("arguments", [(), ("--all",), ("--tasks-per-host", "packed"), ("--memory", "800GB")])
def test_the_table_can_be_read_in_80_columns(arguments: tuple[str, ...], command: Command) -> None:
    out = command(*PLAN, *arguments, environment=NARROW).out
    table = out.split("\n\n")[1].splitlines()
    assert len(table) > 5
    assert max(map(len, table)) <= 80
    assert max(map(len, out.split("\nThe compute environment's types")[0].splitlines())) <= 80


def test_the_reverse_says_what_a_type_can_take(command: Command) -> None:
    outcome = command("advise", "--instance", "r6id.4xlarge", environment=NARROW)
    assert outcome.status == 0
    # 60 s at the whole of 6.25 Gbps: 46,875,000,000 bytes = 43.66 GiB
    assert "43.7 GiB" in outcome.out
    assert "a full r6id.4xlarge takes" in " ".join(outcome.out.split())
    assert "12.5 Gbps; AWS's own figure is 6.25 Gbps" in " ".join(outcome.out.split())
    assert "resourceLimits = [cpus: 16, memory: 43.GB]" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--memory", "43GB", "--instance", "r6id.4xlarge"), 0),
        (("--memory", "44GB", "--instance", "r6id.4xlarge"), 1),
        (("--memory", "60GB", "--instance", "r6id.4xlarge"), 1),
        (("--memory", "60GB", "--instance", "r6id.4xlarge", "--dirty-share", "30%"), 0),
        (("--memory", "60GB", "--instance", "r6id.4xlarge", "--instance", "c6id.8xlarge"), 1),
        (("--memory", "60GB", "--cpus", "2000"), 1),
        (("--instance", "r6id.large", "--cpus", "4"), 1),
        (("--memory", "60GB", "--arch", "arm64"), 0),
    ],
)
def test_the_exit_status_says_whether_something_fits(arguments: tuple[str, ...], status: int, command: Command) -> None:
    outcome = command("advise", *arguments, "--format", "json")
    assert (outcome.status, outcome.document()["fits"]) == (status, status == 0)


def _document(command: Command, *arguments: str) -> dict[str, Any]:
    return command(*arguments, "--format", "json").document()


def test_the_json_has_what_is_documented(command: Command) -> None:
    document = _document(command, *PLAN, "--top", "3")
    assert document["schema"] == "fsnap-advice/1"
    assert document["request"]["memory_bytes"] == {"value": 64424509440, "source": "--memory 60GB"}
    assert document["request"]["window_seconds"] == {"value": 120.0, "source": "default"}
    assert document["counts"]["shown"] == len(document["types"]) == 3
    first = document["types"][0]
    assert first["verdict"] == first["packed"]["verdict"] == "fits"
    assert first["dump_seconds"]["fastest"] < first["dump_seconds"]["expected"] < first["dump_seconds"]["slowest"]
    pasted = json.loads(document["snippets"][0]["text"])["instanceTypes"]
    assert len(pasted) == 3
    assert len({processor_of(shipped_instances().types[name]) for name in pasted}) == 1
    page = (REPOSITORY / "docs" / "advise.md").read_text()
    members = {*document, *document["request"], *document["model"], *document["counts"], *first}
    assert [name for name in sorted(members) if f"`{name}`" not in page] == []


def test_the_figures_of_the_json_are_those_of_the_formula(command: Command) -> None:
    document = _document(command, *PLAN, "--tasks-per-host", "2", "--efficiency", "0.5")
    for row in document["types"]:
        rate = row["baseline_gbps"] * 10**9 / 8 * 0.5 / 2
        assert row["dump_seconds"]["expected"] == pytest.approx(60 * 2**30 / rate, abs=0.001)
        assert row["tasks_per_host"] == 2


def test_the_csv_is_one_line_a_type(command: Command) -> None:
    lines = list(csv.reader(io.StringIO(command(*PLAN, "--all", "--format", "csv").out)))
    assert tuple(lines[0]) == CSV_COLUMNS
    assert len(lines) - 1 == _document(command, *PLAN, "--all")["counts"]["considered"]
    assert {len(line) for line in lines} == {len(CSV_COLUMNS)}


def test_the_page_of_the_csv_has_every_column() -> None:
    page = (REPOSITORY / "docs" / "advise.md").read_text()
    assert [name for name in CSV_COLUMNS if f"`{name}`" not in page] == []


@pytest.mark.parametrize(("written", "lines"), documented("advise.md"))
def test_the_page_shows_what_the_command_answers(written: str, lines: list[str], command: Command) -> None:
    outcome = command(*written.split())
    assert outcome.status in (0, 1)
    told = " ".join(outcome.out.split())
    assert [line for line in lines if line not in told] == []


def test_everything_shows_why_a_type_does_not_fit(command: Command) -> None:
    types = _document(command, *PLAN, "--all")["types"]
    assert {row["verdict"] for row in types} == {"fits", "tight", "outruns", "no room"}
    assert all(bool(row["reason"]) == (row["verdict"] != "fits") for row in types)


def test_a_catalogue_of_ones_own_is_read(command: Command) -> None:
    from analyzer.advisor.instance_catalogue import InstanceCatalogue, write_catalogue

    one = shipped_instances().types["c6id.8xlarge"]
    path = command.directory / "mine.json"
    path.write_text(write_catalogue(InstanceCatalogue({one.name: one}, "mine", "2026-08-01", "eu-west-1")))
    document = _document(command, *PLAN, "--instances", str(path))
    assert document["model"]["instances"]["region"] == "eu-west-1"
    assert [row["instance_type"] for row in document["types"]] == ["c6id.8xlarge"]


@pytest.mark.parametrize("output_format", ["terminal", "json", "csv", "markdown"])
def test_a_file_has_what_the_screen_would_have(output_format: str, command: Command) -> None:
    shown = command(*PLAN, "--format", output_format)
    written = command(*PLAN, "--format", output_format, "-o", "advice.txt")
    assert (written.status, written.out) == (0, "")
    assert (command.directory / "advice.txt").read_text() == shown.out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--cpus", "4"),
        ("--memory", "60"),
        ("--memory", "-5GB"),
        ("--memory", "nan"),
        ("--memory", "0GB"),
        ("--memory", ""),
        ("--memory", "900TB"),
        ("--memory", "60GB", "--cpus", "0"),
        ("--memory", "60GB", "--cpus", "1.5"),
        ("--memory", "60GB", "--window", "0"),
        ("--memory", "60GB", "--window", "-1"),
        ("--memory", "60GB", "--window", "inf"),
        ("--memory", "60GB", "--margin", "100%"),
        ("--memory", "60GB", "--margin", "15"),
        ("--memory", "60GB", "--efficiency", "0"),
        ("--memory", "60GB", "--efficiency", "1.1"),
        ("--memory", "60GB", "--dirty-share", "0"),
        ("--memory", "60GB", "--tasks-per-host", "0"),
        ("--memory", "60GB", "--tasks-per-host", "all"),
        ("--memory", "60GB", "--arch", "sparc"),
        ("--memory", "60GB", "--top", "0"),
        ("--memory", "60GB", "--instances", "nowhere.json"),
        ("--memory", "60GB", "-o", "nowhere/advice.txt"),
        ("--instance", "r6id.4xlage"),
        ("--instance", "\x1b[31mred"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(arguments: tuple[str, ...], command: Command) -> None:
    outcome = command("advise", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    (line,) = outcome.err.splitlines()
    named = arguments[-2].replace("-o", "--output") if arguments else "--memory"
    assert line.startswith("fsnap-diagnose: --")
    assert named in line or "--memory" in line
    assert "\x1b" not in line


def test_advice_needs_no_aws(command: Command, tmp_path: Path) -> None:
    nothing = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_REGION": None, "HOME": str(tmp_path)}
    assert command(*PLAN, environment=nothing).status == 0
