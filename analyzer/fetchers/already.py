"""What is saved of a job already, and so is not asked for again; for whoever keeps evidence while it can be had."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from analyzer.evidence.host_loss import ended_by_spot
from analyzer.evidence.job import Job, mapping, read_job, text
from analyzer.evidence.merge import with_saved
from analyzer.evidence.model import Document, Evidence
from analyzer.evidence.moment import attempts_ended
from analyzer.fetchers import batch, instances
from analyzer.fetchers.cloudtrail import launched_types, moment
from analyzer.fetchers.host_knowledge import HostKnowledge

LATE = timedelta(seconds=60)
"""So long after an attempt's end its last lines may still come in: a log that was saved earlier is asked for again."""
_GONE = ("shutting-down", "terminated")
_DECIDING = ("BidEvictedEvent", "TerminateInstances", "TerminateInstanceInAutoScalingGroup")


@dataclass(frozen=True)
class Already:
    """What need not be asked for; by itself nothing is known, and everything that is wanted is asked for."""

    logs: frozenset[int] = frozenset()
    """Attempts whose logs are whole."""
    containers: frozenset[str] = frozenset()
    """Container instances, by their ARNs."""
    gone: frozenset[str] = frozenset()
    """Instances of which EC2 can say nothing more."""
    explained: frozenset[str] = frozenset()
    """Instances whose end CloudTrail has told."""
    types: frozenset[str] = frozenset()
    """Instance types whose figures are there."""
    environments: bool = False
    """The queue and its compute environments are there."""
    known: HostKnowledge = field(default_factory=HostKnowledge)


def already(saved: Sequence[Evidence]) -> Already:
    """What need not be asked for, by the captures of a job."""
    if not saved:
        return Already()
    merged = with_saved(None, saved)
    type_of, instance_of = launched_types(merged.cloudtrail), {}
    for one in merged.container_instances:
        arn, instance_id = text(one.get("containerInstanceArn")), text(one.get("ec2InstanceId"))
        if arn and instance_id:
            instance_of[arn] = instance_id
            if instance_type := instances.attribute_type(one):
                type_of[instance_id] = instance_type
    for one in merged.instances:
        instance_id, instance_type = text(one.get("InstanceId")), text(one.get("InstanceType"))
        if instance_id and instance_type:
            type_of[instance_id] = instance_type
    return Already(
        logs=frozenset(number for one in saved for number in _whole_logs(one)),
        containers=frozenset(instance_of),
        gone=frozenset(i for one in merged.instances if (i := text(one.get("InstanceId"))) and _is_gone(one)),
        explained=frozenset(_explained(merged)),
        types=frozenset(t for one in merged.instance_types if (t := text(one.get("InstanceType")))),
        environments=merged.job_queue is not None and bool(merged.compute_environments),
        known=HostKnowledge(
            clusters=batch.clusters(merged.compute_environments),
            instance_of=instance_of,
            type_of=type_of,
            proven=frozenset(_taken_back(merged)),
        ),
    )


def _is_gone(instance: Document) -> bool:
    return text(mapping(instance.get("State")).get("Name")) in _GONE and text(instance.get("InstanceType")) is not None


def _taken_back(evidence: Evidence) -> Iterator[str]:
    """Instances that are proven to have been reclaimed."""
    for one in evidence.instances:
        if ended_by_spot(one) and (instance_id := text(one.get("InstanceId"))):
            yield instance_id
    for event in evidence.interruptions:
        if instance_id := text(mapping(event.get("detail")).get("instance-id")):
            yield instance_id


def _explained(evidence: Evidence) -> Iterator[str]:
    told = [json.dumps(event, default=str) for event in evidence.cloudtrail if event.get("eventName") in _DECIDING]
    for one in (*evidence.instances, *evidence.container_instances):
        instance_id = text(one.get("InstanceId")) or text(one.get("ec2InstanceId"))
        if instance_id and any(instance_id in event for event in told):
            yield instance_id


def _whole_logs(capture: Evidence) -> Iterator[int]:
    """Attempts that were over for long enough when their logs were saved."""
    job = read_job(capture.job or {})
    over = job.attempts[: ended_attempts(job, capture.job or {})]
    taken = _time(capture.captured_at)
    for attempt in over:
        stopped = moment(attempt.stopped_at)
        if attempt.number in capture.logs and taken and stopped and taken >= stopped + LATE:
            yield attempt.number


def ended_attempts(job: Job, document: Document) -> int:
    """How many of a job's attempts, from the first on, are over."""
    return len(job.attempts) if job.ended else attempts_ended(job, document)


def _time(stamp: str | None) -> datetime | None:
    try:
        told = datetime.fromisoformat(stamp or "")
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
