"""What a task asks of its host: processors, memory and architecture, all containers of the task together."""

from __future__ import annotations

import math
from collections.abc import Iterator

from analyzer.advisor.conditions import architecture
from analyzer.advisor.footprint import Footprint, requested_bytes
from analyzer.advisor.placement import LEAST_VCPUS, Shape
from analyzer.advisor.quantities import MOST_MEMORY
from analyzer.classifier.facts import Facts
from analyzer.classifier.units import MIB
from analyzer.evidence.job import items, mapping, text, texts
from analyzer.evidence.model import Document, Evidence

ARCHITECTURE = "x86_64"
"""Of a job of which nothing tells."""


def shape_of(facts: Facts, held: Footprint | None, evidence: Evidence | None = None) -> Shape | None:
    """What the task asks for; where its memory is not known, what it holds.

    None where a list of EC2 types is no answer: on Fargate, on EKS (whose hosts keep another share of their memory),
    for jobs of several nodes (which Batch does not place on Spot), and for tasks that ask for a GPU.
    """
    if evidence is not None and _elsewhere(mapping(evidence.job)):
        return None
    specs = facts.job.containers if facts.job else ()
    told = sum(spec.memory_mib for spec in specs if spec.memory_mib and spec.memory_mib > 0) * MIB
    memory = (told if requested_bytes(facts) else 0) or requested_bytes(facts) or (held.bytes if held else 0)
    if not 0 < memory <= MOST_MEMORY:
        return None
    vcpus = sum(spec.vcpus for spec in specs if spec.vcpus and math.isfinite(spec.vcpus) and spec.vcpus > 0)
    return Shape(max(vcpus, LEAST_VCPUS) if vcpus else 1, memory, architecture(facts) or ARCHITECTURE)


def _elsewhere(job: Document) -> bool:
    other = mapping(job.get("nodeProperties")) or mapping(job.get("eksProperties"))
    return bool(other) or "FARGATE" in texts(job.get("platformCapabilities")) or any(map(_has_gpu, _containers(job)))


def _containers(job: Document) -> Iterator[Document]:
    yield mapping(job.get("container"))
    for task in items(mapping(job.get("ecsProperties")).get("taskProperties")):
        yield from items(task.get("containers"))


def _has_gpu(container: Document) -> bool:
    return any(text(one.get("type")) == "GPU" for one in items(container.get("resourceRequirements")))
