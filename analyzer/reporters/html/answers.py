"""The first screen: what failed and why, what to change first, what snapshots saved, what got worse."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.fleet.report import FleetReport
from analyzer.reporters.html.numbers import change_of_rate, counted, dollars, hours, listed, percent

MOST_CAUSES = 3


@dataclass(frozen=True)
class Share:
    """A line with a bar."""

    label: str
    figure: str
    share: float


@dataclass(frozen=True)
class Answer:
    """One question of the first screen, answered."""

    question: str
    lead: str
    """The answer in a few words."""
    more: str
    href: str
    """Where it goes on."""
    link: str
    shares: tuple[Share, ...] = ()


def headline(report: FleetReport) -> str:
    """The title: `186 of 12,480 jobs failed`."""
    totals = report.totals
    if not totals.jobs:
        return "No job ended in this period"
    if not totals.failed:
        return f"All {totals.jobs:,} jobs went well" if totals.jobs > 1 else "The one job went well"
    return f"{totals.failed:,} of {counted(totals.jobs, 'job')} failed"


def answers(report: FleetReport) -> tuple[Answer, ...]:
    """The four answers."""
    return (_failed(report), _change(report), _saved(report), _worse(report))


def _failed(report: FleetReport) -> Answer:
    question, totals = "What failed and why", report.totals
    causes = [group for group in report.by_cause if group.totals.failed]
    if not causes:
        return Answer(question, "Nothing failed" if not totals.failed else "Not known", "", "#causes", "By cause")
    shares = tuple(
        Share(group.label, f"{group.totals.failed:,}", group.totals.failed / max(totals.failed, 1))
        for group in causes[:MOST_CAUSES]
    )
    link = f"All {counted(len(causes), 'cause')}" if len(causes) > 1 else "By cause"
    return Answer(question, f"{percent(totals.rate)} of all jobs{_moved(report)}", "", "#causes", link, shares)


def _moved(report: FleetReport) -> str:
    """`, up from 1.1 %`."""
    rise = change_of_rate(report.totals, report.totals_before)
    if rise is None or report.totals_before is None:
        return ""
    before = percent(report.totals_before.rate)
    if before == percent(report.totals.rate):
        return ", as before"
    return f", {'up' if rise > 0 else 'down'} from {before}"


def _change(report: FleetReport) -> Answer:
    question = "What to change first"
    if not report.changes:
        return Answer(question, "Nothing to change", "No failure of this period has an advice.", "#changes", "Changes")
    first = report.changes[0]
    money = [f"{dollars(first.usd)} USD"] if first.usd is not None else []
    lost = listed([counted(first.jobs, "job"), f"{hours(first.hours)} h", *money])
    link = f"All {counted(len(report.changes), 'change')}" if len(report.changes) > 1 else "The change"
    more = f"{first.advice} Cost so far: {lost}."
    return Answer(question, _short(first.scope), more, "#changes", link)


def _short(name: str) -> str:
    """`process NFCORE_RNASEQ:ALIGN:STAR_ALIGN` without the workflows around it: `process STAR_ALIGN`."""
    kind, _, rest = name.partition(" ")
    shown = f"{kind} {rest.rsplit(':', 1)[-1]}" if rest and not rest.endswith(":") else name
    return shown[:1].upper() + shown[1:]


def _saved(report: FleetReport) -> Answer:
    question, totals = "What snapshots saved", report.totals
    link = "How it was reckoned"
    lost = f"{hours(totals.hours_lost)} h were lost to failures{' and reclaims' if totals.reclaims else ''}."
    if not totals.reclaims:
        return Answer(question, "No host was lost", lost if totals.failed else "", "#hours", link)
    money = f", {dollars(totals.usd_saved)} USD" if totals.usd_saved is not None else ""
    more = (
        f"{totals.reclaims_survived:,} of {counted(totals.reclaims, 'lost host')} were survived; "
        f"{counted(totals.survived, 'job')} went well all the same. {lost}"
    )
    return Answer(question, f"{hours(totals.hours_saved)} h{money}", more, "#hours", link)


def _worse(report: FleetReport) -> Answer:
    question = "What got worse"
    if report.before is None:
        return Answer(question, "Not compared", "There is no period before to compare with.", "#worse", "Comparison")
    if not report.trends:
        return Answer(question, "Nothing", "No cause, process, queue or type is new or worse.", "#worse", "Comparison")
    first = report.trends[0]
    rest = len(report.trends) - 1
    link = f"And {rest:,} more" if rest else "Comparison"
    return Answer(
        question,
        _short(f"{first.dimension} {first.label}") if first.dimension == "process" else first.label,
        first.summary,
        "#worse",
        link,
    )
