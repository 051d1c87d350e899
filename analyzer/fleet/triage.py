"""What a job's summary in a list already decides: most jobs need one look, some none, few need their evidence."""

from __future__ import annotations

from typing import Literal

from analyzer.evidence.job_summary import JobSummary
from analyzer.evidence.model import Document

Triage = Literal["skip", "summary", "describe"]
DEPENDENCY_REASONS = ("Dependent Job failed", "Dependency job failed")
"""What Batch writes on a job whose dependency failed (facts: status reasons of finished jobs)."""
_TIME_LIMIT, _CAPACITY = "Canceled by JobStateTimeLimit action", "CAPACITY:"
"""No instance was to be had. What the job asked for explains the other reasons of this kind: those are described."""


def triage(summary: JobSummary) -> Triage:
    """`skip`: an array's parent, or a job that has not ended; `summary`: the summary says all; else `describe`.

    A job that went well is described, too: whether it survived a reclaim stands in its attempts only.
    """
    if summary.is_array or not summary.ended:
        return "skip"
    return "summary" if _never_began(summary) and _told_why(summary) else "describe"


def _never_began(summary: JobSummary) -> bool:
    """It has neither a start, nor a container that left anything, nor nodes whose ends would have to be asked for."""
    return (
        summary.status == "FAILED"
        and summary.started_at is None
        and summary.exit_code is None
        and summary.reason is None
        and summary.nodes is None
    )


def _told_why(summary: JobSummary) -> bool:
    """Its reason says that it was ended before its turn came: no attempt can be behind it."""
    reason = (summary.status_reason or "").strip()
    if reason.startswith(_TIME_LIMIT):
        return _CAPACITY in reason
    return summary.is_cancelled or reason.startswith(DEPENDENCY_REASONS)


def as_description(summary: JobSummary) -> Document:
    """The summary in DescribeJobs' form, as far as it goes: for jobs that `triage` says need no more."""
    members = dict(summary.document)
    if summary.queue:
        members.setdefault("jobQueue", summary.queue)
    return {**members, "attempts": []}
