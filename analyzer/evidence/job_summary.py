"""A job as ListJobs tells it: enough to see when it ended, and whether there is more to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.evidence.job import mapping, text, whole
from analyzer.evidence.model import Document

ENDED = frozenset({"SUCCEEDED", "FAILED"})


@dataclass(frozen=True)
class JobSummary:
    """An element of ListJobs' `jobSummaryList`."""

    id: str
    """Of an array's child `<id>:<index>`."""
    document: Document
    """As ListJobs gave it."""
    queue: str | None = None
    """Name or ARN of the queue that was asked; ListJobs does not repeat it."""
    name: str | None = None
    status: str | None = None
    status_reason: str | None = None
    created_at: int | None = None
    """Epoch milliseconds."""
    started_at: int | None = None
    """Epoch milliseconds; of the latest attempt, None where none began."""
    stopped_at: int | None = None
    """Epoch milliseconds."""
    exit_code: int | None = None
    reason: str | None = None
    """Of the container."""
    array_size: int | None = None
    """Of an array's parent; Batch may tell it of a child, too."""
    array_index: int | None = None
    """Of an array's child."""
    children: Mapping[str, int] | None = None
    """Of an array's parent: status -> children, where ListJobs says so."""
    is_cancelled: bool = False
    nodes: int | None = None
    """Of a job that runs on several nodes."""

    @property
    def ended(self) -> bool:
        """Nothing will change any more."""
        return self.status in ENDED

    @property
    def at(self) -> int | None:
        """When it ended, epoch milliseconds; when it was made, where it has no end."""
        return self.stopped_at if self.stopped_at is not None else self.created_at

    @property
    def is_array(self) -> bool:
        """It is the parent of an array: its children are the jobs that ran."""
        return self.array_size is not None and self.array_index is None


def read_summary(document: Document, queue: str | None = None) -> JobSummary | None:
    """Read one element of `jobSummaryList`; None where it has no id."""
    job_id = text(document.get("jobId"))
    if job_id is None:
        return None
    container, array = mapping(document.get("container")), mapping(document.get("arrayProperties"))
    counts = {status: n for status, told in mapping(array.get("statusSummary")).items() if (n := whole(told))}
    return JobSummary(
        id=job_id,
        document=document,
        queue=queue,
        name=text(document.get("jobName")),
        status=text(document.get("status")),
        status_reason=text(document.get("statusReason")),
        created_at=whole(document.get("createdAt")),
        started_at=whole(document.get("startedAt")),
        stopped_at=whole(document.get("stoppedAt")),
        exit_code=whole(container.get("exitCode")),
        reason=text(container.get("reason")),
        array_size=whole(array.get("size")),
        array_index=whole(array.get("index")),
        children=counts if "statusSummary" in array else None,
        is_cancelled=document.get("isCancelled") is True,
        nodes=whole(mapping(document.get("nodeProperties")).get("numNodes")),
    )
