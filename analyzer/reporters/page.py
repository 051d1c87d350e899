"""Pages to read: a rule's, a cause's, an exit code's, and the list of all rules."""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from analyzer.classifier.catalogue import Advice, Catalogue, RuleRecord, Signature
from analyzer.reporters.check_page import check_page
from analyzer.reporters.exit_codes import format_exit_code, rule_lines
from analyzer.reporters.reflow import reflow
from analyzer.reporters.text import code_block, code_span, own_lines, own_prose

_RULE_ID = re.compile(r"FS\d{3}", re.IGNORECASE)
_EXIT_CODE = re.compile(r"\d{1,10}")
NARROWEST_TITLE = 24
"""Columns; in a narrower terminal the terminal itself folds."""

SIGNATURE_SOURCES: Mapping[str, str] = {
    "criu": "checkpoint logs",
    "runtime": "the snapshot runtime's own lines",
    "fusion": "Fusion's logs",
    "task": "the task's log",
    "reason": "the reasons that AWS gives",
}
"""What each of the catalogue's signature sources is, in words."""


@cache
def vocabulary() -> Mapping[str, str]:
    """Cause id -> what it says, in the vocabulary's order."""
    tables = tomllib.loads(resources.files("analyzer.data").joinpath("causes.toml").read_text("utf-8"))
    return {f"{family}.{name}": text for family, causes in tables.items() for name, text in causes.items()}


def explain(subject: str, catalogue: Catalogue) -> str | None:
    """The page of a rule (`FS101`), a check (`FS804`), a cause (`dump.window_exceeded`), an exit code (`176`).

    None where the subject is none of these. The prose is filled to 80 columns.
    """
    page = _page_of(subject.strip(), catalogue)
    return None if page is None else reflow(page)


def _page_of(subject: str, catalogue: Catalogue) -> str | None:
    if _RULE_ID.fullmatch(subject):
        record = catalogue.rules.get(subject.upper())
        return format_page(record) if record else check_page(subject)
    if _EXIT_CODE.fullmatch(subject):
        return format_exit_code(int(subject), catalogue)
    return format_cause(subject.lower(), catalogue)


def _section(heading: str, text: str) -> list[str]:
    # catalogue texts are ours or the user's own; control codes have no business in either
    lines = own_lines(text)
    return [f"## {heading}", "", *lines, ""] if lines else []


def _signature_line(signature: Signature) -> str:
    where = SIGNATURE_SOURCES[signature.source]
    if signature.operations:
        where += f" ({', '.join(signature.operations)})"
    if signature.exit_codes:
        where += f", exit code {' or '.join(map(str, signature.exit_codes))}"
    shown = signature.pattern.pattern if signature.pattern else signature.text
    how = " matching" if signature.pattern else ""
    return f"- {signature.confidence}:{how} {code_span(own_prose(shown))} in {where}"


def _when(advice: Advice) -> str:
    """For which jobs this is advised; empty: for all that the rule finds."""
    parts = [f"where it says {' or '.join(map(_quoted, advice.when))}"] if advice.when else []
    if advice.unless:
        parts.append(f"unless it says {' or '.join(map(_quoted, advice.unless))}")
    if advice.only:
        parts.append(f"only: {', '.join(advice.only)}")
    return "; ".join(parts)


def _quoted(literal: str) -> str:
    return code_span(own_prose(literal))


def _advice_lines(advice: Advice) -> list[str]:
    when = _when(advice)
    lines = [f"- {own_prose(advice.summary)}{f' ({when})' if when else ''}", ""]
    if advice.snippet:
        lines += [*code_block(own_lines(advice.snippet), advice.language or "", "  "), ""]
    return lines


def format_page(record: RuleRecord) -> str:
    """A rule's page in Markdown, which reads well as plain text, too."""
    lines = [
        f"# {record.id} {own_prose(record.title)}",
        "",
        f"- cause: `{record.cause}`",
        f"- severity: {record.severity}, owner: {record.owner}, since: {own_prose(record.since)}",
        f"- reads: {', '.join(map(own_prose, record.reads)) or 'nothing in particular'}",
        "",
        *_section("What it means", record.means),
        *_section("How it is recognised", record.recognised),
    ]
    if record.signatures:
        lines += ["Texts that it looks for:", "", *map(_signature_line, record.signatures), ""]
    lines += _section("What to do", record.what_to_do)
    for advice in record.advice:
        lines += _advice_lines(advice)
    lines += _section("When this is wrong", record.wrong_when)
    if record.references:
        lines += ["## References", "", *(f"- {own_prose(reference)}" for reference in record.references), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def format_cause(cause: str, catalogue: Catalogue) -> str | None:
    """The page of a cause with the rules that name it, or of a family with its causes; None where there is neither."""
    meanings = vocabulary()
    rules = list(catalogue.for_cause(cause))
    if cause in meanings or rules:
        text = meanings.get(cause, rules[0].title if rules else "")
        lines = [f"# {cause}", "", _sentence(text), ""]
        if rules:
            lines += [
                "## Rules that name it",
                "",
                *rule_lines(rules),
                "",
                f"More: fsnap-diagnose explain {rules[0].id}",
            ]
        return "\n".join(lines).rstrip("\n") + "\n"
    family = {c: text for c, text in meanings.items() if c.startswith(f"{cause}.")}
    own = [rule for rule in catalogue if rule.cause.startswith(f"{cause}.") and rule.cause not in family]
    if not family and not own:
        return None
    lines = [f"# {cause}", ""]
    for name, text in family.items():
        ids = ", ".join(rule.id for rule in catalogue.for_cause(name))
        lines.append(f"- `{name}`{f' ({ids})' if ids else ''}: {text}")
    return "\n".join([*lines, *rule_lines(own)]) + "\n"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def rule_rows(catalogue: Catalogue) -> list[dict[str, str]]:
    """id, cause, severity, owner and title of every rule, in the order of their ids."""
    return [
        {"id": r.id, "cause": r.cause, "severity": r.severity, "owner": r.owner, "title": own_prose(r.title)}
        for r in catalogue
    ]


def format_rules(
    catalogue: Catalogue, output_format: str, width: int | None = None, more: Sequence[dict[str, str]] = ()
) -> str:
    """The list of all rules: `json`, or columns of text for anything else; without a line end at the end.

    `width` is that of a terminal: titles are folded to it. Without one each rule stays on one line. `more` are
    rows that are no rules, to be listed with them in the order of the ids.
    """
    rows = sorted([*rule_rows(catalogue), *more], key=lambda row: row["id"])
    if output_format == "json":
        return json.dumps(rows, indent=2, ensure_ascii=False)
    causes = max((len(row["cause"]) for row in rows), default=0)
    severities = max((len(row["severity"]) for row in rows), default=0)
    lines: list[str] = []
    for row in rows:
        head = f"{row['id']}  {row['severity'].ljust(severities)}  {row['cause'].ljust(causes)}  "
        room = max(NARROWEST_TITLE, width - len(head)) if width else len(row["title"]) + 1
        folded = textwrap.wrap(row["title"], room, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [head + folded[0], *(" " * len(head) + rest for rest in folded[1:])]
    return "\n".join(lines)
