from __future__ import annotations

import pytest

from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.targets import is_region, parse_job


@pytest.mark.parametrize(
    ("target", "job_id", "region", "parent"),
    [
        ("0a1b-2c", "0a1b-2c", None, None),
        (" 0a1b-2c\n", "0a1b-2c", None, None),
        ("0a1b-2c:17", "0a1b-2c:17", None, "0a1b-2c"),
        ("0a1b-2c#1", "0a1b-2c#1", None, None),
        ("arn:aws:batch:eu-west-1:123456789012:job/0a1b-2c", "0a1b-2c", "eu-west-1", None),
        ("arn:aws-us-gov:batch:us-gov-west-1:123456789012:job/0a1b:3", "0a1b:3", "us-gov-west-1", "0a1b"),
    ],
)
def test_ids_children_and_arns(target: str, job_id: str, region: str | None, parent: str | None) -> None:
    reference = parse_job(target)
    assert (reference.target, reference.id, reference.region, reference.parent_id) == (target, job_id, region, parent)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "two words",
        "x" * 200,
        "id:index",
        "arn:aws:batch:eu-west-1",
        "arn:aws:s3:::bucket",
        "arn:aws:batch:evil.example.com/:123456789012:job/0a1b",
        "arn:aws:batch:eu-west-1:123456789012:job-queue/work",
        "arn:aws:batch:eu-west-1:123456789012:job/a b",
    ],
)
def test_what_is_no_job_is_refused_by_name(target: str) -> None:
    with pytest.raises(FetchError) as refused:
        parse_job(target)
    assert target in str(refused.value)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("eu-west-1", True),
        ("us-gov-east-1", True),
        ("ap-southeast-12", True),
        ("evil.com", False),
        ("eu-west-1/x", False),
    ],
)
def test_only_region_names_may_become_part_of_a_host_name(name: str, good: bool) -> None:
    assert is_region(name) is good
