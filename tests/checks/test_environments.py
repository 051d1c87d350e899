"""Every environment of fixtures/environments gets the results that are expected of it, and no others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyzer.checks.record import checks
from tests.checks.environments import LISTS, NAMES, SINGLE, fixture, report_of, statuses, words_of
from tests.loopback.test_fixtures import problems

SHAPES = {
    "job": ("batch", "JobDetail"),
    "job_queue": ("batch", "JobQueueDetail"),
    "compute_environments": ("batch", "ComputeEnvironmentDetail"),
    "instance_types": ("ec2", "InstanceTypeInfo"),
    "launch_templates": ("ec2", "LaunchTemplateVersion"),
    "images": ("ec2", "Image"),
    "container_instances": ("ecs", "ContainerInstance"),
    "subnets": ("ec2", "Subnet"),
    "route_tables": ("ec2", "RouteTable"),
    "vpc_endpoints": ("ec2", "VpcEndpoint"),
}
MEMBERS = {"about", "base", "task", "results", "contains"}
IN_TEMPLATES = "EXAMPLE-registry-password-of-the-template"


@pytest.mark.parametrize("name", NAMES)
def test_results_are_those_expected(name: str) -> None:
    one = fixture(name)
    wanted = statuses(report_of(one.base)) if one.base else dict.fromkeys(statuses(report_of(name)), "pass")
    for check, status in one.expected["results"].items():
        if status is None:
            wanted.pop(check)
        else:
            wanted[check] = status
    assert statuses(report_of(name)) == wanted


@pytest.mark.parametrize("name", NAMES)
def test_values_and_fixes_are_told(name: str) -> None:
    for check, texts in fixture(name).expected.get("contains", {}).items():
        for text in texts:
            assert text in words_of(report_of(name), check), f"{check}: {text}"


@pytest.mark.parametrize("name", NAMES)
def test_documents_have_the_services_shapes(name: str) -> None:
    one = fixture(name)
    assert set(one.expected) <= MEMBERS
    for part, (service, shape_name) in SHAPES.items():
        document: Any = one.documents[part]
        for element in document if part in LISTS else [document] if document else []:
            assert problems(service, shape_name, element) == [], part


def test_every_check_is_broken_and_passed_somewhere() -> None:
    seen: dict[str, set[str]] = {}
    for name in NAMES:
        for check, status in statuses(report_of(name)).items():
            seen.setdefault(check, set()).add(status)
    assert set(seen) == set(checks())
    # that the vendor's table is wrong is nothing that a user could put right
    assert {check for check, found in seen.items() if not found & {"fail", "warn"}} == {"FS820"}
    assert {check for check, found in seen.items() if "pass" not in found} == set()


def test_an_unknown_names_every_permission_that_it_lacks() -> None:
    for result in report_of("nothing-visible").results:
        if result.id == "FS801":
            assert result.missing
            assert result.missing.permission == "batch:DescribeComputeEnvironments, batch:DescribeJobQueues"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("too-much-memory", "1 of 1 types cannot get this task's dump out in time."),
        ("on-demand", "Hosts are not Spot, so that no snapshots are taken."),
        ("queue-gone", "The queue takes no jobs, or is gone."),
        ("good", "All is as Fusion Snapshots ask for."),
        ("best-fit", "Nothing fails, but the allocation strategy takes no heed of reclaims."),
    ],
)
def test_a_sentence_says_what_is_wrong(name: str, says: str) -> None:
    assert report_of(name).verdict.startswith(says)


def test_counts_are_of_checks() -> None:
    report = report_of("good")
    assert sum(report.counts.values()) == len({result.id for result in report.results}) < len(report.results)


def test_user_data_are_never_told() -> None:
    for name in NAMES:
        said = json.dumps([repr(result) for result in report_of(name).results])
        assert IN_TEMPLATES not in said
        assert "FAKE-LICENCE" not in said


def test_every_part_is_read() -> None:
    assert set(SHAPES) | {"manifest", "recommended_images"} == {*LISTS, *SINGLE}
