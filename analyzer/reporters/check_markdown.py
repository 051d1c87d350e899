"""A pre-flight as Markdown, to be pasted into a ticket. Nothing from outside is read as markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analyzer.checks.result import CheckReport, CheckResult
from analyzer.reporters import check_view as view
from analyzer.reporters.text import (
    code_block,
    code_cell,
    code_span,
    escape_markdown,
    field,
    markdown_table,
    own_lines,
    own_prose,
    prose,
)

_HEAD = ("status", "check", "requirement", "found")
_TYPES_HEAD = ("status", "type", "checks that it does not pass")


def format_check_markdown(report: CheckReport) -> str:
    """A heading, a table for each subject, and what to do for each check that is not passed."""
    lines = [f"## Pre-flight of {report.kind} {code_span(field(report.target))}", ""]
    lines += [f"**{escape_markdown(own_prose(report.verdict))}**", "", view.counts_line(report), ""]
    told = [(name, value) for name, value in (("region", report.region), ("task", report.task)) if value]
    lines += [f"- {name}: {escape_markdown(field(value))}" for name, value in told]
    lines += [f"- figures of the types: {escape_markdown(field(report.figures))}", ""]
    for group in view.groups(report):
        lines += [f"### {escape_markdown(group.heading)}", "", *_table(group.results)]
    table = view.type_table(report)
    if table.rows:
        lines += _types(table)
    examples = [result for group in view.groups(report) for result in group.results]
    lines += _fixes([*examples, *(one.example for one in table.checks)])
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _table(results: Iterable[CheckResult]) -> list[str]:
    rows = [(r.status, r.id, escape_markdown(own_prose(r.title), cell=True), _found(r)) for r in results]
    return [*markdown_table(_HEAD, rows), ""]


def _found(result: CheckResult) -> str:
    permission = view.needs(result)
    needed = f" (needs {code_cell(permission)})" if permission else ""
    return escape_markdown(prose(result.found), cell=True) + needed


def _types(table: view.TypeTable) -> list[str]:
    rows = [[str(row.status), code_cell(field(row.name)), ", ".join(row.checks)] for row in table.shown]
    if table.hidden:
        rows.append(["", f"and {len(table.hidden)} more", view.tally(row.status for row in table.hidden)])
    if table.passed:
        rows.append(["pass", escape_markdown(view.some(table.passed), cell=True), ""])
    heading = f"### instance types ({view.tally(row.status for row in table.rows)})"
    return [heading, "", *markdown_table(_TYPES_HEAD, rows), ""]


def _fixes(results: Sequence[CheckResult]) -> list[str]:
    wrong = [result for result in results if result.fix]
    lines = ["### What to do", ""] if wrong else []
    shown: dict[str, str] = {}
    for result in wrong:
        lines += [f"**{result.id} {escape_markdown(own_prose(result.title))}** ({result.status})", ""]
        subject = f"{result.subject.kind} {field(result.subject.name)}"
        lines += [escape_markdown(f"{subject}: {prose(f'{result.found}. {result.detail}')}"), ""]
        repeated = result.snippet is not None and view.commands(result.snippet) in shown
        lines += [escape_markdown(own_prose(result.fix if repeated else result.advice)), ""]
        if result.snippet and shown.setdefault(view.commands(result.snippet), result.id) == result.id:
            lines += [*code_block(own_lines(result.snippet.text), result.snippet.language), ""]
        elif result.snippet:
            lines += [f"Paste what stands under {shown[view.commands(result.snippet)]}.", ""]
    return lines
