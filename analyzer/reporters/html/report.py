"""A report over a period as a page: what stands where, in plain values; the template lays it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.fleet.report import Change, Example, Failure, FleetReport, Period, Totals
from analyzer.reporters import text
from analyzer.reporters.html import report_groups
from analyzer.reporters.html.answers import answers, headline
from analyzer.reporters.html.links import job_link, workdir_link
from analyzer.reporters.html.numbers import counted, dollars, hours, listed, whole
from analyzer.reporters.html.page import render
from analyzer.reporters.html.plots_attempts import attempts
from analyzer.reporters.html.plots_days import failures_by_day
from analyzer.reporters.html.plots_dumps import dumps_against_window, survivor_table
from analyzer.reporters.html.tables import Cell, Column, Table

_NOT_FOR_IDS = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST_ID = 80


@dataclass(frozen=True)
class Quoted:
    """A quoted line and where it stands."""

    place: str
    text: str
    at: str = ""


@dataclass(frozen=True)
class Link:
    """An address with its name."""

    label: str
    href: str


@dataclass(frozen=True)
class Evidence:
    """A failed job with what proves why."""

    anchor: str
    name: str
    failure: Failure
    facts: tuple[tuple[str, str], ...]
    quoted: Quoted | None
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Advised:
    """A change with its figures and examples."""

    anchor: str
    change: Change
    cost: str
    examples: tuple[tuple[str, str | None, Quoted | None], ...]
    """(name, address, its line) of each example."""


def page_of(report: FleetReport) -> str:
    """The page."""
    anchors = anchors_of([failure.job_id for failure in report.failures])
    compared = report.before is not None
    return render(
        "report.html.j2",
        report=report,
        title=headline(report),
        period=period_text(report.period),
        before=period_text(report.before) if report.before else "",
        answers=answers(report),
        changes=tuple(_advised(report, anchors)),
        causes=report_groups.causes(report),
        trends=report_groups.trends(report),
        groups=(
            report_groups.by("process", report.by_process, compared=compared),
            report_groups.by("instance type", report.by_instance_type, compared=compared),
            report_groups.by("queue", report.by_queue, compared=compared),
            report_groups.by("day", report.by_day, compared=False, by_day=True),
        ),
        days=failures_by_day(report),
        dumps=dumps_against_window(report),
        survivors=survivor_table(report.survivors),
        timelines=attempts("attempts", report.timelines),
        failures=report_groups.failures(report, anchors),
        evidence=tuple(_evidence(failure, anchors[failure.job_id]) for failure in report.failures),
        money=_money(report),
        gaps=_gaps(report),
    )


def anchors_of(ids: Sequence[str]) -> Mapping[str, str]:
    """An id of the page for each job, made of the job's own: `job-1f0c...`."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for job_id in dict.fromkeys(ids):
        stem = f"job-{_NOT_FOR_IDS.sub('-', job_id)[:LONGEST_ID]}"
        anchor, number = stem, 1
        while anchor in taken:
            number += 1
            anchor = f"{stem}-{number}"
        taken.add(anchor)
        found[job_id] = anchor
    return found


def period_text(period: Period) -> str:
    """`2026-10-23 to 2026-11-21`: both days are in it; with the time of day where it is no midnight."""
    since, until = (report_groups.moment(at) for at in (period.since, period.until))
    if since.endswith(" 00:00") and until.endswith(" 00:00"):
        since, until = since.removesuffix(" 00:00"), f"{until.removesuffix(' 00:00')} (not included)"
    return f"{since} to {until}"


def quoted_of(example: Example) -> Quoted | None:
    """The line that proves it; None where there is none."""
    if example.quote is None:
        return None
    line = f":{example.quote_line}" if example.quote_line is not None else ""
    return Quoted(f"{text.field(example.quote_source or 'the evidence')}{line}", text.quote(example.quote))


def _advised(report: FleetReport, anchors: Mapping[str, str]) -> Iterator[Advised]:
    regions = {failure.job_id: failure.region for failure in report.failures}
    names = {failure.job_id: report_groups.name_of(failure) for failure in report.failures}
    for change in report.changes:
        examples = tuple(
            (
                names.get(example.job_id, example.job_id),
                f"#{anchors[example.job_id]}"
                if example.job_id in anchors
                else job_link(example.job_id, regions.get(example.job_id)),
                quoted_of(example),
            )
            for example in change.examples
        )
        yield Advised(f"change-{change.rank}", change, cost(change), examples)


def cost(change: Change) -> str:
    """What it cost not to have made a change: `310 jobs, 1,204 h and 512 USD`."""
    money = [f"{dollars(change.usd)} USD"] if change.usd is not None else []
    return listed([counted(change.jobs, "job"), f"{hours(change.hours)} h", *money])


def _evidence(failure: Failure, anchor: str) -> Evidence:
    facts = (
        ("job", failure.job_id),
        ("job name", failure.job_name or ""),
        ("queue", failure.queue),
        ("rule", failure.rule or ""),
        ("confidence", failure.confidence),
        ("work directory", failure.example.workdir or ""),
    )
    pages = (
        ("job in the AWS console", job_link(failure.job_id, failure.region)),
        ("work directory in the AWS console", workdir_link(failure.example.workdir, failure.region)),
    )
    return Evidence(
        anchor=anchor,
        name=report_groups.name_of(failure),
        failure=failure,
        facts=tuple((name, value) for name, value in facts if value),
        quoted=quoted_of(failure.example),
        links=tuple(Link(label, href) for label, href in pages if href),
    )


def _money(report: FleetReport) -> Table:
    totals, before = report.totals, report.totals_before
    compared = before is not None
    columns = (
        Column("What"),
        Column("This period", numeric=True),
        *([Column("Period before", numeric=True)] if compared else []),
    )
    figures: list[tuple[str, Callable[[Totals], str]]] = [
        ("Jobs that ended", lambda t: whole(t.jobs)),
        ("Failed", lambda t: whole(t.failed)),
        ("Hosts lost", lambda t: whole(t.reclaims)),
        ("Of these survived: the task went on from a checkpoint", lambda t: whole(t.reclaims_survived)),
        ("Jobs that lost a host, were restored and went well", lambda t: whole(t.survived)),
        ("Lost to failures and reclaims, h", lambda t: hours(t.hours_lost)),
        ("Saved by restores, h", lambda t: hours(t.hours_saved)),
        ("Lost to failures and reclaims, USD", lambda t: dollars(t.usd_lost)),
        ("Saved by restores, USD", lambda t: dollars(t.usd_saved)),
    ]
    rows = tuple(
        (Cell(name), Cell(of(totals)), *([Cell(of(before))] if before is not None else [])) for name, of in figures
    )
    return Table("Hours and money", columns, rows, sortable=False, hidden_caption=True)


def _gaps(report: FleetReport) -> Table:
    columns = (Column("Permission"), Column("It would have told more about", "jobs", numeric=True, sorted="descending"))
    rows = tuple((Cell(permission, code=True), Cell(whole(jobs), jobs)) for permission, jobs in report.gaps)
    return Table("Permissions that were missing", columns, rows, hidden_caption=True)
