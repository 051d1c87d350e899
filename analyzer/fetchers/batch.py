"""AWS Batch: jobs, their queue and its compute environments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from analyzer.evidence.job import items, mapping, text, texts
from analyzer.evidence.model import Document
from analyzer.fetchers.documents import plain_all
from analyzer.fetchers.errors import code_of

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

JOBS_PER_CALL = 100
"""DescribeJobs' limit (botocore's service model)."""
_REFUSED = frozenset({"ClientException", "ValidationException"})


def describe_jobs(client: BatchClient, ids: Iterable[str]) -> dict[str, Document]:
    """Jobs by id; those that Batch does not know are not there.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: Batch refused, or could not be asked.
    """
    wanted = list(dict.fromkeys(ids))
    jobs: dict[str, Document] = {}
    for start in range(0, len(wanted), JOBS_PER_CALL):
        jobs |= _describe(client, wanted[start : start + JOBS_PER_CALL])
    return jobs


def _describe(client: BatchClient, ids: Sequence[str]) -> dict[str, Document]:
    try:
        answer = client.describe_jobs(jobs=list(ids))
    except Exception as error:
        if code_of(error) not in _REFUSED:
            raise
        if len(ids) == 1:
            return {}
        # one id that Batch finds malformed must not take the other 99 with it
        half = len(ids) // 2
        return _describe(client, ids[:half]) | _describe(client, ids[half:])
    return {job_id: job for job in plain_all(answer["jobs"]) if (job_id := text(job.get("jobId")))}


def describe_queue(client: BatchClient, queue: str) -> Document | None:
    """A job queue by name or ARN; None where there is none (any more)."""
    answer = client.describe_job_queues(jobQueues=[queue])
    return next(iter(plain_all(answer["jobQueues"])), None)


def describe_environment(client: BatchClient, name: str) -> Document | None:
    """A compute environment by name or ARN; None where there is none (any more)."""
    answer = client.describe_compute_environments(computeEnvironments=[name])
    return next(iter(plain_all(answer["computeEnvironments"])), None)


def describe_environments(client: BatchClient, queue: Document) -> tuple[Document, ...]:
    """The compute environments of a queue, in the queue's order."""
    order = [name for e in items(queue.get("computeEnvironmentOrder")) if (name := text(e.get("computeEnvironment")))]
    if not order:
        return ()
    answer = client.describe_compute_environments(computeEnvironments=order[:JOBS_PER_CALL])
    found = plain_all(answer["computeEnvironments"])
    rank = {name: n for n, name in enumerate(order)}

    def place(environment: Document) -> int:
        names = (text(environment.get("computeEnvironmentArn")), text(environment.get("computeEnvironmentName")))
        return min((rank[name] for name in names if name in rank), default=len(rank))

    return tuple(sorted(found, key=place))


def clusters(environments: Iterable[Document]) -> tuple[str, ...]:
    """The ECS clusters behind compute environments."""
    return tuple(dict.fromkeys(arn for e in environments if (arn := text(e.get("ecsClusterArn")))))


def log_region(job: Document) -> str | None:
    """The region that the log driver was told to write to, where it was told (`awslogs-region`)."""
    pod_free = [mapping(job.get("container"))]
    tasks = items(mapping(job.get("ecsProperties")).get("taskProperties"))
    for node in items(mapping(job.get("nodeProperties")).get("nodeRangeProperties")):
        pod_free.append(mapping(node.get("container")))
        tasks += items(mapping(node.get("ecsProperties")).get("taskProperties"))
    for task in tasks:
        pod_free += items(task.get("containers"))
    options = (mapping(mapping(c.get("logConfiguration")).get("options")) for c in pod_free)
    return next(iter(texts([o.get("awslogs-region") for o in options])), None)
