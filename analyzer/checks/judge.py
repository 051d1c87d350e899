"""Makes results: the record's words, this environment's values."""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzer.advisor.placeholders import fill
from analyzer.checks.record import DEFAULT_FIX, Fix, checks
from analyzer.checks.result import CheckResult, Snippet, Status, Subject
from analyzer.evidence.model import Gap

_NOTHING: Mapping[str, str] = {}
LIST_NOTE, HOSTS_NOTE = "LIST-NOTE", "HOSTS-NOTE"
"""Keys among the values: what becomes of the present list of types, and of jobs that run when hosts are replaced."""
DEFAULT_MINUTES = 30
LIST_REPLACED = "The list replaces the environment's own."
_COMMAND = re.compile(r"\baws (batch|ec2|ssm) ([a-z-]{1,60})")


def hosts_replaced(ends_jobs: bool | None = None, minutes: int | None = None) -> str:
    """What an update does to jobs that run (botocore's model of Batch, UpdatePolicy); None: not set, so the default."""
    if ends_jobs:
        return (
            "The update replaces the environment's hosts, and ends running jobs at once "
            "(updatePolicy.terminateJobsOnUpdate is true); they are tried again as far as their attempts go."
        )
    told = "as it is set" if minutes is not None else "the default"
    return (
        f"The update replaces the environment's hosts: running jobs may go on for {minutes or DEFAULT_MINUTES} minutes "
        f"(updatePolicy.jobExecutionTimeoutMinutes, {told}; terminateJobsOnUpdate = true would end them at once)."
    )


def judged(
    check: str,
    subject: Subject,
    status: Status,
    found: str,
    detail: str = "",
    *,
    fix: str = DEFAULT_FIX,
    values: Mapping[str, str] = _NOTHING,
) -> CheckResult:
    """A result; a passed check needs no fix. `fix` names one of the record's, `values` fill its placeholders."""
    record = checks()[check]
    advice = None if status in ("pass", "unknown") else record.fixes[fix]
    return CheckResult(
        id=check,
        title=record.title,
        status=status,
        subject=subject,
        found=found,
        detail=detail,
        fix=fill(advice.text.strip(), values) if advice else "",
        effects=effects_of(advice, values) if advice else "",
        snippet=_snippet(advice, values) if advice else None,
        docs=record.references,
    )


def effects_of(fix: Fix, values: Mapping[str, str] = _NOTHING) -> str:
    """What an update replaces, and what becomes of jobs that run."""
    said: list[str] = []
    if fix.replaces == "list":
        said.append(values.get(LIST_NOTE, LIST_REPLACED))
    if fix.replaces:
        said.append(values.get(HOSTS_NOTE, hosts_replaced()))
    return " ".join(said)


def unseen(check: str, subject: Subject, gap: Gap | None, otherwise: str) -> CheckResult:
    """A result for what could not be looked at: for want of what the gap names, or for the reason in `otherwise`."""
    record = checks()[check]
    return CheckResult(
        id=check,
        title=record.title,
        status="unknown",
        subject=subject,
        found="not seen" if gap else "not known",
        detail=f"{gap.what}: {gap.why}" if gap else otherwise,
        missing=gap,
        docs=record.references,
    )


def _snippet(advice: Fix, values: Mapping[str, str]) -> Snippet | None:
    if not advice.snippet or not advice.language:
        return None
    text = advice.snippet.strip()
    if advice.language == "bash" and "YOUR-REGION" in values:
        text = _COMMAND.sub(rf"\g<0> --region {values['YOUR-REGION']}", text)
    return Snippet(advice.language, fill(text, values))
