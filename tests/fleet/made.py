"""Rows for tests: of scenarios, and made by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from analyzer.classifier.catalogue import shipped
from analyzer.fetchers.local import read_path
from analyzer.fleet.aggregate import Aggregate
from analyzer.fleet.report import FleetReport, Period
from analyzer.fleet.row import Row
from analyzer.fleet.rows import rows_of
from analyzer.pipeline import study
from tests.advisor.cases import SCENARIOS

NOW = "2026-11-22T00:00:00Z"
PERIOD = Period("2026-11-15T00:00:00Z", "2026-11-22T00:00:00Z")
BEFORE = Period("2026-11-08T00:00:00Z", "2026-11-15T00:00:00Z")
GIB = 2**30


@cache
def rows_for(name: str) -> tuple[Row, ...]:
    """The rows of a scenario."""
    evidence = read_path(SCENARIOS / name / "capture", name)
    made = study(evidence, shipped())
    return rows_of(evidence, made.diagnosis, made.facts, diagnosed_at=NOW, tool_version="1.0")


BLANK = replace(
    rows_for("well")[0],
    job_id="job",
    run=None,
    process="P:STAR",
    task="P:STAR (a)",
    job_name="PSTAR_a",
    queue="q",
    stopped_at="2026-11-20T12:00:00Z",
    day="2026-11-20",
    memory_peak_bytes=None,
    memory_requested_bytes=8 * GIB,
    seconds=3600.0,
    cost_usd=None,
    gaps=(),
)
"""A job that went well in one attempt."""


def job(job_id: str, *, cause: str = "ok.completed", **members: object) -> Row:
    """A row: of a job that went well, or of one that failed of `cause` and lost its hour."""
    failed = not cause.startswith("ok.")
    row = replace(
        BLANK,
        job_id=job_id,
        cause=cause,
        title=f"Title of {cause}",
        rule="FS101" if failed else "FS001",
        status="FAILED" if failed else "SUCCEEDED",
        survived=cause == "ok.survived_reclaim",
        lost_seconds=3600.0 if failed else 0.0,
    )
    return replace(row, **members)  # type: ignore[arg-type]  # members of Row, by name


def report_of(*jobs: Row | tuple[Row, ...]) -> FleetReport:
    """The report over some jobs."""
    aggregate = Aggregate(PERIOD, BEFORE, ("queue q",))
    for rows in jobs:
        aggregate.add((rows,) if isinstance(rows, Row) else rows)
    return aggregate.report(made_at=NOW)
