"""The terminal: the verdict first, then the story, the proof, what to do, and what could not be seen.

Piped, the same text comes without colour, and neither quoted lines nor snippets nor names are broken.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from analyzer.classifier.finding import Recommendation
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Gap
from analyzer.reporters import view
from analyzer.reporters.console import Console, cell_len, chop_cells, styled
from analyzer.reporters.text import field, own_lines, own_prose, prose

MAX_WIDTH = 100
"""Longer lines of prose are hard to read."""
MIN_WIDTH = 40

_MOODS: dict[view.Mood, tuple[str, str, str]] = {
    "problem": ("✗", "x", "bold red"),
    "unknown": ("?", "?", "bold yellow"),
    "ok": ("✓", "ok", "bold green"),
}
"""Mark, mark in ASCII, style."""

Part = tuple[str, str]
"""Text and its style."""


class Screen:
    """Writes lines of styled text; knows about width, wrapping and encoding, and of nothing else."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = max(MIN_WIDTH, min(console.width, MAX_WIDTH))
        self.encoding = console.encoding or "utf-8"
        self.unicode = self.encoding.lower().replace("-", "").startswith("utf")

    def line(self, *parts: Part) -> None:
        """One line that is not broken here, whatever its length."""
        shown = [(self._encodable(content), style) for content, style in parts]
        while shown and not shown[-1][0].rstrip():
            shown.pop()
        if shown:
            shown[-1] = (shown[-1][0].rstrip(), shown[-1][1])
        self.console.file.write("".join(styled(text, style, self.console) for text, style in shown) + "\n")

    def _encodable(self, content: str) -> str:
        return content if self.unicode else content.encode(self.encoding, "backslashreplace").decode(self.encoding)

    def paragraph(self, content: str, style: str = "", *, indent: int = 2, lead: Sequence[Part] = ()) -> None:
        """Prose, wrapped at blanks only; `lead` stands on the first line within the indent."""
        room = max(20, self.width - indent)
        lines = textwrap.wrap(content, room, break_long_words=False, break_on_hyphens=False) or [""]
        padding = " " * (indent - sum(cell_len(text) for text, _ in lead))
        self.line(*lead, (padding, ""), (lines[0], style))
        for rest in lines[1:]:
            self.line((" " * indent, ""), (rest, style))

    def quoted(self, content: str, indent: int) -> None:
        """A quoted line; folded in a terminal, whole in a pipe."""
        room = max(20, self.width - indent - 2)
        pieces = chop_cells(content, room) if self.console.is_terminal else [content]
        for piece in pieces or [""]:
            self.line((" " * indent, ""), ("| ", "dim"), (piece, ""))

    def table(self, rows: Sequence[Sequence[str]], indent: int) -> None:
        """Cells in columns, the heading dim; one record after the other where the columns have no room."""
        widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
        if indent + sum(widths) + 2 * (len(widths) - 1) > self.width:
            for row in rows[1:]:
                pairs = (f"{name} {cell}" for name, cell in zip(rows[0][1:], row[1:], strict=True))
                self.paragraph(f"{row[0]}: {view.joined(pairs)}", indent=indent)
            return
        for number, row in enumerate(rows):
            cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
            self.line((" " * indent + "  ".join(cells).rstrip(), "dim" if number == 0 else ""))

    def heading(self, content: str, note: str = "") -> None:
        """A section's name after an empty line."""
        self.line()
        self.line((content, "bold"), (f"  {note}" if note else "", "dim"))


def render_terminal(diagnoses: Sequence[Diagnosis], console: Console, *, verbose: bool = False) -> None:
    """Write every diagnosis to `console`; several are set apart by their targets and summed up at the end."""
    screen = Screen(console)
    several = len(diagnoses) > 1
    for number, diagnosis in enumerate(diagnoses):
        if several:
            if number:
                screen.line()
            screen.line(("== ", "dim"), (field(diagnosis.target), "bold"))
            screen.line()
        _render(screen, diagnosis, verbose)
    if several:
        screen.line()
        screen.line((view.summary_line(diagnoses), "bold"))


def _render(screen: Screen, diagnosis: Diagnosis, verbose: bool) -> None:
    _verdict(screen, diagnosis)
    _job(screen, diagnosis, verbose)
    _timeline(screen, diagnosis)
    _evidence(screen, diagnosis, verbose)
    _measurements(screen, diagnosis, verbose)
    _recommendations(screen, diagnosis, verbose)
    _gaps(screen, diagnosis.gaps)
    _examined(screen, diagnosis, verbose)
    screen.line()
    screen.line(("More: ", "dim"), (f"fsnap-diagnose explain {field(diagnosis.verdict.rule)}", ""))


def _verdict(screen: Screen, diagnosis: Diagnosis) -> None:
    verdict = diagnosis.verdict
    mark, plain, style = _MOODS[view.mood(diagnosis)]
    screen.line((f"{mark if screen.unicode else plain} ", style), (own_prose(verdict.title), style))
    screen.line(
        (f"  {field(verdict.cause)}", "cyan"),
        (f"  {field(verdict.rule)}  {verdict.confidence}  owner: {verdict.owner}", ""),
    )
    screen.line()
    screen.paragraph(prose(verdict.summary))
    if line := view.recalled_line(diagnosis):
        screen.paragraph(line, "dim")


