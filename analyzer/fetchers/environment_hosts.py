"""What the hosts of compute environments are: instance types, launch templates, hosts that are up, their images."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.evidence.job import mapping, text, texts
from analyzer.evidence.model import Document, Gap
from analyzer.fetchers import batch, instances
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.documents import plain
from analyzer.fetchers.environment_calls import absent, each, filtered, pages
from analyzer.fetchers.environment_flow import Answer, Step
from analyzer.fetchers.environment_names import (
    RECOMMENDED,
    Template,
    architectures,
    image_ids,
    image_parameter,
    templates,
    type_patterns,
    version_name,
)
from analyzer.fetchers.permissions import check_lacks

MAX_HOSTS = 100
"""Hosts that are looked at, in all: they tell the image, and a hundred tell it as well as a thousand."""


def _unresolved(evidence: EnvironmentEvidence) -> tuple[Gap, ...]:
    return tuple(
        Gap(
            what=f"the image that the launch template names by {parameter}",
            why="EC2 did not resolve the parameter",
            matters=check_lacks("DescribeImages"),
            permission="ssm:GetParameters",
        )
        for parameter in dict.fromkeys(map(image_parameter, evidence.launch_templates))
        if parameter
    )


@dataclass(frozen=True)
class HostSteps:
    """Steps that fill the members about hosts."""

    clients: Clients
    region: str | None

    def steps(self) -> tuple[Step, ...]:
        """All of them."""
        environments = ("compute_environments",)
        return (
            Step("instance_types", "the instance types", "DescribeInstanceTypes", self._types, environments),
            Step(
                "launch_templates",
                "the launch template",
                "DescribeLaunchTemplateVersions",
                self._launch_templates,
                environments,
            ),
            Step(
                "container_instances", "the hosts that are up", "DescribeContainerInstances", self._hosts, environments
            ),
            Step(
                "images",
                "the hosts' images",
                "DescribeImages",
                self._images,
                environments,
                ("launch_templates", "container_instances"),
            ),
            Step(
                "recommended_images",
                "the image that AWS recommends",
                "GetParameter",
                self._recommended,
                environments,
                ("instance_types",),
            ),
        )

    def _ec2(self) -> Any:
        return self.clients.get("ec2", self.region)

    def _types(self, evidence: EnvironmentEvidence, deadline: Deadline) -> Answer:
        patterns = type_patterns(evidence)
        if not patterns:
            return Answer(())
        return Answer(
            filtered(self._ec2(), "describe_instance_types", "InstanceTypes", deadline, {"instance-type": patterns})
        )

    def _launch_templates(self, evidence: EnvironmentEvidence, deadline: Deadline) -> Answer:
        operation = "DescribeLaunchTemplateVersions"
        refused: list[tuple[Template, str]] = []
        found, gaps = each(
            ((template, version) for template in templates(evidence) for version in template.versions),
            lambda one: version_name(*one),
            operation,
            deadline,
            lambda one: (one, self._versions(*one, deadline)),
            refused.append,
        )
        # one version may be used under its number and as $Latest, and a template by id and by name
        unique = {json.dumps(document, sort_keys=True): document for _, documents in found for document in documents}
        empty = [one for one, documents in found if not documents]
        gaps += absent((version_name(*one) for one in empty), (), operation)
        gone = tuple(f"{template.name} version {version}" for template, version in (*refused, *empty))
        return Answer(tuple(unique.values()), gaps, gone)

    def _versions(self, template: Template, version: str, deadline: Deadline) -> list[Document]:
        def ask(**more: Any) -> list[Document]:
            return list(
                pages(
                    self._ec2(),
                    "describe_launch_template_versions",
                    "LaunchTemplateVersions",
                    deadline,
                    **{template.key: template.name},
                    Versions=[version],
                    **more,
                )
            )

        found = ask()
        if not any(map(image_parameter, found)):
            return found
        try:
            return ask(ResolveAlias=True)
        except Exception:
            return found  # the template itself is there; that its image is not known is the images' gap

    def _hosts(self, evidence: EnvironmentEvidence, deadline: Deadline) -> Answer:
        on_ec2 = [
            one
            for one in evidence.compute_environments
            if not (text(mapping(one.get("computeResources")).get("type")) or "").startswith("FARGATE")
        ]
        clusters = batch.clusters(on_ec2)
        room = max(MAX_HOSTS // len(clusters), 1) if clusters else 0
        found, gaps = each(
            clusters[:MAX_HOSTS],
            lambda arn: f"the hosts of the cluster {arn.rsplit('/', 1)[-1]}",
            "DescribeContainerInstances",
            deadline,
            lambda arn: self._hosts_of(arn, room, deadline),
        )
        return Answer(tuple(host for hosts in found for host in hosts), gaps)

    def _hosts_of(self, cluster: str, room: int, deadline: Deadline) -> tuple[Document, ...]:
        client = self.clients.get("ecs", self.region)
        # of all states but INACTIVE; one page holds as many as one call describes
        answer = client.list_container_instances(cluster=cluster, maxResults=room)
        arns = list(texts(answer["containerInstanceArns"]))[:room]
        if deadline.passed:
            raise TimeoutError
        return instances.describe_container_instances(client, {cluster: arns}) if arns else ()

    def _images(self, evidence: EnvironmentEvidence, deadline: Deadline) -> Answer:
        wanted = image_ids(evidence)
        gaps = _unresolved(evidence)
        if not wanted:
            return Answer((), gaps)
        # two years after its release an image is deprecated, and hidden from whoever does not ask for such
        found = filtered(
            self._ec2(), "describe_images", "Images", deadline, {"image-id": wanted}, IncludeDeprecated=True
        )
        shown = {image.get("ImageId") for image in found}
        gaps += absent(wanted, shown, "DescribeImages")
        return Answer(found, gaps, tuple(image for image in wanted if image not in shown))

    def _recommended(self, evidence: EnvironmentEvidence, deadline: Deadline) -> Answer:
        found, gaps = each(
            architectures(evidence),
            lambda architecture: f"the image that AWS recommends for {architecture}",
            "GetParameter",
            deadline,
            lambda architecture: (architecture, self._recommendation(RECOMMENDED[architecture])),
        )
        return Answer(dict(found), gaps)

    def _recommendation(self, name: str) -> Document:
        client = self.clients.get("ssm", self.region)
        value = client.get_parameter(Name=name)["Parameter"]["Value"]
        try:
            document = mapping(json.loads(value))
        except (ValueError, RecursionError):
            document = {}
        if text(document.get("image_id")):
            return mapping(plain(document))
        value = client.get_parameter(Name=f"{name}/image_id")["Parameter"]["Value"]
        return {"image_id": _image_id(value)}


def _image_id(value: object) -> str:
    if not isinstance(value, str) or not value.startswith("ami-"):
        raise TypeError("this is no image's id")
    return value
