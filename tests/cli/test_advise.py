"""`fsnap-diagnose advise` as a process: what it answers, how it ends, and how it refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances, write_catalogue
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
    # 60 s at the whole of 6.25 Gbps: 46,875,000,000 bytes = 43.656 GiB, of which no tenth more than this fits
    assert "43.6 GiB" in outcome.out
    assert "43.7 GiB" not in outcome.out
    assert command("advise", "--instance", "r6id.4xlarge", "--memory", "43.6GB").status == 0
    assert command("advise", "--instance", "r6id.4xlarge", "--memory", "43.7GB").status == 1
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
    members = {*document, *document["request"], *document["model"], *document["counts"], *document["pasted"], *first}
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
    one = shipped_instances().types["c6id.8xlarge"]
    path = command.directory / "mine.json"
    path.write_text(write_catalogue(InstanceCatalogue({one.name: one}, "mine", "2026-08-01", "eu-west-1")))
    document = _document(command, *PLAN, "--instances", str(path))
    assert document["model"]["instances"]["region"] == "eu-west-1"
    assert [row["instance_type"] for row in document["types"]] == ["c6id.8xlarge"]


def test_a_catalogue_of_ones_own_can_be_named_once_for_all_commands(command: Command) -> None:
    one = shipped_instances().types["c6id.8xlarge"]
    path = command.directory / "mine.json"
    path.write_text(write_catalogue(InstanceCatalogue({one.name: one}, "mine", "2026-08-01", "eu-west-1")))
    outcome = command(*PLAN, "--format", "json", environment={"FSNAP_INSTANCES": str(path)})
    assert [row["instance_type"] for row in outcome.document()["types"]] == ["c6id.8xlarge"]


def test_families_and_upper_case_are_understood(command: Command) -> None:
    listed = command("instances", "R6id", "--format", "json").document()["types"]
    advised = _document(command, "advise", "--instance", "r6id", "--instance", "C6ID.8xlarge")["types"]
    names = [row["instance_type"] for row in listed]
    assert [row["instance_type"] for row in advised] == [*names, "c6id.8xlarge"]
    shared = set(listed[0]) & set(advised[0])
    assert {"instance_type", "vcpus", "memory_bytes", "memory_for_tasks_bytes", "baseline_gbps"} <= shared
    assert [{name: row[name] for name in shared} for row in listed] == [
        {name: row[name] for name in shared} for row in advised[:-1]
    ]


def test_top_counts_with_all_too(command: Command) -> None:
    document = _document(command, *PLAN, "--all", "--top", "3")
    assert document["counts"]["shown"] == len(document["types"]) == 3
    assert len(document["pasted"]["instance_types"]) == 3


def test_tasks_at_once_become_hosts_and_a_limit(command: Command) -> None:
    document = _document(command, *PLAN, "--tasks", "100", "--instance", "m6idn.8xlarge")
    assert document["types"][0]["hosts_needed"] == 50
    assert document["pasted"]["max_vcpus"] == 1600
    screen = command(*PLAN, "--tasks", "100", "--instance", "m6idn.8xlarge", environment=NARROW).out
    assert '"maxvCpus": 1600' in screen
    assert "aws batch create-compute-environment" in screen
    assert "hosts" in screen.split("\n\n")[1].split()


@pytest.mark.parametrize("written", ["sparc", "", "x86-64"])
def test_both_commands_refuse_an_architecture_alike(written: str, command: Command) -> None:
    advised, listed = command(*PLAN, "--arch", written), command("instances", "--arch", written)
    assert (advised.status, advised.err) == (listed.status, listed.err)
    assert listed.err == (
        f'fsnap-diagnose: --arch: "{written}" is no architecture; write --arch x86_64 or --arch arm64\n'
    )


def test_a_size_as_nextflow_writes_it_needs_no_quotes(command: Command) -> None:
    assert _document(command, "advise", "--memory", "43.GB")["request"]["memory_bytes"]["value"] == 43 * 2**30
    assert "memory: 43.GB]" in command("advise", "--instance", "r6id.4xlarge").out


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
        ("--memory", "60GB", "--tasks", "0"),
        ("--memory", "60GB", "--tasks", "many"),
        ("--instance", "r6id.large", "--tasks", "5"),
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
