"""What the jobs of one process, or of one queue, were proposed: merged into what covers them all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_types import is_type_name
from analyzer.advisor.placement import registrable_mib
from analyzer.advisor.processors import processor_of
from analyzer.classifier.units import GIB, MIB
from analyzer.fleet.row import Row

MOST_TYPES = 8
"""Instance types that are proposed for a queue."""


@dataclass
class Proposals:
    """Of several jobs. Sizes in bytes; 0 where no job told one."""

    more: int = 0
    """The largest memory that was proposed to jobs for which theirs was too small."""
    cap: int = 0
    """The smallest memory that was proposed to jobs whose dumps outran the window."""
    asked: int = 0
    """The most that a job asked for."""
    held: int = 0
    """The most that a job was seen to hold."""
    wanted_more: int = 0
    """Jobs."""
    wanted_less: int = 0
    types: Counter[str] = field(default_factory=Counter)
    """Instance type -> jobs that it was proposed to."""
    places: Counter[str] = field(default_factory=Counter)
    """Instance type -> the sum of its places in those lists."""
    typed: int = 0
    """Jobs that were proposed instance types."""

    def add(self, row: Row, *, failed: bool) -> None:
        """Count a job: what it asked for and held; where it failed, what it was proposed."""
        self.asked = max(self.asked, row.memory_requested_bytes or 0)
        self.held = max(self.held, row.memory_peak_bytes or 0)
        if failed:
            self._propose(row)

    def _propose(self, row: Row) -> None:
        proposed, asked = row.proposed_memory_bytes or 0, row.memory_requested_bytes or 0
        outran = row.cause.startswith("dump.") if not asked else proposed < asked
        if proposed > asked and not outran:
            self.more, self.wanted_more = max(self.more, proposed), self.wanted_more + 1
        elif proposed and outran:
            self.cap, self.wanted_less = min(self.cap or proposed, proposed), self.wanted_less + 1
        names = [name for name in row.proposed_instance_types if is_type_name(name)]
        self.typed += bool(names)
        for place, name in enumerate(names):
            self.types[name] += 1
            self.places[name] += place

    def merge(self, other: Proposals) -> None:
        """Take in what another one has counted."""
        self.more, self.asked, self.held = (
            max(a, b) for a, b in ((self.more, other.more), (self.asked, other.asked), (self.held, other.held))
        )
        self.cap = min(self.cap or other.cap, other.cap or self.cap)
        self.wanted_more += other.wanted_more
        self.wanted_less += other.wanted_less
        self.typed += other.typed
        self.types += other.types
        self.places.update(other.places)  # a sum of places may be 0, which `+=` would drop

    @property
    def memory(self) -> int | None:
        """The memory that covers every job, in whole GiB (below one in MiB).

        Where jobs lacked memory the most that any of them was proposed, and no less than any job asked for. Where their
        dumps outran the window the least that any was proposed, unless a job was seen to hold more: a limit would kill
        it, and other instances are the cure. None where memory is not what to change.
        """
        if self.more:
            return rounded_up(max(self.more, self.asked))
        return self.cap if self.cap and self.held <= self.cap else None

    def instance_types(self, instances: InstanceCatalogue) -> tuple[str, ...]:
        """Those proposed to most jobs, and highest there; all with processors like the first one's.

        A task that was dumped on one of them can be restored on another. Types that the catalogue lacks fall out, and
        those that could not hold the memory that is proposed to the same jobs.
        """
        known = [kind for name in self.types if (kind := instances.get(name))]
        kinds = [kind for kind in known if registrable_mib(kind) * MIB >= self.more]
        kinds.sort(key=lambda kind: (-self.types[kind.name], self.places[kind.name], kind.name))
        alike = [kind.name for kind in kinds if processor_of(kind) == processor_of(kinds[0])]
        return tuple(alike[:MOST_TYPES])


def rounded_up(count: int) -> int:
    """To a whole GiB; below one GiB to a whole MiB."""
    unit = GIB if count >= GIB else MIB
    return -(-count // unit) * unit
