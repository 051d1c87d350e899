"""A pre-flight in the terminal: subject by subject, worst first, the fix under each check, the counts at the end."""

from __future__ import annotations

from analyzer.checks.result import CheckReport, CheckResult, Status, rank
from analyzer.reporters import check_view as view
from analyzer.reporters.console import Console
from analyzer.reporters.terminal import Screen
from analyzer.reporters.text import field, own_lines, own_prose, prose

MARKS: dict[Status, tuple[str, str, str]] = {
    "fail": ("✗", "x", "bold red"),
    "warn": ("!", "!", "bold yellow"),
    "unknown": ("?", "?", "bold cyan"),
    "pass": ("✓", "+", "green"),
}
"""Mark, mark in ASCII, style."""
INDENT = 4
DEEPER = 8
NAME_COLUMN = 18


class _Page:
    """Writes one report; a snippet that was shown before is not shown again."""

    def __init__(self, console: Console) -> None:
        self.screen = Screen(console)
        self.shown: dict[str, str] = {}

    def mark(self, status: Status) -> tuple[str, str]:
        symbol, plain, style = MARKS[status]
        return (f"  {symbol if self.screen.unicode else plain} ", style)

    def title(self, result: CheckResult) -> None:
        line = f"{result.id} {own_prose(result.title)}: {prose(result.found)}"
        self.screen.paragraph(line, indent=INDENT, lead=[self.mark(result.status)])

    def result(self, result: CheckResult) -> None:
        self.title(result)
        if result.status != "pass":
            self.rest(result)

    def group(self, group: view.Group) -> None:
        self.screen.heading(group.heading)
        for result, following in zip(group.results, (*group.results[1:], None), strict=True):
            if result.missing and following and following.missing == result.missing:
                self.title(result)  # what both lack is told once, under the last
            else:
                self.result(result)

    def rest(self, result: CheckResult) -> None:
        if result.detail:
            self.screen.paragraph(prose(result.detail), "dim", indent=INDENT)
        if permission := view.needs(result):
            self.screen.line(("    to see it, allow ", "dim"), (permission, ""))
        if result.fix:
            self.screen.paragraph(own_prose(result.fix), indent=INDENT + 5, lead=[("    fix:", "bold")])
        if result.snippet:
            self.snippet(result)

    def snippet(self, result: CheckResult) -> None:
        snippet = result.snippet
        if snippet is None:
            return
        before = self.shown.setdefault(view.commands(snippet), result.id)
        if before != result.id:
            self.screen.line((f"         paste what stands under {before}", "dim"))
            return
        if result.effects:
            self.screen.paragraph(own_prose(result.effects), "dim", indent=INDENT + 5)
        for line in own_lines(snippet.text):
            self.screen.line((f"{' ' * DEEPER}{line}", "green"))

    def types(self, table: view.TypeTable) -> None:
        rows = table.rows
        self.screen.heading("instance types", f"{len(rows)}: {view.tally(row.status for row in rows)}")
        for row in table.shown:
            name = field(row.name)
            lead = [self.mark(row.status), (f"{name.ljust(NAME_COLUMN)} ", "")]
            self.screen.paragraph(", ".join(row.checks), indent=INDENT + max(NAME_COLUMN, len(name)) + 1, lead=lead)
        if hidden := table.hidden:
            told = view.tally(row.status for row in hidden)
            note = f"and {len(hidden)} types more: {told} (--format json has all of them)"
            self.screen.paragraph(note, "dim", indent=INDENT)
        if table.passed:
            self.screen.paragraph(view.some(table.passed), indent=INDENT, lead=[self.mark("pass")])
        for one in table.checks:
            line = f"{one.example.id} {own_prose(one.example.title)}: {view.type_check_line(one)}"
            self.screen.paragraph(line, indent=INDENT, lead=[self.mark(one.status)])
            self.rest(one.example)
        for result in table.notes:
            line = f"{result.id} {field(result.subject.name)}: {prose(f'{result.found}. {result.detail}')}"
            self.screen.paragraph(line, "dim", indent=INDENT, lead=[self.mark("pass")])


def render_check(report: CheckReport, console: Console) -> None:
    """Write the report to `console`."""
    page = _Page(console)
    screen = page.screen
    screen.line(("Pre-flight of ", ""), (f"{report.kind} {field(report.target)}", "bold"))
    screen.paragraph(own_prose(report.verdict), "bold", indent=2)
    for name, value in (("region", report.region), ("task", report.task), ("types", report.figures)):
        if value:
            screen.paragraph(field(value), indent=10, lead=[(f"  {name}", "dim")])
    table = view.type_table(report)
    pending = bool(table.rows)
    for group in view.groups(report):
        if pending and rank(table.status) < rank(group.status):
            page.types(table)
            pending = False
        page.group(group)
    if pending:
        page.types(table)
    screen.line()
    screen.line((view.counts_line(report), "bold"))
    _more(screen, report)


def _more(screen: Screen, report: CheckReport) -> None:
    first = min(report.results, key=lambda one: (rank(one.status), one.id), default=None)
    if first and first.status != "pass":
        screen.line(("More: ", "dim"), (f"fsnap-diagnose explain {first.id}", ""))
