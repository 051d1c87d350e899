"""What is pasted cures the check under which it stands, and starts no other."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.checks.proposals import proposal, proposed_types
from analyzer.checks.result import CheckReport, Status, rank
from analyzer.checks.run import run_checks
from analyzer.checks.setting import Setting, Task, setting_of
from analyzer.evidence.environment import EnvironmentEvidence
from tests.checks.environments import NAMES, fixture, report_of, statuses

GIB = 2**30
TYPES = shipped_instances().types
NAMED = st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=8, unique=True)
FAMILIES = st.lists(st.sampled_from(sorted({kind.family for kind in TYPES.values()})), max_size=2, unique=True)
TASKS = st.one_of(
    st.none(), st.builds(Task, st.integers(1, 400).map(lambda gib: gib * GIB), st.sampled_from([1.0, 4.0, 16.0, 64.0]))
)
TYPE_CHECKS = re.compile(r"FS8[12]\d|FS86[156]")


def environment_of(types: Sequence[str]) -> EnvironmentEvidence:
    resources = {"type": "SPOT", "instanceTypes": list(types), "maxvCpus": 512}
    document: dict[str, Any] = {"computeEnvironmentName": "e", "type": "MANAGED", "computeResources": resources}
    return EnvironmentEvidence("e", "compute environment", compute_environments=(document,))


def setting_with(*types: str, task: Task | None = None) -> Setting:
    return setting_of(environment_of(types), shipped_instances(), task)


def pasted(report: CheckReport) -> dict[str, str]:
    """Check -> the list that stands under it."""
    found: dict[str, str] = {}
    for result in report.results:
        match = re.search(
            r"^ +--compute-resources instanceTypes=(.+)$", result.snippet.text if result.snippet else "", re.M
        )
        if match and "YOUR-" not in match[1]:
            found[result.id] = match[1]
    return found


def of_types(report: CheckReport) -> dict[str, Status]:
    return {check: status for check, status in statuses(report).items() if TYPE_CHECKS.fullmatch(check)}


def assert_cured(before: CheckReport, after: CheckReport) -> None:
    was, now = of_types(before), of_types(after)
    for check in pasted(before):
        assert now.get(check, "pass") == "pass", check
    worse = {check for check, status in now.items() if rank(status) < rank(was.get(check, "pass"))}
    assert worse == set()
    assert pasted(after) == {}, "there is nothing more to paste"


@settings(max_examples=60, deadline=None)
@given(NAMED, FAMILIES, TASKS)
def test_the_list_cures_what_it_stands_under(types: list[str], families: list[str], task: Task | None) -> None:
    before = run_checks(environment_of([*types, *families]), shipped_instances(), task)
    lists = set(pasted(before).values())
    assert len(lists) <= 1, "one list a report"
    for one in lists:
        assert_cured(before, run_checks(environment_of(one.split(",")), shipped_instances(), task))


@pytest.mark.parametrize("name", NAMES)
def test_the_list_cures_every_fixture(name: str) -> None:
    fix, before = fixture(name), report_of(name)
    lists = set(pasted(before).values())
    assert len(lists) <= 1
    for one in lists:
        environments = []
        for document in fix.evidence.compute_environments:
            copy = json.loads(json.dumps(document))
            copy["computeResources"]["instanceTypes"] = one.split(",")
            environments.append(copy)
        evidence = replace(fix.evidence, compute_environments=tuple(environments), instance_types=())
        assert_cured(before, run_checks(evidence, shipped_instances(), fix.task))


def test_a_type_that_has_too_much_memory_is_not_pasted() -> None:
    lists = pasted(run_checks(environment_of(["r6id.8xlarge"]), shipped_instances()))
    assert set(lists) == {"FS816", "FS817"}
    assert "r6id.8xlarge" not in lists["FS816"].split(",")
    assert "m6id.8xlarge" not in lists["FS816"].split(",")


def test_what_was_right_is_kept_and_nothing_else_is_added() -> None:
    found = proposal(setting_with("c6id.8xlarge", "r6id.8xlarge", "m6idn.8xlarge"))
    assert found.names == ("c6id.8xlarge", "m6idn.8xlarge")
    assert found.left_out == ("r6id.8xlarge",)
    assert "keeps what is right" in found.sentence
    assert "few for Spot" in found.sentence


def test_one_amd_type_among_ten_does_not_become_the_only_family() -> None:
    intel = ["c6id.8xlarge", "c6id.12xlarge", "c6id.16xlarge", "m6idn.8xlarge", "r6idn.8xlarge"]
    task = Task(16 * GIB, 8)
    amd = next(
        name
        for name, kind in TYPES.items()
        if kind.processor == "AMD" and proposed_types(setting_with(name, task=task)) == (name,)
    )
    report = run_checks(environment_of([amd, *intel]), shipped_instances(), task)
    assert pasted(report) == {"FS822": ",".join(intel)}


def test_a_family_stays_one_where_all_its_sizes_are_kept() -> None:
    assert proposed_types(setting_with("c6id", "r6id.8xlarge")) == ("c6id",)


def test_a_bundle_is_never_kept() -> None:
    assert not {"optimal", "default_x86_64"} & set(proposed_types(setting_with("optimal", "default_x86_64")))


def test_the_list_holds_the_task() -> None:
    task = Task(100 * GIB, 8)
    names = proposed_types(setting_with("c6id.8xlarge", task=task))
    assert names
    after = run_checks(environment_of(names), shipped_instances(), task)
    assert {r.status for r in after.results if r.id in ("FS861", "FS865", "FS866")} == {"pass"}


def test_where_nothing_would_do_no_list_is_pasted() -> None:
    report = run_checks(environment_of(["x2iedn.32xlarge"]), shipped_instances(), Task(3000 * GIB, 8))
    assert pasted(report) == {}
    words = [r.fix for r in report.results if r.id == "FS865"]
    assert words
    assert all("run it on demand" in fix for fix in words)
