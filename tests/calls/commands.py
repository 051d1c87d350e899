"""Commands beside the diagnosis that call AWS: how each is run, and the least calls that it can do with.

What a pre-flight needs, each once: the queue, its environments, the launch template, the subnets and, since each stands
in the answer before, their route tables and the endpoints of their network; the hosts that are there now and what they
are (a list tells no more than names); the image of these hosts, and the newest that AWS recommends; the figures of the
types as the environment's region has them, since a type may lack there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.calls.least import least_calls
from tests.loopback import environments as good
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

DIAGNOSED = scenario("window-exceeded")
_MARKET = {"DescribeSpotPriceHistory": 1, "GetSpotPlacementScores": 1}
_PREFLIGHT = dict.fromkeys(
    (
        "DescribeComputeEnvironments",
        "DescribeContainerInstances",
        "DescribeImages",
        "DescribeInstanceTypes",
        "DescribeLaunchTemplateVersions",
        "DescribeRouteTables",
        "DescribeSubnets",
        "DescribeVpcEndpoints",
        "GetParameter",
        "ListContainerInstances",
    ),
    1,
)


@dataclass(frozen=True)
class Command:
    """One command."""

    name: str
    prepare: Callable[[Loopback], tuple[str, ...]]
    """Serves what it needs, and gives its arguments."""
    least: Mapping[str, int]


def _checking(target: str) -> Callable[[Loopback], tuple[str, ...]]:
    def prepare(loopback: Loopback) -> tuple[str, ...]:
        good.make(loopback, loopback.serve())
        return "check", target

    return prepare


def _diagnosing(*words: str) -> Callable[[Loopback], tuple[str, ...]]:
    def prepare(loopback: Loopback) -> tuple[str, ...]:
        loopback.serve([DIAGNOSED])
        return words[0], DIAGNOSED.target, *words[1:]

    return prepare


def _advising(loopback: Loopback) -> tuple[str, ...]:
    loopback.serve()
    return "advise", "--memory", "60GB", "--cpus", "16", "--prices"


_DIAGNOSIS = least_calls(DIAGNOSED)
# evidence that is kept has the figures of its types: a later version of the package may have others
_KEPT = _DIAGNOSIS + Counter(DescribeInstanceTypes=1)

COMMANDS = (
    Command("check QUEUE", _checking(good.QUEUE), {"DescribeJobQueues": 1, **_PREFLIGHT}),
    # a name may be that of a queue or of an environment, and queues are looked at first: one call too many
    Command("check ENVIRONMENT", _checking(good.ENVIRONMENT), _PREFLIGHT),
    Command("check ENVIRONMENT-ARN", _checking(good.ENVIRONMENT_ARN), _PREFLIGHT),
    Command(
        "check JOB",
        _checking(good.JOB_ID),
        {"DescribeJobs": 1, "DescribeJobQueues": 1, "HeadBucket": 1, **_PREFLIGHT},
    ),
    Command("advise --prices", _advising, _MARKET),
    Command("diagnose --prices", _diagnosing("diagnose", "--prices"), _DIAGNOSIS + Counter(_MARKET)),
    Command("capture", _diagnosing("capture", "-o", "capture.zip"), _KEPT),
    Command("bundle", _diagnosing("bundle", "-o", "bundle.zip"), _KEPT),
)
