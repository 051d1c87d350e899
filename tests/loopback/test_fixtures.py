"""The scenarios are what they claim to be: AWS's own shapes, nobody's secrets, and causes that exist."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from tests.loopback.scenario import Scenario, all_scenarios

SCENARIOS = all_scenarios()
MALFORMED = {"bare-id", "empty-members", "wrong-types"}
EXPECTED_MEMBERS = {
    "about",
    "accept",
    "exit_status",
    "live",
    "not_certain",
    "confidence",
    "chain_causes",
    "evidence_contains",
    "gaps",
    "recommendation_kinds",
    "target",
    "faults",
}
SHAPES = {
    "job": ("batch", "JobDetail", False),
    "array_parent": ("batch", "JobDetail", False),
    "job_queue": ("batch", "JobQueueDetail", False),
    "compute_environments": ("batch", "ComputeEnvironmentDetail", True),
    "container_instances": ("ecs", "ContainerInstance", True),
    "instances": ("ec2", "Instance", True),
}


@cache
def shape_of(service: str, name: str) -> Any:
    return get_session().get_service_model(service).shape_for(name)


def problems(service: str, shape_name: str, document: Any) -> list[str]:
    """What botocore's service model has against a document."""
    report = ParamValidator().validate(document, shape_of(service, shape_name)).generate_report()
    # the model wants startedAt, which a job that never ran does not have
    return [line for line in report.splitlines() if line != 'Missing required parameter in input: "startedAt"']


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.name not in MALFORMED], ids=lambda s: s.name)
def test_documents_have_the_services_shapes(scenario: Scenario) -> None:
    for name, (service, shape, is_list) in SHAPES.items():
        document = scenario.document(name)
        for one in (document or []) if is_list else [document] if document else []:
            assert problems(service, shape, one) == [], name


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_expectations_can_be_read(scenario: Scenario) -> None:
    assert set(scenario.expected) <= EXPECTED_MEMBERS
    assert {"about", "accept", "live"} <= set(scenario.expected)
    assert all(re.fullmatch(r"[a-z]+\.[a-z_.]+", cause) for cause in scenario.expected["accept"])


def test_a_typing_error_in_a_document_is_found() -> None:
    job = {**SCENARIOS[0].document("job"), "statusReson": "oops", "isTerminated": "no"}
    found = " ".join(problems("batch", "JobDetail", job))
    assert "statusReson" in found
    assert "isTerminated" in found
