"""Whether an answer is AWS's at all.

botocore takes JSON that it cannot read for an answer without members, and any XML for an empty list: what a proxy or a
broken connection made of an answer would pass for "there is nothing".
"""

from __future__ import annotations

from typing import Any

_TELLING = {
    "DescribeComputeEnvironments": ("computeEnvironments",),
    "DescribeContainerInstances": ("containerInstances",),
    "DescribeImages": ("Images",),
    "DescribeInstances": ("Reservations",),
    "DescribeInstanceTypes": ("InstanceTypes",),
    "DescribeJobQueues": ("jobQueues",),
    "DescribeJobs": ("jobs",),
    "DescribeLaunchTemplateVersions": ("LaunchTemplateVersions",),
    "DescribeRouteTables": ("RouteTables",),
    "DescribeSpotPriceHistory": ("SpotPriceHistory",),
    "DescribeSubnets": ("Subnets",),
    "DescribeTasks": ("tasks",),
    "DescribeVpcEndpoints": ("VpcEndpoints",),
    "GetLogEvents": ("events",),
    "GetParameter": ("Parameter",),
    "GetQueryResults": ("status", "results"),
    "GetSpotPlacementScores": ("SpotPlacementScores",),
    "ListContainerInstances": ("containerInstanceArns",),
    "ListJobs": ("jobSummaryList",),
    "ListObjectsV2": ("Contents", "IsTruncated", "KeyCount", "Name"),
    "LookupEvents": ("Events",),
    "Publish": ("MessageId",),
    "StartQuery": ("queryId",),
}
"""Operation -> members of which every answer has at least one, also where there is nothing to tell."""


class NoAnswerError(Exception):
    """What came with a status of success is none of the service's answers."""


def insist(client: Any) -> None:
    """From now on, calls of this client raise NoAnswerError for what is no answer."""
    client.meta.events.register("after-call", _check)


def _check(http_response: Any, parsed: Any, model: Any, **_: object) -> None:
    members = _TELLING.get(model.name)
    if members is None or http_response.status_code >= 300:  # noqa: PLR2004 - of success
        return
    if not isinstance(parsed, dict) or all(parsed.get(member) is None for member in members):
        raise NoAnswerError(f"no {members[0]} in the answer to {model.name}")
