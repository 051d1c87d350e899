"""Which permission each call needs, and what a diagnosis lacks without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Permission:
    """What stands behind one API operation."""

    action: str
    """The IAM action that allows the call."""
    matters: str
    """What a diagnosis lacks when the call fails."""


PERMISSIONS: Mapping[str, Permission] = MappingProxyType(
    {
        "DescribeJobs": Permission("batch:DescribeJobs", "nothing is known of the job"),
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
    }
)
"""Operation, as botocore names it -> its permission. The whole set that reading needs."""

_UNKNOWN = Permission("", "this part of the evidence is missing")


def permission_of(operation: str) -> Permission:
    """The permission of an operation; one without an action where the operation is not ours."""
    return PERMISSIONS.get(operation, _UNKNOWN)
