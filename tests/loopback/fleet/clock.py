"""What Batch knows of a job at a moment: a job goes through its states, and is forgotten some days after its end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.batch_lists import summary_of
from tests.loopback.fleet.account import ARRAY_SIZE, EXPIRY, Account, Job

Document = dict[str, Any]
_STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
HOST_MEMORY = timedelta(hours=1)
"""How long ECS and EC2 remember a host that is gone."""


@dataclass(frozen=True)
class Moment:
    """The account at a time."""

    account: Account
    now: datetime
    expiry: timedelta = EXPIRY

    @property
    def ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    def status(self, job: Job) -> str | None:
        """None: Batch knows no such job yet, or any more."""
        now, ended = self.ms, job.stopped
        if now < job.created:
            return None
        family = self.account.parent(job).stopped
        if family is not None and now - family >= self.expiry / timedelta(milliseconds=1):
            return None
        if ended is not None and now >= ended:
            return job.status
        if job.is_parent:
            return "PENDING"
        return "RUNNING" if job.started is not None and now >= job.started else "RUNNABLE"

    def description(self, job: Job) -> str | None:
        """DescribeJobs' element, as JSON."""
        status = self.status(job)
        if status is None:
            return None
        if job.is_parent:
            return json.dumps(self._array(job, status))
        if status in ("SUCCEEDED", "FAILED") and not job.is_child:
            return job.filled("job.json")
        document: Document = json.loads(job.filled("job.json"))
        if job.is_child:
            _as_child(document, job)
        return json.dumps(document if status == job.status else _unfinished(document, status, self.ms))

    def summary(self, job: Job) -> str | None:
        """ListJobs' element, as JSON."""
        status = self.status(job)
        if status in ("SUCCEEDED", "FAILED") and job.template.name != "array-child-out-of-memory":
            return job.filled("summary")
        described = self.description(job)
        return None if described is None else json.dumps(summary_of(json.loads(described)))

    def _array(self, job: Job, status: str) -> Document:
        document: Document = json.loads(job.filled("array_parent.json"))
        counts = dict.fromkeys(_STATUSES, 0)
        for child in self.account.children(job):
            counts[self.status(child) or "SUBMITTED"] += 1
        document["arrayProperties"] = {"size": ARRAY_SIZE, "statusSummary": counts}
        document["status"] = status
        if status != "FAILED":
            document.pop("statusReason", None)
        if status == "PENDING":
            document.pop("stoppedAt", None)
        return document


def _as_child(document: Document, job: Job) -> None:
    """The scenario's child as another one of its array."""
    for name in ("jobId", "jobArn"):
        document[name] = f"{document[name].rpartition(':')[0]}:{job.child}"
    document["arrayProperties"]["index"] = job.child
    document["status"] = job.status
    document["stoppedAt"] = document["attempts"][0]["stoppedAt"] = job.stopped
    if job.status == "SUCCEEDED":
        for container in (document["container"], document["attempts"][0]["container"]):
            container["exitCode"] = 0
            container.pop("reason", None)


def _unfinished(document: Document, status: str, now: int) -> Document:
    """As it was before its end."""
    attempts = [attempt for attempt in document.get("attempts", []) if attempt.get("stoppedAt", now + 1) <= now]
    begun = [a["startedAt"] for a in document.get("attempts", []) if a.get("startedAt", now + 1) <= now]
    document |= {"status": status, "attempts": attempts}
    for name in ("stoppedAt", "statusReason", "startedAt"):
        document.pop(name, None)
    if begun and status == "RUNNING":
        document["startedAt"] = max(begun)
    gone = ("exitCode", "reason") if status == "RUNNING" else ("exitCode", "reason", "logStreamName", "taskArn")
    for name in gone:
        document["container"].pop(name, None)
    return document
