"""The jobs that a survey has found and not examined yet, on disk: memory does not grow with their number."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from analyzer.evidence.model import Document
from analyzer.fetchers.batch import JOBS_PER_CALL

TARGETS_A_CHUNK = 8
"""Captures hold their evidence whole: fewer at once than jobs."""
SAVED_A_CHUNK = 25
_TABLES = """
CREATE TABLE job (id TEXT PRIMARY KEY, parent TEXT, region TEXT, queue TEXT, day TEXT, summary TEXT) WITHOUT ROWID;
CREATE TABLE target (number INTEGER PRIMARY KEY, given TEXT UNIQUE);
CREATE TABLE saved (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE asked (id TEXT PRIMARY KEY) WITHOUT ROWID;
PRAGMA synchronous = OFF;
PRAGMA journal_mode = OFF;
"""


@dataclass(frozen=True)
class Planned:
    """A job to examine."""

    id: str
    region: str | None
    queue: str = ""
    day: str = ""
    """`2026-11-21`: jobs of a queue and a day are examined together, as they are kept together."""
    summary: Document | None = None
    """In DescribeJobs' form, where the summary says all and the job need not be described."""

    @property
    def parent(self) -> str | None:
        """Id of the array that it is a child of."""
        return self.id.split(":", 1)[0] if ":" in self.id else None


@dataclass(frozen=True)
class Chunk:
    """What is examined in one go. It is sent to other processes as it is."""

    jobs: tuple[Planned, ...] = ()
    """Of one region; together with their arrays no more than one DescribeJobs takes."""
    targets: tuple[str, ...] = ()
    """Captures, work directories and whatever else is no id, as given."""
    saved: tuple[str, ...] = ()
    """Ids of jobs whose last capture is in the store."""

    @property
    def size(self) -> int:
        """Jobs and targets in it."""
        return len(self.jobs) + len(self.targets) + len(self.saved)


class Plan:
    """Each job once, whichever list named it, and what has been examined. Used from one thread."""

    def __init__(self) -> None:
        # no name: a private file that goes with the connection
        self._database = sqlite3.connect("")
        self._database.executescript(_TABLES)

    def __enter__(self) -> Plan:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add(self, jobs: Iterable[Planned]) -> None:
        """Note jobs to examine; one that is there already stays as it is."""
        rows = (
            (
                job.id,
                job.parent,
                job.region,
                job.queue,
                job.day,
                None if job.summary is None else json.dumps(job.summary),
            )
            for job in jobs
        )
        self._database.executemany("INSERT OR IGNORE INTO job VALUES (?, ?, ?, ?, ?, ?)", rows)

    def add_target(self, given: str) -> None:
        """Note a capture, a work directory or whatever else is no id."""
        self._database.execute("INSERT OR IGNORE INTO target (given) VALUES (?)", (given,))

    def add_saved(self, ids: Iterable[str]) -> None:
        """Note jobs whose last capture is in the store: nothing is asked about them, whichever list named them.

        But those whose summary says all stay as they are: that is less work.
        """
        plain = "SELECT 1 FROM job WHERE id = ?1 AND summary IS NOT NULL"
        self._database.executemany(
            f"INSERT OR IGNORE INTO saved SELECT ?1 WHERE NOT EXISTS ({plain})", ((one,) for one in ids)
        )
        self._database.execute("DELETE FROM job WHERE id IN (SELECT id FROM saved)")

    @property
    def total(self) -> int:
        """Jobs and targets to examine."""
        counted = self._database.execute(
            "SELECT (SELECT COUNT(*) FROM job) + (SELECT COUNT(*) FROM target) + (SELECT COUNT(*) FROM saved)"
        )
        return int(counted.fetchone()[0])

    def chunks(self) -> Generator[Chunk]:
        """All of it: first the jobs, then what is saved, then the targets."""
        yield from self._job_chunks()
        with closing(self._database.cursor()) as cursor:
            cursor.execute("SELECT id FROM saved ORDER BY id")
            while some := cursor.fetchmany(SAVED_A_CHUNK):
                yield Chunk(saved=tuple(job_id for (job_id,) in some))
        with closing(self._database.cursor()) as cursor:
            cursor.execute("SELECT given FROM target ORDER BY number")
            while some := cursor.fetchmany(TARGETS_A_CHUNK):
                yield Chunk(targets=tuple(given for (given,) in some))

    def _job_chunks(self) -> Iterator[Chunk]:
        """A DescribeJobs call's worth at a time: by region, queue and day, children of an array together."""
        order = "SELECT id, region, queue, day, summary FROM job ORDER BY region, queue, day, parent, id"
        chunk: list[Planned] = []
        asked: set[str] = set()
        with closing(self._database.cursor()) as cursor:
            for job_id, region, queue, day, summary in cursor.execute(order):
                job = Planned(job_id, region, queue, day, None if summary is None else json.loads(summary))
                more = set() if job.summary is not None else {job.id, *filter(None, [job.parent])}
                full = len(asked | more) > JOBS_PER_CALL or len(chunk) >= JOBS_PER_CALL
                if chunk and (full or chunk[-1].region != region):
                    yield Chunk(tuple(chunk))
                    chunk, asked = [], set()
                chunk.append(job)
                asked |= more
        if chunk:
            yield Chunk(tuple(chunk))

    def note_asked(self, ids: Iterable[str]) -> None:
        """Note jobs that belong to the report by themselves, whatever their queue."""
        self._database.executemany("INSERT OR IGNORE INTO asked VALUES (?)", ((one,) for one in ids))

    def is_asked(self, job_id: str) -> bool:
        """It was noted."""
        return self._database.execute("SELECT 1 FROM asked WHERE id = ?", (job_id,)).fetchone() is not None
