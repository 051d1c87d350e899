from __future__ import annotations

from typing import Any

import pytest

from analyzer.evidence.host_loss import lost_instance
from analyzer.evidence.job import read_job
from analyzer.fetchers.plan import Plan, never_ran, plan, with_current_attempt
from tests.fetchers import samples
from tests.fetchers.samples import LOST, attempt, job

NOTHING = Plan()
PULL: dict[str, Any] = {
    "status_reason": "Task failed to start",
    "reason": "CannotPullContainerError: x",
    "stream": None,
}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(job(attempt(exit_code=0), status="SUCCEEDED"), NOTHING, id="well at once"),
        pytest.param(
            job(attempt(status_reason=LOST), attempt(exit_code=0), status="SUCCEEDED"),
            Plan(environments=True, hosts=True, logs=(1, 2), workdir=True),
            id="survived a reclaim",
        ),
        pytest.param(job(attempt(**PULL)), NOTHING, id="image pull"),
        pytest.param(job(), NOTHING, id="rejected before an attempt"),
        pytest.param(
            job(status="RUNNABLE", statusReason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - ..."),
            NOTHING,
            id="waits, told why",
        ),
        pytest.param(job(status="RUNNABLE"), Plan(environments=True), id="waits, not told why"),
        pytest.param(job(status="PENDING", arrayProperties={"size": 4}), NOTHING, id="array parent"),
        pytest.param(job(attempt(exit_code=1)), Plan(logs=(1,), workdir=True), id="the tool's own failure"),
        pytest.param(
            job(attempt(exit_code=176)),
            Plan(environments=True, hosts=True, logs=(1,), workdir=True),
            id="restore failed",
        ),
        pytest.param(
            job(attempt(exit_code=137)), Plan(environments=True, hosts=True, logs=(1,), workdir=True), id="killed"
        ),
        pytest.param(
            job(attempt(exit_code=137, container_instance=None), platformCapabilities=["FARGATE"]),
            Plan(logs=(1,), workdir=True),
            id="Fargate has no hosts",
        ),
        pytest.param(
            job(attempt(exit_code=137, container_instance=None, task=None)),
            Plan(environments=True, logs=(1,), workdir=True),
            id="nothing leads to the host",
        ),
        pytest.param(
            job(attempt(status_reason=LOST, stream=None), attempt(**PULL)),
            Plan(environments=True, hosts=True, logs=(1,), workdir=True),
            id="lost, then not pulled",
        ),
    ],
)
def test_no_call_that_nothing_needs(document: dict[str, Any], expected: Plan) -> None:
    assert plan(read_job(document)) == expected


def test_a_lost_host_is_read_from_the_containers_reason_too() -> None:
    document = job(attempt(status_reason="Task stopped", reason=LOST, stream=None))
    first = read_job(document).attempts[0]
    assert lost_instance(first) == samples.INSTANCE
    assert not never_ran(first)


def test_the_attempt_that_runs_now_is_read_too() -> None:
    document = job(attempt(status_reason=LOST), status="RUNNING")
    document["container"] |= {"logStreamName": "nf-tool/default/now", "taskArn": "arn:task/c/2"}
    assert [a.number for a in with_current_attempt(document).attempts] == [1, 2]
    assert plan(with_current_attempt(document)).logs == (1, 2)
    document["status"] = "FAILED"
    assert [a.number for a in with_current_attempt(document).attempts] == [1]


@pytest.mark.parametrize("status", ["", None, 7, "FAILED", "RUNNING", "SUCCEEDED", "RUNNABLE"])
@pytest.mark.parametrize("attempts", [None, 3, [], [None], [{"container": 4}], [{"container": {"exitCode": "x"}}]])
def test_hostile_descriptions_lead_to_some_plan(status: Any, attempts: Any) -> None:
    document = {"status": status, "attempts": attempts, "container": 5, "jobQueue": ["?"]}
    assert isinstance(plan(with_current_attempt(document)), Plan)
