"""Moments: when a job's evidence is worth keeping, told from its description alone.

The same description gives the same moment, whoever sees it and however often: what is saved under its name is saved
once.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from analyzer.evidence.job import Attempt, Job, items, read_job, whole
from analyzer.evidence.model import Document

_FINAL = {"FAILED": "failed", "SUCCEEDED": "succeeded"}
_GOES_ON = frozenset({"RUNNABLE", "STARTING", "RUNNING"})
_REASON_DIGITS = 8


@dataclass(frozen=True)
class Moment:
    """A point in a job's life."""

    name: str
    """`attempt-2.ended`, `attempt-3.failed`, `blocked-1f2e3d4c`: letters, digits, `.` and `-`."""
    final: bool
    """Nothing comes after it: the job has failed, or went well."""


def moment_of(job: Document) -> Moment | None:
    """The moment that a job is in, by its description as DescribeJobs or an event gives it.

    None where there is nothing to keep: it waits without a reason, runs for the first time, or is the parent of an
    array, whose children are the jobs that run.
    """
    read = read_job(job)
    if read.id is None or (read.array_size is not None and read.array_index is None):
        return None
    if read.status in _FINAL:
        return Moment(f"attempt-{len(read.attempts)}.{_FINAL[read.status]}", final=True)
    if read.status not in _GOES_ON:
        return None
    ended = attempts_ended(read, job)
    if ended:
        return Moment(f"attempt-{ended}.ended", final=False)
    if read.status == "RUNNABLE" and read.status_reason:
        digest = sha256(read.status_reason.encode("utf-8", "replace")).hexdigest()[:_REASON_DIGITS]
        return Moment(f"blocked-{digest}", final=False)
    return None


def attempts_ended(read: Job, job: Document) -> int:
    """How many attempts of a job that goes on are over: those that are listed, and say so themselves."""
    listed = any(items(job.get(member)) for member in ("attempts", "eksAttempts"))
    return sum(map(_is_over, read.attempts)) if listed else 0


def _is_over(attempt: Attempt) -> bool:
    return bool(attempt.stopped_at is not None or attempt.status_reason or attempt.exit_code is not None)


def ended_at(job: Document) -> int | None:
    """When a job that has ended did, epoch milliseconds; else its last attempt, else when it was made."""
    attempts = read_job(job).attempts
    last = attempts[-1].stopped_at if attempts else None
    return next((at for at in (whole(job.get("stoppedAt")), last, whole(job.get("createdAt"))) if at is not None), None)
