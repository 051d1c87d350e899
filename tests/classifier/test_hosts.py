"""The machine behind an attempt, and what is proof of a Spot reclaim."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.classifier.facts import AttemptFacts
from analyzer.classifier.hosts import attempt_facts, queue_is_spot
from analyzer.evidence.job import read_job
from analyzer.evidence.model import Evidence

INSTANCE = "i-0abc1234def567890"
ARN = "arn:aws:ecs:eu-central-1:111122223333:container-instance/cluster/0123"
STOPPED_AT = 1_790_000_000_000
LOST = f"Host EC2 (instance {INSTANCE}) terminated."


def _attempt(**parts: Any) -> AttemptFacts:
    reason = parts.pop("reason", LOST)
    attempt = {"statusReason": reason, "stoppedAt": STOPPED_AT, "container": {"containerInstanceArn": ARN}}
    evidence = Evidence(target="t", kind="job", job={"status": "FAILED", "attempts": [attempt]}, **parts)
    return attempt_facts(read_job(evidence.job or {}), evidence)[0]


def _event(name: str, at: str = "2026-09-21T14:13:20Z", **members: Any) -> dict[str, Any]:
    return {"eventName": name, "eventTime": at, **members}


def _warning(instance_id: object = INSTANCE, at: object = "2026-09-21T14:11:20Z", **members: Any) -> dict[str, Any]:
    detail = {"instance-id": instance_id, "instance-action": "terminate"}
    return {"detail-type": "EC2 Spot Instance Interruption Warning", "time": at, "detail": detail, **members}


@pytest.mark.parametrize(
    ("parts", "instance_type", "provenance"),
    [
        ({"instances": ({"InstanceId": INSTANCE, "InstanceType": "c6id.4xlarge"},)}, "c6id.4xlarge", "EC2"),
        (
            {
                "container_instances": (
                    {
                        "containerInstanceArn": ARN,
                        "ec2InstanceId": INSTANCE,
                        "attributes": [{"name": "ecs.instance-type", "value": "m6id.8xlarge"}],
                    },
                )
            },
            "m6id.8xlarge",
            "ECS",
        ),
        (
            {
                "cloudtrail": (
                    _event(
                        "RunInstances",
                        responseElements={
                            "instancesSet": {"items": [{"instanceId": INSTANCE, "instanceType": "r6id.2xlarge"}]}
                        },
                    ),
                )
            },
            "r6id.2xlarge",
            "CloudTrail",
        ),
    ],
)
def test_the_type_is_exact_with_its_provenance(parts: dict[str, Any], instance_type: str, provenance: str) -> None:
    instance = _attempt(**parts).instance
    assert (instance.instance_id, instance.instance_type) == (INSTANCE, instance_type)
    assert provenance in instance.provenance


def test_without_a_trace_the_environment_bounds_the_type() -> None:
    environment = {"computeResources": {"type": "SPOT", "instanceTypes": ["c6id", "m6id.4xlarge"]}}
    instance = _attempt(compute_environments=(environment,)).instance
    assert instance.instance_type is None
    assert instance.candidates == ("c6id", "m6id.4xlarge")


RECLAIMS = [
    {"cloudtrail": (_event("BidEvictedEvent", serviceEventDetails={"instanceIdSet": [INSTANCE]}),)},
    {
        "instances": (
            {"InstanceId": INSTANCE, "StateReason": {"Code": "Server.SpotInstanceTermination", "Message": "m"}},
        )
    },
    {"instances": ({"InstanceId": INSTANCE, "StateReason": {"Code": "Server.SpotInstanceShutdown"}},)},
    {"reason": "Your Spot Task was interrupted."},
    {"interruptions": (_warning(), _warning("i-0ffffffffffffffff"))},
]


@pytest.mark.parametrize("parts", RECLAIMS)
def test_a_reclaim_is_proven_by_the_services_own_word(parts: dict[str, Any]) -> None:
    facts = _attempt(**parts)
    assert facts.host_lost is not None
    assert facts.reclaim is not None
    assert facts.not_reclaim is None


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"cloudtrail": (_event("BidEvictedEvent", serviceEventDetails={"instanceIdSet": ["i-0ffffffffffffffff"]}),)},
        {"cloudtrail": (_event("BidEvictedEvent", serviceEventDetails=None),)},
        {"instances": ({"InstanceId": INSTANCE, "StateReason": "Server.SpotInstanceTermination"},)},
        {"interruptions": (_warning("i-0ffffffffffffffff"),)},
        {
            "interruptions": (
                _warning(at="2026-09-20T14:11:20Z"),
                _warning(at=None),
                _warning(at=17),
                _warning(at="soon"),
            )
        },
        {"interruptions": (_warning(**{"detail-type": "EC2 Instance Rebalance Recommendation"}),)},
        {"interruptions": (_warning(detail=None), _warning(detail=[INSTANCE]), {})},
    ],
)
def test_a_lost_host_alone_proves_no_reclaim(parts: dict[str, Any]) -> None:
    facts = _attempt(**parts)
    assert facts.host_lost is not None
    assert facts.reclaim is None


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (
            {
                "cloudtrail": (
                    _event(
                        "TerminateInstances",
                        userIdentity={"invokedBy": "autoscaling.amazonaws.com"},
                        requestParameters={"instancesSet": {"items": [{"instanceId": INSTANCE}]}},
                    ),
                )
            },
            "autoscaling.amazonaws.com",
        ),
        ({"compute_environments": ({"computeResources": {"type": "EC2"}},)}, "EC2"),
        ({"instances": ({"InstanceId": INSTANCE, "State": {"Name": "terminated"}},)}, "on-demand"),
    ],
)
def test_another_end_of_the_host_is_named(parts: dict[str, Any], text: str) -> None:
    facts = _attempt(**parts)
    assert facts.not_reclaim is not None
    assert text in facts.not_reclaim.text


def test_an_eviction_of_another_year_and_a_fragment_of_an_instance_prove_nothing() -> None:
    eviction = _event("BidEvictedEvent", at="2001-09-21T14:13:20Z", serviceEventDetails={"instanceIdSet": [INSTANCE]})
    facts = _attempt(cloudtrail=(eviction,), instances=({"InstanceId": INSTANCE},))
    assert (facts.reclaim, facts.not_reclaim) == (None, None)


def test_a_termination_of_another_day_explains_nothing() -> None:
    event = _event("TerminateInstances", at="2026-09-23T13:33:20Z", requestParameters={"id": INSTANCE})
    assert _attempt(cloudtrail=(event,)).not_reclaim is None


@pytest.mark.parametrize(
    ("kinds", "expected"), [(["SPOT"], True), (["EC2"], False), (["SPOT", "EC2"], None), ([None], None), ([], None)]
)
def test_a_queue_is_spot_only_if_all_of_it_is(kinds: list[str | None], expected: bool | None) -> None:
    environments = tuple({"computeResources": {"type": kind}} for kind in kinds)
    assert queue_is_spot(Evidence(target="t", kind="job", compute_environments=environments)) is expected
