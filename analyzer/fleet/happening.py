"""What happened to a job that is watched: a line for whoever watches, made of what was kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analyzer.diagnosis import Diagnosis
from analyzer.evidence.host_loss import lost_instance, lost_reason
from analyzer.evidence.job import Attempt, Job, items, mapping, read_job, text, whole
from analyzer.evidence.model import Document
from analyzer.evidence.moment import Moment, attempts_ended, ended_at
from analyzer.parsers.log_event import rfc3339
from analyzer.support.known_secrets import known_secrets, mask_known

Kind = Literal["lost", "ended", "blocked", "failed", "survived", "recovered", "succeeded"]
_RECLAIMED = "host.spot_reclaimed"
_SURVIVED = "ok.survived_reclaim"


@dataclass(frozen=True)
class Happening:
    """Something happened to a job; texts are as the services gave them."""

    at: str
    """When it was kept, RFC 3339."""
    job_id: str
    name: str
    queue: str
    kind: Kind
    """`lost`: an attempt ended with its host; `ended`: otherwise, and another one comes; `blocked`: it cannot be
    placed; the others: it has ended."""
    ended_at: str | None = None
    """When the job, or of one that goes on its last attempt, was over, RFC 3339."""
    attempts: int = 0
    """Those that are over."""
    lost_hosts: int = 0
    instance_id: str | None = None
    """Of the attempt that ended."""
    instance_type: str | None = None
    reclaim_proven: bool = False
    exit_code: int | None = None
    reason: str | None = None
    """Batch's words, without what the job's environment shows to be secret: tasks' words may be among them."""
    diagnosis: Diagnosis | None = None
    """Of a job that failed, or cannot be placed."""
    fault: str | None = None
    """Why it could not be diagnosed."""

    @property
    def needs_somebody(self) -> bool:
        """It failed, or waits for somebody."""
        return self.kind in ("failed", "blocked")


def happening_of(
    document: Document, moment: Moment | None, diagnosis: Diagnosis | None, at: str, fault: str | None = None
) -> Happening:
    """What a description and its diagnosis say has happened.

    Args:
        document: as DescribeJobs gives it.
        moment: that the job is in; None: it went well at once.
        diagnosis: None where there is none.
        at: when, RFC 3339.
        fault: why there is no diagnosis.
    """
    job = read_job(document)
    over = job.attempts if job.ended else job.attempts[: attempts_ended(job, document)]
    lost = sum(lost_reason(one) is not None for one in over)
    last = over[-1] if over else None
    kind = _kind(job, moment, last, diagnosis, lost)
    host = _host(diagnosis, last)
    reason = (last.status_reason if last and kind == "ended" else None) or job.status_reason
    return Happening(
        at=at,
        job_id=job.id or "",
        name=job.name or "",
        queue=job.queue_name or "",
        kind=kind,
        ended_at=rfc3339(ended_at(document)) if job.ended else rfc3339(last.stopped_at if last else None),
        attempts=len(over),
        lost_hosts=lost,
        instance_id=text(host.get("instance_id")) or (lost_instance(last) if last else None),
        instance_type=text(host.get("instance_type")),
        reclaim_proven=_is_proven(diagnosis, last),
        exit_code=last.exit_code if last else None,
        reason=mask_known(reason, known_secrets(document)) if reason else None,
        diagnosis=diagnosis if kind in ("failed", "blocked") else None,
        fault=fault,
    )


def _kind(job: Job, moment: Moment | None, last: Attempt | None, diagnosis: Diagnosis | None, lost: int) -> Kind:
    if job.status == "FAILED":
        return "failed"
    if job.status == "SUCCEEDED":
        if diagnosis is not None and diagnosis.verdict.cause == _SURVIVED:
            return "survived"
        return "recovered" if lost or len(job.attempts) > 1 else "succeeded"
    if moment is not None and moment.name.startswith("blocked-"):
        return "blocked"
    return "lost" if last is not None and lost_reason(last) is not None else "ended"


def _host(diagnosis: Diagnosis | None, last: Attempt | None) -> Document:
    if diagnosis is None or last is None:
        return {}
    hosts = items(diagnosis.job.get("instances"))
    return next((one for one in hosts if whole(mapping(one).get("attempt")) == last.number), {})


def _is_proven(diagnosis: Diagnosis | None, last: Attempt | None) -> bool:
    if diagnosis is None or last is None:
        return False
    return any(step.attempt == last.number and step.cause == _RECLAIMED for step in diagnosis.chain)