def _job(screen: Screen, diagnosis: Diagnosis, verbose: bool) -> None:
    rows = view.job_rows(diagnosis, verbose=verbose)
    if not rows:
        return
    screen.line()
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        screen.line((f"  {name.ljust(width)}  ", "dim"), (value, ""))


def _timeline(screen: Screen, diagnosis: Diagnosis) -> None:
    story = view.timeline(diagnosis)
    if not story.rows:
        return
    screen.heading("What happened", story.note)
    attempts = max(len(row.attempt) for row in story.rows)
    times = max(len(row.time) for row in story.rows)
    indent = 2 + (attempts + 2 if attempts else 0) + (times + 2 if times else 0)
    previous = ""
    for row in story.rows:
        attempt = "" if row.attempt == previous else row.attempt
        previous = row.attempt
        lead = [("  ", ""), (attempt.ljust(attempts + 2 if attempts else 0), ""), (row.time, "dim")]
        screen.paragraph(row.event, indent=indent, lead=lead)
        if row.led_to:
            screen.paragraph(f"-> {row.led_to}", "dim", indent=indent)


def _evidence(screen: Screen, diagnosis: Diagnosis, verbose: bool) -> None:
    views, hidden = view.finding_views(diagnosis, verbose=verbose)
    if views:
        screen.heading("Evidence")
    for number, finding in enumerate(views):
        if number:
            screen.line()
        screen.line(("  ", ""), (finding.heading, "cyan"))
        if finding.summary:
            screen.paragraph(finding.summary)
        for quote in finding.quotes:
            screen.line((f"    {quote.place}", "dim"), (f"  at {quote.at}" if quote.at else "", "dim"))
            screen.quoted(quote.text, 4)
        if finding.hidden:
            screen.line((f"    and {finding.hidden} lines more (--verbose)", "dim"))
        if verbose:
            for url in finding.docs:
                screen.line((f"    {url}", "dim"))
    if hidden:
        screen.line()
        screen.line((f"  {hidden} more {'finding' if hidden == 1 else 'findings'} with --verbose", "dim"))


def _measurements(screen: Screen, diagnosis: Diagnosis, verbose: bool) -> None:
    if not (verbose and diagnosis.measurements):
        return
    screen.heading("Measured")
    for pair in view.pairs(diagnosis.measurements):
        screen.line((f"  {pair}", ""))


def _recommendations(screen: Screen, diagnosis: Diagnosis, verbose: bool) -> None:
    if diagnosis.recommendations:
        screen.heading("What to do", "" if verbose else "--verbose says where each figure comes from")
    for number, recommendation in enumerate(diagnosis.recommendations, 1):
        if number > 1:
            screen.line()
        screen.paragraph(own_prose(recommendation.summary), indent=5, lead=[(f"  {number}. ", "bold")])
        _figures(screen, recommendation, verbose)
        if recommendation.snippet:
            screen.line()
            for line in own_lines(recommendation.snippet):
                screen.line((f"     {line}", "green"))
            if recommendation.docs:
                screen.line()
        for url in recommendation.docs:
            screen.line((f"     {field(url)}", "dim"))


def _figures(screen: Screen, recommendation: Recommendation, verbose: bool) -> None:
    because = recommendation.because
    for name, figures in (
        ("now", recommendation.current),
        ("proposed", recommendation.proposed),
        ("because", because if verbose else view.numbers(because)),
    ):
        if figures:
            screen.paragraph(view.joined(view.pairs(figures)), indent=15, lead=[(f"     {name}", "dim")])
    for table in view.tables(recommendation.because):
        screen.line()
        screen.table(table, indent=5)


def _gaps(screen: Screen, gaps: Sequence[Gap]) -> None:
    if gaps:
        screen.heading("What could not be seen")
    for gap in gaps:
        screen.paragraph(f"{prose(gap.what)}: {prose(gap.why)}", indent=4, lead=[("  - ", "dim")])
        if gap.matters:
            screen.paragraph(f"without it: {prose(gap.matters)}", "dim", indent=4)
        if gap.permission:
            screen.line(("    to see it, allow ", "dim"), (field(gap.permission), ""))


def _examined(screen: Screen, diagnosis: Diagnosis, verbose: bool) -> None:
    count, missing = view.skipped_rules(diagnosis)
    if verbose and diagnosis.examined:
        screen.heading("Rules that had nothing to say")
        for rule in diagnosis.examined:
            lacking = f"could not look, for want of: {', '.join(map(field, rule.missing))}"
            why = "does not apply" if rule.result == "not_applicable" else lacking
            screen.line((f"  {field(rule.rule)}  ", ""), (why, "dim"))
    elif count:
        rules = "1 rule" if count == 1 else f"{count} rules"
        screen.line()
        screen.paragraph(
            f"{rules} could not look, for want of: {', '.join(missing)} (--verbose lists them)", "dim", indent=0
        )
