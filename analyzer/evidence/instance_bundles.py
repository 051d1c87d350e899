"""The names that AWS Batch has for several instance families at once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BUNDLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "optimal": ("m6i", "c6i", "r6i", "c7i"),
        "default_x86_64": ("m6i", "c6i", "r6i", "c7i"),
        "default_arm64": ("m6g", "c6g", "r6g", "c7g"),
    }
)
"""Name -> families (botocore, batch ComputeResource.instanceTypes); AWS may change them."""
