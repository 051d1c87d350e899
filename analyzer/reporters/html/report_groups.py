"""The tables of a report: by cause, process, instance type, queue and day, what got worse, what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.fleet.report import Failure, FleetReport, Group, Totals, Trend
from analyzer.reporters.html.links import job_link
from analyzer.reporters.html.numbers import NOT_KNOWN, counted, dollars, hours, percent, whole
from analyzer.reporters.html.tables import Cell, Column, Table

UNKNOWN = "unknown"
MOST_ROWS = 200
"""Of one table of groups."""


def causes(report: FleetReport) -> Table:
    """Failed jobs by cause."""
    groups = [group for group in report.by_cause if group.totals.failed][:MOST_ROWS]
    failed = max((group.totals.failed for group in groups), default=1)
    compared = report.before is not None
    columns = (
        Column("Cause"),
        Column("Failed", "jobs", numeric=True, sorted="descending"),
        Column("Of all failed", numeric=True),
        *([Column("Period before", "jobs", numeric=True)] if compared else []),
        Column("Lost", "h", numeric=True),
        *([Column("Lost", "USD", numeric=True)] if _priced(groups) else []),
    )
    rows = tuple(
        (
            Cell(group.label, note="" if group.key == group.label else group.key),
            Cell(whole(group.totals.failed), group.totals.failed, bar=group.totals.failed / failed, tone="bad"),
            _share(group.totals.failed, report.totals.failed),
            *([_before(group)] if compared else []),
            Cell(hours(group.totals.hours_lost), group.totals.hours_lost),
            *([_money(group.totals.usd_lost)] if _priced(groups) else []),
        )
        for group in groups
    )
    return Table("Failed jobs by cause", columns, rows, hidden_caption=True)


def _share(part: int, whole_of: int) -> Cell:
    return Cell(percent(part / whole_of) if whole_of else NOT_KNOWN, part)


def _before(group: Group) -> Cell:
    return Cell(NOT_KNOWN, -1) if group.before is None else Cell(whole(group.before.failed), group.before.failed)


def _money(value: float | None) -> Cell:
    return Cell(dollars(value), -1.0 if value is None else value)


def _priced(groups: Sequence[Group]) -> bool:
    return any(group.totals.usd_lost is not None for group in groups)


def by(what: str, groups: Sequence[Group], *, compared: bool, by_day: bool = False) -> Table:
    """Jobs that share a process, an instance type, a queue or a day: how many failed, and what was lost and saved."""
    groups = groups[-MOST_ROWS:] if by_day else groups[:MOST_ROWS]
    priced = _priced(groups)
    worst = max((group.totals.rate or 0 for group in groups), default=0) or 1
    columns = (
        Column(what[:1].upper() + what[1:], sorted="ascending" if by_day else None),
        Column("Failed", "jobs", numeric=True, sorted=None if by_day else "descending"),
        Column("All", "jobs", numeric=True),
        Column("Rate", numeric=True),
        *([Column("Rate before", numeric=True)] if compared else []),
        Column("Survived a reclaim", "jobs", numeric=True),
        Column("Lost", "h", numeric=True),
        Column("Saved", "h", numeric=True),
        *([Column("Lost", "USD", numeric=True)] if priced else []),
    )
    rows = tuple(
        (
            Cell(_name(group), note="" if group.label in (group.key, "") else group.key),
            Cell(whole(group.totals.failed), group.totals.failed),
            Cell(whole(group.totals.jobs), group.totals.jobs),
            Cell(percent(group.totals.rate), group.totals.rate or 0, bar=(group.totals.rate or 0) / worst, tone="bad"),
            *([_rate_before(group.before)] if compared else []),
            Cell(whole(group.totals.survived), group.totals.survived),
            Cell(hours(group.totals.hours_lost), group.totals.hours_lost),
            Cell(hours(group.totals.hours_saved), group.totals.hours_saved),
            *([_money(group.totals.usd_lost)] if priced else []),
        )
        for group in groups
    )
    return Table(f"By {what}", columns, rows)


def _name(group: Group) -> str:
    return "not known" if group.key == UNKNOWN else group.label or group.key


def _rate_before(before: Totals | None) -> Cell:
    rate = before.rate if before else None
    return Cell(percent(rate), -1 if rate is None else rate)


def trends(report: FleetReport) -> Table:
    """What is new or worse than in the period before."""
    columns = (
        Column("What"),
        Column("How"),
        Column("Now failed", "jobs", numeric=True),
        Column("Rate now", numeric=True),
        Column("Before failed", "jobs", numeric=True),
        Column("Rate before", numeric=True),
    )
    return Table("New or worse than before", columns, tuple(map(_trend, report.trends)), hidden_caption=True)


def _trend(trend: Trend) -> tuple[Cell, ...]:
    now = trend.failed / trend.jobs if trend.jobs else None
    before = trend.failed_before / trend.jobs_before if trend.jobs_before else None
    return (
        Cell(f"{trend.dimension} {trend.label}", note=trend.summary),
        Cell(trend.kind),
        Cell(whole(trend.failed), trend.failed),
        Cell(percent(now), -1 if now is None else now),
        Cell(whole(trend.failed_before), trend.failed_before),
        Cell(percent(before), -1 if before is None else before),
    )


def failures(report: FleetReport, anchors: Mapping[str, str]) -> Table:
    """The failed jobs, each linked to its evidence further down and to its page in the AWS console."""
    columns = (
        Column("Task"),
        Column("Cause"),
        Column("Queue"),
        Column("Instance type", short=True),
        Column("Exit code", numeric=True),
        Column("Attempts", numeric=True),
        Column("Lost", "h", numeric=True),
        Column("Ended", "UTC", sorted="descending", short=True),
        Column("Job in the console"),
    )
    rows = tuple(_failure(failure, anchors[failure.job_id]) for failure in report.failures)
    caption = f"The newest {len(rows):,} of {counted(report.totals.failed, 'failed job')}"
    return Table(
        caption,
        columns,
        rows,
        hidden_caption=len(rows) >= report.totals.failed,
        anchors=tuple(f"row-{anchors[failure.job_id]}" for failure in report.failures),
    )


def _failure(failure: Failure, anchor: str) -> tuple[Cell, ...]:
    page = job_link(failure.job_id, failure.region)
    return (
        Cell(name_of(failure), href=f"#{anchor}"),
        Cell(failure.title, note=failure.cause),
        Cell(failure.queue),
        Cell(failure.instance_type or NOT_KNOWN, code=failure.instance_type is not None),
        Cell(NOT_KNOWN if failure.exit_code is None else str(failure.exit_code), failure.exit_code),
        Cell(str(failure.attempts), failure.attempts),
        Cell(hours(failure.hours_lost), failure.hours_lost),
        Cell(moment(failure.stopped_at), failure.stopped_at or ""),
        Cell(failure.job_id.split("-", 1)[0] if page else failure.job_id, href=page, code=True),
    )


def name_of(failure: Failure) -> str:
    """What people call the job."""
    if failure.process and failure.task and failure.process not in failure.task:
        return f"{failure.process} ({failure.task})"
    return failure.task or failure.process or failure.job_name or failure.job_id


def moment(at: str | None) -> str:
    """`2026-11-21 04:12`; a dash where it is not known."""
    return at[:16].replace("T", " ") if at else NOT_KNOWN
