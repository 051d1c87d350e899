"""What was found of a queue and its compute environments before a job runs there: the evidence of `check`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from analyzer.evidence.model import Document, Gap

EnvironmentKind = Literal["queue", "compute environment", "job"]
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class EnvironmentEvidence:
    """Everything known of where jobs are to run. An empty part was looked at and is empty, or is in `missing`."""

    target: str
    """The target, as the user gave it."""
    kind: EnvironmentKind
    region: str | None = None
    checked_at: str | None = None
    """RFC 3339; when it was gathered, from which ages are reckoned."""
    job: Document | None = None
    """The job, as DescribeJobs returns it; where the target is one."""
    job_queue: Document | None = None
    """One element of DescribeJobQueues; None where the target is a compute environment."""
    compute_environments: tuple[Document, ...] = ()
    """As DescribeComputeEnvironments returns them, in the queue's order."""
    instance_types: tuple[Document, ...] = ()
    """As DescribeInstanceTypes returns them, of every type that the environments allow (families expanded)."""
    launch_templates: tuple[Document, ...] = ()
    """Elements of DescribeLaunchTemplateVersions, of the versions that are used; UserData still in base64."""
    images: tuple[Document, ...] = ()
    """As DescribeImages returns them, of the images that the environments name or that their hosts run."""
    recommended_images: Mapping[str, Document] = field(default_factory=lambda: _NOTHING)
    """Architecture (`x86_64`, `arm64`) -> the public SSM parameter of ECS-optimized Amazon Linux 2023, parsed:
    `image_id` and, where it could be read, `image_name`, `image_version`, ..."""
    container_instances: tuple[Document, ...] = ()
    """As ECS DescribeContainerInstances returns them, of the hosts that are up now."""
    subnets: tuple[Document, ...] = ()
    """As DescribeSubnets returns them, of the environments' subnets."""
    route_tables: tuple[Document, ...] = ()
    """As DescribeRouteTables returns them, of those subnets, the main table of their VPC included."""
    vpc_endpoints: tuple[Document, ...] = ()
    """As DescribeVpcEndpoints returns them, of the subnets' VPCs."""
    bucket_regions: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Work bucket -> its region; of the job, or as `--workdir` names it."""
    missing: Mapping[str, Gap] = field(default_factory=lambda: _NOTHING)
    """Name of a member above that could not be filled -> why, and the permission that would."""
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    """Name of a member above -> what AWS says is not there (any more), by the names under which it was asked for: the
    queue, environments, buckets, images; of launch templates the id or name and the version, `lt-1 version $Default`.
    """


def joined_gaps(gaps: Iterable[Gap]) -> Gap:
    """One gap for several, with every permission that they lack (`ec2:A, ec2:B`).

    Raises:
        IndexError: there are none.
    """
    listed = list(dict.fromkeys(gaps))
    permissions = dict.fromkeys(
        permission for gap in listed if gap.permission for permission in gap.permission.split(", ")
    )
    return Gap(
        what=", ".join(dict.fromkeys(gap.what for gap in listed)),
        why="; ".join(dict.fromkeys(gap.why for gap in listed)),
        matters=listed[0].matters,
        permission=", ".join(permissions) or None,
    )
