"""`report.md`: the ticket's text, made of the originals; whoever assembles the bundle disguises it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from analyzer import __version__
from analyzer.bundle.asked import asked
from analyzer.bundle.places import stands_in
from analyzer.bundle.surroundings import Told, attempt_end, surroundings
from analyzer.classifier.clock import from_milliseconds
from analyzer.classifier.units import seconds_text
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.job import Attempt, Job, items, read_job, text
from analyzer.evidence.model import Evidence
from analyzer.reporters import markdown, view
from analyzer.reporters.text import code_cell, escape_markdown, field, own_prose, prose

MOST_ROWS = 60
"""Of one table: longer ones nobody reads in a ticket; the bundle's documents hold the rest."""
_NAMES = ("task", "process", "name", "id")

Members = Mapping[str, str]


def ticket_text(
    diagnoses: Sequence[Diagnosis],
    evidences: Sequence[Evidence],
    cut: Sequence[str] = (),
    members: Sequence[Members] = (),
) -> str:
    """The ticket as Markdown: what a support engineer needs in order to act, in the order in which it is needed.

    `evidences` are those of `diagnoses`, in the same order. `cut` says in words what was left out of the bundle.
    `members` tells for each target where a capture's member (`logs/2.jsonl`) stands in the bundle.
    """
    pairs = list(zip_longest(zip(diagnoses, evidences, strict=True), members[: len(diagnoses)], fillvalue=None))
    lines = [f"# {_headline(diagnoses)}", "", *_overview(diagnoses)]
    for pair, held in pairs:
        if pair is not None:
            lines += _section(*pair, held or {})
    lines += [*_cut(cut), "---", "", f"fsnap-diagnose {__version__}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _headline(diagnoses: Sequence[Diagnosis]) -> str:
    if len(diagnoses) != 1:
        return escape_markdown(f"Fusion Snapshots: {view.summary_line(diagnoses)}")
    job, title = diagnoses[0].job, own_prose(diagnoses[0].verdict.title)
    name = _name(diagnoses[0])
    code = job.get("exit_code")
    about = [*([f"exit code {code}"] if isinstance(code, int) else []), *([name] if name else [])]
    return escape_markdown(title + (f" ({', '.join(about)})" if about else ""))


def _name(diagnosis: Diagnosis) -> str:
    return next((field(diagnosis.job[n]) for n in _NAMES if text(diagnosis.job.get(n))), field(diagnosis.target))


def _overview(diagnoses: Sequence[Diagnosis]) -> list[str]:
    if len(diagnoses) < 2:  # noqa: PLR2004 - one target needs no table of targets
        return []
    rows = [
        (
            str(number),
            code_cell(_name(diagnosis)),
            f"{markdown.MOODS[view.mood(diagnosis)]}: {code_cell(field(diagnosis.verdict.cause))}",
            diagnosis.verdict.confidence,
            escape_markdown(
                field(diagnosis.job.get("exit_code") if diagnosis.job.get("exit_code") is not None else "")
            ),
        )
        for number, diagnosis in enumerate(diagnoses, 1)
    ]
    return markdown.table(("target", "task", "verdict", "confidence", "exit code"), rows)


def _section(diagnosis: Diagnosis, evidence: Evidence, members: Members) -> list[str]:
    verdict = diagnosis.verdict
    return [
        f"## {escape_markdown(own_prose(verdict.title))}",
        "",
        escape_markdown(prose(verdict.summary)),
        "",
        *markdown.facts(diagnosis, verbose=False),
        *markdown.story(diagnosis),
        *markdown.proof(diagnosis, verbose=False, stands_in=lambda source: stands_in(source, evidence, members)),
        *_tried(evidence),
        *_surroundings(surroundings(diagnosis, evidence), evidence, members),
        *markdown.advice(diagnosis),
        *markdown.unseen(diagnosis.gaps),
    ]


def _tried(evidence: Evidence) -> list[str]:
    """The attempts, and what was set for them to be made again."""
    if evidence.job is None:
        return []
    job = read_job(evidence.job)
    rows = [_attempt_row(attempt) for attempt in job.attempts[:MOST_ROWS]]
    lines = ["### What was tried", ""]
    if rows:
        lines += markdown.table(("attempt", "started (UTC)", "ended (UTC)", "ran for", "how it ended"), rows)
    lines += [f"- {escape_markdown(setting)}" for setting in _settings(job)]
    return [*lines, ""]


def _attempt_row(attempt: Attempt) -> tuple[str, ...]:
    started, stopped = attempt.started_at, attempt.stopped_at
    ran = seconds_text((stopped - started) / 1000) if started is not None and stopped is not None else ""
    return (
        str(attempt.number),
        from_milliseconds(started) or "",
        from_milliseconds(stopped) or "",
        ran,
        escape_markdown(prose(attempt_end(attempt)), cell=True),
    )


def _settings(job: Job) -> Iterator[str]:
    allowed = job.attempts_allowed
    yield f"attempts that Batch may make: {allowed if allowed is not None else 'one, no retry strategy is set'}"
    for rule in job.retry_rules[:MOST_ROWS]:
        told = (("status reason", rule.on_status_reason), ("reason", rule.on_reason), ("exit code", rule.on_exit_code))
        when = " and ".join(f"{name} {field(value)}" for name, value in told if value)
        yield f"Batch's rule: {field(rule.action).lower()} where {when or 'anything happens'}"
    limit = job.timeout_seconds
    yield f"time limit of an attempt: {seconds_text(limit) if limit is not None else 'none'}"
    yield "Nextflow's own retries are new jobs in new work directories: none of them is seen here"


def _surroundings(facts: Sequence[Told], evidence: Evidence, members: Members) -> list[str]:
    """What is known of machine, image and settings, in the order in which support asks for it."""
    order = [item for item in asked() if not item.parts]
    rows = []
    for item in order:
        told = dict.fromkeys((fact.value, fact.source, fact.sure) for fact in facts if fact.item == item.id)
        for value, source, sure in list(told)[:MOST_ROWS]:
            where = stands_in(source, evidence, members)
            note = "" if sure else " (not settled)"
            rows.append((escape_markdown(item.asks, cell=True), code_cell(field(value)) + note, _where(source, where)))
    missing = [item.asks for item in order if item.id not in {fact.item for fact in facts}]
    lines = ["### Environment", "", *markdown.table(("what", "which", "from"), rows)] if rows else []
    if missing:
        lines += [escape_markdown(f"Not known: {', '.join(missing)}. checklist.md says how to get each."), ""]
    return lines


def _where(source: str, member: str | None) -> str:
    return code_cell(field(source)) + (f" in {code_cell(field(member))}" if member else "")


def _cut(cut: Sequence[str]) -> list[str]:
    if not cut:
        return []
    return ["## What was cut to keep the bundle small", "", *(f"- {escape_markdown(prose(one))}" for one in cut), ""]
