"""`fsnap-diagnose instances`, as a user runs it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.advisor.test_instance_types import described
from tests.command import Command, InProcess
from tests.fetchers.endpoint import Endpoint, Refusal
from tests.fetchers.test_instance_types import page

HEAD = "type vCPU GiB architecture Gbps peak Gbps GiB/Gbps NVMe GB EBS MB/s Spot generation"


@pytest.fixture
def ec2() -> Iterator[Endpoint]:
    """An EC2 that answers what a test tells it to."""
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


def names(out: str) -> list[str]:
    return [one["instance_type"] for one in json.loads(out)["types"]]


def test_a_family_as_a_table_with_date_and_source(command: Command) -> None:
    outcome = command("instances", "r6id")
    lines = outcome.out.splitlines()
    assert outcome.status == 0
    assert " ".join(lines[0].split()) == HEAD
    assert lines[4].split() == [
        "r6id.4xlarge",
        "16",
        "128",
        "x86_64",
        "6.25",
        "12.50",
        "20.48",
        "950",
        "625",
        "yes",
        "6",
    ]
    assert lines[-1].startswith(
        "Figures of 2026-10-27, of several regions (yours may lack some): EC2 DescribeInstanceTypes"
    )


def test_all_types_are_listed_where_none_is_named(command: Command) -> None:
    document = json.loads(command.json("instances").out)
    assert (len(document["types"]), document["region"]) == (1395, None)
    assert document["date"] == "2026-10-27"
    assert {len(one) for one in document["types"]} == {19}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["c6id.large", "m6id.large"], {"c6id.large", "m6id.large"}),
        (["m6id", "m6i", "--nvme", "--min-memory", "512GB"], {"m6id.32xlarge", "m6id.metal"}),
        (["m6id", "--min-memory", "512.GB", "--candidates"], {"m6id.32xlarge"}),
        (["c6id.large", "c6gd.large", "--arch", "arm64"], {"c6gd.large"}),
        (["r6id.large", "c6id.large", "--max-gib-per-gbps", "6"], {"c6id.large"}),
        (["u7in-24tb", "r6id.large", "--spot"], {"r6id.large"}),
        (["r6id.large", "--min-memory", "1TB"], set()),
    ],
)
def test_filters(arguments: list[str], expected: set[str], command: Command) -> None:
    outcome = command.json("instances", *arguments)
    assert outcome.status == 0
    assert set(names(outcome.out)) == expected


def test_sizes_of_a_family_are_in_order(command: Command) -> None:
    listed = names(command.json("instances", "c6id").out)
    assert listed[:4] == ["c6id.large", "c6id.xlarge", "c6id.2xlarge", "c6id.4xlarge"]


def test_csv_and_markdown(command: Command) -> None:
    rows = list(csv.DictReader(io.StringIO(command("instances", "m6idn.4xlarge", "--format", "csv").out)))
    assert [(row["instance_type"], row["baseline_gbps"], row["spot"], row["date"]) for row in rows] == [
        ("m6idn.4xlarge", "25.0", "true", "2026-10-27")
    ]
    table = command("instances", "m6idn.4xlarge", "--format", "markdown").out
    assert "| `m6idn.4xlarge` | 16 | 64 | x86_64 | 25.00 | 50.00 | 2.56 | 950 | 1562 | yes | 6 |" in table
    assert "Figures of 2026-10-27" in table


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["r6id.4xlarg"], "r6id.4xlarg is no instance type or family that is known; did you mean r6id.4xlarge"),
        (["zzzzzzzz"], "zzzzzzzz is no instance type or family that is known; `fsnap-diagnose instances` lists all"),
        (["--min-memory", "lots"], '--min-memory: "lots" is no size'),
        (["--refresh", "--from", "x"], "--refresh and --from exclude each other"),
        (["--from", "missing.json"], "missing.json: cannot be read (No such file or directory)"),
        (["--from", "x.json", "--date", "today"], "--date: today is no date"),
        (["--instances", "missing.json"], "--instances: missing.json: cannot be read (No such file or directory)"),
        (["r6id.large", "-o", "no/such/place"], "--output: no/such/place cannot be written: No such file or directory"),
        (["r6id.large", "--min-memory", "1TB", "-o", "x"], "no type is all that was asked for"),
        (["\x1b[31mred"], "red is no instance type"),
    ],
)
def test_wrong_words_end_with_two_and_one_sentence(arguments: list[str], sentence: str, command: Command) -> None:
    outcome = command("instances", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"fsnap-diagnose: {sentence}")
    assert len(outcome.err.splitlines()) == 1
    assert "\x1b" not in outcome.err


def test_recorded_pages_become_a_file_that_counts_from_then_on(command: Command, tmp_path: Path) -> None:
    small = described(InstanceType="r6id.large", VCpuInfo={"DefaultVCpus": 2})
    pages: dict[str, Any] = {"InstanceTypes": [described(), small, {"InstanceType": "broken"}]}
    (tmp_path / "pages.json").write_text(json.dumps(pages))
    written = command("instances", "--from", "pages.json", "--date", "2026-08-01", "-o", "mine.json")
    assert (written.status, written.out) == (0, "")
    assert "1 of 3 types were passed over" in written.err
    assert "wrote 2 types to mine.json" in written.err
    listed = command.json("instances", "--instances", "mine.json")
    assert names(listed.out) == ["r6id.large", "r6id.4xlarge"]
    by_variable = command.json("instances", environment={"FSNAP_INSTANCES": "mine.json"})
    assert by_variable.out == listed.out
    assert json.loads(listed.out)["source"] == "EC2 DescribeInstanceTypes, as recorded in pages.json"
    assert command("instances", "c6id.large", "--instances", "mine.json").status == 2


def test_the_users_own_region_is_shown_and_written(ec2: Endpoint, tmp_path: Path) -> None:
    live = InProcess(tmp_path, endpoint=ec2.url)
    ec2.answers["DescribeInstanceTypes"] = page(["c6id.large", "m6id.large"])
    shown = live.json("instances", "--refresh", "--region", "eu-central-1")
    assert shown.status == 0
    assert (names(shown.out), json.loads(shown.out)["region"]) == (["c6id.large", "m6id.large"], "eu-central-1")
    assert live("instances", "--refresh", "-o", "mine.json").status == 0
    assert json.loads((tmp_path / "mine.json").read_text())["region"] == "eu-west-1"
    assert names(live.json("instances", "--instances", "mine.json").out) == ["c6id.large", "m6id.large"]


def test_a_denied_call_names_the_permission_and_ends_with_three(ec2: Endpoint, tmp_path: Path) -> None:
    ec2.answers["DescribeInstanceTypes"] = Refusal("UnauthorizedOperation", "no", 403)
    outcome = InProcess(tmp_path, endpoint=ec2.url)("instances", "--refresh", "-o", "mine.json")
    assert (outcome.status, outcome.out) == (3, "")
    assert outcome.err.splitlines() == [
        "fsnap-diagnose: Could not read the instance types of eu-west-1: AccessDenied on ec2:DescribeInstanceTypes; "
        "allow ec2:DescribeInstanceTypes for this role."
    ]
    assert not (tmp_path / "mine.json").exists()


def test_no_network_is_one_sentence(command: Command) -> None:
    outcome = command("instances", "--refresh", environment={"AWS_MAX_ATTEMPTS": "1"})
    assert outcome.status == 3
    assert "127.0.0.1:9 cannot be reached" in outcome.err
    assert len(outcome.err.splitlines()) == 1
