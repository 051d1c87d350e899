"""Markdown: a ticket's text, to be pasted as it is. Nothing from outside is read as markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analyzer import __version__
from analyzer.classifier.finding import Recommendation
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Gap
from analyzer.reporters import view
from analyzer.reporters.text import (
    code_block,
    code_cell,
    code_span,
    escape_markdown,
    field,
    markdown_table,
    own_lines,
    own_markdown,
    own_prose,
    prose,
)

MOODS: dict[view.Mood, str] = {"problem": "Problem", "unknown": "Undetermined", "ok": "Well"}

StandsIn = Callable[[str], str | None]
"""A quote's source -> the file of a bundle that it stands in, if any."""


Located = Callable[[str], str]
"""A sentence -> the same one, with the files of the evidence named as a bundle names them."""


def format_markdown(diagnoses: Sequence[Diagnosis], *, verbose: bool = False) -> str:
    """One section a target, in their order; several begin with the summary line."""
    lines: list[str] = []
    if len(diagnoses) > 1:
        lines += [f"**{view.summary_line(diagnoses)}**", ""]
    for diagnosis in diagnoses:
        lines += _section(diagnosis, verbose)
    lines += ["---", "", f"fsnap-diagnose {__version__}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _section(diagnosis: Diagnosis, verbose: bool) -> list[str]:
    verdict = diagnosis.verdict
    return [
        f"## {own_markdown(own_prose(verdict.title))}",
        "",
        escape_markdown(prose(verdict.summary)),
        "",
        *from_store(diagnosis),
        *facts(diagnosis, verbose=verbose),
        *story(diagnosis),
        *proof(diagnosis, verbose=verbose),
        *advice(diagnosis),
        *unseen(diagnosis.gaps),
        *examined(diagnosis, verbose=verbose),
    ]


def from_store(diagnosis: Diagnosis) -> list[str]:
    """What AWS did not give (any more), and a store had."""
    line = view.recalled_line(diagnosis)
    return [escape_markdown(line), ""] if line else []


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table of cells that are escaped already, and the blank line after it."""
    return [*markdown_table(head, rows), ""]


def facts(diagnosis: Diagnosis, *, verbose: bool) -> list[str]:
    """The verdict and the job, a row for each thing that is known."""
    verdict = diagnosis.verdict
    rows = [
        ("target", code_cell(field(diagnosis.target))),
        ("verdict", f"{MOODS[view.mood(diagnosis)]}: {code_cell(field(verdict.cause))}"),
        ("rule", code_cell(field(verdict.rule))),
        ("confidence", verdict.confidence),
        ("owner", verdict.owner),
        *(
            (escape_markdown(name, cell=True), code_cell(value))
            for name, value in view.job_rows(diagnosis, verbose=verbose)
        ),
    ]
    if verbose:
        rows += [(escape_markdown(p, cell=True), "") for p in view.pairs(diagnosis.measurements or {})]
    return table(("what", "which"), rows)


def story(diagnosis: Diagnosis) -> list[str]:
    """What happened, step by step."""
    told = view.timeline(diagnosis)
    if not told.rows:
        return []
    rows = [
        tuple(
            escape_markdown(cell, cell=True)
            for cell in (row.attempt.removeprefix("attempt "), row.time, row.event, row.led_to)
        )
        for row in told.rows
    ]
    note = f" ({told.note})" if told.note else ""
    return [f"### What happened{note}", "", *table(("attempt", "time", "event", "led to"), rows)]


def proof(diagnosis: Diagnosis, *, verbose: bool, stands_in: StandsIn = lambda _: None) -> list[str]:
    """The findings with the lines that prove them, each with its place."""
    views, hidden = view.finding_views(diagnosis, verbose=verbose)
    lines = ["### Evidence", ""] if views else []
    for finding in views:
        lines += [f"**{escape_markdown(finding.heading)}**", ""]
        if finding.summary:
            lines += [escape_markdown(finding.summary), ""]
        for quote in finding.quotes:
            at = f" at {escape_markdown(quote.at)}" if quote.at else ""
            where = _place(quote, stands_in(quote.source))
            lines += [f"{where}{at}:", "", *code_block([quote.text], "text"), ""]
        if finding.hidden:
            lines += [f"and {finding.hidden} lines more (`--verbose`)", ""]
    if hidden:
        lines += [f"{hidden} more {'finding' if hidden == 1 else 'findings'} with `--verbose`", ""]
    return lines


def _place(quote: view.QuoteView, member: str | None) -> str:
    """`logs/2:17`, or where in a bundle that is: `logs/2:17` in `case-1/logs/2.jsonl`."""
    if not member:
        return code_span(quote.place)
    if member.endswith(quote.source):
        return code_span(field(member) + quote.place.removeprefix(field(quote.source)))
    return f"{code_span(quote.place)} in {code_span(field(member))}"


def advice(diagnosis: Diagnosis, *, located: Located = str) -> list[str]:
    """What to do, with figures and what to paste."""
    lines = ["### What to do", ""] if diagnosis.recommendations else []
    for number, recommendation in enumerate(diagnosis.recommendations, 1):
        lead = f"{number}. "
        indent = " " * len(lead)
        lines += [lead + own_markdown(located(own_prose(recommendation.summary))), ""]
        lines += [f"{indent}{line}" for line in _figures(recommendation, located)]
        for heading, *rows in view.tables(recommendation.because):
            shown = [tuple(escape_markdown(cell, cell=True) for cell in row) for row in rows]
            lines += [f"{indent}{line}" for line in table(tuple(heading), shown)]
        if recommendation.snippet:
            language = recommendation.snippet_language or ""
            lines += [*code_block(own_lines(recommendation.snippet), language, indent), ""]
        if recommendation.docs:
            lines += [f"{indent}See {', '.join(_link(url) for url in recommendation.docs)}", ""]
    return lines


def _figures(recommendation: Recommendation, located: Located) -> list[str]:
    lines = [
        f"- {name}: {own_markdown(view.joined(view.pairs(figures)))}"
        for name, figures in (("now", recommendation.current), ("proposed", recommendation.proposed))
        if figures
    ]
    because = [own_markdown(located(pair)) for pair in view.pairs(recommendation.because)]
    lines += ["- because:", *(f"  - {reason}" for reason in because)] if because else []
    return [*lines, ""] if lines else []


def _link(url: str) -> str:
    shown = field(url)
    plain = shown.startswith("https://") and not set(shown) & set(" <>()[]`\\")
    return f"<{shown}>" if plain else code_span(shown)


def unseen(gaps: Sequence[Gap]) -> list[str]:
    """What could not be seen, and the permission that would open it."""
    if not gaps:
        return []
    rows = [
        (
            *(escape_markdown(prose(part), cell=True) for part in (gap.what, gap.why, gap.matters)),
            code_cell(field(gap.permission or "")),
        )
        for gap in gaps
    ]
    return ["### What could not be seen", "", *table(("what", "why", "lost without it", "permission"), rows)]


def examined(diagnosis: Diagnosis, *, verbose: bool) -> list[str]:
    """How many rules could not look and for want of what; each of them when `verbose`."""
    count, missing = view.skipped_rules(diagnosis)
    if verbose and diagnosis.examined:
        rows = [
            (
                code_cell(field(e.rule)),
                e.result.replace("_", " "),
                escape_markdown(", ".join(map(field, e.missing)), cell=True),
            )
            for e in diagnosis.examined
        ]
        return ["### Rules that had nothing to say", "", *table(("rule", "result", "missing"), rows)]
    if not count:
        return []
    rules = "1 rule" if count == 1 else f"{count} rules"
    return [escape_markdown(f"{rules} could not look, for want of: {', '.join(missing)}"), ""]
