"""What of a report over a period is shown to a person, and in which order: the same for terminal, Markdown and chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from analyzer.classifier.clock import to_milliseconds
from analyzer.classifier.units import bytes_text, seconds_text
from analyzer.fleet.changes import NEAR_TITLE
from analyzer.fleet.report import Change, Dump, Example, FleetReport, Group, Period, Totals, Trend
from analyzer.reporters.html.numbers import counted, dollars, hours, listed, percent, whole
from analyzer.reporters.text import field, own_prose, prose, quote

UNKNOWN = "unknown"
NOT_KNOWN = percent(None)
"""Stands where there is no figure."""
LEFT_OUT_FIRST = ("survived", "USD lost", "before")
"""Columns that go where the names have no room."""
_DAY_MILLISECONDS = 86_400_000


@dataclass(frozen=True)
class Name:
    """What a row is about: words, an id to be found again, or both."""

    words: str
    code: str = ""
    more: str = ""
    """Below it: which job it was seen in."""


@dataclass(frozen=True)
class Table:
    """Figures, and what they are about as the last column."""

    heading: str
    head: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], Name], ...]
    hidden: int = 0
    """Rows that have no room."""
    note: str = ""

    def without(self, column: str) -> Table:
        """The table but for that column, if it has it."""
        if column not in self.head:
            return self
        at = self.head.index(column)
        rows = tuple((cells[:at] + cells[at + 1 :], name) for cells, name in self.rows)
        return replace(self, head=self.head[:at] + self.head[at + 1 :], rows=rows)


def headline(report: FleetReport) -> str:
    """`202 of 12,480 jobs failed (1.6 %), in the period before 131 of 11,902 (1.1 %)`."""
    totals, before = report.totals, report.totals_before
    if not totals.jobs:
        return "No job ended in this period"
    if totals.failed:
        said = f"{totals.failed:,} of {counted(totals.jobs, 'job')} failed ({percent(totals.rate)})"
    else:
        said = f"None of {counted(totals.jobs, 'job')} failed" if totals.jobs > 1 else "The one job did not fail"
    if before is None:
        return said
    if not before.jobs:
        return f"{said}; no job ended in the period before"
    return f"{said}, in the period before {before.failed:,} of {before.jobs:,} ({percent(before.rate)})"


def balance(report: FleetReport) -> tuple[str, ...]:
    """What the reclaims came to, and what was lost and saved, a sentence each."""
    totals = report.totals
    if not totals.jobs:
        return ()
    compared = report.totals_before is not None and report.totals_before.jobs
    spent = totals.hours_lost or totals.hours_saved or totals.reclaims or compared
    return (_reclaims(totals), *((_hours(totals, report.totals_before),) if spent else ()))


def _reclaims(totals: Totals) -> str:
    if not totals.reclaims:
        return "No host was lost." if not totals.survived else f"{counted(totals.survived, 'job')} survived a reclaim."
    lost = f"{counted(totals.reclaims, 'host')} {'was' if totals.reclaims == 1 else 'were'} lost"
    if not totals.reclaims_survived:
        return f"{lost}; no task went on from a checkpoint."
    were = "was" if totals.reclaims_survived == 1 else "were"
    return (
        f"{lost}; {totals.reclaims_survived:,} of these reclaims {were} survived, as the task went on from a "
        "checkpoint. "
        f"{counted(totals.survived, 'job')} that lost a host went well all the same."
    )


def _hours(totals: Totals, before: Totals | None) -> str:
    lost, saved = amount(totals.hours_lost, totals.usd_lost), amount(totals.hours_saved, totals.usd_saved)
    earlier = ""
    if before is not None and before.jobs:
        earlier = f" Before: {hours(before.hours_lost)} h lost, {hours(before.hours_saved)} h saved."
    return f"Failures and reclaims lost {lost}; restores saved {saved}.{earlier}"


def amount(spent: float, usd: float | None) -> str:
    """`1,311 h (402 USD)`; hours alone where no price is known."""
    return f"{hours(spent)} h" + ("" if usd is None else f" ({dollars(usd)} USD)")


def period_text(period: Period) -> str:
    """`2026-10-23 to 2026-11-21 (30 days)`; with the time of day where it does not begin and end at midnight in UTC."""
    since, until = to_milliseconds(period.since), to_milliseconds(period.until)
    if since is None or until is None:
        return f"{field(period.since)} to {field(period.until)}"
    if since % _DAY_MILLISECONDS or until % _DAY_MILLISECONDS or until <= since:
        return f"{_moment(since, '%Y-%m-%d %H:%M')} to {_moment(until, '%Y-%m-%d %H:%M')} UTC"
    first, last = _moment(since, "%Y-%m-%d"), _moment(until - _DAY_MILLISECONDS, "%Y-%m-%d")
    days = (until - since) // _DAY_MILLISECONDS
    return first if days == 1 else f"{first} to {last} ({days:,} days)"


def _moment(at: int, form: str) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).strftime(form)
    except OverflowError:
        return "?"


def about(report: FleetReport) -> tuple[tuple[str, str], ...]:
    """(name, value): which jobs the report is over."""
    rows = [
        ("jobs of", ", ".join(map(field, report.scope))),
        ("ended", period_text(report.period)),
        ("compared with", period_text(report.before) if report.before else ""),
        ("made at", field(report.made_at)),
    ]
    return tuple((name, value) for name, value in rows if value)


def cost(change: Change) -> str:
    """What it cost not to have made it: `cost 74 failed jobs, 431 h and 133 USD`."""
    if change.title == NEAR_TITLE:
        return f"{counted(change.jobs, 'job')} went well, but only just"
    money = [f"{dollars(change.usd)} USD"] if change.usd is not None else []
    return "cost " + listed([counted(change.jobs, "failed job"), f"{hours(change.hours)} h", *money])


def place_of(example: Example) -> str:
    """`workdir/.fusion/dump/3/dump_3.log:372`; empty where no line was quoted."""
    if example.quote is None or example.quote_source is None:
        return ""
    return field(example.quote_source) + (f":{example.quote_line}" if example.quote_line is not None else "")


def quoted(example: Example) -> str:
    """The line that proves it; empty where there is none."""
    return quote(example.quote or "")


def causes(report: FleetReport, most: int) -> Table:
    """What jobs died of; those that went well have a cause of their own, and are left out."""
    found = [group for group in report.by_cause if group.totals.failed]
    compared, priced = report.before is not None, _priced(found)
    head = ("failed", *(("before",) if compared else ()), "share", *_lost_head(priced), "cause")
    rows = tuple(
        (
            (
                whole(group.totals.failed),
                *((_failed_before(group),) if compared else ()),
                percent(group.totals.failed / max(report.totals.failed, 1)),
                *_lost(group.totals, priced),
            ),
            _cause(group),
        )
        for group in found[:most]
    )
    return Table("Causes", head, rows, max(0, len(found) - most))


def _failed_before(group: Group) -> str:
    return whole(group.before.failed) if group.before else NOT_KNOWN


def _cause(group: Group) -> Name:
    label, key = own_prose(group.label), field(group.key)
    return Name(label if label != key else "", key)


def by(heading: str, name: str, groups: Sequence[Group], most: int, *, compared: bool) -> Table:
    """Processes, types or queues that had failures or reclaims, most failed jobs first."""
    found = [group for group in groups if group.totals.failed or group.totals.reclaims]
    priced = _priced(found)
    head = ("failed", "jobs", "rate", *(("before",) if compared else ()), "survived", *_lost_head(priced), name)
    rows = tuple(
        (
            (
                whole(group.totals.failed),
                whole(group.totals.jobs),
                percent(group.totals.rate),
                *((percent(group.before.rate if group.before else None),) if compared else ()),
                whole(group.totals.survived),
                *_lost(group.totals, priced),
            ),
            Name("not known") if group.key == UNKNOWN else Name("", field(group.label or group.key)),
        )
        for group in found[:most]
    )
    return Table(heading, head, rows, max(0, len(found) - most))


def _priced(groups: Sequence[Group]) -> bool:
    return any(group.totals.usd_lost for group in groups)


def _lost_head(priced: bool) -> tuple[str, ...]:
    return ("h lost", "USD lost") if priced else ("h lost",)


def _lost(totals: Totals, priced: bool) -> tuple[str, ...]:
    return (hours(totals.hours_lost), *((dollars(totals.usd_lost),) if priced else ()))


def groups(report: FleetReport, most: int) -> tuple[Table, ...]:
    """Causes, processes, instance types and queues; those without a row left out."""
    compared = report.before is not None
    found = (
        causes(report, most),
        by("Processes", "process", report.by_process, most, compared=compared),
        by("Instance types", "instance type", report.by_instance_type, most, compared=compared),
        by("Queues", "queue", report.by_queue, most, compared=compared),
    )
    return tuple(table for table in found if table.rows)


def survivors(report: FleetReport, most: int) -> Table:
    """Restored dumps that came closest to their window."""
    rows = tuple(map(_survivor, report.survivors[:most]))
    return Table(
        "Who is next",
        ("of window", "dump", "size", "process"),
        rows,
        max(0, len(report.survivors) - most),
        "dumps that were restored, closest to their window first",
    )


def _survivor(dump: Dump) -> tuple[tuple[str, ...], Name]:
    share = percent(dump.share if dump.window_seconds else None)
    kind = f" on {field(dump.instance_type)}" if dump.instance_type else ""
    job = f"job {field(dump.job_id)}, attempt {dump.attempt}{kind}"
    numbers = (share, f"{seconds_text(dump.seconds)} of {dump.window_seconds:g} s", bytes_text(dump.memory_bytes))
    return numbers, Name("" if dump.process else "not known", field(dump.process or ""), job)


def trend_text(trend: Trend) -> str:
    """The sentence, with the name before it where it has none."""
    said = prose(trend.summary)
    label = own_prose(trend.label) if trend.dimension == "cause" else field(trend.label)
    return said if said.startswith(label) else f"{label}: {said}"


def no_trends(report: FleetReport) -> str:
    """Why there is nothing to say about what got worse; empty where there is."""
    if report.trends:
        return ""
    if report.before is None or report.totals_before is None:
        return "Not compared with a period before."
    if not report.totals_before.jobs:
        return "No job ended in the period before: there is nothing to compare with."
    return "Nothing is new or worse than in the period before."


def days(report: FleetReport) -> tuple[Group, ...]:
    """The days that are known, oldest first."""
    return tuple(group for group in report.by_day if group.key != UNKNOWN)
