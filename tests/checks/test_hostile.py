"""Documents from outside may hold anything: the checks answer all the same, and nothing breaks out of a report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.checks.result import CheckReport
from analyzer.checks.run import run_checks
from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.reporters.check_json import format_check_json, format_check_jsonl
from analyzer.reporters.check_junit import format_check_junit
from analyzer.reporters.check_markdown import format_check_markdown
from tests.checks.environments import LISTS, NAMES, fixture

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["\x1b[31mred", "\u202etxt.exe", "</testcase>", "`rm -rf`", "a" * 5000, "\ud800", "$(reboot)"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    children: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for name, child in children for place in _places(child, (*path, name))]


def _changed(document: Any, path: tuple[Any, ...], junk: Any) -> Any:
    copy = json.loads(json.dumps(document))
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = junk
    return copy


def _formats(report: CheckReport) -> None:
    assert json.loads(format_check_json(report))["counts"] == dict(report.counts)
    assert len(format_check_jsonl(report).splitlines()) == len(report.results)
    for text in (format_check_markdown(report), format_check_junit(report)):
        assert "\x1b" not in text
        assert "\u202e" not in text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_member_may_be_anything(data: st.DataObject) -> None:
    one = fixture(data.draw(st.sampled_from(NAMES)))
    evidence = one.evidence
    part = data.draw(st.sampled_from((*LISTS, "job", "job_queue", "recommended_images")))
    document = json.loads(json.dumps(one.documents[part]))
    for _ in range(data.draw(st.integers(1, 3))):
        places = _places(document)
        if places:
            document = _changed(document, data.draw(st.sampled_from(places)), data.draw(JUNK))
    mangled: Any = tuple(document) if isinstance(document, list) else document
    _formats(run_checks(replace(evidence, **{part: mangled}), shipped_instances(), one.task))


@pytest.mark.parametrize("junk", [None, 7, "text", [], {}, ["x"], {"a": 1}, [[[]]]])
@pytest.mark.parametrize("member", ["computeResources", "launchTemplate", "ec2Configuration", "instanceTypes"])
def test_wrong_types_in_an_environment(member: str, junk: Any) -> None:
    document = json.loads(json.dumps(fixture("good").documents["compute_environments"][0]))
    if member == "computeResources":
        document[member] = junk
    else:
        document["computeResources"][member] = junk
    evidence = replace(fixture("good").evidence, compute_environments=(document,))
    _formats(run_checks(evidence, shipped_instances()))


def test_nothing_at_all() -> None:
    for kind in ("queue", "compute environment", "job"):
        evidence = EnvironmentEvidence(target="x", kind=kind)
        report = run_checks(evidence, shipped_instances())
        assert {result.status for result in report.results} == {"unknown"}
        _formats(report)


@pytest.mark.parametrize(
    "name", ["$(reboot)", "a; reboot", "x' y", "token=ghp_0123456789abcdefghijklmnopqrstuvwxyzAB", "a" * 600]
)
def test_a_name_that_is_not_safe_is_pasted_nowhere(name: str) -> None:
    document = json.loads(json.dumps(fixture("on-demand").documents["compute_environments"][0]))
    document["computeEnvironmentName"] = name
    queue = {**fixture("good").documents["job_queue"], "jobQueueName": name, "state": "DISABLED"}
    evidence = replace(fixture("on-demand").evidence, compute_environments=(document,), job_queue=queue)
    report = run_checks(evidence, shipped_instances())
    snippets = [result.snippet.text for result in report.results if result.snippet]
    assert any("YOUR-COMPUTE-ENVIRONMENT" in text for text in snippets)
    assert any("YOUR-QUEUE" in text for text in snippets)
    assert not any(name in text for text in snippets)


def test_many_environments_and_types_take_no_time() -> None:
    document = fixture("good").documents["compute_environments"][0]
    every = sorted({kind.family for kind in shipped_instances().types.values()})
    wide = json.loads(json.dumps(document))
    wide["computeResources"]["instanceTypes"] = every
    evidence = replace(fixture("good").evidence, compute_environments=(wide,) * 3, instance_types=())
    report = run_checks(evidence, shipped_instances())
    assert len({r.subject.name for r in report.results if r.subject.kind == "instance type"}) == len(
        shipped_instances().types
    )
    _formats(report)
