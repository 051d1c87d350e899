"""Sums over jobs, in whole milliseconds and billionths of a dollar: exact, so that no order of adding matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Literal

from analyzer.fleet.report import Totals
from analyzer.fleet.row import Row

HOUR_MILLISECONDS = 3_600_000
NANO = 10**9
MOST = 10**12
"""No attempt ran so many seconds, nor cost so many dollars."""
Outcome = Literal["succeeded", "failed", "unclear", "not ended"]
_BY_STATUS: Mapping[str, Outcome] = {"SUCCEEDED": "succeeded", "FAILED": "failed"}


def last_of(rows: Sequence[Row]) -> Row:
    """The row by which a job is counted."""
    return next((row for row in rows if row.is_last), rows[-1])


def outcome_of(row: Row) -> Outcome:
    """How the job ended, by its status; without one, as a work directory alone is, by the verdict."""
    if row.status is not None:
        return _BY_STATUS.get(row.status, "not ended")
    if row.cause == "ok.running":
        return "not ended"
    if row.cause.startswith("ok."):
        return "succeeded"
    return "unclear" if row.cause == "unknown.insufficient_evidence" and not row.exit_code else "failed"


def decisive(rows: Sequence[Row]) -> Row:
    """The attempt that the verdict is about.

    Of a failed dump the last attempt whose dump did not complete, of a host the last that lost its host, else the last.
    """
    last = last_of(rows)
    family = last.cause.split(".", 1)[0]
    if family == "dump":
        found = [row for row in rows if row.dump_completed is False]
    else:
        found = [row for row in rows if family == "host" and row.host_lost]
    return max(found, key=lambda row: row.attempt, default=last)


def figure(value: float | None) -> float:
    """The value, if it is one: rows may come from a file that somebody else wrote. Else 0."""
    return value if value is not None and 0 < value < MOST else 0.0


def milliseconds(seconds: float) -> int:
    """Seconds in whole milliseconds."""
    return round(figure(seconds) * 1000)


def _nano_usd(row: Row, seconds: float) -> int:
    """What that part of the attempt's time cost."""
    ran = figure(row.seconds)
    return round(figure(row.cost_usd) * min(figure(seconds) / ran, 1.0) * NANO) if ran else 0


def reclaims_survived(rows: Sequence[Row]) -> int:
    """Lost hosts after which the next attempt was restored.

    Where the verdict is a survival, and no restore's log was to be had, each of them.
    """
    ordered = sorted(rows, key=lambda row: row.attempt)
    last = last_of(rows)
    if last.survived and all(row.restore_completed is None for row in ordered):
        return sum(row.host_lost for row in ordered)
    following = pairwise(ordered)
    return sum(row.host_lost and later.restore_completed is True for row, later in following)


@dataclass(slots=True)
class Tally:
    """The sums of some jobs; the members are those of `Totals`."""

    jobs: int = 0
    succeeded: int = 0
    failed: int = 0
    survived: int = 0
    reclaims: int = 0
    reclaims_survived: int = 0
    lost_ms: int = 0
    saved_ms: int = 0
    lost_nano: int = 0
    saved_nano: int = 0
    lost_priced: int = 0
    """Attempts with lost time whose cost is known."""
    saved_priced: int = 0

    def merge(self, other: Tally) -> None:
        """Add another one's sums."""
        for member in fields(self):
            setattr(self, member.name, getattr(self, member.name) + getattr(other, member.name))

    @property
    def usd_lost(self) -> float | None:
        """None where no price is known of what was lost."""
        return self.lost_nano / NANO if self.lost_priced or not self.lost_ms else None

    @property
    def usd_saved(self) -> float | None:
        """None where no price is known of what was saved."""
        return self.saved_nano / NANO if self.saved_priced or not self.saved_ms else None

    def totals(self) -> Totals:
        """For the report: in hours and dollars."""
        return Totals(
            jobs=self.jobs,
            succeeded=self.succeeded,
            failed=self.failed,
            survived=self.survived,
            reclaims=self.reclaims,
            reclaims_survived=self.reclaims_survived,
            hours_lost=self.lost_ms / HOUR_MILLISECONDS,
            hours_saved=self.saved_ms / HOUR_MILLISECONDS,
            usd_lost=self.usd_lost,
            usd_saved=self.usd_saved,
        )


def tally_of(rows: Sequence[Row]) -> Tally:
    """Of one job that ended."""
    last = last_of(rows)
    outcome = outcome_of(last)
    return Tally(
        jobs=1,
        succeeded=int(outcome == "succeeded"),
        failed=int(outcome == "failed"),
        survived=int(last.survived),
        reclaims=sum(row.host_lost for row in rows),
        reclaims_survived=reclaims_survived(rows),
        lost_ms=sum(milliseconds(row.lost_seconds) for row in rows),
        saved_ms=sum(milliseconds(row.saved_seconds) for row in rows),
        lost_nano=sum(_nano_usd(row, row.lost_seconds) for row in rows),
        saved_nano=sum(_nano_usd(row, row.saved_seconds) for row in rows),
        lost_priced=sum(row.cost_usd is not None and row.lost_seconds > 0 for row in rows),
        saved_priced=sum(row.cost_usd is not None and row.saved_seconds > 0 for row in rows),
    )
