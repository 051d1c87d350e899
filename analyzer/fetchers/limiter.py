"""Keeps calls within the services' own rates: a token bucket for each API and region, shared by all threads.

The figures are the services' published ones (AWS Batch service quotas and support article on its request errors;
CloudWatch Logs, CloudTrail and EC2 service quotas; ECS request throttling; S3 performance guidelines).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.client import BaseClient

HEADROOM = 0.9
"""Of a rate: what is used of it, since whoever runs pipelines in the account asks the same services."""
_BURST_SECONDS = 0.1
"""Of a rate: what may go out at once, so that no second holds more than the service's figure."""


@dataclass(frozen=True)
class Rate:
    """What one API of one region allows an account."""

    api: str
    """What shares the bucket."""
    per_second: float
    burst: float | None = None
    """Calls at once that the service allows beside; None: no more than the rate."""


_SLOW_LOGS = frozenset(
    {
        "us-west-2",
        "eu-west-1",
        "eu-central-1",
        "ap-northeast-3",
        "ap-southeast-3",
        "ca-west-1",
        "il-central-1",
    }
)
_SLOW_FILTERS = frozenset({"eu-central-1", "ap-northeast-3", "ap-southeast-3", "ca-west-1", "il-central-1"})


def _get_log_events(region: str) -> float:
    return 10 if region in _SLOW_LOGS else 30 if region == "eu-west-3" else 25


def _filter_log_events(region: str) -> float:
    return 25 if region == "us-east-1" else 5 if region in _SLOW_FILTERS else 10


def rate_of(service: str, operation: str, region: str) -> Rate | None:
    """The rate that a call counts against; None where no figure is known.

    Args:
        service: botocore's service id in lower case with hyphens: `batch`, `cloudwatch-logs`, `cloudtrail`.
        operation: as botocore names it.
        region: where the call goes.
    """
    if service == "cloudwatch-logs":
        by_operation = {
            "GetLogEvents": _get_log_events(region),
            "FilterLogEvents": _filter_log_events(region),
            "StartQuery": 10.0,
            "GetQueryResults": 10.0,
            "DescribeLogStreams": 25.0,
        }
        told = by_operation.get(operation)
        return Rate(f"logs.{operation}", told) if told else None
    return {
        "batch": Rate("batch", 50),
        "ec2": Rate("ec2", 20, 100),
        "ecs": Rate("ecs", 20, 100),
        "cloudtrail": Rate("cloudtrail", 2),
        "s3": Rate("s3", 3_500 if operation.startswith(("Put", "Copy", "Delete", "Upload")) else 5_500),
    }.get(service)


class Bucket:
    """Tokens that come back at a steady rate; a call takes one, and waits for it where there is none."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float]) -> None:
        self._per_second, self._burst, self._clock = per_second, max(1.0, burst), clock
        self._tokens = self._burst
        self._at = clock()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take a token, and say how many seconds to wait until it is there; callers are served in order."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
            self._at = now
            self._tokens -= 1
            return max(0.0, -self._tokens / self._per_second)


class Limiter:
    """One for all clients of a program; safe to share among threads."""

    def __init__(
        self,
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """`share` of each rate is this program's: 1/N where N programs ask side by side."""
        self.share, self._clock, self._sleep = share, clock, sleep
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._lock = threading.Lock()

    def watch(self, client: BaseClient) -> None:
        """Have every request of the client wait for its turn, those of retries included."""
        region = client.meta.region_name or ""

        def before_send(event_name: str, **_: Any) -> None:
            service, operation = event_name.split(".", 2)[1:]
            self.wait(service, operation, region)

        client.meta.events.register("before-send", before_send)

    def wait(self, service: str, operation: str, region: str) -> None:
        """Return when a call may go out."""
        rate = rate_of(service, operation, region)
        if rate is None:
            return
        seconds = self._bucket(rate, region).take()
        if seconds > 0:
            self._sleep(seconds)

    def _bucket(self, rate: Rate, region: str) -> Bucket:
        with self._lock:
            key = (rate.api, region)
            if key not in self._buckets:
                per_second = rate.per_second * HEADROOM * self.share
                at_once = rate.burst * HEADROOM * self.share if rate.burst else per_second * _BURST_SECONDS
                self._buckets[key] = Bucket(per_second, at_once, self._clock)
            return self._buckets[key]
