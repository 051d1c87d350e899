"""Which lines of a CRIU log do not say why: the table in analyzer/data/criu-noise.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from analyzer.data import shipped_text
from analyzer.frozen import frozen
from analyzer.parsers.checkpoint_lines import LogProblem
from analyzer.parsers.checkpoint_log import Operation

Weight = Literal["noise", "wrapper", "weak", "cause"]
"""How much a line says; `cause` is a line that may be the reason by itself."""


@frozen
class Entry:
    """One text of the table."""

    text: str
    ends: tuple[str, ...] = ()
    """Further literals, all of which the message must hold."""
    operations: tuple[str, ...] = ()

    def holds(self, message: str, operation: Operation | None) -> bool:
        """Whether the message is one that this entry means."""
        if self.text not in message or (self.operations and operation not in self.operations):
            return False
        return all(end in message for end in self.ends)


@frozen
class NoiseTable:
    """The whole table."""

    noise: tuple[Entry, ...]
    wrapper: tuple[Entry, ...]
    weak: tuple[Entry, ...]
    cause: tuple[Entry, ...]

    def weigh(self, problem: LogProblem, operation: Operation | None) -> Weight:
        """How much a line says about why its operation failed."""
        message = problem.text
        if any(entry.holds(message, operation) for entry in self.noise):
            return "noise"
        if problem.level == "Warn":
            return "weak" if any(entry.holds(message, operation) for entry in self.cause) else "noise"
        if any(entry.holds(message, operation) for entry in self.wrapper):
            return "wrapper"
        return "weak" if any(entry.holds(message, operation) for entry in self.weak) else "cause"


def _entries(tables: list[Mapping[str, Any]]) -> tuple[Entry, ...]:
    return tuple(Entry(t["text"], tuple(t.get("ends", ())), tuple(t.get("operations", ()))) for t in tables)


@cache
def noise_table() -> NoiseTable:
    """The table inside the package."""
    tables = tomllib.loads(shipped_text("criu-noise.toml"))
    return NoiseTable(*(_entries(tables[name]) for name in ("noise", "wrapper", "weak", "cause")))
