"""How Batch, ECS and EC2 say that a host went away: one place for fetchers and rules."""

from __future__ import annotations

import re

from analyzer.evidence.job import Attempt, mapping, text
from analyzer.evidence.model import Document

HOST_LOST = re.compile(r"\bHost EC2\b", re.IGNORECASE)
"""Batch's words when ECS lost the host; Nextflow's retry rule matches the same prefix (`Host EC2*`)."""
SPOT_TASK_INTERRUPTED = re.compile(r"Spot Task was interrupted|\bSpotInterruption\b", re.IGNORECASE)
"""ECS' words for Fargate Spot (ECS task events: stop code SpotInterruption)."""
RECLAIM_STATE_CODES = ("Server.SpotInstanceTermination", "Server.SpotInstanceShutdown")
"""EC2's StateReason.Code of an interrupted Spot instance (EC2 user guide, finding an interrupted Spot Instance)."""
_INSTANCE_ID = re.compile(r"\bi-[0-9a-f]{8,32}\b")


def lost_reason(attempt: Attempt) -> tuple[str, str] | None:
    """(where it stands, the words) of the reason that says that the attempt's host went away."""
    reasons = [(attempt.status_reason_source, attempt.status_reason)]
    reasons += [(f"{end.source}.reason", end.reason) for end in attempt.containers]
    for source, reason in reasons:
        if reason and (HOST_LOST.search(reason) or SPOT_TASK_INTERRUPTED.search(reason)):
            return source, reason
    return None


def lost_instance(attempt: Attempt) -> str | None:
    """The instance that the reason names: `Host EC2 (instance i-0abc...) terminated.`"""
    lost = lost_reason(attempt)
    match = _INSTANCE_ID.search(lost[1]) if lost else None
    return match[0] if match else None


def ended_by_spot(instance: Document) -> bool:
    """EC2 itself says of the instance that Spot took it back."""
    return text(mapping(instance.get("StateReason")).get("Code")) in RECLAIM_STATE_CODES
