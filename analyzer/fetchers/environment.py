"""From a queue, a compute environment or a job to everything that decides whether snapshots will work there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.evidence.job import items, mapping, text
from analyzer.evidence.model import Document
from analyzer.fetchers import batch
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.environment_flow import Answer, Step, fill
from analyzer.fetchers.environment_hosts import HostSteps
from analyzer.fetchers.environment_network import NetworkSteps, bucket_of
from analyzer.fetchers.environment_target import EnvironmentTarget, look_up, parse_target
from analyzer.fetchers.errors import FetchError, fetch_error
from analyzer.fetchers.executor import DaemonExecutor, in_time
from analyzer.fetchers.gather import Progress
from analyzer.fetchers.options import FetchOptions

THREADS = 8
GONE = "it does not exist (any more)"


def _silent(_: str) -> None:
    """Tell nobody."""


def _nowhere(_: str) -> None:
    """Nothing was saved."""


def fetch_environment(
    target: str,
    options: FetchOptions,
    *,
    workdirs: Sequence[str] = (),
    progress: Progress = _silent,
    forgotten: Callable[[str], Document | None] = _nowhere,
) -> EnvironmentEvidence:
    """Fetch what is known of where jobs are to run. Only reads.

    Args:
        target: a job's id or ARN; the name or ARN of a job queue or a compute environment. An ARN's region counts
            before all others.
        options: how AWS is asked; `timeout_seconds` is the limit for the whole.
        workdirs: places in S3 (`s3://bucket/work`) that jobs are to work in, beside the job's own.
        progress: told in a few words what has just been done; called on the caller's thread.
        forgotten: a job's description by its id, where Batch does not give it (any more).

    Returns:
        The evidence; what could not be seen is in its `missing`, with the permission that would show it.

    Raises:
        FetchError: the target is nothing that AWS Batch knows, or AWS cannot be asked at all.
    """
    parsed = parse_target(target)
    buckets = tuple(dict.fromkeys(bucket_of(uri) for uri in workdirs))
    clients = Clients(options)
    region = parsed.region or _default_region(clients, parsed)
    with _working(options) as (executor, deadline):
        progress(f"looking up {target} in {region or 'no region'}")
        try:
            evidence = _looked_up(parsed, clients, region, executor, deadline, options)
        except FetchError:
            job = forgotten(parsed.name) if parsed.kinds == ("job",) else None
            if job is None:
                raise
            evidence = EnvironmentEvidence(target, "job", region, job=job)
        evidence = replace(evidence, checked_at=options.captured_at())
        steps = (
            *_batch_steps(clients, region, evidence),
            *HostSteps(clients, region).steps(),
            *NetworkSteps(clients, region, buckets).steps(),
        )
        return fill(evidence, steps, executor, deadline, options.timeout_seconds, progress)


@contextmanager
def _working(options: FetchOptions) -> Iterator[tuple[DaemonExecutor, Deadline]]:
    """Threads and the time that there is; both end with the block, also on Ctrl-C."""
    executor, deadline = DaemonExecutor(THREADS), Deadline.after(options.timeout_seconds, threading.Event())
    try:
        yield executor, deadline
    finally:
        deadline.stopped.set()
        executor.shutdown()


def _default_region(clients: Clients, target: EnvironmentTarget) -> str | None:
    try:
        return clients.default_region()
    except Exception as error:
        raise fetch_error(error, f"look up {target.given}", "DescribeJobQueues") from error


def _looked_up(
    target: EnvironmentTarget,
    clients: Clients,
    region: str | None,
    executor: DaemonExecutor,
    deadline: Deadline,
    options: FetchOptions,
) -> EnvironmentEvidence:
    try:
        return in_time(executor, deadline, lambda: look_up(target, clients, region))
    except TimeoutError:
        raise FetchError(
            f"Could not look up {target.given}: AWS Batch did not answer within {options.timeout_seconds:g} s; "
            "check the network, the region and AWS_ENDPOINT_URL."
        ) from None


def _not_described(queue: Document, found: Sequence[Document]) -> tuple[str, ...]:
    """The environments of the queue, by name, that Batch was asked for and does not know."""
    order = (text(one.get("computeEnvironment")) for one in items(queue.get("computeEnvironmentOrder")))
    known = {one.get(key) for one in found for key in ("computeEnvironmentArn", "computeEnvironmentName")}
    asked = [name for name in order if name][: batch.JOBS_PER_CALL]
    return tuple(dict.fromkeys(name.rsplit("/", 1)[-1] for name in asked if name not in known))


def _batch_steps(clients: Clients, region: str | None, evidence: EnvironmentEvidence) -> tuple[Step, ...]:
    """From the target on to its queue and the queue's environments."""

    def queue(so_far: EnvironmentEvidence, _: Deadline) -> Answer:
        name = text(mapping(so_far.job).get("jobQueue"))
        found = batch.describe_queue(clients.get("batch", region), name) if name else None
        if found or not name:
            return Answer(found, () if found else (queue_step.gap("the job does not name it"),))
        return Answer(None, (queue_step.gap(GONE),), (name,))

    def environments(so_far: EnvironmentEvidence, _: Deadline) -> Answer:
        found = batch.describe_environments(clients.get("batch", region), so_far.job_queue or {})
        gone = _not_described(so_far.job_queue or {}, found)
        return Answer(found, (environments_step.gap(f"{GONE}: {', '.join(gone)}"),) if gone else (), gone)

    queue_step = Step("job_queue", "the job queue", "DescribeJobQueues", queue)
    environments_step = Step(
        "compute_environments",
        "the compute environments",
        "DescribeComputeEnvironments",
        environments,
        needs=("job_queue",),
    )
    if evidence.kind == "job":
        return queue_step, environments_step
    return (environments_step,) if evidence.kind == "queue" else ()
