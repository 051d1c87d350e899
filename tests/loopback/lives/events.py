"""What EventBridge and SQS would hand to the function of the same lives: twice, late, out of order, and nonsense."""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.events.examples import EXAMPLES, in_sqs, with_unknown_members
from tests.events.template import template
from tests.loopback.fleet.account import EXPIRY, REGION, Job
from tests.loopback.lives.lives import MINUTE_MS, Lives, attempts_of
from tests.loopback.lives.moment import REASON_AFTER_MS, moment_at

Document = dict[str, Any]
WARNING_MS = 2 * MINUTE_MS
"""By so much Spot's warning comes before the end; it is sent as well as may be, not always (facts of EC2's guide)."""
BATCH = 10
"""Records that an invocation gets at most."""
MALFORMED = tuple(name for name in EXAMPLES if name.startswith(("malformed-", "other-")))


@dataclass(frozen=True, order=True)
class Event:
    """Something that happened; `at` in epoch milliseconds."""

    at: int
    id: str
    body: str = field(compare=False)


@dataclass(frozen=True)
class Trouble:
    """What the ways of the events do to them; shares of all."""

    twice: float = 0.3
    late: float = 0.2
    """By up to twenty minutes, so that others overtake them; the others by some seconds."""
    malformed: float = 0.1
    no_warning: float = 0.3
    """Of the interruptions."""


def events_of(lives: Lives, chance: random.Random, trouble: Trouble) -> Iterator[Event]:
    """What the services say of the lives, in no order, each once."""
    for job in lives.runs:
        yield from _changes(lives, job)
        if job in lives.waiting:
            at = job.created + REASON_AFTER_MS
            yield _event(lives, job, at, "Batch Job Queue Blocked")
        for attempt, host in zip(attempts_of(job), job.template.scenario.documents("instances"), strict=False):
            if attempt.lost_host and chance.random() >= trouble.no_warning:
                yield _warning(job.fill(str(host["InstanceId"])), attempt.stopped - WARNING_MS)


def _changes(lives: Lives, job: Job) -> Iterator[Event]:
    """One for each status that it comes to."""
    told = None
    for at in sorted(_times(job)):
        description = moment_at(lives, at, EXPIRY).description(job)
        assert description is not None
        now = json.loads(description)
        if (now["status"], len(now.get("attempts") or [])) != told:
            told = now["status"], len(now.get("attempts") or [])
            yield _event(lives, job, at, "Batch Job State Change")


def _times(job: Job) -> set[int]:
    times = {job.created, job.created + 5_000}
    for one in attempts_of(job):
        begins = one.stopped if one.started is None else one.started
        times |= {max(begins - MINUTE_MS, job.created), begins, one.stopped}
    return times | ({job.stopped} if job.stopped is not None else set())


def _event(lives: Lives, job: Job, at: int, kind: str) -> Event:
    description = moment_at(lives, at, EXPIRY).description(job)
    detail = json.loads(description or "{}")
    name = f"{detail['jobId']}/{kind}/{at}"
    return _made(name, at, kind, "aws.batch", [detail["jobArn"]], detail)


def _warning(instance_id: str, at: int) -> Event:
    arn = f"arn:aws:ec2:{REGION}:111122223333:instance/{instance_id}"
    detail = {"instance-id": instance_id, "instance-action": "terminate"}
    return _made(instance_id, at, "EC2 Spot Instance Interruption Warning", "aws.ec2", [arn], detail)


def _made(name: str, at: int, kind: str, source: str, resources: list[str], detail: Document) -> Event:
    document = {
        "version": "0",
        "id": name,
        "detail-type": kind,
        "source": source,
        "account": "111122223333",
        "time": datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": resources,
        "detail": detail,
    }
    return Event(at, name, json.dumps(document))


def deliveries(lives: Lives, seed: int = 3, trouble: Trouble | None = None) -> list[Event]:
    """What comes out of the queue, and when; `at` is the time of delivery."""
    chance, trouble = random.Random(seed), trouble or Trouble()  # noqa: S311 - to be repeated
    told: list[Event] = []
    for event in events_of(lives, chance, trouble):
        most_seconds = 1_200 if chance.random() < trouble.late else 20
        arrives = event.at + chance.randrange(1, most_seconds) * 1_000
        body = event.body
        if chance.random() < 0.2:
            body = json.dumps(with_unknown_members(json.loads(body)))
        told.append(Event(arrives, event.id, body))
        if chance.random() < trouble.twice:
            told.append(Event(arrives + chance.randrange(1, 1_800) * 1_000, f"{event.id} again", event.body))
        if chance.random() < trouble.malformed:
            told.append(Event(arrives, f"nonsense {len(told)}", _nonsense(chance, event.body)))
    return sorted(told)


def _nonsense(chance: random.Random, body: str) -> str:
    return chance.choice(
        ("", "{", "[]", "null", body[: len(body) // 2], json.dumps(EXAMPLES[chance.choice(MALFORMED)].event))
    )


class SimulatedQueue:
    """Hands events to a function as the deployed queue does: later, in batches, and again what could not be done."""

    def __init__(self, events: Sequence[Event]) -> None:
        own = template()["Resources"]["EventQueue"]["Properties"]
        delay, self._pause_ms = own["DelaySeconds"] * 1_000, own["VisibilityTimeout"] * 1_000
        self._receives = own["RedrivePolicy"]["maxReceiveCount"]
        self._waiting: list[tuple[int, int, int, str]] = [(e.at + delay, n, 1, e.body) for n, e in enumerate(events)]
        heapq.heapify(self._waiting)
        self.invocations, self.tried_again = 0, 0
        self.dead: list[str] = []
        """What was handed out as often as it may be."""
        self.store: Path | None = None
        """Where the function kept what it made of it."""

    def batches(self) -> Iterator[tuple[int, list[tuple[int, int, int, str]]]]:
        """What came within ten seconds, ten records at most; and when, epoch milliseconds."""
        while self._waiting:
            some = [heapq.heappop(self._waiting)]
            while self._waiting and len(some) < BATCH and self._waiting[0][0] <= some[0][0] + 10_000:
                some.append(heapq.heappop(self._waiting))
            yield some[-1][0], some

    def run(self, handle: Callable[[Document], Document], at: Callable[[int], object]) -> None:
        """Until nothing waits; `at` is told the time before each invocation."""
        for now, some in self.batches():
            at(now)
            self.invocations += 1
            records = [record for _, _, receives, body in some for record in in_sqs(body, receives=receives)["Records"]]
            for record, (_, number, _, _) in zip(records, some, strict=True):
                record["messageId"] = str(number)
            answer = handle({"Records": records})
            failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
            for _, number, receives, body in some:
                if str(number) not in failed:
                    continue
                if receives >= self._receives:
                    self.dead.append(body)
                    continue
                self.tried_again += 1
                heapq.heappush(self._waiting, (now + self._pause_ms, number, receives + 1, body))
