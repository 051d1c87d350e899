"""Which sources a job needs, from its description alone: no call that nothing needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analyzer.evidence.host_loss import lost_instance, lost_reason
from analyzer.evidence.job import Attempt, ContainerEnd, Job, mapping, read_job, text
from analyzer.evidence.model import Document

_HOST_CODES = frozenset({137, 143, 174, 175, 176, 177})
"""Exit codes whose explanation may lie in the host: killed for memory or with the host, or Fusion's own."""
_PLACEABLE = frozenset({"SUBMITTED", "PENDING", "RUNNABLE"})


@dataclass(frozen=True)
class Plan:
    """What to fetch for one job."""

    environments: bool = False
    """The job queue and its compute environments."""
    hosts: bool = False
    """The instances behind the attempts, and what became of them."""
    logs: tuple[int, ...] = ()
    """Numbers of the attempts whose log streams are to be read."""
    workdir: bool = False


def lost_host(attempt: Attempt) -> bool:
    """Its host went away under it."""
    return lost_reason(attempt) is not None


def _exit_codes(attempt: Attempt) -> set[int]:
    return {end.exit_code for end in attempt.containers if end.exit_code is not None}


def leads_to_host(attempt: Attempt) -> bool:
    """It names its host, or the task or container instance by which ECS finds it; pods of EKS do not."""
    return bool(attempt.container_instance_arn or attempt.task_arn or lost_instance(attempt))


def never_ran(attempt: Attempt) -> bool:
    """No container of it came to run (image pull, missing secret): its reasons say all that there is."""
    return not (lost_host(attempt) or _exit_codes(attempt) or any(end.log_stream for end in attempt.containers))


def with_current_attempt(document: Document) -> Job:
    """The job, with the attempt that runs now: DescribeJobs lists only those that have ended."""
    job = read_job(document)
    container = mapping(document.get("container"))
    stream = text(container.get("logStreamName"))
    known = {end.log_stream for attempt in job.attempts for end in attempt.containers}
    if (
        job.status != "RUNNING"
        or not job.attempts
        or stream is None
        or stream in known
        or "job" in {a.source for a in job.attempts}
    ):
        return job
    current = Attempt(
        number=len(job.attempts) + 1,
        source="job",
        started_at=job.started_at,
        task_arn=text(container.get("taskArn")),
        container_instance_arn=text(container.get("containerInstanceArn")),
        containers=(ContainerEnd(source="job.container", log_stream=stream),),
    )
    return replace(job, attempts=(*job.attempts, current))


def on_spot_or_snapshots(job: Job) -> bool:
    """It was set up to survive Spot: the retry rule for lost hosts, or a setting of the snapshots."""
    names = {name for container in job.containers for name in (container.environment or {})}
    rules = any((rule.on_status_reason or "").startswith("Host EC2") for rule in job.retry_rules)
    return rules or any(name.startswith("FUSION_SNAPSHOT") for name in names)


def plan_to_keep(job: Job, ended: int) -> Plan:
    """What is worth keeping while it can be had: log and host of every attempt that is over, whatever it ended of.

    Args:
        job: the job.
        ended: how many of its attempts, from the first on, are over.
    """
    needed, over = plan(job), job.attempts[:ended]
    if job.status == "SUCCEEDED" and needed == Plan():
        return needed
    hosts = "FARGATE" not in job.platform and any(map(leads_to_host, over))
    logs = tuple(attempt.number for attempt in over if attempt.number in needed.logs)
    return replace(needed, environments=needed.environments or hosts, hosts=hosts, logs=logs)


def plan(job: Job) -> Plan:
    """Decide what is worth fetching.

    A job that went well at once needs nothing; one that never ran is explained by its reasons. Only where a host was
    lost, or the exit code points at one, are the hosts looked for.
    """
    if job.status == "SUCCEEDED" and len(job.attempts) <= 1:
        return Plan()
    ran = [attempt for attempt in job.attempts if not never_ran(attempt)]
    if not ran:
        # a job that waits without a reason may be waiting for an environment that is disabled, invalid or too small
        return Plan(environments=job.status in _PLACEABLE and not job.status_reason and job.array_size is None)
    about_hosts = any(lost_host(attempt) or _exit_codes(attempt) & _HOST_CODES for attempt in ran)
    on_hosts = "FARGATE" not in job.platform
    return Plan(
        environments=about_hosts and on_hosts,
        hosts=about_hosts and on_hosts and any(leads_to_host(attempt) for attempt in ran),
        logs=tuple(attempt.number for attempt in ran),
        workdir=True,
    )
