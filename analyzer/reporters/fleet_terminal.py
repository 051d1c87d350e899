"""A report over a period in the terminal: the headline, what to change first, then the tables and what they rest on.

Piped, the same text comes without colour, and neither names nor quoted lines are broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyzer.fleet.report import Change, FleetReport, Group
from analyzer.reporters import fleet_view as view
from analyzer.reporters.console import Console, cell_len, chop_cells
from analyzer.reporters.fleet_configuration import beginning, queue_lines
from analyzer.reporters.terminal import Part, Screen
from analyzer.reporters.text import field, own_prose, prose

MOST_ROWS = 10
MOST_SURVIVORS = 5
MOST_TABLE_WIDTH = 120
DAYS_WITH_A_LINE = 14
"""Of more days there is one line together."""
BAR = 24
WHOLE = "--format markdown has all of it, json and csv the figures"
_LEVELS, _LEVELS_ASCII = "·▁▂▃▄▅▆▇█", "_.:-=+*#%"
"""For no failed job, and for up to the most on a day."""
_NARROWEST_NAME = 20
_PARTS, _WORDS = re.compile(r"[^: ]*[: ]|[^: ]+"), re.compile(r"[^_]*_|[^_]+")


def render_fleet_terminal(report: FleetReport, console: Console) -> None:
    """Write the report to `console`."""
    screen = Screen(console)
    _head(screen, report)
    _changes(screen, report)
    for table in view.groups(report, MOST_ROWS):
        _table(screen, table)
    _days(screen, report)
    next_ones = view.survivors(report, MOST_SURVIVORS)
    if next_ones.rows:
        _table(screen, next_ones)
    _trends(screen, report)
    _configuration(screen, report)
    _gaps(screen, report)
    _sentences(screen, "To know", report.notes)
    _sentences(screen, "How it was reckoned", report.reckoning)
    screen.line()
    screen.line(("More: ", "dim"), (WHOLE, "dim"))


def _head(screen: Screen, report: FleetReport) -> None:
    style = "bold red" if report.totals.failed else "bold green"
    screen.paragraph(view.headline(report), style, indent=0)
    for sentence in view.balance(report):
        screen.paragraph(sentence, indent=0)
    screen.line()
    rows = view.about(report)
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        screen.paragraph(value, indent=width + 2, lead=[(name, "dim")])


def _changes(screen: Screen, report: FleetReport) -> None:
    if report.changes:
        screen.heading("What to change first")
    for number, change in enumerate(report.changes, 1):
        if number > 1:
            screen.line()
        _change(screen, number, change)


def _change(screen: Screen, number: int, change: Change) -> None:
    ids = ", ".join(field(one) for one in (change.cause, change.rule) if one)
    screen.paragraph(f"{own_prose(change.title)} ({ids})", "bold", indent=5, lead=[(f"{number:3}. ", "bold")])
    for line in _folded(screen, field(change.scope), screen.width - 5):
        screen.line(("     ", ""), (line, "cyan"))
    screen.paragraph(view.cost(change), indent=5)
    screen.paragraph(own_prose(change.advice), indent=5)
    for example in change.examples[:1]:
        place = view.place_of(example)
        at = f", attempt {example.attempt}" if example.attempt else ""
        screen.line((f"     example: job {field(example.job_id)}{at}", "dim"))
        if place:
            screen.line((f"     {place}", "dim"))
            screen.quoted(view.quoted(example), 5)


def _folded(screen: Screen, text: str, room: int) -> list[str]:
    """A name on lines of a terminal, parted behind `:` or a blank, else behind `_`, else anywhere; whole in a pipe."""
    room = max(_NARROWEST_NAME, room)
    if not screen.console.is_terminal or cell_len(text) <= room:
        return [text]
    lines = [""]
    for piece in _pieces(text, room):
        if cell_len(lines[-1] + piece.rstrip()) <= room:
            lines[-1] += piece
        else:
            lines += chop_cells(piece, room) or [""]
    return [line.rstrip() for line in lines if line.strip()]


def _pieces(text: str, room: int) -> Iterator[str]:
    for part in _PARTS.findall(text):
        yield from [part] if cell_len(part.rstrip()) <= room else _WORDS.findall(part)


def _table(screen: Screen, table: view.Table) -> None:
    screen.heading(table.heading, table.note)
    room = min(screen.console.width, MOST_TABLE_WIDTH) - 2
    shown = table
    for column in view.LEFT_OUT_FIRST if screen.console.is_terminal else ():
        if _widest(shown) > room:
            shown = shown.without(column)
    numbers = [
        tuple(cell if screen.unicode else cell.replace(view.NOT_KNOWN, "-") for cell in cells)
        for cells, _ in shown.rows
    ]
    widths = _widths(shown)
    screen.line((f"  {_set(shown.head[:-1], widths)}{shown.head[-1]}", "dim"))
    indent = 2 + sum(widths) + 2 * len(widths)
    for cells, (_, name) in zip(numbers, shown.rows, strict=True):
        lead = f"  {_set(cells, widths)}"
        for line, style in _name(screen, name, room + 2 - indent):
            screen.line((lead, ""), (line, style))
            lead = " " * indent
        for line in _folded(screen, name.more, room - 2) if name.more else ():
            screen.line((f"    {line}", "dim"))
    if table.hidden:
        screen.line((f"  and {table.hidden:,} more", "dim"))


def _widths(table: view.Table) -> list[int]:
    return [
        max(map(cell_len, column)) for column in zip(table.head[:-1], *(cells for cells, _ in table.rows), strict=True)
    ]


def _widest(table: view.Table) -> int:
    longest = max(cell_len(name.words or name.code) for _, name in table.rows)
    return sum(width + 2 for width in _widths(table)) + longest


def _set(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(" " * (width - cell_len(cell)) + f"{cell}  " for cell, width in zip(cells, widths, strict=True))


def _name(screen: Screen, name: view.Name, room: int) -> Iterator[Part]:
    both = f"{name.words} ({name.code})" if name.words and name.code else name.words or name.code
    if not screen.console.is_terminal or cell_len(both) <= room:
        yield both, ""
        return
    for text, style in ((name.words, ""), (name.code, "dim" if name.words else "")):
        for line in _folded(screen, text, room) if text else ():
            yield line, style


def _days(screen: Screen, report: FleetReport) -> None:
    days = view.days(report)
    if not any(group.totals.jobs for group in days):
        return
    screen.heading("Days", "failed jobs, by the day on which they ended (UTC)")
    most = max(days, key=lambda group: group.totals.failed)
    if len(days) <= DAYS_WITH_A_LINE:
        _bars(screen, days, most.totals.failed)
        return
    levels = _LEVELS if screen.unicode else _LEVELS_ASCII
    room = max(_NARROWEST_NAME, screen.width - 2 * len("  2026-11-21") - 2)
    for start in range(0, len(days), room):
        part = days[start : start + room]
        marks = "".join(_level(group.totals.failed, most.totals.failed, levels) for group in part)
        screen.line((f"  {field(part[0].key)}  ", "dim"), (marks, "red"), (f"  {field(part[-1].key)}", "dim"))
    if most.totals.failed:
        screen.line((f"  most: {most.totals.failed:,} of {most.totals.jobs:,} on {field(most.key)}", "dim"))


def _level(failed: int, most: int, levels: str) -> str:
    return levels[-(-failed * (len(levels) - 1) // most)] if failed else levels[0]


def _bars(screen: Screen, days: Sequence[Group], most: int) -> None:
    mark = "█" if screen.unicode else "#"
    width = len(f"{most:,}")
    for group in days:
        failed, jobs = group.totals.failed, group.totals.jobs
        bar = mark * -(-failed * BAR // most) if failed else ""
        screen.line((f"  {field(group.key)}  ", ""), (f"{failed:>{width},} of {jobs:<7,} ", ""), (bar, "red"))


def _trends(screen: Screen, report: FleetReport) -> None:
    screen.heading("New or worse")
    if nothing := view.no_trends(report):
        screen.paragraph(nothing, "dim")
    for trend in report.trends:
        lead = [(f"  {field(trend.kind)} ", "bold"), (f"{field(trend.dimension)}", "")]
        indent = min(sum(cell_len(text) for text, _ in lead) + 2, screen.width // 2)
        screen.paragraph(view.trend_text(trend), indent=indent, lead=lead)


def _configuration(screen: Screen, report: FleetReport) -> None:
    configuration = report.configuration
    lines, hidden = beginning(configuration.nextflow)
    queues = queue_lines(configuration)
    if not (lines or queues):
        return
    screen.heading("To paste", "" if not hidden else f"the first of it; {hidden:,} lines more with --format markdown")
    for line in lines:
        screen.line((f"  {line}", "green"))
    for name, types in queues[:MOST_ROWS]:
        screen.paragraph(f"instance types for queue {name}: {', '.join(types)}")
    if queues[MOST_ROWS:]:
        screen.line((f"  and {len(queues) - MOST_ROWS:,} queues more", "dim"))


def _gaps(screen: Screen, report: FleetReport) -> None:
    if not report.gaps:
        return
    screen.heading("What could not be seen", "permissions that were missing, and for how many jobs")
    width = max(len(f"{jobs:,}") for _, jobs in report.gaps)
    for permission, jobs in report.gaps:
        screen.line((f"  {jobs:>{width},}  ", ""), (field(permission), ""))


def _sentences(screen: Screen, heading: str, sentences: Sequence[str]) -> None:
    if sentences:
        screen.heading(heading)
    for sentence in sentences:
        screen.paragraph(prose(sentence), indent=4, lead=[("  - ", "dim")])
