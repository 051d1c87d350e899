"""Gaps that saved evidence closes: what could not be had now, and is there all the same."""

from __future__ import annotations

import re
from dataclasses import replace

from analyzer.evidence.model import Evidence, Gap

_LOG = re.compile(r"(?:the beginning of )?the log of attempt (\d{1,4})")


def without_closed(evidence: Evidence) -> tuple[Gap, ...]:
    """The gaps of evidence that are still open; of those that name several things what is still missing."""
    return tuple(left for gap in evidence.gaps if (left := _open(gap, evidence)) is not None)


def _open(gap: Gap, evidence: Evidence) -> Gap | None:
    parts = gap.what.split(", ")
    left = [part for part in parts if not _is_closed(part, evidence)]
    return None if not left else gap if left == parts else replace(gap, what=", ".join(left))


def _is_closed(what: str, evidence: Evidence) -> bool:
    if match := _LOG.fullmatch(what):
        return int(match[1]) in evidence.logs and not what.startswith("the beginning")
    if what.startswith("workdir/"):
        return what.removeprefix("workdir/") in evidence.workdir
    have = {
        "the job queue": evidence.job_queue is not None,
        "the compute environments": bool(evidence.compute_environments),
        "the job queue and its compute environments": bool(evidence.job_queue and evidence.compute_environments),
    }
    return have.get(what, False)
