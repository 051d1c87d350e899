"""Where a task fits: what an instance leaves to tasks, how many of them Batch puts on it, how types are ordered."""

from __future__ import annotations

import math
from dataclasses import dataclass

from analyzer.advisor.instance_types import InstanceType

KERNEL_SHARE = 0.04
KERNEL_LEAST_MIB = 256
"""Memory of an instance that tasks cannot have: the kernel's and firmware's share, and the ECS agent's reserve."""


@dataclass(frozen=True)
class Shape:
    """What one task asks for."""

    vcpus: float
    memory_bytes: int
    architecture: str = "x86_64"


def registrable_mib(kind: InstanceType) -> int:
    """Memory that the ECS agent can offer to tasks, in MiB: less than is built in."""
    return kind.memory_mib - max(math.ceil(kind.memory_mib * KERNEL_SHARE), KERNEL_LEAST_MIB)


def tasks_that_fit(kind: InstanceType, shape: Shape) -> int:
    """How many such tasks Batch can put on one host; 0: not even one."""
    by_memory = registrable_mib(kind) * 2**20 // max(shape.memory_bytes, 1)
    return int(min(by_memory, kind.vcpus // max(shape.vcpus, 0.25)))


def cost_order(kind: InstanceType) -> tuple[float, str]:
    """Sorts types by what they are likely to cost, where no price is to be had."""
    return (kind.vcpus * 8 + kind.memory_mib / 1024 + (kind.baseline_gbps or 0) * 4 + kind.nvme_gb / 100, kind.name)


def is_candidate(kind: InstanceType, architecture: str) -> bool:
    """Whether a compute environment for snapshots may use it, by its kind alone and not by its size.

    Spot, of the current generation, of that architecture, with local NVMe storage and a baseline bandwidth that AWS
    gives; neither bare metal, nor with a processor on credits, nor with accelerators, which nobody asked for.
    """
    unfit = kind.bare_metal or kind.burstable or kind.accelerated
    suits = kind.spot and kind.current_generation and architecture in kind.architectures
    return suits and not unfit and kind.nvme_gb > 0 and kind.baseline_gbps is not None
