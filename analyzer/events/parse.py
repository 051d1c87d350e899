"""Events -> what they say: typed, from bytes or documents that nobody has looked at before. Pure.

EventBridge's form of the three events that are captured is told in AWS's own pages: "Job state change events" and "Job
queue blocked events" of the Batch user guide, "Spot Instance interruption notices" of the EC2 user guide. They may get
new members at any time (Batch's page says so), so only what is needed is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analyzer.evidence.job import mapping, text, whole
from analyzer.evidence.model import Document
from analyzer.fetchers.targets import is_region

MAX_BYTES = 1024 * 1024
"""The largest message that SQS takes; EventBridge's events are smaller."""
MAX_DEPTH = 64
"""Of objects in objects; a job's description has eight."""
MAX_WRAPPINGS = 3
"""An event in an SNS message, in an SQS message, and one to spare."""
STATUSES = frozenset({"SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"})
JOB_CHANGED = "Batch Job State Change"
QUEUE_BLOCKED = "Batch Job Queue Blocked"
SPOT_WARNING = "EC2 Spot Instance Interruption Warning"
_JOB_ID = re.compile(r"[0-9A-Za-z_-]{1,128}(:[0-9]{1,5})?(#[0-9]{1,5})?")
_INSTANCE_ID = re.compile(r"i-[0-9a-f]{8,32}")
_ARN_REGION = 3
_SHOWN_CHARACTERS = 60
_WARNING_MEMBERS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources")
_DETAIL_MEMBERS = ("instance-id", "instance-action")


@dataclass(frozen=True)
class JobChanged:
    """A job came to another status."""

    job: Document
    """As DescribeJobs would give it, its environment included: never for display."""
    job_id: str
    status: str
    region: str | None = None
    """None: that of whoever received the event."""


@dataclass(frozen=True)
class QueueBlocked:
    """The first job of a queue cannot be placed; its `statusReason` says why."""

    job: Document
    job_id: str
    status: str
    region: str | None = None


@dataclass(frozen=True)
class SpotWarning:
    """An instance will be taken back within two minutes, or has just been."""

    instance_id: str
    event: Document
    """The whole of it, in EventBridge's form; members that AWS does not document are left out."""
    region: str | None = None


@dataclass(frozen=True)
class Ignored:
    """Nothing is done about it."""

    reason: str
    """A part of a sentence, for the log."""
    malformed: bool = False
    """It should have been something else; trying again would not help."""


Parsed = JobChanged | QueueBlocked | SpotWarning | Ignored


def parse(payload: object) -> Parsed:
    """What an event says, of whatever was received for one: never an exception.

    Args:
        payload: EventBridge's event as a document, or as JSON in text or bytes; also inside an SNS message.
    """
    document: object = payload
    for _ in range(MAX_WRAPPINGS):
        if isinstance(document, (str, bytes, bytearray)):
            document = _decoded(document)
        if isinstance(document, Ignored):
            return document
        if not isinstance(document, Mapping):
            return _malformed("it is no JSON object")
        if not _is_sns(document):
            return _event(document)
        document = document["Message"]
    return _malformed("it is wrapped more often than any service does")


def _malformed(reason: str) -> Ignored:
    return Ignored(reason, malformed=True)


def _decoded(data: str | bytes | bytearray) -> Any:
    if len(data) > MAX_BYTES:
        return _malformed(f"it is larger than {MAX_BYTES:,} bytes")
    try:
        # RFC 8259 has neither NaN nor Infinity; Python's reader takes them
        return json.loads(data, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return _malformed("it is no JSON")


def _is_sns(document: Mapping[str, Any]) -> bool:
    """SNS's own envelope, which a subscription has around it unless raw delivery is on."""
    return "detail-type" not in document and isinstance(document.get("Message"), str)


def _event(event: Mapping[str, Any]) -> Parsed:
    source, kind = text(event.get("source")), text(event.get("detail-type"))
    if source is None or kind is None:
        return _malformed("it has no source or no detail-type")
    if _is_too_deep(event):
        return _malformed(f"it goes deeper than {MAX_DEPTH} levels")
    read = {
        ("aws.batch", JOB_CHANGED): _job_changed,
        ("aws.batch", QUEUE_BLOCKED): _queue_blocked,
        ("aws.ec2", SPOT_WARNING): _spot_warning,
    }.get((source, kind))
    if read is None:
        return Ignored(f"it is of another kind ({_shown(kind)})")
    if not isinstance(event.get("detail"), Mapping):
        return _malformed("its detail is no object")
    return read(event)


def _job_changed(event: Mapping[str, Any]) -> Parsed:
    job = mapping(event.get("detail"))
    if why := _why_no_job(job):
        return why
    job_id, status = str(job["jobId"]), str(job["status"])
    return JobChanged(job, job_id, status, _region(event, job))


def _queue_blocked(event: Mapping[str, Any]) -> Parsed:
    job = mapping(event.get("detail"))
    if why := _why_no_job(job):
        return why
    if text(job.get("statusReason")) is None:
        return _malformed("it does not say why the queue is blocked")
    return QueueBlocked(job, str(job["jobId"]), str(job["status"]), _region(event, job))


def _why_no_job(job: Document) -> Ignored | None:
    """Why a description is not one of a job to follow."""
    job_id, status = text(job.get("jobId")), text(job.get("status"))
    if job_id is None or not _JOB_ID.fullmatch(job_id):
        return _malformed("it names no job")
    if status is None:
        return _malformed("it has no status")
    if status not in STATUSES:
        return Ignored(f"no such status is known ({_shown(status)})")
    array = mapping(job.get("arrayProperties"))
    if whole(array.get("size")) is not None and whole(array.get("index")) is None:
        return Ignored("it is the parent of an array, whose children have events of their own")
    if "#" in job_id:
        return Ignored("it is one node of a job of several, which has events of its own")
    return None


def _spot_warning(event: Mapping[str, Any]) -> Parsed:
    detail = mapping(event.get("detail"))
    instance_id = text(detail.get("instance-id"))
    if instance_id is None or not _INSTANCE_ID.fullmatch(instance_id):
        return _malformed("it names no instance")
    kept = {name: event[name] for name in _WARNING_MEMBERS if name in event}
    kept["detail"] = {name: detail[name] for name in _DETAIL_MEMBERS if name in detail}
    return SpotWarning(instance_id, kept, _region(event, {}))


def _region(event: Mapping[str, Any], job: Document) -> str | None:
    """Where the job or the instance is: an event may come from another region's bus."""
    parts = (text(job.get("jobArn")) or "").split(":")
    of_arn = parts[_ARN_REGION] if len(parts) > _ARN_REGION else None
    return next((name for name in (of_arn, text(event.get("region"))) if name and is_region(name)), None)


def _is_too_deep(value: object) -> bool:
    """Whether it goes deeper than whoever reads it afterwards can follow."""
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for one in level:
            if isinstance(one, Mapping):
                below += one.values()
            elif isinstance(one, (list, tuple)):
                below += one
        level = [one for one in below if isinstance(one, (Mapping, list, tuple))]
        if not level:
            return False
    return True


def _shown(name: str) -> str:
    return name if len(name) <= _SHOWN_CHARACTERS else name[:_SHOWN_CHARACTERS] + "..."
