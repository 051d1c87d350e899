"""Which instance types of a catalogue somebody wants to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import is_candidate


class UnknownInstanceError(Exception):
    """A name that the catalogue does not have; the text names it, and what is written nearly like it."""


@dataclass(frozen=True)
class Wanted:
    """What a type must be; whatever is None or False is not asked for."""

    architecture: str | None = None
    nvme: bool = False
    """Has local NVMe storage."""
    spot: bool = False
    """Can be had as a Spot instance."""
    candidates: bool = False
    """May carry snapshot tasks at all (`is_candidate`), whatever its size."""
    min_memory_bytes: int = 0
    """Of built-in memory."""
    max_gib_per_gbps: float | None = None

    def suits(self, kind: InstanceType) -> bool:
        """Whether the type is all that was asked for; a ratio that is not known suits no limit."""
        ratio = kind.gib_per_gbps
        architectures = (self.architecture,) if self.architecture else kind.architectures
        return (
            (not self.architecture or self.architecture in kind.architectures)
            and (not self.nvme or kind.nvme_gb > 0)
            and (not self.spot or kind.spot)
            and (not self.candidates or any(is_candidate(kind, one) for one in architectures))
            and kind.memory_bytes >= self.min_memory_bytes
            and (self.max_gib_per_gbps is None or (ratio is not None and ratio <= self.max_gib_per_gbps))
        )


def select(catalogue: InstanceCatalogue, names: Iterable[str], wanted: Wanted) -> tuple[InstanceType, ...]:
    """The types of these names (types, families, Batch's bundles; none: all) that suit, by family and size.

    Raises:
        UnknownInstanceError: the catalogue has nothing of a name.
    """
    found: dict[str, InstanceType] = {}
    for name in names:
        named = catalogue.expand([name.strip().lower()])
        if not named:
            raise UnknownInstanceError(unknown(catalogue, name))
        found |= {one.name: one for one in named}
    chosen = (one for one in (found or catalogue.types).values() if wanted.suits(one))
    return tuple(sorted(chosen, key=lambda one: (one.family, one.vcpus, one.memory_mib, one.name)))


def unknown(catalogue: InstanceCatalogue, name: str) -> str:
    """A sentence for a name that the catalogue lacks."""
    near = catalogue.near(name)
    if near:
        return f"{name} is no instance type or family that is known; did you mean {' or '.join(near)}?"
    return f"{name} is no instance type or family that is known; `fsnap-diagnose instances` lists all that are"
