"""The simulated account: which jobs there are, when they lived, and what became of them. All of it is in the seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from tests.loopback.fleet.names import index_of, letters, renamed
from tests.loopback.fleet.template import BASE, RUN, SAMPLE, Template, template
from tests.loopback.fleet.template import REGION as FORMER_REGION

REGION = "us-east-1"
"""Its logs may be read 25 times a second, those of most regions 10 times."""
QUEUES = ("sim-rnaseq", "sim-sarek", "sim-mag", "sim-ampliseq", "sim-assembly", "sim-proteomics")
"""What their names begin with; `-work` follows, as in the vendor's."""
_SHARES = (30, 25, 18, 12, 10, 5)
WELL = ("well", "well", "well", "well-without-fusion")
FAILING = (
    "dump-bind-mount",
    "dump-freeze-timeout",
    "dump-io-uring",
    "dump-storage-full",
    "dump-tcp-connection",
    "dump-unix-socket",
    "fusion-174-disk-full",
    "fusion-174-throttled",
    "fusion-license",
    "fusion-not-mounted",
    "storage-access-denied",
    "storage-connection",
    "tool-command-not-found",
    "tool-disk-full",
    "tool-failed",
    "tool-java-heap",
    "tool-segfault",
    "container-network",
    "container-out-of-memory",
    "container-timeout",
    "image-no-space",
    "image-not-found",
    "image-rate-limited",
    "killed-by-nextflow",
    "terminated-by-user",
    "overrides-too-long",
)
"""Of all families but the host's; CloudTrail need not be asked for any of them."""
HOST_LOST = (
    "window-exceeded",
    "window-exceeded-as-175",
    "restore-cpu-mismatch",
    "restore-file-missing",
    "manifest-mismatch",
    "attempts-exhausted",
    "host-reclaimed-cloudtrail",
)
"""What a reclaim is behind; each costs CloudTrail, which allows two calls a second, one call or more."""
SURVIVING = ("survived-reclaim", "survived-reclaim", "survived-reclaim", "survived-two-reclaims")
CANCELLED = ("cancelled-no-capacity", "cancelled-instance-types", "dependency-failed")
WAITING = ("runnable-no-capacity", "runnable-waiting")
ARRAY = "array-child-out-of-memory"
ARRAY_SIZE, FAILING_CHILD = 5, 3
_EARLIER = 120_000
"""Milliseconds by which each child of an array ends before the next."""
EXPIRY = timedelta(days=7)
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Settings:
    """What an account is like; shares are of all jobs."""

    jobs: int = 50_000
    seed: int = 20_261_122
    days: int = 30
    end: datetime = datetime(2026, 12, 1, tzinfo=UTC)
    """When the last of them ended, at the latest."""
    failing: float = 0.0105
    host_lost: float = 0.0015
    surviving: float = 0.004
    cancelled: float = 0.004
    waiting: float = 0.001
    """Never placed."""
    arrays: float = 0.0005
    """Parents; each has children beside, half of them a failing one."""

    @property
    def begin(self) -> datetime:
        return self.end - timedelta(days=self.days)


class Job(NamedTuple):
    """A job of the account; all that is not here follows from its scenario and its number."""

    number: int
    mould: str
    queue: int
    shift: int
    """Milliseconds from the scenario's times to the job's."""
    parent: int = -1
    child: int = -1
    """Which of the array it is."""
    array_fails: bool = False

    @property
    def template(self) -> Template:
        return template(self.mould)

    @property
    def is_child(self) -> bool:
        return self.child >= 0

    @property
    def is_parent(self) -> bool:
        return self.mould == ARRAY and not self.is_child

    @property
    def id(self) -> str:
        return renamed_id(self)

    @property
    def status(self) -> str:
        """In the end."""
        if self.mould == ARRAY:
            fails = self.array_fails and (self.is_parent or self.child == FAILING_CHILD)
            return "FAILED" if fails else "SUCCEEDED"
        return self.template.status

    @property
    def cause(self) -> str:
        return "ok.completed" if self.status == "SUCCEEDED" and self.mould == ARRAY else self.template.cause

    @property
    def created(self) -> int:
        """Epoch milliseconds, as all times here."""
        return self.template.created + self.shift

    @property
    def started(self) -> int | None:
        told = self.template.started
        return None if told is None else told + self.shift

    @property
    def earlier(self) -> int:
        """By how much it ended before its scenario does."""
        return (ARRAY_SIZE - 1 - self.child) * _EARLIER if self.is_child else 0

    @property
    def stopped(self) -> int | None:
        """None of a job that will never end."""
        told = self.template.stopped
        return None if told is None else told + self.shift - self.earlier

    def fill(self, token: str) -> str:
        """This job's name for one of its scenario's."""
        if token == BASE:
            return QUEUES[self.queue]
        if token == RUN:
            return letters(f"{self.queue}/{self.shift // DAY_MS}", len(RUN))
        if token == FORMER_REGION:
            return REGION
        if token == SAMPLE:
            return f"S{self.number:06d}"
        return renamed(token, self.parent if self.is_child and token in self.template.shared else self.number)

    def filled(self, member: str) -> str:
        """A member of its evidence."""
        return self.template.text(member).filled(self.fill, self.shift)


