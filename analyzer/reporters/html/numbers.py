"""Figures of a report as they stand in its columns, whose headings name the units."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.fleet.report import Totals

GIB = 2**30
NOT_KNOWN = "\N{EN DASH}"
_LARGE = 100
"""From here on nobody reads what stands behind the point."""


def whole(value: float) -> str:
    """`12,480`."""
    return f"{value:,.0f}"


def hours(value: float) -> str:
    """`1,204`; below a hundred with a tenth, since there it matters."""
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:,.1f}"


def dollars(value: float | None) -> str:
    """`1,204`; below a hundred with cents; a dash where no price was known."""
    if value is None:
        return NOT_KNOWN
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:,.2f}"


def percent(share: float | None) -> str:
    """`1.5 %`; a dash where there was nothing to have a share of."""
    return NOT_KNOWN if share is None else f"{share * 100:.1f} %"


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 job`, `12 jobs`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def change_of_rate(now: Totals, before: Totals | None) -> float | None:
    """Percentage points that the rate of failures rose; None where there is nothing to compare."""
    if before is None or now.rate is None or before.rate is None:
        return None
    return (now.rate - before.rate) * 100
