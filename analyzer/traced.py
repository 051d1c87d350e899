"""Nextflow's traces beside what AWS tells: which jobs a run had, and what its tasks were called and held.

How a survey takes it: `book.read(path)` for each `--trace`; `book.ids()` are targets like any other; the rows of a job
go through `book.fill(rows)` before they are kept; `book.notes` belong to the report's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from analyzer.fetchers.trace_file import read_trace
from analyzer.fleet.row import Row
from analyzer.parsers.nextflow_trace import TraceEntry, TraceReader

_TABLES = """
CREATE TABLE task (id TEXT PRIMARY KEY, process TEXT, name TEXT, peak INTEGER);
PRAGMA synchronous = OFF;
PRAGMA journal_mode = OFF;
"""
_AT_ONCE = 1_000


class TraceBook:
    """The tasks of any number of traces, on disk: memory does not grow with them. Used from one thread."""

    def __init__(self) -> None:
        # no name: a private file that goes with the connection
        self._database = sqlite3.connect("")
        self._database.executescript(_TABLES)
        self.notes: tuple[str, ...] = ()
        """What was passed over, sentences for the reader of the report."""

    def __enter__(self) -> TraceBook:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def read(self, path: Path) -> int:
        """Take in a trace, and say how many of its tasks ran as Batch jobs; of one named twice the last line counts.

        Raises:
            FetchError: the file is missing, unreadable, or no trace that names Batch jobs.
        """
        reader = TraceReader(str(path))
        entries = read_trace(path, reader)
        while some := list(islice(entries, _AT_ONCE)):
            self._add(some)
        self.notes += reader.notes()
        return reader.read

    def _add(self, entries: Iterable[TraceEntry]) -> None:
        rows = ((entry.native_id, entry.process, entry.name, entry.peak_rss_bytes) for entry in entries)
        self._database.executemany("INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?)", rows)

    def ids(self) -> Iterator[str]:
        """The Batch jobs' ids, each once, in the traces' order."""
        with closing(self._database.cursor()) as cursor:
            for (one,) in cursor.execute("SELECT id FROM task ORDER BY rowid"):
                yield one

    def fill(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, with the trace's process, task and peak memory where the evidence did not tell them."""
        for row in rows:
            told = self._database.execute("SELECT process, name, peak FROM task WHERE id = ?", (row.job_id,)).fetchone()
            yield _filled(row, *told) if told else row


def _filled(row: Row, process: str | None, name: str | None, peak: int | None) -> Row:
    # a row without a task has its process from the job's name, which spells it differently
    spelled = row.task is None
    return replace(
        row,
        process=(process or row.process) if spelled else row.process,
        task=row.task or name,
        memory_peak_bytes=row.memory_peak_bytes or peak,
    )
