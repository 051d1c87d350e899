"""Every instance type of a region: from moto over HTTP, and page by page from recorded answers."""

from __future__ import annotations

import time
from xml.sax.saxutils import escape

import pytest

from analyzer.advisor.instance_catalogue import from_documents, shipped_instances
from analyzer.fetchers import instance_types
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.instance_types import fetch_region_types
from analyzer.fetchers.options import FetchOptions
from tests.fetchers.endpoint import Endpoint, Hang, Parameters, Refusal

OPTIONS = FetchOptions(timeout_seconds=60)


def test_motos_types_are_those_that_are_shipped(moto_url: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ENDPOINT_URL", moto_url)
    found = fetch_region_types(FetchOptions(region="us-east-1", timeout_seconds=300))
    catalogue = from_documents(found.documents, source="moto", date=found.date, region=found.region)
    shipped = shipped_instances()
    assert catalogue.region == "us-east-1"
    assert len(catalogue.types) > 900
    for name in ("r6id.4xlarge", "m6idn.32xlarge", "u7in-32tb.224xlarge"):
        assert catalogue.get(name) == shipped.get(name)


def page(names: list[str], token: str | None = None) -> str:
    items = "".join(
        f"<item><instanceType>{escape(name)}</instanceType><vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo>"
        "<memoryInfo><sizeInMiB>4096</sizeInMiB></memoryInfo></item>"
        for name in names
    )
    more = f"<nextToken>{token}</nextToken>" if token else ""
    kinds = f"<instanceTypeSet>{items}</instanceTypeSet>"
    return f"<DescribeInstanceTypesResponse>{kinds}{more}</DescribeInstanceTypesResponse>"


def test_a_region_is_read_page_by_page_to_its_end(aws: Endpoint) -> None:
    def answer(parameters: Parameters) -> str:
        at = int(parameters.get("NextToken", 0))
        return page([f"c{at}.large", f"m{at}.large"], str(at + 1) if at < 4 else None)

    aws.answers["DescribeInstanceTypes"] = answer
    found = fetch_region_types(OPTIONS)
    assert [one["InstanceType"] for one in found.documents[-2:]] == ["c4.large", "m4.large"]
    assert (len(found.documents), found.region) == (10, "eu-west-1")
    assert [p["MaxResults"] for p in aws.parameters("DescribeInstanceTypes")] == ["100"] * 5
    assert len(found.date) == len("2026-10-27")


def test_pages_without_an_end_are_not_followed_for_ever(aws: Endpoint, environment: pytest.MonkeyPatch) -> None:
    environment.setattr(instance_types, "MAX_PAGES", 3)
    aws.answers["DescribeInstanceTypes"] = lambda p: page(["c6i.large"], str(int(p.get("NextToken", 0)) + 1))
    with pytest.raises(FetchError, match="3 were there when the time or the 3 pages"):
        fetch_region_types(OPTIONS)
    assert len(aws.calls) == 3


def test_the_last_page_may_be_the_last_that_is_allowed(aws: Endpoint, environment: pytest.MonkeyPatch) -> None:
    environment.setattr(instance_types, "MAX_PAGES", 1)
    aws.answers["DescribeInstanceTypes"] = page(["c6i.large"])
    assert len(fetch_region_types(OPTIONS).documents) == 1


def test_no_time_left_is_said(aws: Endpoint) -> None:
    aws.answers["DescribeInstanceTypes"] = page(["c6i.large"], "more")
    with pytest.raises(FetchError, match="larger --timeout"):
        fetch_region_types(FetchOptions(timeout_seconds=0))


def test_the_time_limit_holds_while_a_call_hangs(aws: Endpoint) -> None:
    aws.answers["DescribeInstanceTypes"] = Hang(15.0)
    began = time.monotonic()
    with pytest.raises(FetchError, match="no answer within the time limit of 2 s"):
        fetch_region_types(FetchOptions(timeout_seconds=2))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            Refusal("UnauthorizedOperation", "You are not authorized", 403),
            "Could not read the instance types of eu-west-1: AccessDenied on ec2:DescribeInstanceTypes; "
            "allow ec2:DescribeInstanceTypes for this role.",
        ),
        (Refusal("AuthFailure", "bad keys", 401), "AWS does not accept the credentials"),
        ("<html>proxy</html>", "the answer is none of AWS"),
        ("<broken", "the answer is none of AWS's"),
        (page([]), "EC2 named none"),
    ],
)
def test_a_region_that_cannot_be_read_is_one_sentence(answer: Refusal | str, sentence: str, aws: Endpoint) -> None:
    aws.answers["DescribeInstanceTypes"] = answer
    with pytest.raises(FetchError) as failure:
        fetch_region_types(OPTIONS)
    assert sentence in str(failure.value)
    assert "\n" not in str(failure.value)


def test_no_answer_is_one_sentence(aws: Endpoint, environment: pytest.MonkeyPatch) -> None:
    from analyzer.fetchers import clients

    environment.setattr(clients, "READ_TIMEOUT_SECONDS", 0.2)
    environment.setattr(clients, "TOTAL_ATTEMPTS", 1)
    aws.answers["DescribeInstanceTypes"] = Hang(1.0)
    with pytest.raises(FetchError, match="did not answer in time"):
        fetch_region_types(OPTIONS)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (FetchOptions(profile="nobody"), "the AWS profile nobody does not exist"),
        (FetchOptions(region="evil.example/x"), "evil.example/x is no AWS region"),
    ],
)
def test_what_is_set_up_wrongly_is_named(options: FetchOptions, sentence: str, aws: Endpoint) -> None:
    with pytest.raises(FetchError, match=sentence):
        fetch_region_types(options)
    assert aws.calls == []
