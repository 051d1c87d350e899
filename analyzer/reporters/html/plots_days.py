"""Failures by cause over time: stacked bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analyzer.fleet.report import FleetReport
from analyzer.reporters.html.canvas import COLOURS, LEFT, Sketch, draw
from analyzer.reporters.html.numbers import counted, whole
from analyzer.reporters.html.plots import Plot, Sign, nothing, ticks
from analyzer.reporters.html.tables import Cell, Column, Table

TITLE = "Failed jobs by cause, day by day"
MOST_CAUSES = 6
"""Causes with a colour of their own; the others are one."""
MOST_BARS = 100
FEW_BARS = 45
"""Up to here there is room between them."""
FEWEST_PLACES = 7
"""Room for so many bars: a single one is no wall."""
MOST_DAYS = 3_700
OTHERS = "other causes"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class _Bars:
    starts: tuple[date, ...]
    days: int
    """That one bar stands for."""
    failed: Mapping[str, Sequence[int]]
    """Cause -> failed jobs of each bar; the first cause lies at the bottom."""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def short_day(day: date) -> str:
    """`3 Nov`."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _bars(report: FleetReport) -> _Bars | None:
    cells = [(day, cell) for cell in report.causes_by_day if cell.failed and (day := _day(cell.day))]
    if not cells:
        return None
    first, last = min(day for day, _ in cells), max(day for day, _ in cells)
    since, until = _day(report.period.since), _day(report.period.until)
    first = min(first, since) if since else first
    # the period's end is the first moment that is not in it
    last = max(last, until - timedelta(days=1) if until.toordinal() > 1 else until) if until else last
    first = max(first, last - timedelta(days=MOST_DAYS)) if last.toordinal() > MOST_DAYS else first
    days = next(d for d in (1, 7, 30, 365) if ((last - first).days + 1) / d <= MOST_BARS)
    count = (last - first).days // days + 1
    totals: Counter[str] = Counter()
    for _, cell in cells:
        totals[cell.cause] += cell.failed
    shown = [cause for cause, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]
    if len(shown) > MOST_CAUSES + 1:
        shown = [*shown[:MOST_CAUSES], OTHERS]
    failed = {cause: [0] * count for cause in shown}
    for day, cell in cells:
        if day >= first:
            failed[cell.cause if cell.cause in failed else OTHERS][(day - first).days // days] += cell.failed
    return _Bars(tuple(first + timedelta(days=days * n) for n in range(count)), days, failed)


def failures_by_day(report: FleetReport) -> Plot:
    """Stacked bars, a colour for each of the most frequent causes."""
    bars = _bars(report)
    if bars is None:
        return nothing("days", TITLE, "No job failed on a day that is known, so there is nothing to draw.")
    sums = [sum(column) for column in zip(*bars.failed.values(), strict=True)]
    worst = max(range(len(sums)), key=sums.__getitem__)
    over = counted(len(sums), "day") if bars.days == 1 else f"{len(sums):,} bars of {bars.days} days each"
    says = f"{counted(sum(sums), 'failed job')} in {over}"
    says += f"; most on {short_day(bars.starts[worst])}: {whole(sums[worst])}."
    labels = {group.key: group.label for group in report.by_cause}
    signs = tuple(Sign(labels.get(cause, cause), tone) for cause, tone in zip(bars.failed, _tones(bars), strict=True))
    picture = draw("days", TITLE, says, lambda sketch: _paint(sketch, bars, sums))
    return Plot("days", TITLE, says, picture, signs, _table(bars, sums, [sign.label for sign in signs]))


def _tones(bars: _Bars) -> list[str]:
    return [f"s{number}" if cause != OTHERS else "s7" for number, cause in enumerate(bars.failed, 1)]


def _paint(sketch: Sketch, bars: _Bars, sums: Sequence[int]) -> None:
    axes, places = sketch.axes, range(len(sums))
    below = [0] * len(sums)
    width = 0.78 if len(sums) <= FEW_BARS else 0.9
    for (_, counts), tone in zip(bars.failed.items(), _tones(bars), strict=True):
        drawn = [place for place in places if counts[place]]
        axes.bar(
            drawn,
            [counts[place] for place in drawn],
            width,
            [below[place] for place in drawn],
            color=COLOURS[tone],
            edgecolor=COLOURS["paper"],
            linewidth=0.8 if len(sums) <= FEW_BARS else 0.4,
        )
        below = [low + count for low, count in zip(below, counts, strict=True)]
    marks = ticks(max(sums))
    axes.set_ylim(0, marks[-1])
    axes.set_yticks(marks, [whole(mark) if mark == int(mark) else "" for mark in marks])
    axes.set_xlim(-0.7, max(len(sums), FEWEST_PLACES) - 0.3)
    step = max(1, -(-len(sums) // 5))
    at = list(range(0, len(sums), step))
    axes.set_xticks(at, [short_day(bars.starts[place]) for place in at])
    axes.set_title("failed jobs", loc="left", fontsize=12, color=COLOURS["muted"], x=LEFT, pad=10)


def _table(bars: _Bars, sums: Sequence[int], labels: Sequence[str]) -> Table:
    columns = (
        Column("Day" if bars.days == 1 else "From", sorted="ascending", short=True),
        Column("All", "jobs", numeric=True),
        *(Column(label, "jobs", numeric=True, outside=True) for label in labels),
    )
    rows = tuple(
        (
            Cell(start.isoformat()),
            Cell(whole(total), total),
            *(Cell(whole(c[place]), c[place]) for c in bars.failed.values()),
        )
        for place, (start, total) in enumerate(zip(bars.starts, sums, strict=True))
    )
    return Table(f"{TITLE}: the figures", columns, rows)
