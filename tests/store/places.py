"""A place in memory that can fail, and rows to keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from analyzer.fleet.row import Row


class KilledError(Exception):
    """The program ended here."""


class MemoryPlace:
    """Files in a dictionary; after `operations` writes and removals the program is killed."""

    uri = "memory"

    def __init__(self, operations: int | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self.operations = operations
        self.read_bytes = 0
        self.reads: list[str] = []

    def entries(self, prefix: str = "", without: str = "") -> Iterator[tuple[str, int]]:
        names = (name for name in sorted(self.files) if name.startswith(prefix))
        return ((name, len(self.files[name])) for name in names if not without or not name.startswith(without))

    def exists(self, name: str) -> bool:
        return name in self.files

    def read(self, name: str, span: range | None = None) -> bytes:
        if name not in self.files:
            raise FileNotFoundError(name)
        data = self.files[name] if span is None else self.files[name][span.start : span.stop]
        self.read_bytes += len(data)
        self.reads.append(name)
        return data

    def write(self, name: str, data: bytes) -> None:
        self._count()
        self.files[name] = data

    def delete(self, name: str) -> None:
        self._count()
        self.files.pop(name, None)

    def _count(self) -> None:
        if self.operations is not None:
            if self.operations == 0:
                raise KilledError
            self.operations -= 1


_PLAIN: dict[str, Any] = {
    "str": "x",
    "int": 1,
    "float": 0.0,
    "bool": False,
    "tuple[str, ...]": (),
}


def row(job_id: str = "job-1", attempt: int = 1, **members: Any) -> Row:
    """A row with nothing known but what is given."""
    values: dict[str, Any] = {one.name: _PLAIN.get(str(one.type)) for one in fields(Row)}
    values |= {"day": "2026-11-21", "queue": "spot", "cause": "ok.completed", "tool_version": "1"}
    values |= {"is_last": True, "diagnosed_at": "2026-11-22T06:00:00Z", "job_id": job_id, "attempt": attempt}
    return Row(**(values | members))
