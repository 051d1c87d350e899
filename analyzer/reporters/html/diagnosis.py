"""Diagnoses as a page: the same that Markdown says, with pictures and a link from each attempt to its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.advisor.drawing import AttemptSpan
from analyzer.advisor.window import WINDOW_SECONDS
from analyzer.classifier.finding import Recommendation
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Gap
from analyzer.fleet.report import Span, Timeline
from analyzer.reporters import view
from analyzer.reporters.figures import label
from analyzer.reporters.html.links import documentation_link, job_link, log_link, workdir_link
from analyzer.reporters.html.numbers import NOT_KNOWN
from analyzer.reporters.html.page import render
from analyzer.reporters.html.plots import Plot
from analyzer.reporters.html.plots_attempts import attempts
from analyzer.reporters.html.plots_dumps import bytes_over_time
from analyzer.reporters.html.report import Link
from analyzer.reporters.html.tables import Cell, Column, Table
from analyzer.reporters.text import field

MOODS: dict[view.Mood, str] = {"problem": "Problem", "unknown": "Undetermined", "ok": "Well"}


@dataclass(frozen=True)
class Advice:
    """A recommendation, ready to show."""

    summary: str
    figures: tuple[tuple[str, tuple[str, ...]], ...]
    """(`now`, `proposed` or `because`, its figures)."""
    tables: tuple[Table, ...]
    snippet: str
    docs: tuple[tuple[str, str | None], ...]
    """(what to show, address)."""


@dataclass(frozen=True)
class Section:
    """All that is shown of one diagnosis."""

    anchor: str
    diagnosis: Diagnosis
    name: str
    mood: view.Mood
    state: str
    facts: tuple[tuple[str, str], ...]
    recalled: str
    links: tuple[Link, ...]
    story: Table
    plots: tuple[Plot, ...]
    findings: tuple[view.FindingView, ...]
    hidden: int
    advice: tuple[Advice, ...]
    measured: tuple[str, ...]
    gaps: Table
    examined: Table
    skipped: tuple[int, tuple[str, ...]]


def page_of(diagnoses: Sequence[Diagnosis], *, verbose: bool) -> str:
    """The page: a section for each diagnosis, in their order."""
    sections = tuple(_section(f"target-{n}", one, verbose) for n, one in enumerate(diagnoses, 1))
    return render(
        "diagnosis.html.j2",
        sections=sections,
        title=diagnoses[0].verdict.title if len(diagnoses) == 1 else view.summary_line(diagnoses),
        overview=_overview(sections),
        verbose=verbose,
    )


def _overview(sections: Sequence[Section]) -> Table:
    columns = (
        Column("Target"),
        Column("State"),
        Column("Verdict"),
        Column("Confidence"),
        Column("Exit code", numeric=True),
    )
    rows = tuple(
        (
            Cell(one.name, href=f"#{one.anchor}"),
            Cell(one.state),
            Cell(one.diagnosis.verdict.title, note=one.diagnosis.verdict.cause),
            Cell(one.diagnosis.verdict.confidence),
            Cell(NOT_KNOWN if (code := one.diagnosis.job.get("exit_code")) is None else field(code)),
        )
        for one in sections
    )
    return Table("The targets", columns, rows, hidden_caption=True)


def _section(anchor: str, diagnosis: Diagnosis, verbose: bool) -> Section:
    mood = view.mood(diagnosis)
    findings, hidden = view.finding_views(diagnosis, verbose=verbose)
    count, missing = view.skipped_rules(diagnosis)
    named = [diagnosis.job.get(name) for name in (*view.NAMES, "id")]
    return Section(
        anchor=anchor,
        diagnosis=diagnosis,
        name=next((name for name in named if isinstance(name, str) and name), diagnosis.target),
        mood=mood,
        state=MOODS[mood],
        facts=(
            ("target", diagnosis.target),
            ("cause", diagnosis.verdict.cause),
            ("rule", diagnosis.verdict.rule),
            ("confidence", diagnosis.verdict.confidence),
            ("owner", diagnosis.verdict.owner),
            *view.job_rows(diagnosis, verbose=verbose),
        ),
        recalled=view.recalled_line(diagnosis),
        links=_links(diagnosis),
        story=_story(diagnosis),
        plots=_plots(anchor, diagnosis),
        findings=tuple(findings),
        hidden=hidden,
        advice=tuple(_advice(one) for one in diagnosis.recommendations),
        measured=tuple(view.pairs(diagnosis.measurements or {})),
        gaps=_gaps(diagnosis.gaps),
        examined=_examined(diagnosis, verbose),
        skipped=(count, tuple(missing)),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _links(diagnosis: Diagnosis) -> tuple[Link, ...]:
    """Pages of the AWS console: the job, the work directory, each attempt's log."""
    job = diagnosis.job
    region = _text(job.get("region"))
    pages = [
        ("job", job_link(_text(job.get("id")), region)),
        ("work directory", workdir_link(_text(job.get("workdir")), region)),
    ]
    real = pages[0][1] is not None
    pages += [
        (f"log of attempt {attempt.attempt}", log_link(attempt.log_group, attempt.log_stream, region))
        for attempt in (diagnosis.drawing.attempts if real else ())
    ]
    return tuple(Link(f"{name} in the AWS console", href) for name, href in pages if href)


