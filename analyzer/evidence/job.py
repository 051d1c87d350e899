"""A Batch job as DescribeJobs tells it, read so that no member has to be there or to have its type."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from analyzer.evidence.model import Document
from analyzer.frozen import frozen

DEFAULT_LOG_GROUP = "/aws/batch/job"
LARGEST = 2**63
"""No figure of a job comes near this."""
LOG_STREAM_DEFINITION_CHARACTERS = 200
"""Batch cuts the job definition's name here in a log stream's name (AWS Batch user guide, job states)."""


@frozen
class ContainerEnd:
    """How one container of one attempt ended."""

    source: str
    """Where in the documents this stands: `job.attempts[1].container`."""
    name: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    log_stream: str | None = None


@frozen
class Attempt:
    """One attempt of a job."""

    number: int
    """From 1."""
    source: str
    """Where in the documents this stands: `job.attempts[1]`."""
    started_at: int | None = None
    """Epoch milliseconds."""
    stopped_at: int | None = None
    """Epoch milliseconds."""
    status_reason: str | None = None
    status_reason_source: str = ""
    """Where the reason stands: the attempt's own, or the job's where the attempt has none."""
    task_arn: str | None = None
    container_instance_arn: str | None = None
    containers: tuple[ContainerEnd, ...] = ()

    @property
    def main(self) -> ContainerEnd | None:
        """The container that tells most: the first that failed, else that has a reason, an exit code, or the first."""
        failed = [c for c in self.containers if c.exit_code not in (None, 0)]
        ended = [c for c in self.containers if c.exit_code is not None]
        reasoned = [c for c in self.containers if c.reason]
        return next(iter(failed or reasoned or ended or self.containers), None)

    @property
    def exit_code(self) -> int | None:
        """Of the main container."""
        return self.main.exit_code if self.main else None


@frozen
class ContainerSpec:
    """What a container was asked to be."""

    name: str | None = None
    image: str | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    """Values may be secret: never for display."""
    vcpus: float | None = None
    memory_mib: int | None = None
    log_group: str | None = None
    log_driver: str | None = None
    privileged: bool | None = None


@frozen
class RetryRule:
    """One element of `evaluateOnExit`."""

    action: str
    on_reason: str | None = None
    on_status_reason: str | None = None
    on_exit_code: str | None = None


@frozen
class Job:
    """One Batch job."""

    id: str | None = None
    arn: str | None = None
    name: str | None = None
    queue: str | None = None
    """ARN or name, as the service gave it."""
    definition: str | None = None
    status: str | None = None
    status_reason: str | None = None
    created_at: int | None = None
    """Epoch milliseconds."""
    started_at: int | None = None
    """Epoch milliseconds; of the latest attempt."""
    stopped_at: int | None = None
    """Epoch milliseconds."""
    is_terminated: bool = False
    is_cancelled: bool = False
    timeout_seconds: int | None = None
    attempts_allowed: int | None = None
    retry_rules: tuple[RetryRule, ...] = ()
    array_index: int | None = None
    array_size: int | None = None
    parameters: Mapping[str, str] | None = None
    tags: Mapping[str, str] | None = None
    platform: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    containers: tuple[ContainerSpec, ...] = ()
    attempts: tuple[Attempt, ...] = ()

    @property
    def main(self) -> ContainerSpec | None:
        """The container that runs the task: the one with a Nextflow command, else the first."""
        nextflow = [c for c in self.containers if any(".command.run" in part for part in c.command)]
        return next(iter(nextflow or self.containers), None)

    @property
    def queue_name(self) -> str | None:
        """Without the ARN around it."""
        return self.queue.rsplit("/", 1)[-1] if self.queue else None

    @property
    def ended(self) -> bool:
        """Nothing will change any more."""
        return self.status in {"SUCCEEDED", "FAILED"}


def text(value: object) -> str | None:
    """A string that is not blank, or None."""
    return value if isinstance(value, str) and value.strip() else None


def whole(value: object) -> int | None:
    """An integer, also from a float or a string of digits, or None; a boolean is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < LARGEST else None
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and abs(value) < LARGEST else None
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip()) else None


def number(value: object) -> float | None:
    """A finite number, also from a string, or None."""
    try:
        result = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return result if result is not None and abs(result) < LARGEST else None


