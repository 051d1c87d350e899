"""Jobs as DescribeJobs tells them, in every container variant, with members missing or of a wrong type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.job import log_group, log_stream_candidates, read_job

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
MEMBERS = [
    "jobId", "status", "attempts", "eksAttempts", "container", "ecsProperties", "eksProperties", "nodeProperties",
    "retryStrategy", "timeout", "arrayProperties", "parameters", "tags", "startedAt", "dependsOn",
    "platformCapabilities",
]  # fmt: skip

VARIANTS: dict[str, dict[str, Any]] = {
    "single container": {
        "container": {
            "image": "img",
            "command": ["true"],
            "resourceRequirements": [{"type": "MEMORY", "value": "2048"}],
        },
        "attempts": [{"container": {"exitCode": 175, "reason": "why", "logStreamName": "s"}}],
    },
    "ECS with several containers": {
        "ecsProperties": {
            "taskProperties": [
                {
                    "containers": [
                        {"name": "side", "image": "s"},
                        {
                            "name": "main",
                            "image": "img",
                            "command": ["bash", "/fusion/s3/b/w/.command.run"],
                            "memory": 2048,
                        },
                    ]
                }
            ]
        },
        "attempts": [
            {
                "taskProperties": [
                    {
                        "containers": [
                            {"name": "side", "exitCode": 0},
                            {"name": "main", "exitCode": 175, "reason": "why", "logStreamName": "s"},
                        ]
                    }
                ]
            }
        ],
    },
    "EKS": {
        "eksProperties": {
            "podProperties": {"containers": [{"image": "img", "resources": {"limits": {"memory": "2048Mi"}}}]}
        },
        "eksAttempts": [{"containers": [{"exitCode": 175, "reason": "why", "logStreamName": "s"}]}],
    },
    "several nodes": {
        "nodeProperties": {
            "nodeRangeProperties": [{"targetNodes": "0:", "container": {"image": "img", "memory": 2048}}]
        },
        "attempts": [{"container": {"exitCode": 175, "reason": "why", "logStreamName": "s"}}],
    },
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_container_variant_gives_image_memory_and_exit_code(variant: str) -> None:
    job = read_job({"jobId": "x", **VARIANTS[variant]})
    assert job.main is not None
    assert (job.main.image, job.main.memory_mib) == ("img", 2048)
    (attempt,) = job.attempts
    assert attempt.main is not None
    assert (attempt.exit_code, attempt.main.reason, attempt.main.log_stream) == (175, "why", "s")


def test_a_job_without_a_list_of_attempts_shows_its_container_as_one() -> None:
    job = read_job({"status": "FAILED", "statusReason": "r", "container": {"exitCode": 1}})
    assert [(a.number, a.source, a.status_reason, a.exit_code) for a in job.attempts] == [(1, "job", "r", 1)]


def test_a_waiting_job_has_no_attempt() -> None:
    assert read_job({"status": "RUNNABLE", "container": {"image": "img"}}).attempts == ()


def test_the_log_stream_is_reckoned_from_the_task_where_it_is_not_told() -> None:
    job = read_job(
        {
            "jobDefinition": "arn:aws:batch:eu-west-1:111122223333:job-definition/nf-star:7",
            "attempts": [{"container": {"taskArn": "arn:aws:ecs:eu-west-1:111122223333:task/cluster/abc123"}}],
        }
    )
    assert log_stream_candidates(job, job.attempts[0]) == ("nf-star/default/abc123",)
    assert log_group(job) == "/aws/batch/job"


@given(st.dictionaries(st.sampled_from(MEMBERS), ANYTHING))
def test_no_document_is_too_odd_to_read(document: dict[str, Any]) -> None:
    job = read_job(document)
    assert [a.number for a in job.attempts] == list(range(1, len(job.attempts) + 1))
