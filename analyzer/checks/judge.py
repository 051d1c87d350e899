"""Makes results: the record's words, this environment's values."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.advisor.placeholders import fill
from analyzer.checks.record import DEFAULT_FIX, Fix, checks
from analyzer.checks.result import CheckResult, Snippet, Status, Subject
from analyzer.evidence.model import Gap

_NOTHING: Mapping[str, str] = {}


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
        snippet=_snippet(advice, values) if advice else None,
        docs=record.references,
    )


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
    return Snippet(advice.language, fill(advice.snippet.strip(), values))
