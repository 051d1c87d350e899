"""The job as a diagnosis describes it: names and figures, never an environment's values."""

from __future__ import annotations

import re

from analyzer.classifier.clock import from_milliseconds
from analyzer.classifier.facts import Facts
from analyzer.evidence.location import parse_uri, work_directory
from analyzer.evidence.model import Evidence

SHORT_HASH = 6
"""Digits of the second part that Nextflow shows: `ab/cdef12` (TaskRun.getHashLog)."""


def work_directory_of(facts: Facts, evidence: Evidence) -> str | None:
    """Where the task worked: where its files were found, the target itself, or what the job's description says."""
    if evidence.workdir_uri:
        return evidence.workdir_uri
    job, place = facts.job, parse_uri(evidence.target)
    if place is None and job is not None and job.array_index is not None:
        children = facts.command_run.array_work_dirs if facts.command_run else ()
        return children[job.array_index] if 0 <= job.array_index < len(children) else None
    if place is None and job is not None:
        place = work_directory(job)
    return place.uri if place else None


def _task_hash(uri: str | None) -> str | None:
    parts = (uri or "").rstrip("/").split("/")
    first, second = parts[-2:] if len(parts) > 1 else ("", "")
    is_hash = re.fullmatch(r"[0-9a-f]{2}", first) and re.fullmatch(r"[0-9a-f]{6,30}", second)
    return f"{first}/{second[:SHORT_HASH]}" if is_hash else None


def describe(facts: Facts, evidence: Evidence) -> dict[str, object]:
    """Ready for JSON; what is not known is null."""
    job, spec = facts.job, facts.job.main if facts.job else None
    header = facts.command_run
    uri = work_directory_of(facts, evidence)
    return {
        "id": job.id if job else None,
        "name": job.name if job else None,
        "queue": job.queue_name if job else None,
        "region": evidence.region,
        "status": job.status if job else None,
        "status_reason": job.status_reason if job else None,
        "attempts": len(facts.attempts),
        "attempts_allowed": job.attempts_allowed if job else None,
        "exit_code": facts.exit_code,
        "process": header.process if header else None,
        "task": header.task_name if header else None,
        "task_hash": _task_hash(uri),
        "workdir": uri,
        "snapshots": facts.snapshots,
        "snapshots_because": facts.snapshots_because,
        "image": spec.image if spec else None,
        "vcpus": spec.vcpus if spec else None,
        "memory_requested_bytes": spec.memory_mib * 2**20 if spec and spec.memory_mib else None,
        "array_index": job.array_index if job else None,
        "created_at": from_milliseconds(job.created_at) if job else None,
        "stopped_at": from_milliseconds(job.stopped_at) if job else None,
        "instances": [
            {
                "attempt": one.attempt.number,
                "instance_id": one.instance.instance_id,
                "instance_type": one.instance.instance_type,
                "instance_type_candidates": list(one.instance.candidates),
                "lifecycle": one.instance.lifecycle,
                "availability_zone": one.instance.availability_zone,
                "architecture": one.instance.architecture,
                "provenance": one.instance.provenance or None,
            }
            for one in facts.attempts
        ],
    }
