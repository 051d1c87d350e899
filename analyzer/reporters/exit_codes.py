"""The pages of exit codes: what each may mean, who says so, and what decides between the meanings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from analyzer.classifier.catalogue import Catalogue, RuleRecord

GREATEST_EXIT_STATUS = 255
SIGNAL_BASE = 128
GREATEST_SIGNAL = 64


@dataclass(frozen=True)
class Meaning:
    """One meaning of a code."""

    text: str
    source: str
    """Who says so."""


@dataclass(frozen=True)
class ExitCode:
    """All that is written about one code."""

    code: int
    title: str
    documented: tuple[Meaning, ...]
    also: tuple[Meaning, ...]
    decides: str
    causes: tuple[str, ...]
    """Cause ids; `family.*` for all of a family."""


def _meanings(tables: Iterable[Mapping[str, str]]) -> tuple[Meaning, ...]:
    return tuple(Meaning(table["meaning"], table["source"]) for table in tables)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files("analyzer.data").joinpath("exit_codes.toml").read_text("utf-8"))


@cache
def exit_codes() -> Mapping[int, ExitCode]:
    """Every code that has a page of its own, in ascending order."""
    codes = [
        ExitCode(
            code=table["code"],
            title=table["title"],
            documented=_meanings(table["documented"]),
            also=_meanings(table["also"]),
            decides=table["decides"],
            causes=tuple(table["causes"]),
        )
        for table in _tables()["code"]
    ]
    return {code.code: code for code in sorted(codes, key=lambda c: c.code)}


def rules_for(causes: Iterable[str], catalogue: Catalogue) -> list[RuleRecord]:
    """The rules of these causes, in the order of the causes; `family.*` stands for all of a family."""
    found: dict[str, RuleRecord] = {}
    for cause in causes:
        family = cause.removesuffix("*") if cause.endswith(".*") else None
        for rule in catalogue:
            if rule.cause == cause or (family is not None and rule.cause.startswith(family)):
                found.setdefault(rule.id, rule)
    return list(found.values())


def rule_lines(rules: Iterable[RuleRecord]) -> list[str]:
    """A list of rules: id, cause and title."""
    return [f"- {rule.id} `{rule.cause}`: {rule.title}" for rule in rules]


def _meaning_lines(heading: str, meanings: Iterable[Meaning]) -> list[str]:
    lines = [f"- {meaning.text} ({meaning.source})" for meaning in meanings]
    return ["", heading, "", *lines] if lines else []


def format_exit_code(code: int, catalogue: Catalogue) -> str | None:
    """The page of an exit code; None for a number that no process can end with."""
    page = exit_codes().get(code)
    if page is None:
        return _plain_code(code, catalogue)
    rules = rules_for(page.causes, catalogue)
    lines = [
        f"# Exit code {code}: {page.title}",
        *_meaning_lines("## Documented", page.documented),
        *_meaning_lines("## Not in the present documentation" if not page.documented else "## Also", page.also),
        "",
        "## What decides",
        "",
        page.decides,
    ]
    if rules:
        lines += ["", "## Rules to look at", "", *rule_lines(rules)]
    return "\n".join(lines) + "\n"


def _plain_code(code: int, catalogue: Catalogue) -> str | None:
    if not 0 <= code <= GREATEST_EXIT_STATUS:
        return None
    by_signal = SIGNAL_BASE < code <= SIGNAL_BASE + GREATEST_SIGNAL
    table = _tables()["signal" if by_signal else "other"]
    title = table["title"].replace("{signal}", str(code - SIGNAL_BASE))
    rules = rule_lines(rules_for(table["causes"], catalogue))
    return "\n".join([f"# Exit code {code}: {title}", "", table["text"], "", "## Rules to look at", "", *rules]) + "\n"
