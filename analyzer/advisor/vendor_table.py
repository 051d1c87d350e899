"""The instance table of the vendor's guide, and where its rows contradict AWS's own figures."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable
from datetime import date
from functools import cache

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_types import GIB, InstanceType
from analyzer.data import shipped_text
from analyzer.frozen import frozen

TOLERANCE = 0.01
"""A figure that differs by less is the same one, rounded."""
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@frozen
class VendorRow:
    """One row, as it stands in the guide."""

    type: str
    memory_gib: float
    gbps: float
    """What the guide calls the guaranteed bandwidth."""
    ratio: float
    """GiB of memory for each Gbps."""
    estimated_seconds: float
    """What the guide expects a snapshot of the whole memory to take."""


@frozen
class VendorTable:
    """The table in one of its public states."""

    date: date
    source: str
    """Repository, path and commit."""
    rows: tuple[VendorRow, ...]

    def row(self, name: str) -> VendorRow | None:
        """The row of a type; None where the table has none."""
        return next((row for row in self.rows if row.type == name), None)


@frozen
class Disagreement:
    """A row and AWS's figures, of which at least one is another."""

    row: VendorRow
    aws: InstanceType
    date: date
    """Of the state of the table that has the row."""
    withdrawn: bool = False
    """A later state of the table has this row no more."""

    @property
    def memory(self) -> bool:
        """Whether the memory is another."""
        return _differ(self.row.memory_gib, self.aws.memory_bytes / GIB)

    @property
    def bandwidth(self) -> bool:
        """Whether the bandwidth is another than AWS's baseline; False where AWS gives none."""
        return self.aws.baseline_gbps is not None and _differ(self.row.gbps, self.aws.baseline_gbps)

    @property
    def ratio(self) -> bool:
        """Whether the ratio is another than that of AWS's memory and baseline; False where AWS gives no baseline."""
        return self.aws.gib_per_gbps is not None and _differ(self.row.ratio, self.aws.gib_per_gbps)

    @property
    def sentence(self) -> str:
        """What the table gives and what AWS gives, for the user."""
        told, right = self._figures()
        guide = f"The vendor guide's table ({_day(self.date)})"
        if self.withdrawn:
            guide = f"The vendor guide's table of {_day(self.date)}, which has since dropped the row,"
        verb = "figure is" if len(right) == 1 else "figures are"
        return f"{guide} gives {self.row.type} {' and '.join(told)}; AWS's own {verb} {' and '.join(right)}."

    def _figures(self) -> tuple[list[str], list[str]]:
        told, right = [], []
        if self.memory:
            told.append(f"{self.row.memory_gib:g} GiB")
            right.append(f"{self.aws.memory_bytes / GIB:g} GiB")
        if self.bandwidth:
            told.append(f"{self.row.gbps:g} Gbps")
            right.append(f"{self.aws.baseline_gbps:g} Gbps sustained{self._burst()}")
        if not told:
            told.append(f"{self.row.ratio:g} GiB per Gbps")
            right.append(f"{self.aws.gib_per_gbps:.4g} GiB per Gbps")
        return told, right

    def _burst(self) -> str:
        return f", {self.aws.peak_gbps:g} only while burst credits last" if self.aws.bursts else ""


def _differ(one: float, other: float) -> bool:
    return not math.isclose(one, other, rel_tol=TOLERANCE)


def _day(when: date) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


@cache
def vendor_tables() -> tuple[VendorTable, ...]:
    """The table in its public states, oldest first."""
    document = tomllib.loads(shipped_text("vendor-table.toml"))
    return tuple(
        VendorTable(state["date"], state["source"], tuple(VendorRow(**row) for row in state["row"]))
        for state in sorted(document["state"], key=lambda one: one["date"])
    )


def _latest_row(name: str, tables: tuple[VendorTable, ...]) -> tuple[VendorTable, VendorRow] | None:
    return next(((table, row) for table in reversed(tables) if (row := table.row(name))), None)


def disagreements(
    names: Iterable[str], catalogue: InstanceCatalogue, tables: tuple[VendorTable, ...] | None = None
) -> tuple[Disagreement, ...]:
    """Where the table contradicts AWS, for these types, each once and in their order.

    A type's row is that of the latest state that has one. A type without a row, or that the catalogue lacks, falls out.
    """
    states = vendor_tables() if tables is None else tables
    found = []
    for name in dict.fromkeys(names):
        told, aws = _latest_row(name, states), catalogue.get(name)
        if told and aws:
            one = Disagreement(told[1], aws, told[0].date, withdrawn=told[0] is not states[-1])
            if one.memory or one.bandwidth or one.ratio:
                found.append(one)
    return tuple(found)
