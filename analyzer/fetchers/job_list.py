"""ListJobs: the jobs of queues and runs, as summaries, page by page and each job once.

Batch cannot be asked for "failed, and ended after": a list by status is paged in full (1,000 a page) and filtered here.
A filter by name (100 a page) makes Batch ignore the status. Children of an array are listed through their parent only,
and a parent waits in PENDING for as long as one of them runs (botocore's service model).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analyzer.evidence.job import items, text
from analyzer.evidence.job_summary import JobSummary, read_summary
from analyzer.fetchers.documents import plain_all

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
ENDED_STATUSES = ("FAILED", "SUCCEEDED")
PAGE, FILTERED_PAGE = 1_000, 100
"""Jobs a page at most, without and with a filter."""
MAX_PAGES = 10_000
"""Ten million jobs of one status: whoever sends more without an end is not Batch."""
MAX_EMPTY_PAGES = 1_000
"""In a row, or the same again and again; a page may be empty without being the last."""
_PARENTS = "PENDING"


@dataclass(frozen=True)
class Wanted:
    """Which jobs to list."""

    statuses: tuple[str, ...] = ENDED_STATUSES
    since: int | None = None
    """Epoch milliseconds, inclusive; of when a job ended, or was made where it has no end."""
    until: int | None = None
    """Epoch milliseconds, exclusive."""

    def holds(self, job: JobSummary) -> bool:
        """The job is one of these."""
        if job.status not in self.statuses:
            return False
        at = job.at
        if at is None:  # better looked at than lost
            return True
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def may_hold_children_of(self, parent: JobSummary) -> bool:
        """An array that ended before, was made after, or of whose children none has such a status, has none."""
        if self.until is not None and parent.created_at is not None and parent.created_at >= self.until:
            return False
        if self.since is not None and parent.ended and parent.stopped_at is not None and parent.stopped_at < self.since:
            return False
        return any(self.child_statuses(parent))

    def child_statuses(self, parent: JobSummary) -> tuple[str, ...]:
        """Those that are worth a call: all that are wanted, where Batch did not count the children."""
        if parent.children is None:
            return self.statuses
        return tuple(status for status in self.statuses if parent.children.get(status, 0) > 0)


def queue_jobs(client: BatchClient, queue: str, wanted: Wanted) -> Iterator[JobSummary]:
    """The jobs of a queue, by name or ARN; children of arrays in place of their parents.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: Batch refused, or could not be asked.
    """
    # the children that have ended of an array that goes on are behind a parent that waits
    listed = tuple(dict.fromkeys((*wanted.statuses, _PARENTS)))
    for status in listed:
        for job in _listed(client, queue, {"jobQueue": queue, "jobStatus": status}, PAGE):
            yield from _with_children(client, queue, job, wanted)


def run_jobs(client: BatchClient, queue: str, run: str, wanted: Wanted) -> Iterator[JobSummary]:
    """The jobs of one run of Seqera Platform in a queue: those whose names begin with `tw-<workflowId>-`.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: Batch refused, or could not be asked.
    """
    begins = f"{run_prefix(run)}-"
    asked = {"jobQueue": queue, "filters": [{"name": "JOB_NAME", "values": [f"{begins}*"]}]}
    for job in _listed(client, queue, asked, FILTERED_PAGE):
        # Batch compares without regard to case: ids of two runs may differ in nothing else
        if (job.name or "").startswith(begins):
            yield from _with_children(client, queue, job, wanted)


def jobs_in_state(client: BatchClient, queue: str, status: str) -> Iterator[JobSummary]:
    """The jobs of a queue in one state, arrays themselves in place of their children.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: Batch refused, or could not be asked.
    """
    return _listed(client, queue, {"jobQueue": queue, "jobStatus": status}, PAGE)


def children_in_state(client: BatchClient, queue: str, array: str, status: str) -> Iterator[JobSummary]:
    """The children of an array, by its id, in one state.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: Batch refused, or could not be asked.
    """
    children = _listed(client, queue, {"arrayJobId": array, "jobStatus": status}, PAGE)
    return (child for child in children if not child.is_array)


def jobs_made_after(client: BatchClient, queue: str, milliseconds: int) -> Iterator[JobSummary]:
    """The jobs of a queue that were made after a time (epoch milliseconds), in whatever state, newest first.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: Batch refused, or could not be asked.
    """
    after = {"name": "AFTER_CREATED_AT", "values": [str(max(0, milliseconds))]}
    return _listed(client, queue, {"jobQueue": queue, "filters": [after]}, FILTERED_PAGE)


def run_prefix(run: str) -> str:
    """`tw-<workflowId>`, whether the run was given with or without the prefix."""
    return run if run.startswith("tw-") else f"tw-{run}"


def _with_children(client: BatchClient, queue: str, job: JobSummary, wanted: Wanted) -> Iterator[JobSummary]:
    if not job.is_array:
        if wanted.holds(job):
            yield job
        return
    if not wanted.may_hold_children_of(job):
        return
    for status in wanted.child_statuses(job):
        children = _listed(client, queue, {"arrayJobId": job.id, "jobStatus": status}, PAGE)
        yield from (child for child in children if wanted.holds(child) and not child.is_array)


def _listed(client: BatchClient, queue: str, asked: Mapping[str, Any], size: int) -> Iterator[JobSummary]:
    def page(more: Mapping[str, Any]) -> Mapping[str, Any]:
        return client.list_jobs(maxResults=size, **asked, **more)

    before: frozenset[str] = frozenset()
    for summaries in _pages(page, "jobSummaryList"):
        jobs = [job for one in summaries if (job := read_summary(one, queue)) is not None]
        # a job that ends while the list is read moves its neighbours over the edge of a page
        yield from (job for job in {job.id: job for job in jobs}.values() if job.id not in before)
        before = frozenset(job.id for job in jobs)


def _pages(call: Callable[[Mapping[str, Any]], Mapping[str, Any]], member: str) -> Iterator[list[Mapping[str, Any]]]:
    """Pages until there is no token, or one that was there before."""
    seen: set[str] = set()
    more: dict[str, Any] = {}
    before: list[Mapping[str, Any]] = []
    empty = 0
    for _ in range(MAX_PAGES):
        answer = call(more)
        found = items(answer.get(member))
        empty = 0 if found and found != before else empty + 1
        before = found
        yield list(plain_all(found))
        token = text(answer.get("nextToken"))
        if token is None or token in seen or empty >= MAX_EMPTY_PAGES:
            return
        seen.add(token)
        more = {"nextToken": token}


def all_queues(client: BatchClient) -> Iterator[Mapping[str, Any]]:
    """Every job queue of the region.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: Batch refused, or could not be asked.
    """
    for page in _pages(lambda more: client.describe_job_queues(maxResults=100, **more), "jobQueues"):
        yield from page
