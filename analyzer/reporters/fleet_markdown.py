"""A report over a period as Markdown: for a ticket, a wiki or a mail. Nothing from outside is read as markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer import __version__
from analyzer.fleet.report import Change, Failure, FleetReport
from analyzer.reporters import fleet_view as view
from analyzer.reporters.fleet_configuration import queue_lines, whole_lines
from analyzer.reporters.html.numbers import counted, hours, percent, whole
from analyzer.reporters.text import (
    code_block,
    code_cell,
    code_span,
    escape_markdown,
    field,
    markdown_table,
    own_markdown,
    own_prose,
    prose,
)

MOST_ROWS = 50
MOST_FAILURES = 50
FIGURES = "csv and json have all of them"


def format_fleet_markdown(report: FleetReport) -> str:
    """The report, whole but for long tables, of which it says how much is left out."""
    lines = [
        *_head(report),
        *_changes(report.changes),
        *(line for table in view.groups(report, MOST_ROWS) for line in _table(table)),
        *_days(report),
        *_survivors(report),
        *_trends(report),
        *_configuration(report),
        *_failures(report),
        *_gaps(report),
        *_sentences("To know", report.notes),
        *_sentences("How it was reckoned", report.reckoning),
        "---",
        "",
        f"fsnap-diagnose {__version__}",
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(report: FleetReport) -> list[str]:
    rows = [(escape_markdown(name, cell=True), _value(value)) for name, value in view.about(report)]
    said = " ".join(view.balance(report))
    return [
        f"## {view.headline(report)}",
        "",
        *([said, ""] if said else []),
        *markdown_table(("what", "which"), rows),
        "",
    ]


def _value(value: str) -> str:
    return escape_markdown(value, cell=True)


def _changes(changes: Sequence[Change]) -> list[str]:
    lines = ["### What to change first", ""] if changes else []
    for number, change in enumerate(changes, 1):
        lines += _change(number, change)
    return lines


def _change(number: int, change: Change) -> Iterator[str]:
    lead = f"{number}. "
    indent = " " * len(lead)
    ids = ", ".join(code_span(field(one)) for one in (change.cause, change.rule) if one)
    yield f"{lead}{_strong(change.title)} ({ids})"
    yield ""
    yield f"{indent}{_scope(change.scope)}: {view.cost(change)}."
    yield ""
    yield f"{indent}{own_markdown(own_prose(change.advice))}"
    yield ""
    for example in change.examples:
        attempt = f", attempt {example.attempt}" if example.attempt else ""
        place = view.place_of(example)
        where = f", {code_span(place)}:" if place else ""
        yield f"{indent}Example: job {code_span(field(example.job_id))}{attempt}{where}"
        yield ""
        if place:
            yield from code_block([view.quoted(example)], "text", indent)
            yield ""


def _strong(text: str) -> str:
    shown = escape_markdown(own_prose(text))
    return f"**{shown}**" if shown else ""


def _scope(scope: str) -> str:
    kind, _, name = field(scope).partition(" ")
    return f"{escape_markdown(kind)} {code_span(name)}" if name else escape_markdown(kind)


def _table(table: view.Table) -> list[str]:
    """Names first, as a page has them."""
    head = (table.head[-1], *table.head[:-1])
    rows = ((_name(name), *cells) for cells, name in table.rows)
    note = [f"{table.note[:1].upper()}{table.note[1:]}.", ""] if table.note else []
    hidden = [f"and {table.hidden:,} more: {FIGURES}", ""] if table.hidden else []
    return [f"### {table.heading}", "", *note, *markdown_table(head, rows, table.head[:-1]), "", *hidden]


def _name(name: view.Name) -> str:
    code = code_cell(name.code) if name.code else ""
    words = escape_markdown(name.words, cell=True)
    shown = f"{words} ({code})" if words and code else words or code
    return f"{shown}; {escape_markdown(name.more, cell=True)}" if name.more else shown


def _days(report: FleetReport) -> list[str]:
    days = view.days(report)
    if not any(group.totals.jobs for group in days):
        return []
    rows = [
        (
            escape_markdown(field(group.key), cell=True),
            *(whole(count) for count in (group.totals.failed, group.totals.jobs)),
            percent(group.totals.rate),
            hours(group.totals.hours_lost),
            hours(group.totals.hours_saved),
        )
        for group in days[-MOST_ROWS:]
    ]
    head = ("day", "failed", "jobs", "rate", "h lost", "h saved")
    hidden = [f"and {len(days) - MOST_ROWS:,} days before: {FIGURES}", ""] if len(days) > MOST_ROWS else []
    return ["### Days", "", *markdown_table(head, rows, head[1:]), "", *hidden]


def _survivors(report: FleetReport) -> list[str]:
    table = view.survivors(report, MOST_ROWS)
    return _table(table) if table.rows else []


def _trends(report: FleetReport) -> list[str]:
    lines = ["### New or worse", ""]
    if nothing := view.no_trends(report):
        return [*lines, nothing, ""]
    for trend in report.trends:
        kind = escape_markdown(field(f"{trend.kind} {trend.dimension}"))
        lines.append(f"- {kind}: {escape_markdown(view.trend_text(trend))}")
    return [*lines, ""]


def _configuration(report: FleetReport) -> list[str]:
    nextflow, queues = whole_lines(report.configuration.nextflow), queue_lines(report.configuration)
    if not (nextflow or queues):
        return []
    lines = ["### To paste", ""]
    if nextflow:
        lines += [*code_block(nextflow, "groovy"), ""]
    for name, types in queues:
        lines.append(f"- instance types for queue {code_span(name)}: {', '.join(map(code_span, types))}")
    return [*lines, ""] if queues else lines


def _failures(report: FleetReport) -> list[str]:
    if not report.failures:
        return []
    shown = report.failures[:MOST_FAILURES]
    head = ("task", "cause", "queue", "exit code", "attempts", "h lost", "ended (UTC)", "job")
    table = markdown_table(head, map(_failure, shown), ("exit code", "attempts", "h lost"))
    note = counted(report.totals.failed, "failed job")
    if report.totals.failed > len(shown):
        more = f"csv and json have {len(report.failures):,}, " if len(report.failures) > len(shown) else ""
        note = f"The newest {len(shown):,} of {note}; {more}parquet has all"
    return ["### Jobs that failed", "", f"{note}.", "", *table, ""]


def _failure(failure: Failure) -> tuple[str, ...]:
    return (
        code_cell(field(failure.task or failure.process or failure.job_name or "")),
        code_cell(field(failure.cause)),
        code_cell(field(failure.queue)),
        "" if failure.exit_code is None else str(failure.exit_code),
        str(failure.attempts),
        hours(failure.hours_lost),
        escape_markdown(field(failure.stopped_at or ""), cell=True),
        code_cell(field(failure.job_id)),
    )


def _gaps(report: FleetReport) -> list[str]:
    if not report.gaps:
        return []
    rows = ((code_cell(field(permission)), f"{jobs:,}") for permission, jobs in report.gaps)
    head = ("permission", "jobs that it would have told more about")
    return ["### What could not be seen", "", *markdown_table(head, rows, head[1:]), ""]


def _sentences(heading: str, sentences: Sequence[str]) -> list[str]:
    said = [f"- {escape_markdown(prose(sentence))}" for sentence in sentences]
    return [f"### {heading}", "", *said, ""] if said else []
