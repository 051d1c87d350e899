"""The tables of a report as CSV, one at a time: the failed jobs, or another one by its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from analyzer.fleet.report import Change, Dump, Example, Failure, FleetReport, Group, Timeline, Totals, Trend
from analyzer.reporters.csv_table import format_rows

FAILURES = "failures"
Row = Mapping[str, object]

_EXAMPLE = ("attempt", "quote", "quote_source", "quote_line", "workdir")
_TOTALS = (
    *("jobs", "failed", "failed_share", "succeeded", "survived", "reclaims", "reclaims_survived"),
    *("lost_hours", "saved_hours", "lost_usd", "saved_usd"),
)
_BEFORE = ("jobs", "failed", "failed_share")
_DUMP = (
    *("job_id", "attempt", "process", "instance_type", "memory_bytes", "dump_seconds", "window_seconds"),
    *("window_share", "completed"),
)


def format_fleet_csv(report: FleetReport, table: str = FAILURES) -> str:
    """A table of the report, by its name.

    Raises:
        KeyError: there is no such table; TABLES has those that there are.
    """
    columns, rows_of = _FORMS[table]
    return format_rows(columns, ({name: _figure(row[name]) for name in columns} for row in rows_of(report)))


def _figure(value: object) -> object:
    """Fractions to a millionth; what is no number is not known."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def _failure(failure: Failure) -> Row:
    return {**vars(failure), "lost_hours": failure.hours_lost, **_example(failure.example)}


def _example(example: Example | None) -> Row:
    return dict.fromkeys(_EXAMPLE) if example is None else {name: getattr(example, name) for name in _EXAMPLE}


def _totals(totals: Totals) -> Row:
    return {
        **vars(totals),
        "failed_share": totals.rate,
        "lost_hours": totals.hours_lost,
        "saved_hours": totals.hours_saved,
        "lost_usd": totals.usd_lost,
        "saved_usd": totals.usd_saved,
    }


def _group(group: Group, name: str) -> Row:
    before = _totals(group.before) if group.before else dict.fromkeys(_BEFORE)
    told = {f"{column}_before": before[column] for column in _BEFORE}
    return {name: group.key, "title": group.label, **_totals(group.totals), **told}


def _change(change: Change) -> Row:
    first = change.examples[0] if change.examples else None
    return {
        **vars(change),
        "lost_hours": change.hours,
        "lost_usd": change.usd,
        "job_id": first.job_id if first else None,
        **_example(first),
    }


def _dump(dump: Dump) -> Row:
    return {**vars(dump), "dump_seconds": dump.seconds, "window_share": dump.share if dump.window_seconds else None}


def _trend(trend: Trend) -> Row:
    return vars(trend)


def _timeline(timeline: Timeline) -> Iterable[Row]:
    return ({**vars(timeline), **vars(span)} for span in timeline.spans)


_Form = tuple[Sequence[str], Callable[[FleetReport], Iterable[Row]]]


def _groups(name: str, of: Callable[[FleetReport], Iterable[Group]], *more: str) -> _Form:
    columns = (name, *more, *_TOTALS, *(f"{column}_before" for column in _BEFORE))
    return columns, lambda report: (_group(group, name) for group in of(report))


_FORMS: Mapping[str, _Form] = MappingProxyType(
    {
        FAILURES: (
            (
                *("job_id", "job_name", "queue", "region", "process", "task", "cause", "rule", "title", "summary"),
                *("confidence", "exit_code", "attempts", "instance_type", "stopped_at", "lost_hours", "advice"),
                *_EXAMPLE,
            ),
            lambda report: map(_failure, report.failures),
        ),
        "causes": _groups("cause", lambda report: report.by_cause, "title"),
        "processes": _groups("process", lambda report: report.by_process),
        "instance-types": _groups("instance_type", lambda report: report.by_instance_type),
        "queues": _groups("queue", lambda report: report.by_queue),
        "days": _groups("day", lambda report: report.by_day),
        "causes-by-day": (("day", "cause", "failed"), lambda report: map(vars, report.causes_by_day)),
        "changes": (
            (
                *("rank", "cause", "title", "rule", "owner", "scope", "advice", "jobs", "lost_hours", "lost_usd"),
                *("job_id", *_EXAMPLE),
            ),
            lambda report: map(_change, report.changes),
        ),
        "dumps": (_DUMP, lambda report: map(_dump, report.dumps)),
        "survivors": (_DUMP, lambda report: map(_dump, report.survivors)),
        "trends": (
            ("kind", "dimension", "key", "label", "failed", "jobs", "failed_before", "jobs_before", "summary"),
            lambda report: map(_trend, report.trends),
        ),
        "timelines": (
            (
                *("job_id", "process", "task", "cause", "attempt", "started_at", "ended_at", "instance_type", "ending"),
                "saved",
            ),
            lambda report: (row for timeline in report.timelines for row in _timeline(timeline)),
        ),
        "gaps": (
            ("permission", "jobs"),
            lambda report: ({"permission": permission, "jobs": jobs} for permission, jobs in report.gaps),
        ),
    }
)
TABLES = tuple(_FORMS)
"""Names of the tables."""
