"""What an advice changes: the vocabulary, the readers of present values, and the three members of a recommendation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyzer.advisor.conditions import EVALUATED
from analyzer.advisor.recommend import recommend
from analyzer.advisor.retry import FAMILIES, wanted
from analyzer.advisor.setting_readers import READERS
from analyzer.advisor.settings import CONDITION_WORDS, moot, settle
from analyzer.advisor.window import Window
from analyzer.classifier.catalogue import Advice, CatalogueError, shipped
from analyzer.classifier.catalogue_read import read_rules
from analyzer.classifier.rule_record import CONDITIONS
from analyzer.classifier.setting_names import LONGEST_TEXT, MOST_SETTINGS, SETTINGS
from tests.advisor.cases import NAMES, diagnosis_of
from tests.advisor.settings_cases import NEXTFLOW, ROOT, case_of, variables

PAGE = (Path(__file__).parents[2] / "docs" / "rules-file.md").read_text("utf-8")
RULE = """
[[rule]]
id = "FS901"
cause = "dump.x"
title = "X"
means = "It is so."
what_to_do = "Do."
REPEATS
  [[rule.signature]]
  source = "task"
  text = "it broke"
  [[rule.advice]]
  kind = "configuration"
  summary = "Change it."
  MEMBER
"""


# the vocabulary


def test_every_setting_has_a_reader_and_a_line_in_the_documentation() -> None:
    assert set(READERS) == set(SETTINGS)
    assert [name for name in SETTINGS if f"`{name}`" not in PAGE] == []


def test_every_condition_has_words() -> None:
    assert set(CONDITION_WORDS) == set(CONDITIONS)


def test_every_advice_of_dumps_restores_and_hosts_says_what_it_changes() -> None:
    rules = [rule for rule in shipped() if rule.id[:3] in ("FS1", "FS2", "FS3")]
    assert len(rules) > 60
    assert [f"{rule.id} {n}" for rule in rules for n, a in enumerate(rule.advice, 1) if not a.proposed] == []
    assert [rule.id for rule in rules if rule.cause.split(".")[0] not in FAMILIES] == []


def test_the_dump_seconds_that_are_proposed_are_the_model_s() -> None:
    proposed = {a.proposed["dump_seconds"] for rule in shipped() for a in rule.advice if "dump_seconds" in a.proposed}
    assert proposed == {Window().usable_seconds}


@pytest.mark.parametrize(
    ("member", "complaint"),
    [
        ("proposed = { wishes = 3 }", "'wishes' is not a member that this table has"),
        ('proposed = { vcpus = "many" }', "'vcpus' must be a number"),
        ("proposed = { vcpus = true }", "'vcpus' must be a number"),
        ("proposed = { vcpus = nan }", "'vcpus' must be a number"),
        ("proposed = { vcpus = 1e300 }", "'vcpus' must be a number"),
        ("proposed = { privileged = 1 }", "'privileged' must be true or false"),
        ("proposed = { image = '' }", "'image' must be a string"),
        ("proposed = { image = 'a\\tb' }".replace("'", '"'), "'image' must be a string"),
        (f"proposed = {{ image = '{'x' * (LONGEST_TEXT + 1)}' }}", "'image' must be a string"),
        ("proposed = { instance_types = 'c6id' }", "'instance_types' must be a list"),
        ("proposed = { instance_types = ['a', 3] }", "'instance_types' must be a list"),
        ("proposed = { instance_types = [['a']] }", "'instance_types' must be a list"),
        ("proposed = { vcpus = { a = 1 } }", "'vcpus' must be a number"),
        ("proposed = 3", f"'proposed' must be a table of at most {MOST_SETTINGS} settings"),
        ("holds = 3", "'holds' must be a string"),
    ],
)
def test_a_proposal_that_cannot_be_is_named(member: str, complaint: str) -> None:
    with pytest.raises(CatalogueError, match="advice 1") as error:
        read_rules(RULE.replace("MEMBER", member).replace("REPEATS", ""), "mine.toml")
    assert complaint in str(error.value)


def test_too_many_settings_are_refused() -> None:
    many = ", ".join(f"{name} = 1" for name in list(SETTINGS)[: MOST_SETTINGS + 1])
    with pytest.raises(CatalogueError, match="at most"):
        read_rules(RULE.replace("MEMBER", f"proposed = {{ {many} }}").replace("REPEATS", ""), "mine.toml")


def test_a_user_s_rule_may_say_what_it_changes() -> None:
    member = 'proposed = { vcpus = 4, queue = "YOUR-QUEUE", retry_exit_codes = [3] }\n  holds = "there are four"'
    record = read_rules(RULE.replace("MEMBER", member).replace("REPEATS", "repeats = true"), "mine.toml")["FS901"]
    assert record.repeats
    settled = settle(
        record.advice[0], case_of({"resourceRequirements": [{"type": "VCPU", "value": "2"}]}), {"YOUR-QUEUE": "q"}
    )
    assert settled.current == {"vcpus": 2.0, "queue": None, "retry_exit_codes": None}
    assert settled.proposed == {"vcpus": 4, "queue": "q", "retry_exit_codes": [3]}
    assert settled.because["holds"] == "there are four"
    with pytest.raises(CatalogueError, match="'repeats' must be true or false"):
        read_rules(RULE.replace("MEMBER", "").replace("REPEATS", "repeats = 1"), "mine.toml")


# the three members


def test_a_recommendation_says_what_is_what_should_be_and_why() -> None:
    advice = next(a for a in shipped().rules["FS120"].advice if "fusion_snapshots_tcp_mode" in a.proposed)
    settled = settle(advice, case_of({}), {})
    assert settled.current == {"fusion_snapshots_tcp_mode": "established"}
    assert settled.proposed == {"fusion_snapshots_tcp_mode": "close"}
    assert settled.because["proof"] == "workdir/dump_1.log, line 7"
    assert "default" in str(settled.because["fusion_snapshots_tcp_mode_from"])
    assert "TLS" in str(settled.because["holds"])


def test_advice_says_when_it_holds_by_what_it_is_bound_to() -> None:
    proposed = {"vcpus": 4}
    bound = Advice("retry", "x", when=("INET",), unless=("tls",), only=("running",), proposed=proposed)
    assert settle(bound, case_of({}), {}).because["holds"] == (
        "the job is still running and the evidence says 'INET' and the evidence says none of 'tls'"
    )
    free = Advice("retry", "x", proposed=proposed)
    assert settle(free, case_of({}), {}).because["holds"] == "the cause is dump.tcp_connection"


def test_what_a_job_has_already_is_not_advised() -> None:
    evidence = case_of(variables(FUSION_SNAPSHOTS_TCP_MODE="close"))
    told = recommend(evidence.facts, ROOT, shipped(), evidence.evidence)
    assert not any("fusion_snapshots_tcp_mode" in one.proposed for one in told)
    assert any("task_connections_open" in one.proposed for one in told)


@pytest.mark.parametrize(
    ("proposed", "is_moot"),
    [
        ({"batch_attempts": 5}, True),
        ({"batch_attempts": 10}, True),
        ({"batch_attempts": 11}, False),
        ({"batch_attempts": 5, "queue": "x"}, False),
        ({"fusion_version": "the latest"}, False),
        ({"read_only_mounts": []}, True),
        ({}, False),
    ],
)
def test_more_than_is_proposed_is_as_good(proposed: Any, is_moot: bool) -> None:
    case = case_of({}, job={"retryStrategy": {"attempts": 10}})
    assert moot(Advice("configuration", "x", proposed=proposed), case, {}) is is_moot


def test_a_figure_that_is_filled_in_is_a_number() -> None:
    advice = Advice("configuration", "x", proposed={"batch_attempts": "YOUR-MORE-ATTEMPTS"})
    assert settle(advice, case_of({}), {"YOUR-MORE-ATTEMPTS": "10"}).proposed == {"batch_attempts": 10}
    assert settle(advice, case_of({}), {}).proposed == {"batch_attempts": "YOUR-MORE-ATTEMPTS"}


# over all scenarios


def _of_families(name: str) -> bool:
    return diagnosis_of(name).verdict.cause.split(".", 1)[0] in FAMILIES


@pytest.mark.parametrize("name", [name for name in NAMES if _of_families(name)])
def test_every_recommendation_has_its_three_members(name: str) -> None:
    for one in diagnosis_of(name).recommendations:
        assert one.current, one.summary
        assert one.proposed, one.summary
        assert one.because, one.summary
        if "proof" in one.because:
            assert set(one.current) - {"memory_bytes"} <= set(SETTINGS)
            missing = [m for m in one.current if f"{m}_from" not in one.because and m != "memory_bytes"]
            assert missing == [], one.summary


@pytest.mark.parametrize("name", [name for name in NAMES if _of_families(name)])
def test_retrying_is_told_once(name: str) -> None:
    diagnosis = diagnosis_of(name)
    retries = [one for one in diagnosis.recommendations if one.kind == "retry"]
    assert len(retries) == 1
    assert retries[0].snippet_language == "groovy"
    repeats = shipped().rules[diagnosis.verdict.rule].repeats
    assert ("no_retry_exit_codes" in retries[0].proposed) is repeats
    assert "5 attempts" in str(retries[0].because["max_spot_attempts"])


@pytest.mark.parametrize("cause", ["dump.device", "dump.io_uring", "dump.gpu", "dump.window_exceeded"])
def test_what_comes_again_is_not_retried(cause: str) -> None:
    (rule,) = shipped().for_cause(cause)
    root = replace(ROOT, rule=rule.id, cause=cause)
    (retry,) = (one for one in recommend(case_of({}).facts, root, shipped()) if one.kind == "retry")
    assert "175) { return 'finish' }" in (retry.snippet or "")
    assert "Cure the cause" in retry.summary


@pytest.mark.parametrize(
    ("job", "told"),
    [
        ({"container": NEXTFLOW}, True),
        ({"container": {"command": ["python", "x.py"]}, "parameters": {"nf-token": "1"}}, True),
        ({"container": {"command": ["python", "x.py"]}}, False),
    ],
)
def test_only_nextflow_s_jobs_are_given_its_strategy(job: Any, told: bool) -> None:
    case = case_of(None, job=job)
    assert wanted(case) is told
    assert any(one.snippet for one in recommend(case.facts, ROOT, shipped()) if one.kind == "retry") is told


def test_other_families_are_left_alone() -> None:
    assert not wanted(case_of({}, replace(ROOT, cause="app.failed")))
    assert wanted(case_of({}, replace(ROOT, cause="fusion.io_error")))


def test_the_conditions_that_advice_is_bound_to_are_those_that_are_evaluated() -> None:
    bound = {name for rule in shipped() for advice in rule.advice for name in advice.only}
    assert bound <= set(EVALUATED)
