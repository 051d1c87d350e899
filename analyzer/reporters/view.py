"""What of a diagnosis is shown to a person, and in which order: the same for the terminal and for Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Literal, cast

from analyzer.classifier.finding import Finding, Quote
from analyzer.diagnosis import Diagnosis
from analyzer.frozen import frozen
from analyzer.reporters.figures import figure, label, moment
from analyzer.reporters.text import field, prose, quote

MAX_QUOTES = 6
"""Quotes of one finding without --verbose."""
MAX_FINDINGS = 8
"""Findings without --verbose."""

NAMES = ("task", "process", "name")
"""What the task is called, the fullest first."""
_JOB_MEMBERS = (*("id", "queue", "status", "exit_code", "attempts", "memory_requested_bytes", "snapshots", "workdir"),)

Mood = Literal["ok", "unknown", "problem"]


def mood(diagnosis: Diagnosis) -> Mood:
    """Well, not to be told, or wrong."""
    if diagnosis.healthy:
        return "ok"
    return "unknown" if diagnosis.verdict.cause.startswith("unknown.") else "problem"


def summary_line(diagnoses: Sequence[Diagnosis]) -> str:
    """`3 targets: 2 with a problem, 1 healthy`."""
    count = Counter(mood(d) for d in diagnoses)
    parts = [f"{count['problem']} with a problem", f"{count['ok']} healthy"]
    if count["unknown"]:
        parts.append(f"{count['unknown']} undetermined")
    return f"{len(diagnoses)} {'target' if len(diagnoses) == 1 else 'targets'}: {', '.join(parts)}"


def job_rows(diagnosis: Diagnosis, *, verbose: bool) -> list[tuple[str, str]]:
    """(label, value) of what is known of the job; everything when `verbose`, else what a reader looks for first."""
    job = diagnosis.job
    names = [name for name in NAMES if job.get(name)][:1] + [name for name in _JOB_MEMBERS if name in job]
    if verbose:
        names += [name for name in job if name not in names]
    rows: list[tuple[str, str]] = []
    for name in names:
        value = job[name]
        if value is None or value in ("", [], {}, ()) or (name == "attempts" and not value):
            continue
        shown = str(len(value)) if name == "attempts" and isinstance(value, (list, tuple)) else figure(name, value)
        rows.append((label(name), shown))
    return rows


def recalled_line(diagnosis: Diagnosis) -> str:
    """What comes from a store, and when it was saved; empty where nothing does."""
    by_time: dict[str | None, list[str]] = {}
    for one in diagnosis.recalled:
        by_time.setdefault(one.captured_at, []).append(prose(one.what))
    told = [f"{_listed(what)} (saved {field(at) if at else 'at an unknown time'})" for at, what in by_time.items()]
    return f"From the store, as AWS did not give {_pronoun(diagnosis)} (any more): {joined(told)}." if told else ""


def _listed(names: Sequence[str]) -> str:
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last


def _pronoun(diagnosis: Diagnosis) -> str:
    return "it" if len(diagnosis.recalled) == 1 else "them"


@frozen
class TimelineRow:
    """One step of the story, ready to show."""

    attempt: str
    """`attempt 2`, or empty where the step belongs to none."""
    time: str
    event: str
    """With its cause, where it has one: `the dump was cut (dump.window_exceeded)`."""
    led_to: str


@frozen
class Timeline:
    """The story, oldest step first."""

    note: str
    """The day where all steps fall on one, and the time zone; empty where no step has a time."""
    rows: tuple[TimelineRow, ...]


def timeline(diagnosis: Diagnosis) -> Timeline:
    """The chain with its times in UTC; the day is left out of the rows where it is the same in all."""
    moments = [moment(step.at) for step in diagnosis.chain]
    dates = {date for date, _ in moments if date}
    rows = []
    following = zip_longest(diagnosis.chain, (step.event for step in diagnosis.chain[1:]))
    for (step, after), (date, time) in zip(following, moments, strict=True):
        attempt = f"attempt {step.attempt}" if step.attempt is not None else ""
        cause = f" ({field(step.cause)})" if step.cause else ""
        rows.append(
            TimelineRow(
                attempt=attempt,
                time=f"{date} {time}" if date and len(dates) > 1 else time,
                event=prose(step.event).removeprefix(f"{attempt} ") + cause,
                led_to="" if step.led_to == after else prose(step.led_to or ""),
            )
        )
    note = f"{dates.copy().pop()}, UTC" if len(dates) == 1 else "times in UTC" if dates else ""
    return Timeline(note, tuple(rows))


@frozen
class QuoteView:
    """A quoted line, ready to show."""

    place: str
    """`logs/2:17`."""
    at: str
    text: str
    source: str = ""
    """As the evidence names it: to look it up, never for display."""


@frozen
class FindingView:
    """A finding, ready to show."""

    heading: str
    """`FS101 dump.window_exceeded (certain, attempt 2)`."""
    summary: str
    """Empty where the verdict says the same."""
    quotes: tuple[QuoteView, ...]
    hidden: int
    """Quotes left out."""
    docs: tuple[str, ...]


def finding_views(diagnosis: Diagnosis, *, verbose: bool) -> tuple[list[FindingView], int]:
    """The findings, those that the verdict rests on first, and how many were left out."""
    first = [f for f in diagnosis.findings if _is_verdict(diagnosis, f)]
    others = [f for f in diagnosis.findings if not _is_verdict(diagnosis, f)]
    wanted = first + [f for f in others if verbose or f.severity != "info"]
    wanted = wanted if verbose else wanted[:MAX_FINDINGS]
    return [_finding_view(diagnosis, f, verbose) for f in wanted], len(diagnosis.findings) - len(wanted)


def _is_verdict(diagnosis: Diagnosis, finding: Finding) -> bool:
    return finding.rule == diagnosis.verdict.rule and finding.cause == diagnosis.verdict.cause


def _finding_view(diagnosis: Diagnosis, finding: Finding, verbose: bool) -> FindingView:
    notes = [finding.confidence, *([f"attempt {finding.attempt}"] if finding.attempt is not None else [])]
    if finding.severity != "error":
        notes.insert(0, finding.severity)
    quotes = finding.evidence if verbose else finding.evidence[:MAX_QUOTES]
    return FindingView(
        heading=f"{field(finding.rule)} {field(finding.cause)} ({', '.join(notes)})",
        summary="" if finding.summary == diagnosis.verdict.summary else prose(finding.summary),
        quotes=tuple(quote_view(q) for q in quotes),
        hidden=len(finding.evidence) - len(quotes),
        docs=tuple(field(d) for d in finding.docs),
    )


def quote_view(evidence: Quote) -> QuoteView:
    """A quote's place as editors and grep write it (`file:line`), its time and its text."""
    place = field(evidence.source) + (f":{evidence.line}" if evidence.line is not None else "")
    return QuoteView(place, field(evidence.at) if evidence.at else "", quote(evidence.text), evidence.source)


