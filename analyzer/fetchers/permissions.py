"""Which permission each call needs, and what a diagnosis lacks without it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from analyzer.frozen import frozen


@frozen
class Permission:
    """What stands behind one API operation."""

    action: str
    """The IAM action that allows the call."""
    matters: str
    """What a diagnosis lacks when the call fails; for a call that only a check makes, what that lacks."""


PERMISSIONS: Mapping[str, Permission] = MappingProxyType(
    {
        "DescribeJobs": Permission("batch:DescribeJobs", "nothing is known of the job"),
        "ListJobs": Permission("batch:ListJobs", "which jobs a queue had is not known"),
        "DescribeJobQueues": Permission(
            "batch:DescribeJobQueues", "whether the job ran on Spot, and on which compute environments, is not known"
        ),
        "DescribeComputeEnvironments": Permission(
            "batch:DescribeComputeEnvironments",
            "whether the hosts were Spot, and which instance types were allowed, is not known",
        ),
        "DescribeTasks": Permission("ecs:DescribeTasks", "the host of an attempt cannot be found through its task"),
        "DescribeContainerInstances": Permission(
            "ecs:DescribeContainerInstances",
            "the instance behind an attempt, and so its type and bandwidth, may stay unknown",
        ),
        "DescribeInstances": Permission(
            "ec2:DescribeInstances", "the type of the instance, and why EC2 ended it, may stay unknown"
        ),
        "DescribeInstanceTypes": Permission(
            "ec2:DescribeInstanceTypes", "the memory and bandwidth of the instance are not known from AWS's own figures"
        ),
        "DescribeSpotPriceHistory": Permission(
            "ec2:DescribeSpotPriceHistory",
            "what instance types cost on Spot is not known: they are ordered by size and bandwidth instead",
        ),
        "GetSpotPlacementScores": Permission(
            "ec2:GetSpotPlacementScores",
            "how likely a Spot request for these instance types is to succeed is not known",
        ),
        "LookupEvents": Permission(
            "cloudtrail:LookupEvents", "whether a lost host was reclaimed by Spot or ended otherwise cannot be proven"
        ),
        "GetLogEvents": Permission("logs:GetLogEvents", "what the task and the snapshot runtime printed is not seen"),
        "ListObjectsV2": Permission(
            "s3:ListBucket", "which checkpoints were written, and how large they are, is not seen"
        ),
        "GetObject": Permission(
            "s3:GetObject", "the checkpoint logs and the task's own logs are not seen: they hold the decisive lines"
        ),
        "DescribeLaunchTemplateVersions": Permission(
            "ec2:DescribeLaunchTemplateVersions", "the settings for Spot draining and the stop time-out are not seen"
        ),
        "DescribeImages": Permission(
            "ec2:DescribeImages", "the operating system, the kernel and the age of the image are not known"
        ),
        "GetParameter": Permission(
            "ssm:GetParameter", "whether the image is the one that AWS recommends now is not known"
        ),
        "ListContainerInstances": Permission(
            "ecs:ListContainerInstances", "the image that the hosts run now is not known"
        ),
        "DescribeSubnets": Permission("ec2:DescribeSubnets", "the network of the hosts is not known"),
        "DescribeRouteTables": Permission(
            "ec2:DescribeRouteTables", "whether the hosts reach S3 through a gateway endpoint is not known"
        ),
        "DescribeVpcEndpoints": Permission(
            "ec2:DescribeVpcEndpoints", "whether the hosts reach S3 through a gateway endpoint is not known"
        ),
        "HeadBucket": Permission("s3:ListBucket", "whether the work bucket is in the hosts' region is not known"),
    }
)
"""Operation, as botocore names it -> its permission. The whole set that reading needs."""

SEARCHING: Mapping[str, Permission] = MappingProxyType(
    {
        "StartQuery": Permission("logs:StartQuery", "what the task and the snapshot runtime printed is not searched"),
        "GetQueryResults": Permission("logs:GetQueryResults", "what a search of the logs found is not seen"),
        "StopQuery": Permission("logs:StopQuery", "a search that is given up goes on, and is billed"),
    }
)
"""The same of a report that has CloudWatch Logs Insights search the logs: in place of GetLogEvents."""

WRITING: Mapping[str, Permission] = MappingProxyType(
    {
        "PutObject": Permission("s3:PutObject", "nothing can be kept or published there"),
        "DeleteObject": Permission("s3:DeleteObject", "a store's small files stay beside the file that replaces them"),
        "HeadObject": Permission("s3:GetObject", "whether a file is there already is not known"),
        "Publish": Permission("sns:Publish", "nobody is notified"),
    }
)
"""The same of what a report needs where the user names a place to keep, publish or notify; reading never does."""

_CHECK_LACKS: Mapping[str, str] = MappingProxyType(
    {
        "DescribeJobs": "what the job asks for is not known",
        "DescribeJobQueues": "which compute environments the queue has is not known",
        "DescribeComputeEnvironments": "nothing of the compute environments can be checked",
        "DescribeInstanceTypes": "memory, bandwidth and NVMe of the allowed types are not known from this region",
        "DescribeContainerInstances": "the image that the hosts run now is not known",
    }
)
"""What a check of an environment lacks without a call that a diagnosis makes, too."""
_UNKNOWN = Permission("", "this part of the evidence is missing")


def permission_of(operation: str) -> Permission:
    """The permission of an operation; one without an action where the operation is not ours."""
    return PERMISSIONS.get(operation) or SEARCHING.get(operation) or WRITING.get(operation, _UNKNOWN)


def check_lacks(operation: str) -> str:
    """What a check of an environment lacks when the operation fails."""
    return _CHECK_LACKS.get(operation) or permission_of(operation).matters