def mapping(value: object) -> Document:
    """The object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Document]:
    """The objects of a list; whatever else it holds is passed over."""
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, (list, tuple)) else []


def texts(value: object) -> tuple[str, ...]:
    """The strings of a list."""
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, (list, tuple)) else ()


def _string_map(value: object) -> Mapping[str, str] | None:
    return (
        {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, str)}
        if isinstance(value, Mapping)
        else None
    )


def _pairs(value: object) -> Mapping[str, str]:
    return {
        name: v.get("value", "")
        for v in items(value)
        if (name := text(v.get("name"))) and isinstance(v.get("value", ""), str)
    }


def _spec(container: Document) -> ContainerSpec:
    requirements = {text(r.get("type")): r.get("value") for r in items(container.get("resourceRequirements"))}
    resources = mapping(container.get("resources"))  # EKS: {"limits": {"memory": "2048Mi", "cpu": "1"}, "requests": …}
    amounts = {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}
    memory = (
        whole(requirements.get("MEMORY")) or whole(container.get("memory")) or _kubernetes_mib(amounts.get("memory"))
    )
    log = mapping(container.get("logConfiguration"))
    privileged = container.get("privileged")
    return ContainerSpec(
        name=text(container.get("name")),
        image=text(container.get("image")),
        command=texts(container.get("command")) + texts(container.get("args")),
        environment=_pairs(container.get("environment")) or _pairs(container.get("env")),
        vcpus=number(requirements.get("VCPU")) or number(container.get("vcpus")) or number(amounts.get("cpu")),
        memory_mib=memory,
        log_group=text(mapping(log.get("options")).get("awslogs-group")),
        log_driver=text(log.get("logDriver")),
        privileged=privileged if isinstance(privileged, bool) else None,
    )


def _kubernetes_mib(value: object) -> int | None:
    match = re.fullmatch(r"(\d{1,12})(Mi|Gi|M|G)?", value) if isinstance(value, str) else None
    if not match:
        return None
    factor = {"Mi": 1.0, "Gi": 1024.0, "M": 1e6 / 2**20, "G": 1e9 / 2**20, None: 1 / 2**20}[match[2]]
    return int(int(match[1]) * factor)


def _containers(job: Document) -> Iterator[ContainerSpec]:
    if container := mapping(job.get("container")):
        yield _spec(container)
    for task in items(mapping(job.get("ecsProperties")).get("taskProperties")):
        yield from map(_spec, items(task.get("containers")))
    for node in items(mapping(job.get("nodeProperties")).get("nodeRangeProperties")):
        if container := mapping(node.get("container")):
            yield _spec(container)
        for task in items(mapping(node.get("ecsProperties")).get("taskProperties")):
            yield from map(_spec, items(task.get("containers")))
    pod = mapping(mapping(job.get("eksProperties")).get("podProperties"))
    yield from map(_spec, items(pod.get("containers")))


def _end(container: Document, source: str) -> ContainerEnd:
    return ContainerEnd(
        source=source,
        name=text(container.get("name")),
        exit_code=whole(container.get("exitCode")),
        reason=text(container.get("reason")),
        log_stream=text(container.get("logStreamName")),
    )


def _attempt(number: int, document: Document, source: str) -> Attempt:
    task = next(iter(items(document.get("taskProperties"))), {})
    container = mapping(document.get("container"))
    ends = [_end(container, f"{source}.container")] if container else []
    for t, properties in enumerate(items(document.get("taskProperties"))):
        for c, one in enumerate(items(properties.get("containers"))):
            ends.append(_end(one, f"{source}.taskProperties[{t}].containers[{c}]"))
    for member in ("initContainers", "containers"):
        for c, one in enumerate(items(document.get(member))):
            ends.append(_end(one, f"{source}.{member}[{c}]"))
    return Attempt(
        number=number,
        source=source,
        started_at=whole(document.get("startedAt")),
        stopped_at=whole(document.get("stoppedAt")),
        status_reason=text(document.get("statusReason")),
        status_reason_source=f"{source}.statusReason",
        task_arn=text(container.get("taskArn")) or text(task.get("taskArn")),
        container_instance_arn=text(container.get("containerInstanceArn")) or text(task.get("containerInstanceArn")),
        containers=tuple(ends),
    )


def _attempts(job: Document) -> tuple[Attempt, ...]:
    for member in ("attempts", "eksAttempts"):
        listed = items(job.get(member))
        if listed:
            attempts = [_attempt(n, one, f"job.{member}[{n - 1}]") for n, one in enumerate(listed, 1)]
            return (*attempts[:-1], _completed(attempts[-1], job))
    container = mapping(job.get("container"))
    tells = any(container.get(m) is not None for m in ("exitCode", "reason", "logStreamName", "taskArn"))
    if tells or job.get("startedAt") is not None:
        current = _attempt(1, {**job, "taskProperties": mapping(job.get("ecsProperties")).get("taskProperties")}, "job")
        return (current,)
    return ()


def _completed(last: Attempt, job: Document) -> Attempt:
    """The last attempt of a job that has ended, with what only the job itself tells of it."""
    if job.get("status") not in ("FAILED", "SUCCEEDED"):
        return last
    if last.status_reason is None and (reason := text(job.get("statusReason"))):
        last = replace(last, status_reason=reason, status_reason_source="job.statusReason")
    end = _end(mapping(job.get("container")), "job.container")
    coded = end.exit_code is not None and last.exit_code is None
    reasoned = end.reason is not None and not any(c.reason for c in last.containers)
    if coded or reasoned:
        last = replace(last, containers=(*last.containers, end))
    return last


def read_job(document: Document) -> Job:
    """Read one element of DescribeJobs' `jobs` (botocore's service model, shape JobDetail)."""
    retry, array = mapping(document.get("retryStrategy")), mapping(document.get("arrayProperties"))
    return Job(
        id=text(document.get("jobId")),
        arn=text(document.get("jobArn")),
        name=text(document.get("jobName")),
        queue=text(document.get("jobQueue")),
        definition=text(document.get("jobDefinition")),
        status=text(document.get("status")),
        status_reason=text(document.get("statusReason")),
        created_at=whole(document.get("createdAt")),
        started_at=whole(document.get("startedAt")),
        stopped_at=whole(document.get("stoppedAt")),
        is_terminated=document.get("isTerminated") is True,
        is_cancelled=document.get("isCancelled") is True,
        timeout_seconds=whole(mapping(document.get("timeout")).get("attemptDurationSeconds")),
        attempts_allowed=whole(retry.get("attempts")),
        retry_rules=tuple(
            RetryRule(
                action=text(rule.get("action")) or "",
                on_reason=text(rule.get("onReason")),
                on_status_reason=text(rule.get("onStatusReason")),
                on_exit_code=text(rule.get("onExitCode")),
            )
            for rule in items(retry.get("evaluateOnExit"))
        ),
        array_index=whole(array.get("index")),
        array_size=whole(array.get("size")),
        parameters=_string_map(document.get("parameters")),
        tags=_string_map(document.get("tags")),
        platform=texts(document.get("platformCapabilities")),
        depends_on=tuple(i for d in items(document.get("dependsOn")) if (i := text(d.get("jobId")))),
        containers=tuple(_containers(document)),
        attempts=_attempts(document),
    )


def log_stream_candidates(job: Job, attempt: Attempt) -> tuple[str, ...]:
    """Names that the attempt's log stream may have, best first: as told, else reckoned from the task ARN.

    Of several containers the one that runs the task comes first: a helper beside it may be the one that failed.
    """
    task = job.main.name if job.main else None
    of_task = [end for end in attempt.containers if task and end.name == task]
    told = [end.log_stream for end in (*of_task, attempt.main, *attempt.containers) if end and end.log_stream]
    if told:
        return tuple(dict.fromkeys(told))
    if not (attempt.task_arn and job.definition):
        return ()
    name = job.definition.rsplit("/", 1)[-1].split(":", 1)[0][:LOG_STREAM_DEFINITION_CHARACTERS]
    return (f"{name}/default/{attempt.task_arn.rsplit('/', 1)[-1]}",)


def log_group(job: Job) -> str:
    """The CloudWatch log group that the job's attempts write to."""
    return (job.main.log_group if job.main else None) or DEFAULT_LOG_GROUP
