"""Where the present value of each setting is read, and what is said where it cannot be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from analyzer.advisor.readings import Case
from analyzer.advisor.setting_readers import READERS
from analyzer.classifier.facts import AttemptFacts, Facts, InstanceFact
from analyzer.evidence.job import Attempt
from tests.advisor.settings_cases import NEXTFLOW, ROOT, case_of, value_of, variables


@pytest.mark.parametrize(
    ("container", "name", "value"),
    [
        ({}, "fusion_snapshots_tcp_mode", "established"),
        (variables(FUSION_SNAPSHOTS_TCP_MODE="close"), "fusion_snapshots_tcp_mode", "close"),
        ({}, "fusion_snapshot_log_level", "warn"),
        ({}, "uv_use_io_uring", None),
        (variables(UV_USE_IO_URING="0"), "uv_use_io_uring", "0"),
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
    assert value_of(name, case_of(container)) == value


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
    case = case_of(mounts)
    assert value_of("tmp_volume", case) == "/scratch/fusion"
    assert value_of("other_mounts", case) == ["/data"]
    assert value_of("read_only_mounts", case) == ["/data"]


def test_the_retry_strategy_is_read() -> None:
    retry = {
        "attempts": 5,
        "evaluateOnExit": [
            {"onStatusReason": "Host EC2*", "action": "RETRY"},
            {"onReason": "*", "action": "EXIT"},
        ],
    }
    case = case_of({}, job={"retryStrategy": retry, "timeout": {"attemptDurationSeconds": 7200}})
    assert value_of("batch_attempts", case) == 5
    assert value_of("batch_retry_rules", case) == ["status reason Host EC2*: retry", "reason *: exit"]
    assert value_of("time_limit", case) == "2.h"


def test_the_task_among_several_containers_is_the_one_that_is_read() -> None:
    tasks = [{"pidMode": "host", "containers": [{"name": "log"}, {**NEXTFLOW, "privileged": True}]}]
    case = case_of(None, job={"ecsProperties": {"taskProperties": tasks}})
    assert value_of("privileged", case) is True
    assert value_of("pid_mode", case) == "host"


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
    case = case_of({}, compute_environments=({"computeEnvironmentName": "e", "computeResources": resources},))
    assert value_of("machine_image", case) == image
    assert value_of("instance_types", case) == types
    assert value_of("instance_lifecycle", case) == lifecycle


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
    case = case_of(variables(FUSION_SNAPSHOTS_TCP_MODE=token, FUSION_LOG_LEVEL="\x1b[31mred" + "x" * 1000))
    assert token not in str(value_of("fusion_snapshots_tcp_mode", case))
    level = str(value_of("fusion_log_level", case))
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
        case = case_of(None, job=job, compute_environments=environments)
        for reader in READERS.values():
            assert reader(case).source


def test_graviton_is_told_by_the_hosts() -> None:
    arm = AttemptFacts(Attempt(1, "job.attempts[0]"), InstanceFact("i-1", None, architecture="arm64", provenance="EC2"))
    case = Case(Facts("x", "job", attempts=(arm,)), ROOT)
    assert (READERS["architecture"](case).value, READERS["architecture"](case).source) == ("arm64", "EC2")