def renamed_id(job: Job) -> str:
    own = str(job.template.job["jobId"])
    if job.mould != ARRAY:
        return renamed(own, job.number)
    parent = renamed(own.partition(":")[0], job.parent if job.is_child else job.number)
    return f"{parent}:{job.child}" if job.is_child else parent


@dataclass(frozen=True)
class Truth:
    """What a report must say of a period: jobs by (queue, day, cause, status)."""

    jobs: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    lost_hosts: int = 0

    @property
    def total(self) -> int:
        return self.jobs.total()

    def by(self, *members: int) -> Counter[str]:
        """Jobs by some of the four members: 0 queue, 1 day, 2 cause, 3 status."""
        counted: Counter[str] = Counter()
        for key, count in self.jobs.items():
            counted[" ".join(key[m] for m in members)] += count
        return counted

    def failed(self, member: int) -> Counter[str]:
        """Failed jobs by one of the members."""
        counted: Counter[str] = Counter()
        for key, count in self.jobs.items():
            if key[3] == "FAILED":
                counted[key[member]] += count
        return counted

    @property
    def survived(self) -> int:
        return self.by(2)["ok.survived_reclaim"]


class Account:
    """All jobs: a few words of memory each."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.jobs: list[Job] = []
        self._make(random.Random(self.settings.seed))  # noqa: S311 - a simulation, to be repeated

    def _make(self, chance: random.Random) -> None:
        own = self.settings
        kinds = (FAILING, HOST_LOST, SURVIVING, CANCELLED, WAITING, (ARRAY,), WELL)
        shares = [own.failing, own.host_lost, own.surviving, own.cancelled, own.waiting, own.arrays]
        weights = [*shares, 1 - sum(shares)]
        turns = {kind: chance.randrange(len(kind)) for kind in kinds}
        while len(self.jobs) < own.jobs:
            (kind,) = chance.choices(kinds, weights)
            if kind == (ARRAY,) and len(self.jobs) + ARRAY_SIZE >= own.jobs:
                continue
            # in turns: even a small account has some of each
            mould, turns[kind] = kind[turns[kind] % len(kind)], turns[kind] + 1
            self._add(mould, chance)

    def _add(self, mould: str, chance: random.Random) -> None:
        (queue,) = chance.choices(range(len(QUEUES)), _SHARES)
        shape = template(mould)
        last = shape.stopped or shape.created
        begin, end = (int(moment.timestamp()) for moment in (self.settings.begin, self.settings.end))
        shift = chance.randrange(begin, end) * 1000 - last
        index = len(self.jobs)
        if mould != ARRAY:
            self.jobs.append(Job(index, mould, queue, shift))
            return
        fails = chance.random() < 0.5
        self.jobs.append(Job(index, mould, queue, shift, array_fails=fails))
        for child in range(ARRAY_SIZE):
            self.jobs.append(Job(index + 1 + child, mould, queue, shift, index, child, fails))

    def find(self, name: str) -> Job | None:
        """The job that an id of it leads to, an array's child by `<id>:<index>`."""
        index = index_of(name)
        if index is None or not 0 <= index < len(self.jobs):
            return None
        job = self.jobs[index]
        if ":" in name:
            child = name.partition(":")[2]
            if not job.is_parent or not child.isdigit() or int(child) >= ARRAY_SIZE:
                return None
            return self.jobs[index + 1 + int(child)]
        return job

    def parent(self, job: Job) -> Job:
        return self.jobs[job.parent] if job.is_child else job

    def children(self, job: Job) -> Sequence[Job]:
        return self.jobs[job.number + 1 : job.number + 1 + ARRAY_SIZE] if job.is_parent else ()

    @cached_property
    def with_trail(self) -> tuple[Job, ...]:
        """Jobs of which CloudTrail tells something."""
        return tuple(job for job in self.jobs if job.template.has("cloudtrail.json"))

    @cached_property
    def by_queue(self) -> tuple[tuple[Job, ...], ...]:
        """Of each queue all jobs but children, the newest first."""
        found: list[list[Job]] = [[] for _ in QUEUES]
        for job in self.jobs:
            if not job.is_child:
                found[job.queue].append(job)
        return tuple(tuple(sorted(jobs, key=lambda job: (-job.created, job.number))) for jobs in found)

    def ended(self, since: datetime, until: datetime) -> Iterator[Job]:
        """The jobs of a period, array parents not counted."""
        begin, end = (int(moment.timestamp()) * 1000 for moment in (since, until))
        for job in self.jobs:
            if not job.is_parent and job.stopped is not None and begin <= job.stopped < end:
                yield job

    def truth(self, since: datetime, until: datetime) -> Truth:
        """What a report over the period must count."""
        ended = list(self.ended(since, until))
        truth = Truth(lost_hosts=sum(job.template.lost_hosts for job in ended))
        for job in ended:
            day = datetime.fromtimestamp((job.stopped or 0) / 1000, UTC).strftime("%Y-%m-%d")
            truth.jobs[f"{QUEUES[job.queue]}-work", day, job.cause, job.status] += 1
        return truth
