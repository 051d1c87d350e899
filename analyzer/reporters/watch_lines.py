"""One line for each thing that happened to a job that is watched."""

from __future__ import annotations

from analyzer.classifier.clock import to_milliseconds
from analyzer.fleet.happening import Happening
from analyzer.reporters.brief import shortened
from analyzer.reporters.text import field, prose

NAME_CHARACTERS = 48
_RUN_CHARACTERS = 17
"""`tw-` and a workflow's id: names of one run begin with it, and only their ends tell the tasks apart."""
REASON_CHARACTERS = 160
SUMMARY_CHARACTERS = 400
LONG_AGO_MILLISECONDS = 10 * 60 * 1000
QUIET = frozenset({"succeeded"})
"""Of what there is nothing to say."""


def line(happening: Happening) -> str:
    """`2026-11-21T03:12:40Z STAR_ALIGN-1 (eba59299): attempt 1 lost its host i-0abc (m6id.4xlarge): saved`."""
    return f"{field(happening.at)} {who(happening)}: {what(happening)}{_long_ago(happening)}"


def _long_ago(happening: Happening) -> str:
    """When it was, where that is not about now, as at a start after a pause."""
    kept, ended = to_milliseconds(happening.at), to_milliseconds(happening.ended_at)
    if kept is None or ended is None or kept - ended < LONG_AGO_MILLISECONDS:
        return ""
    return f" (ended {field(happening.ended_at)})"


def who(happening: Happening) -> str:
    """The job, by its name and as much of its id as tells it from others."""
    name = field(happening.name)
    end = name[_RUN_CHARACTERS + 1 - NAME_CHARACTERS :]
    short = name if len(name) <= NAME_CHARACTERS else f"{name[:_RUN_CHARACTERS]}…{end}"
    return f"{short} ({field(happening.job_id)})" if short else field(happening.job_id)


def what(happening: Happening) -> str:
    """What happened to it, in a clause or two."""
    number = happening.attempts
    if happening.kind == "lost":
        proven = ", Spot reclaim proven" if happening.reclaim_proven else ""
        return f"attempt {number} lost its host{_host(happening, proven)}: saved"
    if happening.kind == "ended":
        return f"attempt {number} ended{_host(happening)}{_why(happening)}: saved"
    if happening.kind == "blocked":
        return f"cannot be placed: {_told(happening)}"
    if happening.kind == "failed":
        return f"failed: {_told(happening)}"
    lost = happening.lost_hosts
    times = f"{lost} lost host{'' if lost == 1 else 's'}"
    if happening.kind == "survived":
        return f"survived {times}"
    if happening.kind == "recovered":
        return f"went well at attempt {number}{f' after {times}' if lost else ''}"
    return "went well"


def _host(happening: Happening, more: str = "") -> str:
    name, kind = happening.instance_id, happening.instance_type
    known = f" ({field(kind or 'of unknown type')}{more})" if kind or more else ""
    return f" {field(name)}{known}" if name else known


def _why(happening: Happening) -> str:
    code = f", exit code {happening.exit_code}" if happening.exit_code is not None else ""
    reason = f", {shortened(prose(happening.reason), REASON_CHARACTERS)}" if happening.reason else ""
    return f"{code}{reason}"


def _told(happening: Happening) -> str:
    diagnosis = happening.diagnosis
    if diagnosis is None:
        return shortened(prose(happening.fault or happening.reason or "of unknown cause"), SUMMARY_CHARACTERS)
    verdict = diagnosis.verdict
    head = " ".join(field(one) for one in (verdict.cause, verdict.rule, verdict.confidence) if one)
    return f"{head}: {shortened(prose(verdict.summary), SUMMARY_CHARACTERS)}"


def document(happening: Happening) -> dict[str, object]:
    """The same for machines: a JSON object on a line; what is not known is null."""
    verdict = happening.diagnosis.verdict if happening.diagnosis else None
    return {
        "at": field(happening.at),
        "ended_at": _or_none(happening.ended_at),
        "job_id": field(happening.job_id),
        "name": field(happening.name),
        "queue": field(happening.queue),
        "event": happening.kind,
        "attempts": happening.attempts,
        "lost_hosts": happening.lost_hosts,
        "instance_id": _or_none(happening.instance_id),
        "instance_type": _or_none(happening.instance_type),
        "reclaim_proven": happening.reclaim_proven,
        "exit_code": happening.exit_code,
        "reason": _or_none(happening.reason),
        "cause": verdict.cause if verdict else None,
        "rule": verdict.rule if verdict else None,
        "confidence": verdict.confidence if verdict else None,
        "summary": prose(verdict.summary) if verdict else None,
        "fault": _or_none(happening.fault),
    }


def _or_none(value: str | None) -> str | None:
    return None if value is None else field(value)
