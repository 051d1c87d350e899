"""What an advice changes: the vocabulary, the readers of present values, and the three members of a recommendation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyzer.advisor.conditions import EVALUATED
from analyzer.advisor.readings import Case
from analyzer.advisor.recommend import recommend
from analyzer.advisor.retry import FAMILIES, wanted
from analyzer.advisor.setting_readers import READERS
from analyzer.advisor.settings import CONDITION_WORDS, moot, settle
from analyzer.advisor.window import Window
from analyzer.classifier.catalogue import Advice, CatalogueError, shipped
from analyzer.classifier.catalogue_read import read_rules
from analyzer.classifier.facts import AttemptFacts, Facts, InstanceFact
from analyzer.classifier.finding import Finding, Quote
from analyzer.classifier.gather import gather
from analyzer.classifier.rule_record import CONDITIONS
from analyzer.classifier.setting_names import LONGEST_TEXT, MOST_SETTINGS, SETTINGS
from analyzer.evidence.job import Attempt
from analyzer.evidence.model import Evidence
from tests.advisor.cases import NAMES, diagnosis_of

PAGE = (Path(__file__).parents[2] / "docs" / "rules-file.md").read_text("utf-8")
ROOT = Finding(
    "FS120", "dump.tcp_connection", "error", "certain", "A connection.", (Quote("workdir/dump_1.log", "inet: x", 7),)
)
NEXTFLOW = {"command": ["/usr/bin/fusion", "bash", "/fusion/s3/bucket/work/ab/cd/.command.run"]}
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


def _case(
    container: Mapping[str, Any] | None = None, root: Finding = ROOT, job: Mapping[str, Any] | None = None, **more: Any
) -> Case:
    document = {"jobId": "abc", "status": "FAILED", **(job or {})}
    if container is not None:
        document["container"] = {**NEXTFLOW, **container}
    evidence = Evidence("x", "job", job=document, **more)
    return Case(gather(evidence, shipped())[0], root, evidence)


def _value(name: str, case: Case) -> object:
    return READERS[name](case).value


def _variables(**values: str) -> dict[str, Any]:
    return {"environment": [{"name": name, "value": value} for name, value in values.items()]}


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
        record.advice[0], _case({"resourceRequirements": [{"type": "VCPU", "value": "2"}]}), {"YOUR-QUEUE": "q"}
    )
    assert settled.current == {"vcpus": 2.0, "queue": None, "retry_exit_codes": None}
    assert settled.proposed == {"vcpus": 4, "queue": "q", "retry_exit_codes": [3]}
    assert settled.because["holds"] == "there are four"
    with pytest.raises(CatalogueError, match="'repeats' must be true or false"):
        read_rules(RULE.replace("MEMBER", "").replace("REPEATS", "repeats = 1"), "mine.toml")


# present values


@pytest.mark.parametrize(
    ("container", "name", "value"),
    [
        ({}, "fusion_snapshots_tcp_mode", "established"),
        (_variables(FUSION_SNAPSHOTS_TCP_MODE="close"), "fusion_snapshots_tcp_mode", "close"),
        ({}, "fusion_snapshot_log_level", "warn"),
        ({}, "uv_use_io_uring", None),
        (_variables(UV_USE_IO_URING="0"), "uv_use_io_uring", "0"),
        ({}, "privileged", False),
        ({"privileged": True}, "privileged", True),
        ({}, "container_user", "of the image"),
        ({"user": "1000:1000"}, "container_user", "1000:1000"),
        ({"readonlyRootFilesystem": True}, "read_only_root_filesystem", True),
        ({"ulimits": [{"name": "nofile", "hardLimit": 4096, "softLimit": 1024}]}, "ulimit_nofile", 4096),
        ({"ulimits": []}, "ulimit_nofile", None),
        ({}, "tmp_volume", "none"),
        ({"image": "wave.seqera.io/wt/1/x:1"}, "wave_enabled", True),
        ({"image": "quay.io/x:1"}, "wave_enabled", None),
        ({"image": "quay.io/x@sha256:00"}, "image_pinned", True),
        ({"image": "quay.io/x:1"}, "image_pinned", False),
        ({"image": "quay.io/x:1"}, "image", "quay.io/x:1"),
        ({"resourceRequirements": [{"type": "MEMORY", "value": "2048"}]}, "memory_bytes", 2**31),
        ({}, "fusion_enabled", True),
        ({}, "batch_attempts", 1),
        ({}, "time_limit", "none"),
        ({}, "pid_mode", "private"),
        ({}, "fusion_version", None),
        ({}, "s3_gateway_endpoint", None),
        ({}, "job_status", "FAILED"),
        ({}, "task_connections_open", True),
        ({}, "task_device_open", None),
    ],
)
def test_what_the_container_is(container: Mapping[str, Any], name: str, value: object) -> None:
    assert _value(name, _case(container)) == value


def test_mounts_are_told_apart() -> None:
    mounts = {
        "volumes": [
            {"name": "v", "host": {"sourcePath": "/scratch/fusion"}},
            {"name": "d", "host": {"sourcePath": "/data"}},
        ],
        "mountPoints": [
            {"sourceVolume": "v", "containerPath": "/tmp"},  # noqa: S108 - a container's
            {"sourceVolume": "d", "containerPath": "/data", "readOnly": True},
        ],
    }
    case = _case(mounts)
    assert _value("tmp_volume", case) == "/scratch/fusion"
    assert _value("other_mounts", case) == ["/data"]
    assert _value("read_only_mounts", case) == ["/data"]


def test_the_retry_strategy_is_read() -> None:
    retry = {
        "attempts": 5,
        "evaluateOnExit": [
            {"onStatusReason": "Host EC2*", "action": "RETRY"},
            {"onReason": "*", "action": "EXIT"},
        ],
    }
    case = _case({}, job={"retryStrategy": retry, "timeout": {"attemptDurationSeconds": 7200}})
    assert _value("batch_attempts", case) == 5
    assert _value("batch_retry_rules", case) == ["status reason Host EC2*: retry", "reason *: exit"]
    assert _value("time_limit", case) == "2.h"


def test_the_task_among_several_containers_is_the_one_that_is_read() -> None:
    tasks = [{"pidMode": "host", "containers": [{"name": "log"}, {**NEXTFLOW, "privileged": True}]}]
    case = _case(None, job={"ecsProperties": {"taskProperties": tasks}})
    assert _value("privileged", case) is True
    assert _value("pid_mode", case) == "host"


@pytest.mark.parametrize(
    ("resources", "image", "types", "lifecycle"),
    [
        (
            {"type": "SPOT", "instanceTypes": ["m6id"], "ec2Configuration": [{"imageType": "ECS_AL2023"}]},
            *("Amazon Linux 2023", ["m6id"], "spot"),
        ),
        ({"type": "EC2", "ec2Configuration": [{"imageType": "ECS_AL2"}]}, "Amazon Linux 2", None, "on-demand"),
        (
            {"type": "SPOT", "ec2Configuration": [{"imageType": "ECS_AL2023", "imageIdOverride": "ami-1"}]},
            None,
            None,
            "spot",
        ),
        ({"type": "SPOT", "imageId": "ami-1", "ec2Configuration": [{"imageType": "ECS_AL2023"}]}, None, None, "spot"),
        ({"type": "SPOT"}, None, None, "spot"),
    ],
)
def test_what_the_environment_is(resources: Any, image: str | None, types: Any, lifecycle: str) -> None:
    case = _case({}, compute_environments=({"computeEnvironmentName": "e", "computeResources": resources},))
    assert _value("machine_image", case) == image
    assert _value("instance_types", case) == types
    assert _value("instance_lifecycle", case) == lifecycle


def test_without_a_job_nothing_is_made_up() -> None:
    case = Case(Facts("x", "log"), replace(ROOT, evidence=()))
    known = {name: reader(case) for name, reader in READERS.items()}
    assert {n: r.value for n, r in known.items() if r.value is not None} == {
        "examined_target": "log",
        "fusion_log_examined": False,
        "host_end_examined": False,
    }
    assert all("not" in r.source for r in known.values() if r.value is None)


def test_secrets_and_control_characters_are_not_kept() -> None:
    token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2ln"  # noqa: S105 - made up
    case = _case(_variables(FUSION_SNAPSHOTS_TCP_MODE=token, FUSION_LOG_LEVEL="\x1b[31mred" + "x" * 1000))
    assert token not in str(_value("fusion_snapshots_tcp_mode", case))
    level = str(_value("fusion_log_level", case))
    assert "\x1b" not in level
    assert len(level) <= 200


@pytest.mark.parametrize("wrong", [None, 3, "x", [], {}, [None], [3], {"a": 3}, True, [[{}]], -1, 10**30, float("nan")])
def test_wrong_types_are_no_crash(wrong: Any) -> None:
    members = (
        "environment",
        "ulimits",
        "volumes",
        "mountPoints",
        "user",
        "privileged",
        "image",
        "command",
        "resourceRequirements",
    )
    job = {
        "container": dict.fromkeys(members, wrong),
        "ecsProperties": wrong,
        "retryStrategy": {"attempts": wrong, "evaluateOnExit": wrong},
        "timeout": {"attemptDurationSeconds": wrong},
        "jobQueue": wrong,
    }
    resources = dict.fromkeys(("instanceTypes", "ec2Configuration", "imageId", "allocationStrategy", "type"), wrong)
    for environments in (({"computeResources": resources},), ({"computeResources": wrong},)):
        case = _case(None, job=job, compute_environments=environments)
        for reader in READERS.values():
            assert reader(case).source


# the three members


def test_a_recommendation_says_what_is_what_should_be_and_why() -> None:
    advice = next(a for a in shipped().rules["FS120"].advice if "fusion_snapshots_tcp_mode" in a.proposed)
    settled = settle(advice, _case({}), {})
    assert settled.current == {"fusion_snapshots_tcp_mode": "established"}
    assert settled.proposed == {"fusion_snapshots_tcp_mode": "close"}
    assert settled.because["proof"] == "workdir/dump_1.log, line 7"
    assert "default" in str(settled.because["fusion_snapshots_tcp_mode_from"])
    assert "TLS" in str(settled.because["holds"])


def test_advice_says_when_it_holds_by_what_it_is_bound_to() -> None:
    proposed = {"vcpus": 4}
    bound = Advice("retry", "x", when=("INET",), unless=("tls",), only=("running",), proposed=proposed)
    assert settle(bound, _case({}), {}).because["holds"] == (
        "the job is still running and the evidence says 'INET' and the evidence says none of 'tls'"
    )
    free = Advice("retry", "x", proposed=proposed)
    assert settle(free, _case({}), {}).because["holds"] == "the cause is dump.tcp_connection"


def test_what_a_job_has_already_is_not_advised() -> None:
    evidence = _case(_variables(FUSION_SNAPSHOTS_TCP_MODE="close"))
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
    case = _case({}, job={"retryStrategy": {"attempts": 10}})
    assert moot(Advice("configuration", "x", proposed=proposed), case, {}) is is_moot


def test_a_figure_that_is_filled_in_is_a_number() -> None:
    advice = Advice("configuration", "x", proposed={"batch_attempts": "YOUR-MORE-ATTEMPTS"})
    assert settle(advice, _case({}), {"YOUR-MORE-ATTEMPTS": "10"}).proposed == {"batch_attempts": 10}
    assert settle(advice, _case({}), {}).proposed == {"batch_attempts": "YOUR-MORE-ATTEMPTS"}


def test_graviton_is_told_by_the_hosts() -> None:
    arm = AttemptFacts(Attempt(1, "job.attempts[0]"), InstanceFact("i-1", None, architecture="arm64", provenance="EC2"))
    case = Case(Facts("x", "job", attempts=(arm,)), ROOT)
    assert (READERS["architecture"](case).value, READERS["architecture"](case).source) == ("arm64", "EC2")


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
    assert "5 attempts" in str(retries[0].because["max_spot_attempts_0"])


@pytest.mark.parametrize("cause", ["dump.device", "dump.io_uring", "dump.gpu", "dump.window_exceeded"])
def test_what_comes_again_is_not_retried(cause: str) -> None:
    (rule,) = shipped().for_cause(cause)
    root = replace(ROOT, rule=rule.id, cause=cause)
    (retry,) = (one for one in recommend(_case({}).facts, root, shipped()) if one.kind == "retry")
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
    case = _case(None, job=job)
    assert wanted(case) is told
    assert any(one.snippet for one in recommend(case.facts, ROOT, shipped()) if one.kind == "retry") is told


def test_other_families_are_left_alone() -> None:
    assert not wanted(_case({}, replace(ROOT, cause="app.failed")))
    assert wanted(_case({}, replace(ROOT, cause="fusion.io_error")))


def test_the_conditions_that_advice_is_bound_to_are_those_that_are_evaluated() -> None:
    bound = {name for rule in shipped() for advice in rule.advice for name in advice.only}
    assert bound <= set(EVALUATED)
