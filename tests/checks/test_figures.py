"""Figures that the checks tell, against figures reckoned by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.placement import registrable_mib
from analyzer.advisor.window import PRIOR_EFFICIENCY
from analyzer.checks.dumps import dump_of
from analyzer.checks.network import through_internet_gateway
from analyzer.checks.proposals import proposed_types, whole_gib
from analyzer.checks.run import run_checks
from analyzer.checks.setting import Setting, Task, setting_of
from analyzer.evidence.environment import EnvironmentEvidence
from tests.checks.environments import fixture, words_of

TYPES = shipped_instances().types
GIB = 2**30


def _setting(*types: str, task: Task | None = None) -> Setting:
    environment = {
        "computeEnvironmentName": "e",
        "type": "MANAGED",
        "computeResources": {"type": "SPOT", "instanceTypes": list(types)},
    }
    evidence = EnvironmentEvidence("e", "compute environment", compute_environments=(environment,))
    return setting_of(evidence, shipped_instances(), task)


def test_a_full_c6id_8xlarge_takes_the_vendors_seventy_seconds() -> None:
    prediction = dump_of(TYPES["c6id.8xlarge"], 64 * GIB)
    assert prediction is not None
    assert prediction.expected == pytest.approx(70.0)
    assert prediction.slowest == pytest.approx(64 * GIB * 8 / 12.5e9 / 0.5)


def test_tasks_on_one_host_share_its_line() -> None:
    alone, shared = dump_of(TYPES["m6id.8xlarge"], 32 * GIB), dump_of(TYPES["m6id.8xlarge"], 32 * GIB, 3)
    assert alone is not None
    assert shared is not None
    assert shared.expected == pytest.approx(3 * alone.expected)


@pytest.mark.parametrize(
    ("name", "gbps"),
    [
        ("c6id.4xlarge", 5.0),  # 16 vCPUs: 5 of 6.25
        ("c6id.8xlarge", 6.25),  # 32 vCPUs: half of 12.5
        ("c6id.12xlarge", 9.375),
        ("m6idn.4xlarge", 5.0),  # 16 vCPUs: 5 of 25
        ("c6id.large", 0.781),  # less than the gateway lets pass
    ],
)
def test_what_an_internet_gateway_lets_pass(name: str, gbps: float) -> None:
    assert through_internet_gateway(TYPES[name]) == pytest.approx(gbps)


def test_the_price_of_an_internet_gateway_is_told_in_seconds() -> None:
    report = run_checks(replace(fixture("no-endpoint").evidence, job=None, kind="queue"), shipped_instances())
    # m6idn.8xlarge: what tasks can have of its 128 GiB, through 25 of 50 Gbps
    slower = registrable_mib(TYPES["m6idn.8xlarge"]) * 2**20 * 8 / 25e9 / PRIOR_EFFICIENCY.expected
    assert f"{slower:.1f} s" in words_of(report, "FS842")


def test_what_running_hosts_registered_beats_the_rule() -> None:
    task = Task(62 * GIB, 8)
    evidence = replace(fixture("good").evidence, container_instances=())
    types = {"instanceTypes": ["c6id.8xlarge"]}
    environment = {**evidence.compute_environments[0]}
    environment["computeResources"] = {**environment["computeResources"], **types}
    evidence = replace(evidence, compute_environments=(environment,))
    assert "FS861" in {r.id for r in run_checks(evidence, shipped_instances(), task).results if r.status == "fail"}
    host = {**fixture("good").documents["container_instances"][0]}
    host["registeredResources"] = [{"name": "MEMORY", "type": "INTEGER", "integerValue": 64 * 1024 - 100}]
    seen = replace(evidence, container_instances=(host,))
    assert "FS861" not in {r.id for r in run_checks(seen, shipped_instances(), task).results if r.status == "fail"}


@pytest.mark.parametrize("task", [None, Task(30 * GIB, 8), Task(56 * GIB, 16), Task(100 * GIB, 8)])
def test_no_proposal_is_one_that_the_checks_refuse(task: Task | None) -> None:
    names = proposed_types(_setting("r6id.4xlarge", task=task))
    assert names
    environment = {
        "computeEnvironmentName": "e",
        "type": "MANAGED",
        "computeResources": {"type": "SPOT", "instanceTypes": list(names)},
    }
    evidence = EnvironmentEvidence("e", "compute environment", compute_environments=(environment,))
    report = run_checks(evidence, shipped_instances(), task)
    of_types = [r for r in report.results if r.subject.kind == "instance type" or r.id in ("FS813", "FS822", "FS861")]
    assert {r.id for r in of_types if r.status == "fail"} == set()
    allowed = (
        {"FS816", "FS817", "FS820"} if task else {"FS820"}
    )  # a whole host's memory, where it is the task's that counts
    assert {r.id for r in of_types if r.status != "pass"} <= allowed


@pytest.mark.parametrize(("size", "written"), [(60 * GIB, "60.GB"), (60 * GIB + 1, "60.GB"), (640 * 2**20, "640.MB")])
def test_sizes_as_nextflow_takes_them(size: int, written: str) -> None:
    assert whole_gib(size) == written


@pytest.mark.parametrize(
    "name", ["too-much-memory", "shared-host", "optimal", "bursting", "waits-for-ever", "planned-too-large"]
)
def test_the_cap_that_is_proposed_cures_it(name: str) -> None:
    one = fixture(name)
    report = run_checks(one.evidence, shipped_instances(), one.task)
    capped = [
        r for r in report.results if r.id in ("FS861", "FS865") and r.snippet and "resourceLimits" in r.snippet.text
    ]
    for result in capped:
        assert result.snippet
        gib = int(result.snippet.text.split("memory: '")[1].split(".GB")[0])
        again = run_checks(one.evidence, shipped_instances(), Task(gib * GIB, 16))
        assert {r.status for r in again.results if r.id == result.id} == {"pass"}