def _story(diagnosis: Diagnosis) -> Table:
    told = view.timeline(diagnosis)
    columns = (Column("Event"), Column("Attempt", numeric=True), Column("When", short=True), Column("What came of it"))
    rows = tuple(
        (Cell(row.event), Cell(row.attempt.removeprefix("attempt ")), Cell(row.time), Cell(row.led_to))
        for row in told.rows
    )
    return Table(told.note or "What happened, step by step", columns, rows, sortable=False)


def _plots(anchor: str, diagnosis: Diagnosis) -> tuple[Plot, ...]:
    """The pictures that there is something for; a job that neither dumped nor was tried twice has none."""
    drawing, job = diagnosis.drawing, diagnosis.job
    plots: list[Plot] = []
    if drawing.curves:
        window = (diagnosis.measurements or {}).get("window_seconds")
        seconds = float(window) if isinstance(window, (int, float)) and window > 0 else WINDOW_SECONDS
        plots.append(bytes_over_time(f"{anchor}-curve", drawing.curves, seconds))
    spans = tuple(span for attempt in drawing.attempts if (span := _span(attempt)) is not None)
    if len(spans) > 1:
        timeline = Timeline(
            job_id=_text(job.get("id")) or diagnosis.target,
            process=_text(job.get("process")),
            task=_text(job.get("task")),
            cause=diagnosis.verdict.cause,
            spans=spans,
        )
        plots.append(attempts(f"{anchor}-attempts", [timeline]))
    return tuple(plots)


def _span(attempt: AttemptSpan) -> Span | None:
    if attempt.started_at is None or attempt.ended_at is None:
        return None
    return Span(
        attempt=attempt.attempt,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        instance_type=attempt.instance_type,
        ending=attempt.ending,
        saved=attempt.saved,
    )


def _advice(one: Recommendation) -> Advice:
    told = (("now", one.current), ("proposed", one.proposed), ("because", one.because))
    return Advice(
        summary=one.summary,
        figures=tuple((name, tuple(pairs)) for name, figures in told if (pairs := view.pairs(figures))),
        tables=tuple(
            Table(
                label(next(name for name, value in one.because.items() if view.is_table(value))),
                tuple(Column(name) for name in heading),
                tuple(tuple(Cell(cell) for cell in row) for row in rows),
            )
            for heading, *rows in view.tables(one.because)
        ),
        snippet=one.snippet or "",
        docs=tuple((field(url), documentation_link(url)) for url in one.docs),
    )


def _gaps(gaps: Sequence[Gap]) -> Table:
    columns = (Column("What"), Column("Why"), Column("Lost without it"), Column("Permission"))
    rows = tuple(
        (Cell(gap.what), Cell(gap.why), Cell(gap.matters), Cell(gap.permission or NOT_KNOWN, code=bool(gap.permission)))
        for gap in gaps
    )
    return Table("What could not be seen", columns, rows, sortable=False, hidden_caption=True)


def _examined(diagnosis: Diagnosis, verbose: bool) -> Table:
    columns = (Column("Rule"), Column("Result"), Column("Missing"))
    rows = tuple(
        (Cell(e.rule, code=True), Cell(e.result.replace("_", " ")), Cell(", ".join(e.missing)))
        for e in (diagnosis.examined if verbose else ())
    )
    return Table("Rules that had nothing to say", columns, rows, hidden_caption=True)
