"""A compute environment for snapshots, as AWS Batch takes it: what advice and checks propose to make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

UNKNOWN_MAX_VCPUS = 1024
"""Where nobody said how many tasks are to run at once."""


def compute_resources(instance_types: Sequence[str], max_vcpus: int | None = None) -> dict[str, Any]:
    """The part of `computeResources` that snapshots ask for; subnets, security groups and roles are the user's."""
    return {
        "type": "SPOT",
        "allocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
        "minvCpus": 0,
        "maxvCpus": max_vcpus or UNKNOWN_MAX_VCPUS,
        "instanceTypes": list(instance_types),
        "ec2Configuration": [{"imageType": "ECS_AL2023"}],
    }


def create_request(instance_types: Sequence[str], max_vcpus: int | None = None) -> dict[str, Any]:
    """All of CreateComputeEnvironment, with `YOUR-...` where the user has to fill something in.

    No service role: the service-linked one is then taken, and only with it can the hosts be replaced by an update (AWS
    Batch user guide). No Spot Fleet role: this allocation strategy needs none.
    """
    own = {
        "subnets": ["YOUR-SUBNET"],
        "securityGroupIds": ["YOUR-SECURITY-GROUP"],
        "instanceRole": "YOUR-INSTANCE-PROFILE",
    }
    return {
        "computeEnvironmentName": "YOUR-COMPUTE-ENVIRONMENT",
        "type": "MANAGED",
        "state": "ENABLED",
        "computeResources": compute_resources(instance_types, max_vcpus) | own,
    }
