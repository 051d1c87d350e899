"""The least calls that a diagnosis of a scenario can do with, reckoned from the scenario's documents alone.

Nothing of the tool's own plan is used. What is taken for granted is written at each step; the services' limits are
those of botocore's service models.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.loopback.log_streams import EVENT_OVERHEAD_BYTES, PAGE_BYTES, PAGE_EVENTS
from tests.loopback.scenario import Scenario

LISTED_AT_ONCE = 1_000
READ_AT_ONCE = 5 * 2**20
"""A larger file is read at its two ends: a call each."""
HOST_CODES = {137, 143, 174, 175, 176, 177}
"""Killed from outside, or Fusion's own: what became of the host may be the reason."""
AROUND = (timedelta(hours=1), timedelta(minutes=30))
"""Before and after an attempt's end: when the event that ended its host may have come."""
_LOST = re.compile(r"Host EC2 \(instance (i-[0-9a-f]+)\)")
_READ = re.compile(
    r"\.exitcode|\.command\.(?:run|log|err|trace)|\.fusion\.log|\.fusion/trace\.json"
    r"|\.fusion/dump/dump_metadata|\.fusion/dump/[0-9]+/[^/]+\.log"
)
"""Files that a parser reads. `.command.out` repeats what is in `.command.log`; memory images are never read."""
_SPOT = re.compile(r"Server\.Spot", re.IGNORECASE)


@dataclass(frozen=True)
class _Attempt:
    number: int
    codes: frozenset[int]
    streams: tuple[str, ...]
    lost: str | None
    """The instance that its reason names."""
    host: str | None
    """ARN of its container instance."""
    stopped: datetime

    @property
    def ran(self) -> bool:
        """One that never ran has no log and no host of interest: its reason says all."""
        return bool(self.codes or self.streams or self.lost)


def least_calls(scenario: Scenario) -> Counter[str]:
    """Operation -> calls."""
    if scenario.target.startswith("s3://"):
        return _work_directory(scenario)
    job = scenario.document("job")
    # the job, and the array that it is a child of, in one call: nothing is known before it
    least = Counter(DescribeJobs=1)
    attempts = [attempt for attempt in _attempts(job) if attempt.ran]
    if job.get("status") == "SUCCEEDED" and len(job.get("attempts", [])) <= 1:
        return least  # it went well at once: there is nothing to explain
    if not attempts:
        waits = job.get("status") in {"SUBMITTED", "PENDING", "RUNNABLE"} and not job.get("statusReason")
        if waits and "size" not in (job.get("arrayProperties") or {}):
            least += _queue()  # it waits, and nobody says why: its environment may be disabled, invalid or too small
        return least
    on_hosts = "FARGATE" not in job.get("platformCapabilities", [])
    least += _logs(scenario, attempts)
    least += _work_directory(scenario)
    if on_hosts and any(attempt.lost or attempt.codes & HOST_CODES for attempt in attempts):
        least += _queue() + _hosts(scenario, job, attempts)
    return least


def _queue() -> Counter[str]:
    """The names of the environments stand in the queue only: one call each, the second after the first."""
    return Counter(DescribeJobQueues=1, DescribeComputeEnvironments=1)


def _logs(scenario: Scenario, attempts: Iterable[_Attempt]) -> Counter[str]:
    """Each attempt's stream by itself: no call reads two.

    A page may be part full, or empty, without being the last: a stream's beginning is known only when the token that
    was sent comes back (GetLogEvents' reference; boto3's issue 3718 shows an empty page before full ones). So one call
    more than there are pages. Where there is no such stream one call tells.
    """
    return Counter(
        GetLogEvents=sum(
            _pages(scenario.events(attempt.number)) + 1 if scenario.events(attempt.number) else 1
            for attempt in attempts
            if attempt.streams
        )
    )


def _pages(events: Sequence[Mapping[str, Any]]) -> int:
    size = sum(len(event["message"].encode()) + EVENT_OVERHEAD_BYTES for event in events)
    return max(math.ceil(size / PAGE_BYTES), math.ceil(len(events) / PAGE_EVENTS))


def _work_directory(scenario: Scenario) -> Counter[str]:
    """One listing tells which files are there and how large; each that a parser reads, and that holds anything, is got.

    A child of an array has two directories: its own stands in the array's wrapper, and Fusion writes to the array's.
    """
    if scenario.work_directory is None:
        return Counter()
    listed = scenario.listing() or [{"key": name, "size": len(data)} for name, data in scenario.files().items()]
    least = Counter(ListObjectsV2=max(1, math.ceil(len(listed) / LISTED_AT_ONCE)))
    for entry in listed:
        if entry["size"] and _READ.fullmatch(entry["key"]):
            least["GetObject"] += 1 + (entry["size"] > READ_AT_ONCE)
    if scenario.child_directory:
        least += Counter(GetObject=1, ListObjectsV2=1)
    return least


