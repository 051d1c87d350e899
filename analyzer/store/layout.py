"""Which files a store has: `day=2026-11-21/queue=NAME/part-<hash>.parquet`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote, unquote

from analyzer.store.capture_layout import CAPTURES
from analyzer.store.place import Place
from analyzer.store.values import UNKNOWN

_NULL = "__HIVE_DEFAULT_PARTITION__"
"""What Hive and Spark name the folder of a null."""
_MOST_DAYS_ONE_BY_ONE = 62
"""Longer periods are found in one listing of all days."""
_DAY_LENGTH = len("2026-11-21")
_PARTS = 3


@dataclass(frozen=True)
class StoreFile:
    """A file of the data set."""

    name: str
    size: int
    day: str
    queue: str


@dataclass(frozen=True)
class Selection:
    """What is wanted of a store."""

    since: str | None = None
    """The first day, UTC; of an RFC 3339 time its day."""
    until: str | None = None
    """The last day, inclusive."""
    queues: Collection[str] | None = None
    """Names; None: all."""
    unknown_day: bool = False
    """Rows of no known day, too."""

    def wants(self, file: StoreFile) -> bool:
        """By day and queue."""
        if self.queues is not None and file.queue not in self.queues:
            return False
        if file.day == UNKNOWN:
            return self.unknown_day
        return (self.since or "")[:_DAY_LENGTH] <= file.day and (
            self.until is None or file.day <= self.until[:_DAY_LENGTH]
        )

    def folders(self) -> tuple[str, ...]:
        """The folders to list, in the order of their names; all in one where that is less work."""
        try:
            first = date.fromisoformat((self.since or "")[:_DAY_LENGTH])
            count = (date.fromisoformat((self.until or "")[:_DAY_LENGTH]) - first).days + 1
        except ValueError:
            return ("",)
        if count > _MOST_DAYS_ONE_BY_ONE:
            return ("",)
        days = [(first + timedelta(days=n)).isoformat() for n in range(count)]
        return tuple(f"day={day}/" for day in (*days, *([UNKNOWN] if self.unknown_day else ())))


def folder_of(day: str, queue: str) -> str:
    """Where a day's rows of a queue are; its name is quoted as Spark, DuckDB and pyarrow read it."""
    return f"day={day}/queue={quote(queue, safe='', errors='replace')}"


def files_of(place: Place, selection: Selection, note: Callable[[str], None]) -> Iterator[StoreFile]:
    """The files, in the order of their names; Parquet files in other places are told to `note`."""
    for folder in selection.folders():
        for name, size in place.entries(folder, without=CAPTURES):
            if not name.endswith(".parquet") or name.startswith("_") or "/_" in name:
                continue
            file = _file(name, size)
            if file is None:
                note(f"{place.uri}/{name} was passed over: it lies outside of the folders day=.../queue=.../")
            elif selection.wants(file):
                yield file


def _file(name: str, size: int) -> StoreFile | None:
    parts = name.split("/")
    if len(parts) != _PARTS or not parts[0].startswith("day=") or not parts[1].startswith("queue="):
        return None
    day, queue = (unquote(part.partition("=")[2], errors="replace") for part in parts[:2])
    return StoreFile(name, size, *(UNKNOWN if value in {"", _NULL} else value for value in (day, queue)))
