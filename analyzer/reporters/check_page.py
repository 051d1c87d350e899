"""Pages of the pre-flight's checks, and their list."""

from __future__ import annotations

from analyzer.checks.judge import effects_of
from analyzer.checks.record import CheckRecord, Fix, checks
from analyzer.reporters.text import code_block, own_lines, own_prose

WHOSE = {"task": "pipeline", "job": "pipeline"}
"""Scope -> who can put it right; all else is the platform's."""
CAUSE = SEVERITY = "check"
"""What stands in a rule's columns: a check names a requirement, and no cause."""


def _section(heading: str, text: str) -> list[str]:
    return [f"## {heading}", "", *own_lines(text), ""] if text else []


def _fix(fix: Fix) -> list[str]:
    snippet = [*code_block(own_lines(fix.snippet), fix.language or "", "  "), ""] if fix.snippet else []
    said = f"{fix.text} {effects_of(fix)}".strip()
    return [f"- {own_prose(said)}", "", *snippet]


def format_check_page(record: CheckRecord) -> str:
    """A check's page in Markdown, which reads well as plain text, too."""
    lines = [
        f"# {record.id} {own_prose(record.title)}",
        "",
        f"- a check of `fsnap-diagnose check`, of the {record.scope}; put right by: {owner_of(record)}",
        "",
        *_section("What is demanded", record.requirement),
        *_section("Why", record.why),
        "## What to do",
        "",
        *(line for fix in record.fixes.values() for line in _fix(fix)),
        *_section("When this is wrong", record.wrong_when),
        "## References",
        "",
        *(f"- {reference}" for reference in record.references),
    ]
    return "\n".join(lines) + "\n"


def owner_of(record: CheckRecord) -> str:
    """`pipeline` or `platform`."""
    return WHOSE.get(record.scope, "platform")


def check_page(check: str) -> str | None:
    """The page of a check by its id, in whatever case; None where there is none."""
    record = checks().get(check.upper())
    return format_check_page(record) if record else None


def check_rows() -> list[dict[str, str]]:
    """Every check in the columns that rules have, in the order of the ids."""
    return [
        {"id": one.id, "cause": CAUSE, "severity": SEVERITY, "owner": owner_of(one), "title": own_prose(one.title)}
        for one in checks().values()
    ]


def check_table(folder: str = "") -> list[str]:
    """The checks as a Markdown table; `folder` is where their pages are, as seen from the page that holds it."""
    rows = [f"| [{one.id}]({folder}{one.id}.md) | {one.scope} | {own_prose(one.title)} |" for one in checks().values()]
    return ["| check | of the | requirement |", "| --- | --- | --- |", *rows]
