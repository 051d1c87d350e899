"""What a target of `check` is: a job, a queue or a compute environment; the first of it that AWS gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analyzer.evidence.environment import EnvironmentEvidence, EnvironmentKind
from analyzer.evidence.model import Document
from analyzer.fetchers import batch
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError, code_of, fetch_error, gap_for, is_denied
from analyzer.fetchers.recognise import is_job_id, shown
from analyzer.fetchers.targets import is_region, parse_job

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}")
"""Of a queue or an environment (botocore, batch CreateJobQueueRequest.jobQueueName)."""
_ARN = re.compile(
    r"arn:[a-z-]{1,20}:batch:([a-z0-9-]{1,30}):[0-9]{1,20}:(job|job-queue|compute-environment)/([0-9A-Za-z_:#-]{1,140})"
)
_KINDS: dict[str, EnvironmentKind] = {
    "job": "job",
    "job-queue": "queue",
    "compute-environment": "compute environment",
}
_OPERATIONS = {
    "job": "DescribeJobs",
    "queue": "DescribeJobQueues",
    "compute environment": "DescribeComputeEnvironments",
}
_NOUNS = {"queue": "job queue", "compute environment": "compute environment"}
_NO_SUCH = frozenset({"ClientException", "ValidationException"})
"""Batch's word for an ARN that it cannot make out, of another account for instance."""


@dataclass(frozen=True)
class EnvironmentTarget:
    """A target and what it may be."""

    given: str
    name: str
    """As Batch is asked for it: a name, an ARN, a job's id."""
    kinds: tuple[EnvironmentKind, ...]
    """What to ask for, in this order."""
    region: str | None = None
    """From the ARN; None where the target does not say."""


def parse_target(given: str) -> EnvironmentTarget:
    """Tell what a target of `check` may be.

    Raises:
        FetchError: it is neither a job nor the name or ARN of a queue or an environment.
    """
    target = given.strip()
    if target.startswith("arn:"):
        match = _ARN.fullmatch(target)
        if match is None or not is_region(match[1]):
            raise FetchError(
                f"{shown(given)} is not the ARN of a Batch job, job queue or compute environment: those look like "
                "arn:aws:batch:REGION:ACCOUNT:job-queue/NAME."
            )
        kind = _KINDS[match[2]]
        return EnvironmentTarget(given, parse_job(target).id if kind == "job" else target, (kind,), match[1])
    if is_job_id(target):
        return EnvironmentTarget(given, parse_job(target).id, ("job",))
    if target.startswith("s3:"):
        raise FetchError(
            f"{shown(given)} is a place in S3, which says nothing of an environment; give a job queue, a compute "
            "environment or a job, and name the work directory with --workdir."
        )
    if not target:
        raise FetchError("The target is empty; give the name of a job queue: fsnap-diagnose check my-queue.")
    if not _NAME.fullmatch(target) and _is_path(target):
        raise FetchError(
            f"{shown(given)} is a path on this machine, and check asks AWS about a job queue, an environment or a "
            f"job; to diagnose what lies there, write fsnap-diagnose {shown(given)}."
        )
    if not _NAME.fullmatch(target):
        raise FetchError(
            f"{shown(given)} is neither a Batch job id, nor the name or ARN of a job queue or a compute environment."
        )
    return EnvironmentTarget(given, target, ("queue", "compute environment"))


def _is_path(target: str) -> bool:
    try:
        return Path(target).exists()
    except (OSError, ValueError):
        return False


def look_up(target: EnvironmentTarget, clients: Clients, region: str | None) -> EnvironmentEvidence:
    """The target itself, as the evidence's first member.

    Raises:
        FetchError: AWS does not know it, or could not be asked; the text says what was tried.
    """
    refused: list[str] = []
    for kind in target.kinds:
        operation = _OPERATIONS[kind]
        try:
            document = _LOOK_UPS[kind](clients.get("batch", region), target.name)
        except Exception as error:
            if code_of(error) in _NO_SUCH:
                continue
            if not is_denied(error):
                raise fetch_error(error, f"look up {target.given} in {region or 'no region'}", operation) from error
            refused.append(gap_for("", error, operation).permission or operation)
            continue
        if document is not None:
            return _with(EnvironmentEvidence(target.given, kind, region), document)
    raise _denied(target, region, refused) if refused else _unknown(target, region)


def _denied(target: EnvironmentTarget, region: str | None, actions: list[str]) -> FetchError:
    """All that was refused, at once."""
    named = " and ".join(dict.fromkeys(actions))
    return FetchError(
        f"Could not look up {target.given} in {region or 'no region'}: AccessDenied on {named}; "
        f"allow {named} for this role."
    )


def _with(evidence: EnvironmentEvidence, document: Document) -> EnvironmentEvidence:
    if evidence.kind == "job":
        return replace(evidence, job=document)
    if evidence.kind == "queue":
        return replace(evidence, job_queue=document)
    return replace(evidence, compute_environments=(document,))


def _job(client: Any, job_id: str) -> Document | None:
    return batch.describe_jobs(client, [job_id]).get(job_id)


_LOOK_UPS: dict[EnvironmentKind, Callable[[Any, str], Document | None]] = {
    "job": _job,
    "queue": batch.describe_queue,
    "compute environment": batch.describe_environment,
}


def _unknown(target: EnvironmentTarget, region: str | None) -> FetchError:
    if target.kinds == ("job",):
        return FetchError(
            f"AWS Batch in {region} does not know job {target.given}: the id, the region or the account is another, or "
            "it ended long ago (Batch keeps a job for at least 7 days); give its queue instead."
        )
    nouns = [_NOUNS[kind] for kind in target.kinds]
    if len(nouns) == 1:
        knows = f"does not know the {nouns[0]} {target.given}"
    else:
        knows = f"knows neither a {nouns[0]} nor a {nouns[1]} named {target.given}"
    return FetchError(
        f"AWS Batch in {region} {knows}: the name, the region or the account is another; "
        "aws batch describe-job-queues lists the queues that there are."
    )
