"""What the evidence tells of the things that support asks for: each with where it stands; nothing is asserted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.bundle.log_heads import LogHead, command_header, fusion_versions, log_heads
from analyzer.classifier.clock import from_milliseconds
from analyzer.classifier.units import MIB, bytes_text
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.host_loss import lost_reason
from analyzer.evidence.job import Attempt, Job, items, mapping, read_job, text, texts
from analyzer.evidence.model import Evidence
from analyzer.support.redaction import mask_secrets
from analyzer.support.secret_names import is_secret_name

MOST_VARIABLES = 100
MOST_TYPES = 12
MAX_VALUE_CHARACTERS = 200
_HARMLESS = re.compile(
    r"(?:NXF_)?FUSION_[A-Z0-9_]{1,60}|NXF_(?:VER|DEBUG)|AWS_(?:RETRY_MODE|MAX_ATTEMPTS|REGION|DEFAULT_REGION|"
    r"METADATA_SERVICE_[A-Z_]{1,40}|EC2_METADATA_DISABLED|BATCH_[A-Z_]{1,40})|UV_USE_IO_URING|HDF5_USE_FILE_LOCKING|"
    r"OMP_NUM_THREADS"
)
"""Variables whose values tell support something, and hold no credential unless their name says so."""
_VERSION_TAGS = ("nextflow.io/version", "nextflow.io/runtimeVersion")
"""Nextflow's own tags: of the awsbatch executor (a definition's, on a job where somebody copies tags), of Seqera's."""
_RUN = re.compile(r"tw-(run-[0-9]{1,9}|[A-Za-z0-9]{1,40})-")
"""Seqera Platform's run stands before the job's name (nextflow, TaskHandler.prependWorkflowPrefix); or its stand-in."""


@dataclass(frozen=True)
class Told:
    """Something that the evidence tells."""

    item: str
    """The id of what support asks for."""
    value: str
    """In words; from outside, so it is to be made safe before it is shown."""
    source: str
    """Where it stands, named as a quote's source is."""
    sure: bool = True
    """False for what narrows it down without settling it."""
    about: str = ""
    """What it is true of, where not of all: `attempt 2`."""


@dataclass(frozen=True)
class Grouped:
    """One value of one item, from wherever it was told."""

    value: str
    sources: tuple[str, ...]
    sure: bool
    about: tuple[str, ...]


def grouped(told: Sequence[Told], item: str) -> tuple[Grouped, ...]:
    """The values of an item, each once, in the order in which they were told."""
    mine = [one for one in told if one.item == item]
    return tuple(
        Grouped(
            value,
            tuple(dict.fromkeys(one.source for one in mine if one.value == value)),
            any(one.sure for one in mine if one.value == value),
            tuple(dict.fromkeys(one.about for one in mine if one.value == value and one.about)),
        )
        for value in dict.fromkeys(one.value for one in mine)
    )


def surroundings(diagnosis: Diagnosis, evidence: Evidence) -> tuple[Told, ...]:
    """All that the evidence tells of the items that are facts, in no order of items."""
    job = read_job(evidence.job) if evidence.job is not None else None
    told = (
        *_place(diagnosis, evidence, job),
        *_hosts(diagnosis),
        *_logs(log_heads(evidence)),
        *(_job_facts(job, evidence) if job else ()),
        *_snapshot_settings(diagnosis, job),
        *_environments(evidence),
        *(Told("fusion-version", version, source) for version, source in fusion_versions(evidence)),
        *_end(diagnosis, evidence, job),
    )
    return tuple(dict.fromkeys(told))


def _place(diagnosis: Diagnosis, evidence: Evidence, job: Job | None) -> Iterator[Told]:
    region = f" in {evidence.region}" if evidence.region else ""
    if job is not None:
        yield Told("provider", f"AWS Batch{region}", "job.jobArn" if job.arn else "job")
    elif evidence.workdir_uri or evidence.target.startswith("s3://"):
        yield Told("provider", f"AWS, by a work directory in S3{region}", "manifest.json", sure=False)
    header = command_header(evidence)
    if header and header.task_name:
        yield Told("run", f"task {header.task_name}", "workdir/.command.run")
    if header and header.container and job is None:
        yield Told("image", header.container, "workdir/.command.run")
    if workdir := text(diagnosis.job.get("workdir")):
        yield Told("run", f"work directory {workdir}", "job.container" if job else "manifest.json")
    if job and job.name and (run := _RUN.match(job.name)):
        yield Told("run", f"Seqera Platform's run {run[1]}", "job.jobName")


def _hosts(diagnosis: Diagnosis) -> Iterator[Told]:
    for host in items(diagnosis.job.get("instances")):
        attempt, source = f"attempt {host.get('attempt')}", _source_of_host(text(host.get("provenance")) or "")
        about = ", ".join(t for t in (text(host.get("lifecycle")), text(host.get("availability_zone"))) if t)
        notes = f" ({about})" if about else ""
        if kind := text(host.get("instance_type")):
            yield Told("instance-type", f"{kind}{notes}", source, about=attempt)
        elif candidates := texts(host.get("instance_type_candidates")):
            listed = ", ".join(candidates[:MOST_TYPES]) + (" and more" if len(candidates) > MOST_TYPES else "")
            yield Told("instance-type", f"one of {listed}{notes}", "compute_environments.json", False, attempt)
        if architecture := text(host.get("architecture")):
            yield Told("architecture", architecture, source, about=attempt)


