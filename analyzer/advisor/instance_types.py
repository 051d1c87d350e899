"""EC2 instance types: what one has, by AWS's own figures (DescribeInstanceTypes), never by its "Up to" texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from analyzer.evidence.job import items, mapping, number, text, texts, whole
from analyzer.frozen import frozen

MIB = 2**20
GIB = 2**30
_ACCELERATORS = ("GpuInfo", "FpgaInfo", "InferenceAcceleratorInfo", "NeuronInfo", "MediaAcceleratorInfo")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{1,30}")
_GENERATION = re.compile(r"[a-z]{1,30}(?:-\d{1,3}tb)?(\d{1,3})")
_ARCHITECTURE = re.compile(r"[a-z0-9_]{1,20}")
_MAKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,()-]{0,39}")
MOST = 10**9
"""No count or size of a type is larger (the most memory is 32 TiB, 3.4 * 10**7 MiB); a larger one is no figure."""
MOST_ARCHITECTURES = 8
_LIMITED_FAMILIES = frozenset({"c6in", "m6idn", "m6in", "r6idn", "r6in"})
_LIMITED_GBPS = 170.0
"""Of one interface: for their sizes with two cards EC2 states 200 Gbps for each card, which only two interfaces reach
together (EC2 user guide, network specifications of these families; their cards' own text is "Up to 170 Gigabit")."""


@frozen
class InstanceType:
    """One type. A figure that AWS does not give is None, never a guess."""

    name: str
    vcpus: int
    memory_mib: int
    """What is built in; what tasks can get is less: analyzer.advisor.placement."""
    architectures: tuple[str, ...] = ()
    """`x86_64`, `arm64`, `i386`, ..."""
    processor: str | None = None
    """The processor's maker: `Intel`, `AMD`, `AWS`."""
    baseline_gbps: float | None = None
    """Sustained bandwidth of network card 0: a host of AWS Batch has one interface, on that card."""
    peak_gbps: float | None = None
    """What card 0 reaches while burst credits last."""
    network_cards: int = 1
    nvme_gb: int = 0
    """Local NVMe solid state storage, in units of 10**9 bytes; 0 where there is none."""
    ebs_baseline_mb_per_second: float | None = None
    """Sustained throughput to EBS volumes, in 10**6 bytes a second."""
    spot: bool = False
    current_generation: bool = False
    bare_metal: bool = False
    burstable: bool = False
    """Its processor lives on credits (the t families)."""
    accelerated: bool = False
    """Has GPUs, FPGAs or other accelerators, which are paid for."""

    @property
    def family(self) -> str:
        """`r6id` of `r6id.4xlarge`."""
        return self.name.split(".", 1)[0]

    @property
    def generation(self) -> int | None:
        """The number in the family's name: 6 of `r6id`; None where it has none."""
        match = _GENERATION.match(self.family)
        return int(match[1]) if match else None

    @property
    def memory_bytes(self) -> int:
        """Built-in memory in bytes."""
        return self.memory_mib * MIB

    @property
    def gib_per_gbps(self) -> float | None:
        """GiB of memory for each Gbps of baseline bandwidth; the vendor advises at most 5."""
        return self.memory_mib / 1024 / self.baseline_gbps if self.baseline_gbps else None

    @property
    def bursts(self) -> bool:
        """Whether AWS's text for it names a bandwidth that is not sustained."""
        return bool(self.baseline_gbps and self.peak_gbps and self.peak_gbps > self.baseline_gbps)


def is_type_name(value: str) -> bool:
    """Whether this has the form of a type's name, `r6id.4xlarge`."""
    return _NAME.fullmatch(value) is not None


def _count(value: object) -> int:
    found = whole(value)
    return found if found is not None and 0 <= found <= MOST else 0


def _rate(value: object) -> float | None:
    found = number(value)
    return found if found is not None and 0 < found <= MOST else None


def _first_card(network: Mapping[str, Any]) -> Mapping[str, Any]:
    cards = [mapping(card) for card in items(network.get("NetworkCards"))]
    first = _count(network.get("DefaultNetworkCardIndex"))
    return next((card for card in cards if whole(card.get("NetworkCardIndex")) == first), cards[0] if cards else {})


def _interface_gbps(rate: float | None, name: str, cards: int) -> float | None:
    limited = cards > 1 and name.split(".", 1)[0] in _LIMITED_FAMILIES
    return min(rate, _LIMITED_GBPS) if rate is not None and limited else rate


def _nvme_gb(document: Mapping[str, Any]) -> int:
    storage = mapping(document.get("InstanceStorageInfo"))
    if text(storage.get("NvmeSupport")) not in ("required", "supported"):
        return 0
    disks = items(storage.get("Disks"))
    if not disks:
        return _count(storage.get("TotalSizeInGB"))
    # d3 and d3en have spinning disks behind NVMe, too slow to stage a checkpoint on
    return min(sum(_count(d.get("Count")) * _count(d.get("SizeInGB")) for d in disks if d.get("Type") == "ssd"), MOST)


def read_instance_type(document: object) -> InstanceType | None:
    """One element of DescribeInstanceTypes; None where it has no name, no processors or no memory."""
    source = mapping(document)
    name = text(source.get("InstanceType"))
    vcpus = _count(mapping(source.get("VCpuInfo")).get("DefaultVCpus"))
    memory_mib = _count(mapping(source.get("MemoryInfo")).get("SizeInMiB"))
    if not name or not is_type_name(name) or not vcpus or not memory_mib:
        return None
    network = mapping(source.get("NetworkInfo"))
    card = _first_card(network)
    cards = max(_count(network.get("MaximumNetworkCards")), 1)
    processor = mapping(source.get("ProcessorInfo"))
    maker = processor.get("Manufacturer")
    ebs = mapping(mapping(source.get("EbsInfo")).get("EbsOptimizedInfo"))
    return InstanceType(
        name=name,
        vcpus=vcpus,
        memory_mib=memory_mib,
        architectures=tuple(filter(is_architecture, texts(processor.get("SupportedArchitectures"))))[
            :MOST_ARCHITECTURES
        ],
        processor=maker if is_maker(maker) else None,
        baseline_gbps=_interface_gbps(_rate(card.get("BaselineBandwidthInGbps")), name, cards),
        peak_gbps=_interface_gbps(_rate(card.get("PeakBandwidthInGbps")), name, cards),
        network_cards=cards,
        nvme_gb=_nvme_gb(source),
        ebs_baseline_mb_per_second=_rate(ebs.get("BaselineThroughputInMBps")),
        spot="spot" in texts(source.get("SupportedUsageClasses")),
        current_generation=source.get("CurrentGeneration") is True,
        bare_metal=source.get("BareMetal") is True,
        burstable=source.get("BurstablePerformanceSupported") is True,
        accelerated=any(source.get(name) for name in _ACCELERATORS),
    )


def is_architecture(value: object) -> TypeGuard[str]:
    """Whether this has the form of an architecture's name, `x86_64`."""
    return isinstance(value, str) and _ARCHITECTURE.fullmatch(value) is not None


def is_maker(value: object) -> TypeGuard[str]:
    """Whether this has the form of a processor maker's name."""
    return isinstance(value, str) and _MAKER.fullmatch(value) is not None
