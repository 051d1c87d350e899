"""What the documents of compute environments name: instance types, launch templates, images. Pure reading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.evidence.instance_bundles import BUNDLES
from analyzer.evidence.job import items, mapping, text, texts
from analyzer.evidence.model import Document

MAX_NAMES = 400
"""Types, templates or images that are asked for; environments name a few."""
RECOMMENDED = {
    "x86_64": "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended",
    "arm64": "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended",
}
"""Architecture -> the public parameter of Systems Manager (Amazon ECS developer guide, optimized AMI metadata)."""
_TYPE = re.compile(r"[a-z0-9-]{1,40}(\.[a-z0-9-]{1,40})?")
_ARM_FAMILY = re.compile(r"a1|[a-z]{1,10}[0-9]{1,2}g[a-z0-9-]{0,12}")
"""Families of Graviton: `a1`, and those with a g behind the generation (EC2 instance type names)."""
_PARAMETER_IMAGE = "resolve:ssm:"


def resources(evidence: EnvironmentEvidence) -> list[Document]:
    """What each compute environment is made of; empty for one that Batch does not manage."""
    return [mapping(one.get("computeResources")) for one in evidence.compute_environments]


def type_patterns(evidence: EnvironmentEvidence) -> list[str]:
    """The environments' types as values of EC2's filter: `r6id` is `r6id.*`."""
    patterns: dict[str, None] = {}
    for name in _type_names(evidence):
        for one in BUNDLES.get(name, (name.removesuffix(".*"),)):
            if _TYPE.fullmatch(one):
                patterns[one if "." in one else f"{one}.*"] = None
    return list(patterns)[:MAX_NAMES]


def _type_names(evidence: EnvironmentEvidence) -> list[str]:
    return [name for one in resources(evidence) for name in texts(one.get("instanceTypes"))]


def architectures(evidence: EnvironmentEvidence) -> tuple[str, ...]:
    """Those of the environments' types that ECS has images for; by the families' names where EC2 did not tell."""
    told = {
        architecture
        for one in evidence.instance_types
        for architecture in texts(mapping(one.get("ProcessorInfo")).get("SupportedArchitectures"))
    }
    if not told:
        families = (pattern.split(".", 1)[0] for pattern in type_patterns(evidence))
        told = {"arm64" if _ARM_FAMILY.fullmatch(family) else "x86_64" for family in families}
    return tuple(name for name in RECOMMENDED if name in told)


@dataclass(frozen=True)
class Template:
    """A launch template and the versions of it that are used."""

    key: str
    """The parameter that names it: LaunchTemplateId or LaunchTemplateName."""
    name: str
    versions: tuple[str, ...]


def _specifications(evidence: EnvironmentEvidence) -> Iterator[Document]:
    for one in resources(evidence):
        specification = mapping(one.get("launchTemplate"))
        yield specification
        yield from items(specification.get("overrides"))


def templates(evidence: EnvironmentEvidence) -> list[Template]:
    """The launch templates that the environments use, overrides included; a version that is not told is $Default."""
    used: dict[tuple[str, str], dict[str, None]] = {}
    for one in _specifications(evidence):
        template_id, name = text(one.get("launchTemplateId")), text(one.get("launchTemplateName"))
        if template_id or name:
            key = ("LaunchTemplateId", template_id) if template_id else ("LaunchTemplateName", name or "")
            used.setdefault(key, {})[text(one.get("version")) or "$Default"] = None
    return [Template(key, name, tuple(versions)) for (key, name), versions in list(used.items())[:MAX_NAMES]]


def version_name(template: Template, version: str) -> str:
    """One version, for the user."""
    return f"version {version} of the launch template {template.name}"


def _image_of_template(document: Document) -> str | None:
    return text(mapping(document.get("LaunchTemplateData")).get("ImageId"))


def image_parameter(document: Document) -> str | None:
    """The parameter that stands in a template where the image's id should be."""
    image = _image_of_template(document) or ""
    return image if image.startswith(_PARAMETER_IMAGE) else None


def _image_of_host(document: Document) -> str | None:
    attributes = items(document.get("attributes"))
    return next((text(a.get("value")) for a in attributes if a.get("name") == "ecs.ami-id"), None)


def image_ids(evidence: EnvironmentEvidence) -> tuple[str, ...]:
    """The images that the environments and their launch templates name, and that their hosts run."""
    named: list[str | None] = []
    for one in resources(evidence):
        named.append(text(one.get("imageId")))
        named += [text(c.get("imageIdOverride")) for c in items(one.get("ec2Configuration"))]
    named += map(_image_of_template, evidence.launch_templates)
    named += map(_image_of_host, evidence.container_instances)
    return tuple(dict.fromkeys(i for i in named if i and i.startswith("ami-")))[:MAX_NAMES]
