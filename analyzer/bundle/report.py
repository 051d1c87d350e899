"""`report.md`: the ticket's text, made of the originals; whoever assembles the bundle disguises it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analyzer import __version__
from analyzer.bundle.asked import asked
from analyzer.bundle.places import Places, places
from analyzer.bundle.surroundings import Grouped, Told, attempt_end, grouped, surroundings
from analyzer.classifier.clock import from_milliseconds
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.job import Attempt, Job, read_job, text
from analyzer.evidence.model import Evidence
from analyzer.reporters import markdown, view
from analyzer.reporters.figures import figure
from analyzer.reporters.text import code_cell, escape_markdown, field, own_markdown, own_prose, prose

MOST_ROWS = 60
"""Of one table: more than that nobody reads in a ticket; the bundle's documents hold the rest."""
SHOWN_IN_ATTEMPTS = frozenset({"exit-code", "time-of-failure"})
"""Items that the table of attempts shows already."""
HOW_TO_READ = (
    "The evidence lies in `captures/` beside this file, what support asks for in `checklist.md`, all of the diagnosis "
    "in `diagnosis.json`; `fsnap-diagnose` with the bundle as its target shows it again. `[masked]` is a secret. "
    "Unless `manifest.json` says that nothing is `redacted`, `bucket-N`, `host-N`, `sample-N`, ids of zeros and "
    "documentation addresses stand for names: the same one for the same thing, in every file."
)
"""Of a report that strangers read: they know neither the bundle nor that its names are none."""
_NAMES = ("task", "process", "name", "id")

Members = Mapping[str, str]


