from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from analyzer.fetchers.clients import Clients
from analyzer.fetchers.limiter import Bucket, Limiter, rate_of
from analyzer.fetchers.options import FetchOptions
from tests.fetchers.endpoint import Endpoint, Refusal


class Clock:
    """Time passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.moments: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def moments(operation: str, service: str, region: str, calls: int, share: float = 1.0) -> list[float]:
    clock = Clock()
    limiter = Limiter(share, clock, clock.sleep)
    found = []
    for _ in range(calls):
        limiter.wait(service, operation, region)
        found.append(clock.now)
    return found


def most_in_a_second(times: list[float]) -> int:
    return max(sum(start <= at < start + 1 for at in times) for start in times)


@pytest.mark.parametrize(
    ("service", "operation", "region", "per_second"),
    [
        ("batch", "DescribeJobs", "eu-west-1", 50),
        ("cloudwatch-logs", "GetLogEvents", "us-east-1", 25),
        ("cloudwatch-logs", "GetLogEvents", "eu-west-1", 10),
        ("cloudwatch-logs", "GetLogEvents", "eu-west-3", 30),
        ("cloudwatch-logs", "FilterLogEvents", "us-east-1", 25),
        ("cloudwatch-logs", "FilterLogEvents", "eu-central-1", 5),
        ("cloudwatch-logs", "FilterLogEvents", "eu-west-1", 10),
        ("cloudwatch-logs", "StartQuery", "eu-west-1", 10),
        ("cloudtrail", "LookupEvents", "eu-west-1", 2),
    ],
)
def test_no_second_holds_more_than_the_services_rate(
    service: str, operation: str, region: str, per_second: int
) -> None:
    times = moments(operation, service, region, per_second * 10)
    assert per_second * 0.75 <= most_in_a_second(times) <= per_second
    assert times[-1] - times[0] < 13, "and the rate is used"


def test_a_burst_is_used_where_the_service_allows_one() -> None:
    times = moments("DescribeInstances", "ec2", "eu-west-1", 300)
    assert most_in_a_second(times) > 80
    assert sum(at < times[0] + 10 for at in times) <= 100 + 20 * 10


def test_a_share_is_a_part_of_the_rate() -> None:
    whole, quarter = (moments("GetLogEvents", "cloudwatch-logs", "us-east-1", 200, share) for share in (1.0, 0.25))
    assert quarter[-1] - quarter[0] == pytest.approx(4 * (whole[-1] - whole[0]), rel=0.1)


def test_apis_and_regions_do_not_wait_for_each_other() -> None:
    clock = Clock()
    limiter = Limiter(1.0, clock, clock.sleep)
    for service, operation in (("cloudtrail", "LookupEvents"), ("batch", "ListJobs"), ("sts", "GetCallerIdentity")):
        for region in ("eu-west-1", "us-east-1"):
            limiter.wait(service, operation, region)
    assert clock.now == 100.0


def test_what_has_no_figure_never_waits() -> None:
    assert rate_of("sts", "GetCallerIdentity", "eu-west-1") is None
    assert rate_of("cloudwatch-logs", "DescribeLogGroups", "eu-west-1") is None


def test_threads_are_served_one_after_the_other() -> None:
    clock = Clock()
    bucket = Bucket(10, 1, clock)
    with ThreadPoolExecutor(8) as pool:
        waits = sorted(pool.map(lambda _: bucket.take(), range(50)))
    assert waits == pytest.approx([n / 10 for n in range(50)])


def test_every_request_of_a_client_waits_its_retries_too(aws: Endpoint) -> None:
    refusals = iter([Refusal("TooManyRequestsException", status=429)] * 2)
    aws.answers["DescribeJobs"] = lambda _: next(refusals, {"jobs": []})
    waited: list[tuple[str, str, str]] = []

    class Noting(Limiter):
        def wait(self, service: str, operation: str, region: str) -> None:
            waited.append((service, operation, region))

    client = Clients(FetchOptions(), Noting()).get("batch", "eu-west-1")
    client.describe_jobs(jobs=["x"])
    assert waited == [("batch", "DescribeJobs", "eu-west-1")] * 3


def test_clients_of_several_threads_share_one_rate(aws: Endpoint) -> None:
    aws.answers["LookupEvents"] = {"Events": []}
    times: list[float] = []
    lock = threading.Lock()
    clients = Clients(FetchOptions(), Limiter())
    client = clients.get("cloudtrail", "eu-west-1")

    def call(_: int) -> None:
        client.lookup_events()
        with lock:
            times.append(time.monotonic())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, range(4)))
    assert max(times) - min(times) > 1.2, "four calls at two a second"
