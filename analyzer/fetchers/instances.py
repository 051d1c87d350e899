"""ECS and EC2: the machines behind attempts, and what their types can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from analyzer.evidence.job import items, text
from analyzer.evidence.model import Document
from analyzer.fetchers.documents import plain_all

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecs import ECSClient

IDS_PER_CALL = 100
"""ECS's limit for DescribeTasks and DescribeContainerInstances; EC2 takes 200 values a filter."""
MAX_PAGES = 20
"""Of one answer; a page may be empty without being the last."""


def cluster_of(arn: str) -> str | None:
    """The cluster in a long ARN (`...:task/<cluster>/<id>`); None of a short one, which lacks it."""
    parts = arn.rsplit(":", 1)[-1].split("/")
    return parts[1] if len(parts) == 3 and parts[1] else None  # noqa: PLR2004 - kind, cluster, id


def by_cluster(arns: Iterable[str], clusters: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Cluster -> ARNs to look for in it: the one in the ARN, else every cluster that it may be in."""
    groups: dict[str, list[str]] = {}
    for arn in dict.fromkeys(arns):
        own = cluster_of(arn)
        for cluster in (own,) if own else clusters:
            groups.setdefault(cluster, []).append(arn)
    return groups


def _chunks(values: list[str]) -> Iterable[list[str]]:
    return (values[n : n + IDS_PER_CALL] for n in range(0, len(values), IDS_PER_CALL))


def describe_container_instances(client: ECSClient, groups: Mapping[str, list[str]]) -> tuple[Document, ...]:
    """Container instances; those that ECS has forgotten (an hour after their host is gone) are not there."""
    found: list[Document] = []
    for cluster, arns in groups.items():
        for chunk in _chunks(arns):
            answer = client.describe_container_instances(cluster=cluster, containerInstances=chunk)
            found += plain_all(answer["containerInstances"])
    return tuple(found)


def container_instances_of_tasks(client: ECSClient, groups: Mapping[str, list[str]]) -> tuple[str, ...]:
    """ARNs of the container instances that tasks ran on, for the tasks that ECS still knows."""
    arns: list[str] = []
    for cluster, tasks in groups.items():
        for chunk in _chunks(tasks):
            answer = client.describe_tasks(cluster=cluster, tasks=chunk)
            arns += [arn for task in items(answer["tasks"]) if (arn := text(task.get("containerInstanceArn")))]
    return tuple(dict.fromkeys(arns))


def _bounded(pages: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The first pages: whoever sends more is not EC2, which has two hundred things at most to tell of."""
    return islice(iter(pages), MAX_PAGES)


def describe_instances(client: EC2Client, ids: Iterable[str]) -> tuple[Document, ...]:
    """EC2 instances; by a filter, since one forgotten id among `InstanceIds` fails the whole call."""
    found: list[Document] = []
    for chunk in _chunks(sorted(set(ids))):
        pages = client.get_paginator("describe_instances").paginate(Filters=[{"Name": "instance-id", "Values": chunk}])
        for page in _bounded(pages):
            for reservation in items(page.get("Reservations")):
                found += plain_all(items(reservation.get("Instances")))
    return tuple(found)


def describe_types(client: EC2Client, names: Iterable[str]) -> tuple[Document, ...]:
    """Instance types; by a filter, since one unknown name among `InstanceTypes` fails the whole call."""
    found: list[Document] = []
    for chunk in _chunks(sorted(set(names))):
        pages = client.get_paginator("describe_instance_types").paginate(
            Filters=[{"Name": "instance-type", "Values": chunk}]
        )
        for page in _bounded(pages):
            found += plain_all(items(page.get("InstanceTypes")))
    return tuple(found)


def attribute_type(container_instance: Document) -> str | None:
    """The instance type that ECS noted when the host joined."""
    for attribute in items(container_instance.get("attributes")):
        if attribute.get("name") == "ecs.instance-type":
            return text(attribute.get("value"))
    return None
