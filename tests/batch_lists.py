"""ListJobs and DescribeJobQueues as Batch answers them: pages, filters and arrays; for the small AWS of the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Document = dict[str, Any]
_SUMMARY = (
    "jobArn",
    "jobId",
    "jobName",
    "createdAt",
    "startedAt",
    "stoppedAt",
    "status",
    "statusReason",
    "jobDefinition",
    "isCancelled",
    "isTerminated",
    "arrayProperties",
)


def summary_of(job: Mapping[str, Any]) -> Document:
    """A job as ListJobs tells it: what it has of DescribeJobs', the container's end alone."""
    summary = {name: job[name] for name in _SUMMARY if job.get(name) not in (None, False)}
    container = job.get("container")
    end = {
        k: v for k, v in (container if isinstance(container, Mapping) else {}).items() if k in ("exitCode", "reason")
    }
    return {**summary, **({"container": end} if end else {})}


class NoQueueError(Exception):
    """The text is the service's."""


@dataclass
class BatchLists:
    """Jobs in DescribeJobs' form, listed by queue, array, status and name."""

    jobs: Sequence[Mapping[str, Any]]
    queues: Sequence[str]
    """Names, in whatever order."""
    page: int = 1_000
    queue_page: int = 2
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def list_jobs(self, parameters: Mapping[str, Any]) -> Document:
        """Answer one call.

        Raises:
            NoQueueError: there is no such queue.
        """
        self.asked.append(parameters)
        filters, status = parameters.get("filters"), parameters.get("jobStatus", "RUNNING")
        found = list(self._within(parameters))
        if filters:
            (value,) = filters[0]["values"]
            if filters[0]["name"] == "AFTER_CREATED_AT":
                found = [j for j in found if j["createdAt"] > int(value)]
            else:
                found = [j for j in found if fnmatchcase(str(j["jobName"]).casefold(), value.casefold())]
            found.sort(key=lambda job: -job["createdAt"])
        else:
            found = [job for job in found if job["status"] == status]
        most = min(parameters.get("maxResults", self.page), 100 if filters else self.page)
        first = int(parameters.get("nextToken", "0"))
        rest = {"nextToken": str(first + most)} if first + most < len(found) else {}
        return {"jobSummaryList": [summary_of(job) for job in found[first : first + most]], **rest}

    def _within(self, parameters: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        if array := parameters.get("arrayJobId"):
            return (job for job in self.jobs if str(job["jobId"]).startswith(f"{array}:"))
        queue = str(parameters["jobQueue"]).rsplit("/", 1)[-1]
        if queue not in self.queues:
            raise NoQueueError(f"JobQueue not found: {queue}")
        return (j for j in self.jobs if ":" not in j["jobId"] and str(j["jobQueue"]).rsplit("/", 1)[-1] == queue)

    def describe_queues(self, parameters: Mapping[str, Any]) -> Document:
        """Answer one call."""
        named = parameters.get("jobQueues")
        names = [name for name in self.queues if not named or name in named]
        first = int(parameters.get("nextToken", "0"))
        rest = {"nextToken": str(first + self.queue_page)} if first + self.queue_page < len(names) else {}
        return {"jobQueues": [{"jobQueueName": name} for name in names[first : first + self.queue_page]], **rest}
