"""A check as its data file has it: what it demands, why, and how to put it right."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

Replaced = Literal["hosts", "list"]
"""What an update replaces: the environment's hosts, or its list of types, and the hosts with it."""
Scope = Literal["environment", "queue", "instance types", "image", "network", "launch template", "task", "job"]
"""What a check looks at; its data file is named so, with `-` for a blank."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
DEFAULT_FIX = "default"


@dataclass(frozen=True)
class Fix:
    """One way to put it right."""

    text: str
    name: str = DEFAULT_FIX
    """By which the check chooses among several."""
    language: str | None = None
    """`groovy`, `bash` or `json`."""
    snippet: str | None = None
    """What can be pasted; `YOUR-...` stands for what the check fills in where it is known and safe."""
    replaces: Replaced | None = None
    """None: nothing that jobs run on."""


@dataclass(frozen=True)
class CheckRecord:
    """One check, all that is written about it."""

    id: str
    """`FS8xx`; it never changes its meaning."""
    title: str
    """The requirement in a few words, at most 60 characters."""
    scope: Scope
    fault: str
    """What is wrong where it fails, for the verdict: a clause; of instance types what follows `3 of 9 types`."""
    requirement: str
    """What is demanded, and what counts as pass, warn and fail."""
    why: str
    """What happens where it is not met."""
    fixes: Mapping[str, Fix]
    references: tuple[str, ...]
    wrong_when: str = ""
    """When the answer may be wrong."""


def _record(table: Mapping[str, Any], scope: Scope) -> CheckRecord:
    words = {name: value.strip() for name, value in table.items() if isinstance(value, str)}
    fixes = [Fix(**fix) for fix in table["fix"]]
    references = tuple(table["references"])
    return CheckRecord(**words, scope=scope, references=references, fixes={fix.name: fix for fix in fixes})


@cache
def checks() -> Mapping[str, CheckRecord]:
    """Every check, by its id and in the order of the ids."""
    folder = resources.files("analyzer.data").joinpath("checks")
    found = [
        _record(table, scope)
        for scope in SCOPES
        for table in tomllib.loads(folder.joinpath(f"{scope.replace(' ', '-')}.toml").read_text("utf-8"))["check"]
    ]
    return {record.id: record for record in sorted(found, key=lambda one: one.id)}