def _hosts(scenario: Scenario, job: Mapping[str, Any], attempts: Sequence[_Attempt]) -> Counter[str]:
    """All container instances of a cluster in one call, all instances in another.

    Types need no call: the package has the figures of every type that EC2 had at its release.
    """
    least: Counter[str] = Counter()
    told = {one["containerInstanceArn"]: one for one in scenario.documents("container_instances")}
    arns = [attempt.host for attempt in attempts if attempt.host]
    least["DescribeContainerInstances"] = len({arn.split("/")[1] for arn in arns})
    host_of = {a.number: a.lost or told.get(a.host or "", {}).get("ec2InstanceId") for a in attempts}
    least["DescribeInstances"] = int(any(host_of.values()))
    return least + _trail(scenario, job, {a.number: a for a in attempts}, host_of)


def _trail(
    scenario: Scenario, job: Mapping[str, Any], attempts: Mapping[int, _Attempt], host_of: Mapping[int, str | None]
) -> Counter[str]:
    """CloudTrail is asked who ended a lost host, unless EC2 says it itself, and for types that nobody else knows.

    Evictions of hosts lost at about the same time are in one answer; what else befell a host, and its launch, only a
    question for that host tells.
    """
    types = dict(_types(scenario))
    proven = {
        one["InstanceId"]
        for one in scenario.documents("instances")
        if _SPOT.search((one.get("StateReason") or {}).get("Code", ""))
    }
    evicted = {
        instance
        for event in scenario.documents("cloudtrail")
        if event["eventName"] == "BidEvictedEvent"
        for instance in event["serviceEventDetails"]["instanceIdSet"]
    }
    lost = {host_of[n]: a.stopped for n, a in attempts.items() if a.lost and host_of[n] not in proven}
    by_name = {host for host in lost if host not in evicted}
    by_name |= {host for n, host in host_of.items() if host and host not in types and (attempts[n].lost or _spot(job))}
    # where each that is evicted is asked about for its type anyway, its own answer tells both
    ends = sorted(stopped for host, stopped in lost.items() if not (host in by_name and host in evicted))
    windows = sum(n == 0 or end - AROUND[0] > ends[n - 1] + AROUND[1] for n, end in enumerate(ends))
    return Counter(LookupEvents=windows + len(by_name))


def _spot(job: Mapping[str, Any]) -> bool:
    """Set up to survive Spot: what its host could carry away in the window matters."""
    rules = job.get("retryStrategy", {}).get("evaluateOnExit", [])
    return any(rule.get("onStatusReason", "").startswith("Host EC2") for rule in rules) or "FUSION_SNAPSHOT" in str(job)


def _types(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for one in scenario.documents("container_instances"):
        for attribute in one.get("attributes", []):
            if attribute["name"] == "ecs.instance-type":
                yield one["ec2InstanceId"], attribute["value"]
    for one in scenario.documents("instances"):
        if one.get("InstanceType"):
            yield one["InstanceId"], one["InstanceType"]


def _attempts(job: Mapping[str, Any]) -> Iterator[_Attempt]:
    """Those that ended, and the one that runs now, which only the job itself tells of."""
    ended = job.get("attempts") or job.get("eksAttempts") or []
    known = set()
    for number, attempt in enumerate(ended, 1):
        made = _attempt(number, attempt, job)
        known |= set(made.streams)
        yield made
    now = _attempt(len(ended) + 1, {**job, "statusReason": None}, job)
    if job.get("status") == "RUNNING" and set(now.streams) - known:
        yield now


def _attempt(number: int, document: Mapping[str, Any], job: Mapping[str, Any]) -> _Attempt:
    tasks = document.get("taskProperties") or (document.get("ecsProperties") or {}).get("taskProperties") or []
    holder = tasks[0] if tasks else document.get("container") or {}
    containers = holder.get("containers") or document.get("containers") or [holder]
    lost = _LOST.search(document.get("statusReason") or "")
    ended = document.get("stoppedAt") or job.get("stoppedAt") or 0
    return _Attempt(
        number,
        frozenset(c["exitCode"] for c in containers if c.get("exitCode") is not None),
        tuple(c["logStreamName"] for c in containers if c.get("logStreamName")),
        lost[1] if lost else None,
        holder.get("containerInstanceArn"),
        datetime.fromtimestamp(ended / 1000, UTC),
    )
