"""Gaps that saved evidence closes: what could not be had now, and is there all the same."""

from __future__ import annotations

import re
from dataclasses import replace

from analyzer.evidence.job import items, mapping, text
from analyzer.evidence.model import Evidence, Gap

_LOG = re.compile(r"the log of attempt (\d{1,4})")
_TYPES = re.compile(r"the instance type of attempt (\d{1,4}(?:, \d{1,4}){0,99})")
WORKDIR = "workdir/"


def without_closed(evidence: Evidence, typed: frozenset[int] = frozenset()) -> tuple[Gap, ...]:
    """The gaps of evidence that are still open; of those that name several things what is still missing.

    Args:
        evidence: what has been put together.
        typed: attempts whose instance's type is known.
    """
    return tuple(left for gap in evidence.gaps if (left := _open(gap, evidence, typed)) is not None)


def _open(gap: Gap, evidence: Evidence, typed: frozenset[int]) -> Gap | None:
    if match := _TYPES.fullmatch(gap.what):
        unknown = [number for number in match[1].split(", ") if int(number) not in typed]
        return replace(gap, what=f"the instance type of attempt {', '.join(unknown)}") if unknown else None
    parts = gap.what.split(", ")
    left = [part for part in parts if not _is_closed(part, evidence)]
    return replace(gap, what=", ".join(left)) if left else None


def _is_closed(what: str, evidence: Evidence) -> bool:
    if match := _LOG.fullmatch(what):
        return int(match[1]) in evidence.logs
    if what.startswith(WORKDIR):
        return what.removeprefix(WORKDIR) in evidence.workdir
    queue, environments = evidence.job_queue is not None, bool(evidence.compute_environments)
    return {
        "the job queue": queue,
        "the compute environments": environments,
        "the job queue and its compute environments": queue and environments,
    }.get(what, False)


def has_type(document: object) -> bool:
    """An instance, or a container instance, tells its type."""
    one = mapping(document)
    named = {text(attribute.get("name")) for attribute in items(one.get("attributes"))}
    return text(one.get("InstanceType")) is not None or "ecs.instance-type" in named
