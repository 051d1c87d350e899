"""Where a task fits: what an instance leaves to tasks, how many of them Batch puts on it, how types are ordered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from analyzer.advisor.instance_types import MIB, InstanceType
from analyzer.evidence.job import items, text, whole
from analyzer.evidence.model import Document
from analyzer.frozen import frozen

KEPT_SHARE = 0.05
KEPT_MIB = 300
"""Memory of an instance that tasks cannot have: this share of it, and so many MiB more.

The ECS agent registers what the operating system sees (`MemTotal`), less `ECS_RESERVED_MEMORY`, which is 32 MiB on the
default image (AWS Batch user guide, memory management and reserve system memory). What firmware and kernel keep was
measured, and this rule is above all of it:

- by Karpenter, on one host of nearly every type of its day (up to Graviton's seventh generation) with Bottlerocket,
  which it names as the image that keeps most (aws/karpenter-provider-aws, commit 15e87699,
  pkg/providers/instancetype/zz_generated.memory_overhead.go): 3.1 to 3.4 % and
  about 180 MiB with Intel's sixth generation, 3.6 to 3.9 % with AMD's and Graviton's; at most 4.8 % (c5.9xlarge), and
  432 MiB of the 4 GiB of c5.large. Entries that equal the whole memory are failed measurements;
- by users of ECS, as their hosts registered (misterfifi1/exo-lives-aws, local.tf; the AWS Batch user guide for
  m4.large; ASFHyP3/hyp3, pull request 582, for r5d.xlarge): at most 9.6 % (c5.large, 392 MiB).

tests/advisor/test_placement.py has the figures. The rule is for types without accelerators: those of vt1 keep 8 %.
"""
LEAST_VCPUS = 0.25
"""Less than this no container gets (AWS Batch API reference, ResourceRequirement)."""

_VCPU_UNITS: Mapping[str | None, float] = {"AMD": 7, "AWS": 6}
_VCPU_UNITS_ELSE, _GIB_UNITS, _GBPS_UNITS, _NVME_UNITS = 8, 1, 4, 0.01


@frozen
class Shape:
    """What one task asks for."""

    vcpus: float
    memory_bytes: int
    architecture: str = "x86_64"


def registered_mib(container_instances: Iterable[Document]) -> Mapping[str, int]:
    """Instance type -> MiB that a host of it registered, as DescribeContainerInstances has it; the least of several."""
    found: dict[str, int] = {}
    for host in container_instances:
        kind = next(
            (a.get("value") for a in items(host.get("attributes")) if a.get("name") == "ecs.instance-type"), None
        )
        resources = (r for r in items(host.get("registeredResources")) if r.get("name") == "MEMORY")
        memory = whole(next((r.get("integerValue") for r in resources), None))
        if (name := text(kind)) and memory is not None and memory > 0:
            found[name] = min(memory, found.get(name, memory))
    return found


def registrable_mib(kind: InstanceType, registered: Mapping[str, int] | None = None) -> int:
    """Memory that the ECS agent can offer to tasks, in MiB: less than is built in, and never below 0.

    Args:
        kind: the instance type.
        registered: what hosts did register (`registered_mib`), which beats the rule.
    """
    seen = (registered or {}).get(kind.name)
    if seen is not None:
        return min(seen, kind.memory_mib)
    return max(kind.memory_mib - math.ceil(kind.memory_mib * KEPT_SHARE) - KEPT_MIB, 0)


def tasks_that_fit(kind: InstanceType, shape: Shape, registered: Mapping[str, int] | None = None) -> int:
    """How many such tasks Batch can put on one host; 0: not even one. `registered` as in `registrable_mib`."""
    if not math.isfinite(shape.vcpus):
        return 0
    by_memory = registrable_mib(kind, registered) * MIB // max(shape.memory_bytes, 1)
    return int(min(by_memory, kind.vcpus // max(shape.vcpus, LEAST_VCPUS)))


def cost_units(kind: InstanceType) -> float:
    """What a type is likely to cost, in units of which some 240 make one US dollar an hour.

    Each GiB of memory counts 1, each vCPU 8 (Intel), 7 (AMD) or 6 (Graviton), each Gbps of baseline bandwidth 4, each
    100 GB of NVMe storage 1. The weights were fitted, and then rounded, to the on-demand prices of Linux in us-east-1
    of 2026-01-19, as aws/karpenter-provider-aws has them from AWS's price list (pkg/providers/pricing/
    zz_generated.pricing_aws.go): 57 types of 34 families with NVMe storage. Of all pairs among them, 98 % (x86_64) and
    93 % (Graviton) are in the order of their prices. Price and units differ by 6 % (x86_64) and 10 % (Graviton; both
    root mean square), and by 28 % at most: i7ie costs more. Of 18 types without NVMe storage (x86_64, sixth to eighth
    generation), which were not fitted, 86 % of the pairs are in order: AMD's sixth generation is cheaper than its
    units, its seventh costs more.
    Spot prices follow demand: they may be in another order on any day.
    """
    vcpu_units = _VCPU_UNITS.get(kind.processor, _VCPU_UNITS_ELSE)
    return (
        kind.vcpus * vcpu_units
        + kind.memory_mib / 1024 * _GIB_UNITS
        + (kind.baseline_gbps or 0) * _GBPS_UNITS
        + kind.nvme_gb * _NVME_UNITS
    )


def cost_order(kind: InstanceType) -> tuple[float, str]:
    """Sorts types by what they are likely to cost (`cost_units`), where no price is to be had; ties by name."""
    return (cost_units(kind), kind.name)


def is_candidate(kind: InstanceType, architecture: str) -> bool:
    """Whether a compute environment for snapshots may use it, by its kind alone and not by its size.

    Spot, of the current generation, of that architecture, with local NVMe storage and a baseline bandwidth that AWS
    gives; neither bare metal, nor with a processor on credits, nor with accelerators, which nobody asked for.
    """
    unfit = kind.bare_metal or kind.burstable or kind.accelerated
    suits = kind.spot and kind.current_generation and architecture in kind.architectures
    return suits and not unfit and kind.nvme_gb > 0 and kind.baseline_gbps is not None
