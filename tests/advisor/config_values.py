"""What a Nextflow configuration says, as data: tests.advisor.config_subset reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


class ConfigError(ValueError):
    """Not of the subset; the text says where and why."""

    def __init__(self, line: int, column: int, why: str) -> None:
        super().__init__(f"line {line}, column {column}: {why}")
        self.line, self.column = line, column


@dataclass(frozen=True)
class Size:
    """An amount of memory or disk: `47.GB`."""

    bytes: int


@dataclass(frozen=True)
class Duration:
    """A length of time: `2.h`."""

    seconds: float


@dataclass(frozen=True)
class Closure:
    """A closure, which Nextflow evaluates for each task; its braces and quotes are balanced."""

    text: str
    """What stands between its braces, without comments and with blanks folded."""


@dataclass(frozen=True)
class Reference:
    """A value that is looked up by name: `secrets.TOWER_ACCESS_TOKEN`."""

    name: str


@dataclass(frozen=True)
class Placeholder:
    """What the reader is to fill in: `YOUR-MEMORY`."""

    name: str


Value = (
    str
    | int
    | float
    | bool
    | None
    | Size
    | Duration
    | Closure
    | Reference
    | Placeholder
    | list["Value"]
    | Mapping[str, "Value"]
)


@dataclass(frozen=True)
class Selector:
    """What a block of process settings is bound to."""

    kind: str
    """`withName` or `withLabel`."""
    pattern: str

    def matches(self, process: str | None, labels: tuple[str, ...]) -> bool:
        """Whether it chooses the process: a pattern is of the whole name, or of its last part."""
        names = labels if self.kind == "withLabel" else (process, process.rsplit(":", 1)[-1]) if process else ()
        pattern, wanted = (self.pattern[1:], False) if self.pattern.startswith("!") else (self.pattern, True)
        return bool(names) and any(re.fullmatch(pattern, name) for name in names) is wanted


@dataclass(frozen=True)
class Setting:
    """One assignment."""

    path: str
    """`process.memory`, without the selector around it."""
    value: Value
    selector: Selector | None = None


@dataclass(frozen=True)
class Config:
    """All assignments, in their order."""

    settings: tuple[Setting, ...]

    def get(self, path: str, process: str | None = None, labels: tuple[str, ...] = ()) -> Value:
        """The value that counts: `withName` over `withLabel` over none; of equals the last.

        Raises:
            KeyError: it is not set, for this process.
        """
        rank = {None: 0, "withLabel": 1, "withName": 2}
        found = [
            (rank[s.selector.kind if s.selector else None], n, s.value)
            for n, s in enumerate(self.settings)
            if s.path == path and (s.selector is None or s.selector.matches(process, labels))
        ]
        if not found:
            raise KeyError(f"{path} is not set for {process or 'all'}")
        return max(found, key=lambda one: one[:2])[2]

    @property
    def paths(self) -> frozenset[str]:
        """All that is set for any process."""
        return frozenset(s.path for s in self.settings)
