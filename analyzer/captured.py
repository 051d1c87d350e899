"""The same job in several captures: the one that was taken last counts.

How a survey takes it: a worker sends `identity_of(evidence)` along with the rows of what was replayed; the parent has
both go through `Captures.newest` and keeps what that gives, if anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from analyzer.evidence.job import text
from analyzer.evidence.model import Evidence
from analyzer.fleet.row import Row

_TABLE = """
CREATE TABLE capture (key TEXT PRIMARY KEY, taken TEXT, times INTEGER) WITHOUT ROWID;
PRAGMA synchronous = OFF;
PRAGMA journal_mode = OFF;
"""


@dataclass(frozen=True)
class Identity:
    """What a capture is of, and when it was taken."""

    key: str
    """The job's id; without a job the work directory's address; else the target."""
    captured_at: str
    """RFC 3339 in UTC, or nothing where the capture does not tell: that counts as older than any."""


def identity_of(evidence: Evidence) -> Identity | None:
    """Of a capture; None for what was fetched now."""
    if not evidence.replayed:
        return None
    job_id = text((evidence.job or {}).get("jobId"))
    return Identity(job_id or evidence.workdir_uri or evidence.target, _in_utc(evidence.captured_at))


class Captures:
    """Which captures have been seen, on disk: memory does not grow with them. Used from one thread."""

    def __init__(self) -> None:
        # no name: a private file that goes with the connection
        self._database = sqlite3.connect("")
        self._database.executescript(_TABLE)

    def __enter__(self) -> Captures:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def newest(self, identity: Identity, rows: Sequence[Row]) -> tuple[Row, ...]:
        """The rows to keep: none where a later capture of the same has been seen.

        They are named by the identity's key. A store counts what was diagnosed last: rows in place of earlier ones are
        a millisecond later than those.
        """
        seen = self._database.execute("SELECT taken, times FROM capture WHERE key = ?", (identity.key,)).fetchone()
        taken, times = seen or ("", 0)
        if times and identity.captured_at <= taken:
            return ()
        self._database.execute(
            "INSERT OR REPLACE INTO capture VALUES (?, ?, ?)", (identity.key, identity.captured_at, times + 1)
        )
        return tuple(replace(row, job_id=identity.key, diagnosed_at=_later(row.diagnosed_at, times)) for row in rows)


def _in_utc(stamp: str | None) -> str:
    """So that later stamps sort behind earlier ones."""
    try:
        moment = datetime.fromisoformat(stamp or "")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        return ""


def _later(stamp: str, milliseconds: int) -> str:
    if not milliseconds:
        return stamp
    moment = datetime.fromisoformat(stamp) + timedelta(milliseconds=milliseconds)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