SOURCE_ENDING = "_from"


def pairs(figures: Mapping[str, object]) -> list[str]:
    """`{"window_seconds": 120}` -> `["window 120 s"]`; a source (`..._from`) stands behind its figure; no tables."""
    shown = []
    labels = Counter(label(name) for name in figures)
    for name, value in figures.items():
        if is_table(value) or (name.endswith(SOURCE_ENDING) and _figure_of(name, figures) is not None):
            continue
        source = next((s for s in figures if s.endswith(SOURCE_ENDING) and _figure_of(s, figures) == name), None)
        told = f" ({figure(source, figures[source])})" if source else ""
        shown.append(f"{_told_apart(name, labels)} {figure(name, value)}{told}")
    return shown


def _told_apart(name: str, labels: Counter[str]) -> str:
    """A label that another figure has, too, says what is measured: `dump size`, `dump time`."""
    kind = next((word for ending, word in (("_bytes", " size"), ("_seconds", " time")) if name.endswith(ending)), "")
    return label(name) + (kind if labels[label(name)] > 1 else "")


def _figure_of(source: str, figures: Mapping[str, object]) -> str | None:
    """The figure that `memory_from` is the source of: `memory_from` or `memory_bytes`."""
    stem = source.removesuffix(SOURCE_ENDING)
    return next((n for n in figures if n in (stem, f"{stem}_bytes")), None)


def numbers(figures: Mapping[str, object]) -> dict[str, object]:
    """The figures that are numbers: what is reckoned with, without sources and formulas."""
    return {name: value for name, value in figures.items() if isinstance(value, (int, float))}


def is_table(value: object) -> bool:
    """Whether a figure is a list of records, all with the same members."""
    rows = value if isinstance(value, (list, tuple)) else ()
    return bool(rows) and all(isinstance(row, Mapping) and row.keys() == rows[0].keys() for row in rows)


def tables(figures: Mapping[str, object]) -> list[list[list[str]]]:
    """Each table among the figures as rows of cells, its heading first."""
    found = []
    for value in figures.values():
        if is_table(value):
            rows = cast("Sequence[Mapping[str, object]]", value)
            heading = [label(name) for name in rows[0]]
            found.append([heading, *([figure(name, cell) for name, cell in row.items()] for row in rows)])
    return found


def skipped_rules(diagnosis: Diagnosis) -> tuple[int, list[str]]:
    """How many rules could not look, and what they lacked, the most wanted first."""
    skipped = [e for e in diagnosis.examined if e.result == "skipped"]
    wanted = Counter(field(m) for e in skipped for m in e.missing)
    return len(skipped), [name for name, _ in wanted.most_common()]


def joined(parts: Iterable[str]) -> str:
    """Figures side by side on one line."""
    return "; ".join(parts)