def ticket_text(
    diagnoses: Sequence[Diagnosis],
    evidences: Sequence[Evidence],
    cut: Sequence[str] = (),
    members: Sequence[Members] = (),
    changed: Sequence[str] = (),
) -> str:
    """The ticket as Markdown: what a support engineer needs in order to act, in the order in which it is needed.

    `evidences` are those of `diagnoses`, in the same order. `cut` says in words what was left out of the bundle, and
    which targets are not in it. `members`, where given, tells for each target where a capture's member
    (`logs/2.jsonl`) stands in the bundle. `changed` says in words what the bundle's captures, which are disguised,
    give another answer to than this report.
    """
    held = members or [{}] * len(diagnoses)
    lines = [f"# {_headline(diagnoses)}", "", HOW_TO_READ, "", *_changed(changed), *_overview(diagnoses)]
    for number, (diagnosis, evidence, own) in enumerate(zip(diagnoses, evidences, held, strict=True), 1):
        title = own_markdown(own_prose(diagnosis.verdict.title))
        lines += [f"## {number}: {title}", ""] if len(diagnoses) > 1 else []
        lines += _section(diagnosis, evidence, places(evidence, own))
    lines += [*_cut(cut), "---", "", f"fsnap-diagnose {__version__}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _changed(changed: Sequence[str]) -> list[str]:
    if not changed:
        return []
    said = "This report tells what the evidence showed before names were replaced. The captures show less:"
    return [f"**{said}**", "", *(f"- {escape_markdown(prose(one))}" for one in changed), ""]


def _headline(diagnoses: Sequence[Diagnosis]) -> str:
    if len(diagnoses) != 1:
        return escape_markdown(view.summary_line(diagnoses))
    diagnosis = diagnoses[0]
    code = diagnosis.job.get("exit_code")
    about = ([f"exit code {code}"] if isinstance(code, int) else []) + [_name(diagnosis)]
    return escape_markdown(f"{own_prose(diagnosis.verdict.title)}: {', '.join(about)}")


def _name(diagnosis: Diagnosis) -> str:
    return next((field(diagnosis.job[n]) for n in _NAMES if text(diagnosis.job.get(n))), field(diagnosis.target))


def _overview(diagnoses: Sequence[Diagnosis]) -> list[str]:
    if len(diagnoses) <= 1:
        return []
    rows = [
        (
            str(number),
            code_cell(_name(diagnosis)),
            f"{markdown.MOODS[view.mood(diagnosis)]}: {code_cell(field(diagnosis.verdict.cause))}",
            diagnosis.verdict.confidence,
            code_cell(figure("exit_code", diagnosis.job.get("exit_code"))),
        )
        for number, diagnosis in enumerate(diagnoses, 1)
    ]
    return markdown.table(("target", "task", "verdict", "confidence", "exit code"), rows)


def _section(diagnosis: Diagnosis, evidence: Evidence, where: Places) -> list[str]:
    return [
        escape_markdown(prose(diagnosis.verdict.summary)),
        "",
        *markdown.facts(diagnosis, verbose=False),
        *markdown.story(diagnosis),
        *markdown.proof(diagnosis, verbose=False, stands_in=where.stands_in),
        *_tried(evidence),
        *_surroundings(surroundings(diagnosis, evidence), evidence, where),
        *_measured(diagnosis),
        *markdown.advice(diagnosis, located=where.located),
        *markdown.unseen(diagnosis.gaps),
        *markdown.examined(diagnosis, verbose=False),
    ]


def _tried(evidence: Evidence) -> list[str]:
    """The attempts, and what was set for them to be made again."""
    if evidence.job is None:
        return []
    job = read_job(evidence.job)
    lines = ["### What was tried", ""]
    if job.attempts:
        rows = [_attempt_row(attempt) for attempt in job.attempts[:MOST_ROWS]]
        lines += markdown.table(("attempt", "started (UTC)", "ended (UTC)", "ran for", "how it ended"), rows)
    lines += [f"- {escape_markdown(prose(setting))}" for setting in _settings(job)]
    return [*lines, ""]


def _attempt_row(attempt: Attempt) -> tuple[str, ...]:
    started, stopped = attempt.started_at, attempt.stopped_at
    ran = figure("seconds", (stopped - started) / 1000) if started is not None and stopped is not None else ""
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
        when = " and ".join(f"{name} is {value}" for name, value in told if value)
        yield f"Batch's rule: {rule.action.lower()} where {when or 'anything happens'}"
    limit = job.timeout_seconds
    yield f"time limit of an attempt: {figure('seconds', limit) if limit is not None else 'none'}"
    yield "Nextflow's own retries are new jobs in new work directories: none of them is seen here"


def _surroundings(told: Sequence[Told], evidence: Evidence, where: Places) -> list[str]:
    """What is known of machine, image and settings, in the order in which support asks for it."""
    shown = SHOWN_IN_ATTEMPTS if evidence.job is not None and read_job(evidence.job).attempts else frozenset()
    order = [item for item in asked() if not item.parts and item.id not in shown]
    rows = [
        (escape_markdown(item.asks, cell=True), _value(value), _where(value.sources, where))
        for item in order
        for value in grouped(told, item.id)[:MOST_ROWS]
    ]
    known = {one.item for one in told}
    missing = [item.asks for item in order if item.id not in known]
    lines = ["### Environment", ""] if rows or missing else []
    lines += markdown.table(("what", "which", "from"), rows) if rows else []
    if missing:
        lines += [escape_markdown(f"Not known: {', '.join(missing)}. The checklist says how to get each."), ""]
    return lines


def _value(value: Grouped) -> str:
    notes = [*value.about, *([] if value.sure else ["not settled"])]
    shown = code_cell(field(value.value))
    return f"{shown} ({escape_markdown(', '.join(notes), cell=True)})" if notes else shown


def _where(sources: Sequence[str], where: Places) -> str:
    """The first of the places, and how many there are more."""
    first, member = sources[0], where.stands_in(sources[0])
    shown = code_cell(field(first))
    if member:
        shown = code_cell(field(member)) if member.endswith(first) else f"{shown} in {code_cell(field(member))}"
    return f"{shown} and {len(sources) - 1} more" if len(sources) > 1 else shown


def _measured(diagnosis: Diagnosis) -> list[str]:
    pairs = view.pairs(diagnosis.measurements or {})
    return ["### Measured", "", *(f"- {escape_markdown(pair)}" for pair in pairs), ""] if pairs else []


def _cut(cut: Sequence[str]) -> list[str]:
    if not cut:
        return []
    return ["## What is not in the bundle", "", *(f"- {escape_markdown(prose(one))}" for one in cut), ""]
