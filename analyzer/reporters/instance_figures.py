"""The figures of an instance type as members of a document: the same names wherever types are listed."""

from __future__ import annotations

from typing import Any

from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import registrable_mib
from analyzer.classifier.units import MIB

DIGITS = 3
"""Of ratios: a thousandth is below anything that is known."""


def figures(kind: InstanceType) -> dict[str, Any]:
    """What most lists have, each with its unit in its name; None: AWS does not say."""
    return {
        "instance_type": kind.name,
        "processor": kind.processor,
        "generation": kind.generation,
        "vcpus": kind.vcpus,
        "memory_bytes": kind.memory_bytes,
        "memory_for_tasks_bytes": registrable_mib(kind) * MIB,
        "baseline_gbps": kind.baseline_gbps,
        "peak_gbps": kind.peak_gbps,
        "gib_per_gbps": None if kind.gib_per_gbps is None else round(kind.gib_per_gbps, DIGITS),
        "nvme_gb": kind.nvme_gb,
    }
