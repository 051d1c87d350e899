"""Whether Fusion Snapshots were on for a task: nothing in a Batch job says so outright, so it is inferred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from analyzer.classifier.facts import Hit
from analyzer.evidence.job import Job
from analyzer.parsers.checkpoints import Checkpoint
from analyzer.parsers.dump_metadata import DumpMetadata

DEFAULT_SNAPSHOT_ATTEMPTS = 5
"""Nextflow's FusionConfig.DEFAULT_SNAPSHOT_MAX_SPOT_ATTEMPTS: the attempts it asks for when snapshots are on."""

State = Literal["on", "off", "unknown"]


def uses_fusion(job: Job) -> bool:
    """Whether the task runs under Fusion: by its command, or by the variable that Nextflow sets."""
    return any(
        container.command[:1] == ("/usr/bin/fusion",)
        or {"FUSION_WORK", "NXF_FUSION_WORK"} & set(container.environment or {})
        for container in job.containers
    )


def _retries_host_losses(job: Job) -> bool:
    rules = job.retry_rules
    return any((r.on_status_reason or "").startswith("Host EC2") and r.action.upper() == "RETRY" for r in rules)


def snapshots_state(
    job: Job | None, checkpoints: Sequence[Checkpoint], metadata: DumpMetadata | None, hits: Sequence[Hit]
) -> tuple[State, str]:
    """On, off or unknown, and why, weighing the signs by their strength."""
    if checkpoints or metadata:
        return "on", "checkpoints of this task were found"
    if any(hit.signature.source == "runtime" for hit in hits):
        return "on", "the snapshot runtime wrote to the task's log"
    if job is None:
        return "unknown", "no job description and no checkpoint"
    for container in job.containers:
        if any(name.startswith("FUSION_SNAPSHOT") for name in container.environment or {}):
            return "on", "a FUSION_SNAPSHOT variable is set in the job's environment"
    if not job.containers:
        return "unknown", "the job description has no container"
    if not uses_fusion(job):
        return "off", "the job does not run under Fusion"
    if job.attempts_allowed == DEFAULT_SNAPSHOT_ATTEMPTS and _retries_host_losses(job):
        return "on", "inferred: Fusion with 5 attempts that retry on lost hosts, Nextflow's default with snapshots on"
    return "unknown", "the job runs under Fusion; nothing shows whether snapshots were on"