def _source_of_host(provenance: str) -> str:
    """`analyzer.classifier.hosts` names AWS's calls: the member that holds each one's answer."""
    answers = {"EC2": "instances.json", "CloudTrail": "cloudtrail.json"}
    return next((member for call, member in answers.items() if provenance.startswith(call)), "container_instances.json")


def _logs(heads: Iterator[LogHead]) -> Iterator[Told]:
    for head in heads:
        if head.kernel:
            yield Told("kernel", head.kernel, head.source)
        if head.machine:
            yield Told("architecture", head.machine, head.source)
        if head.criu:
            yield Told("criu-version", head.criu, head.source)


def _job_facts(job: Job, evidence: Evidence) -> Iterator[Told]:
    for tag in _VERSION_TAGS:
        if version := text((job.tags or {}).get(tag)):
            yield Told("nextflow-version", version, "job.tags")
    spec = job.main
    if spec is None:
        return
    asked = [f"{spec.vcpus:g} vCPU"] if spec.vcpus else []
    asked += [bytes_text(spec.memory_mib * MIB)] if spec.memory_mib else []
    if asked:
        yield Told("memory-and-cpu", ", ".join(asked), "job.container.resourceRequirements", sure=len(asked) > 1)
    if spec.image:
        yield Told("image", spec.image, "job.container.image")
    platform = mapping(mapping(mapping(evidence.job).get("container")).get("runtimePlatform"))
    if architecture := text(platform.get("cpuArchitecture")):
        yield Told("architecture", architecture, "job.container.runtimePlatform")
    yield from _variables(spec.environment or {})


def _variables(environment: Mapping[str, str]) -> Iterator[Told]:
    for name, value in sorted(environment.items())[:MOST_VARIABLES]:
        if name == "NXF_VER" and value.strip():
            yield Told("nextflow-version", value, "job.container.environment")
        yield Told("environment", setting(name, value), "job.container.environment")


def setting(name: str, value: str) -> str:
    """`NAME=value` where the value is harmless, else the name alone."""
    plain = _HARMLESS.fullmatch(name) and not is_secret_name(name) and len(value) <= MAX_VALUE_CHARACTERS
    return f"{name}={value}" if plain and "KEY" not in name and mask_secrets(value) == value else name


def _snapshot_settings(diagnosis: Diagnosis, job: Job | None) -> Iterator[Told]:
    state, because = text(diagnosis.job.get("snapshots")), text(diagnosis.job.get("snapshots_because")) or ""
    if state in ("on", "off"):
        yield Told("snapshot-settings", f"snapshots {state}: {because}", "job" if job else "workdir.listing.jsonl")
    if job is None:
        return
    if job.attempts_allowed is not None:
        yield Told("snapshot-settings", f"{job.attempts_allowed} attempts allowed", "job.retryStrategy.attempts")
    for rule in job.retry_rules:
        conditions = (rule.on_status_reason, rule.on_reason, rule.on_exit_code)
        when = ", ".join(c for c in conditions if c) or "anything"
        yield Told("snapshot-settings", f"{rule.action.lower()} on {when}", "job.retryStrategy.evaluateOnExit")
    for name, value in sorted(((job.main.environment if job.main else None) or {}).items()):
        if name.startswith("FUSION_SNAPSHOT"):
            yield Told("snapshot-settings", setting(name, value), "job.container.environment")


def _environments(evidence: Evidence) -> Iterator[Told]:
    for number, environment in enumerate(evidence.compute_environments):
        resources = mapping(environment.get("computeResources"))
        types = ", ".join(texts(resources.get("instanceTypes"))[:MOST_TYPES])
        told = [t for t in (text(resources.get("type")), text(resources.get("allocationStrategy")), types) if t]
        if told:
            source = f"compute_environments.json[{number}].computeResources"
            yield Told("compute-environment", "; ".join(told), source)


def attempt_end(attempt: Attempt) -> str:
    """How an attempt ended, in words: `exit code 176`, `no exit code: Host EC2 (instance i-0abc) terminated.`"""
    lost = lost_reason(attempt)
    reason = lost[1] if lost else (attempt.main.reason if attempt.main else None) or attempt.status_reason
    code = "no exit code" if attempt.exit_code is None else f"exit code {attempt.exit_code}"
    return f"{code}: {reason}" if reason else code


def _end(diagnosis: Diagnosis, evidence: Evidence, job: Job | None) -> Iterator[Told]:
    attempts = job.attempts if job else ()
    for attempt in attempts:
        sure = attempt.exit_code is not None or lost_reason(attempt) is not None
        about = f"attempt {attempt.number}"
        yield Told("exit-code", attempt_end(attempt), attempt.source, sure, about)
        if stopped := from_milliseconds(attempt.stopped_at):
            yield Told("time-of-failure", stopped, f"{attempt.source}.stoppedAt", about=about)
    code = diagnosis.job.get("exit_code")
    if not attempts and isinstance(code, int):
        yield Told("exit-code", str(code), "workdir/.exitcode")
    newest = max((entry.last_modified for entry in evidence.listing or () if entry.last_modified), default=None)
    if newest and not attempts:
        yield Told("time-of-failure", f"last change of a file: {newest}", "workdir.listing.jsonl", sure=False)
