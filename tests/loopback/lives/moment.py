"""What Batch, ECS and EC2 know of a life at a moment: every state that it goes through, each host while it is known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from tests.batch_lists import summary_of
from tests.loopback.fleet.account import Job
from tests.loopback.fleet.clock import HOST_MEMORY, Moment
from tests.loopback.fleet.evidence import Evidence
from tests.loopback.lives.lives import MINUTE_MS, Attempt, attempts_of
from tests.loopback.log_streams import LogStreams, NotFoundError
from tests.loopback.wire import Answer, Call, json_answer

Document = dict[str, Any]
REASON_AFTER_MS = 10 * MINUTE_MS
"""So long after its submission Batch says why a job that cannot be placed waits."""
LOG_LATE_MS = 10_000
"""So long a line takes from the container to CloudWatch Logs."""
IDLE_MS = 10 * MINUTE_MS
"""So long a host that nothing runs on stays."""
_SUBMITTED_MS, _STARTING_MS = 5_000, MINUTE_MS
_WARNING = {
    "Code": "Server.SpotInstanceTermination",
    "Message": "Server.SpotInstanceTermination: Spot instance termination",
}


class Phase(NamedTuple):
    """What a job that goes on is doing."""

    status: str
    ended: int
    """Attempts that are over."""
    blocked: bool = False


def phase_of(job: Job, now: int) -> Phase:
    """What a job that has been made and has not ended does at a time, epoch milliseconds."""
    attempts = attempts_of(job)
    ended = sum(one.stopped <= now for one in attempts)
    if ended == len(attempts):
        blocked = job.stopped is None and job.mould != "runnable-waiting" and now >= job.created + REASON_AFTER_MS
        return Phase("SUBMITTED" if now < job.created + _SUBMITTED_MS else "RUNNABLE", ended, blocked)
    coming = attempts[ended]
    if coming.started is not None and coming.started <= now:
        return Phase("RUNNING", ended)
    if now >= (coming.started or coming.stopped) - _STARTING_MS:
        return Phase("STARTING", ended)
    return Phase("SUBMITTED" if now < job.created + _SUBMITTED_MS else "RUNNABLE", ended)


@lru_cache(maxsize=4096)
def _going_on(job: Job, phase: Phase) -> str:
    """DescribeJobs' element of a job that goes on, as JSON."""
    document: Document = json.loads(job.filled("job.json"))
    attempts = document.get("attempts") or []
    reason = document.pop("statusReason", None)
    for name in ("stoppedAt", "startedAt"):
        document.pop(name, None)
    document |= {"status": phase.status, "attempts": attempts[: phase.ended]}
    if phase.blocked and reason:
        document["statusReason"] = reason
    container = document.get("container") or {}
    for name in ("exitCode", "reason", "logStreamName", "taskArn", "containerInstanceArn"):
        container.pop(name, None)
    if phase.status in ("STARTING", "RUNNING"):
        now = attempts[phase.ended]
        own = now.get("container") or {}
        names = ("taskArn", "containerInstanceArn", *(("logStreamName",) if phase.status == "RUNNING" else ()))
        container.update({name: own[name] for name in names if name in own})
        if phase.status == "RUNNING":
            document["startedAt"] = now["startedAt"]
    return json.dumps(document)


@lru_cache(maxsize=4096)
def _summary(job: Job, phase: Phase) -> str:
    return json.dumps(summary_of(json.loads(_going_on(job, phase))))


@dataclass(frozen=True)
class LifeMoment(Moment):
    """The account at a time."""

    def status(self, job: Job) -> str | None:
        told = super().status(job)
        if told in (None, "SUCCEEDED", "FAILED") or job.is_parent or job.is_child:
            return told
        return phase_of(job, self.ms).status

    def description(self, job: Job) -> str | None:
        return super().description(job) if self._is_told_by_fleet(job) else _going_on(job, phase_of(job, self.ms))

    def summary(self, job: Job) -> str | None:
        return super().summary(job) if self._is_told_by_fleet(job) else _summary(job, phase_of(job, self.ms))

    def _is_told_by_fleet(self, job: Job) -> bool:
        return job.is_parent or job.is_child or self.status(job) in (None, "SUCCEEDED", "FAILED")


def moment_at(account: Any, now: int, expiry: timedelta) -> LifeMoment:
    """The account at a time in epoch milliseconds."""
    return LifeMoment(account, datetime.fromtimestamp(now / 1000, UTC), expiry)


def hosts_at(job: Job, member: str, now: int) -> list[Document]:
    """The hosts of a job's attempts as ECS or EC2 tells them: those that are there, or went within the hour."""
    if not job.template.has(member):
        return []
    documents: list[Document] = json.loads(job.filled(member))
    attempts = attempts_of(job)
    found = []
    for document, attempt in zip(documents, attempts, strict=True):
        gone_at = attempt.stopped + (0 if attempt.lost_host else IDLE_MS)
        came_at = (attempt.started or attempt.stopped) - 2 * _STARTING_MS
        if came_at <= now <= gone_at + HOST_MEMORY / timedelta(milliseconds=1):
            found.append({**document, **_state(member, gone=now >= gone_at, taken=attempt.lost_host)})
    return found


def _state(member: str, *, gone: bool, taken: bool) -> Mapping[str, Any]:
    if member == "container_instances.json":
        return {"status": "INACTIVE" if gone else "ACTIVE", "agentConnected": not gone}
    if not gone:
        return {"State": {"Code": 16, "Name": "running"}}
    return {"State": {"Code": 48, "Name": "terminated"}, **({"StateReason": _WARNING} if taken else {})}


class LifeEvidence(Evidence):
    """Answers from a moment that moves on."""

    def _known_hosts(self, job: Job, member: str) -> list[Document]:
        return hosts_at(job, member, self.moment.ms)

    def _log_events(self, call: Call) -> Answer:
        group, stream = call.parameters["logGroupName"], str(call.parameters["logStreamName"])
        if group != "/aws/batch/job":
            raise NotFoundError("The specified log group does not exist.")
        streams = LogStreams()
        streams.events["/aws/batch/job", "-"] = []
        job = self.moment.account.find(stream.rsplit("/", 1)[-1])
        number = self._attempt(job, stream) if job is not None else None
        if job is not None and number is not None and attempts_of(job)[number - 1].log_events:
            events = list(self._lines(job, attempts_of(job)[number - 1]))
            if events:
                streams.add(group, stream, events)
        return json_answer(call, streams.get_log_events(call.parameters))

    def _lines(self, job: Job, attempt: Attempt) -> Iterator[Document]:
        """What has come in of an attempt's log; its agent says nothing after its end."""
        for line in job.filled(f"logs/{attempt.number}.jsonl").encode("latin-1").decode().splitlines():
            event: Document = json.loads(line)
            event["timestamp"] = min(int(event["timestamp"]), attempt.stopped)
            if event["timestamp"] + LOG_LATE_MS <= self.moment.ms:
                yield event

    def _directory(self, bucket: str, key: str) -> dict[str, tuple[bytes, Document]]:
        now = self.moment.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            name: (data, {**entry, "last_modified": min(str(entry["last_modified"]), now)})
            for name, (data, entry) in super()._directory(bucket, key).items()
            # what a checkpoint left is there from when it was written; all else from the start
            if "/.fusion/dump/" not in name or str(entry["last_modified"]) <= now
        }
