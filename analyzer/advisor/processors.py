"""Which types have processors alike, so that a task that was dumped on one of them can be restored on the other.

A restore on a processor that lacks what the old one had fails (rule FS219), so types are proposed of one maker and one
generation. The number in a family's name is the generation, except where families count by themselves: those of
storage (i, is, im, d), of large memory (x) and of high clock rates (z), and AMD's c5ad beside m5ad and r5ad. Source:
the processors that AWS's guide to EC2 instance types names in the specifications of each family.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.advisor.instance_types import InstanceType

_OTHERWISE: Mapping[str, str] = {
    "i3": "Intel 4",  # Broadwell
    "i3en": "Intel 5",  # Skylake and Cascade Lake, as the fifth generation
    "d3": "Intel 5",
    "d3en": "Intel 5",
    "z1d": "Intel 5",
    "x2iezn": "Intel 5",
    "i4i": "Intel 6",  # Ice Lake
    "x2idn": "Intel 6",
    "x2iedn": "Intel 6",
    "c5ad": "AMD 5, Zen 2",  # m5ad and r5ad have Zen
    "i4g": "AWS 6",  # Graviton2
    "im4gn": "AWS 6",
    "is4gen": "AWS 6",
    "x2gd": "AWS 6",
}

VENDORS_CHOICE = "Intel 6"
"""Of c6id, m6id and r6id, the families that the vendor's guide names."""


def processor_of(kind: InstanceType) -> str:
    """Equal for types whose processors are alike: `Intel 6` of m6id and of i4i."""
    return _OTHERWISE.get(kind.family) or f"{kind.processor} {kind.generation}"
