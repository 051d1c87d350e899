"""Which jobs live, when, and what is to be known of them in the end. All of it is in the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from tests.loopback.fleet.account import (
    ARRAY,
    ARRAY_SIZE,
    CANCELLED,
    FAILING,
    HOST_LOST,
    QUEUES,
    SURVIVING,
    WAITING,
    WELL,
    Account,
    Job,
    Settings,
)
from tests.loopback.fleet.template import template

WATCHED = tuple(f"{name}-work" for name in QUEUES[:2])
"""The queues that jobs live in."""
MINUTE_MS = 60_000
DAYS_AGO = 10
"""Lives begin so long before the program's own clock: all that they come to, a week's forgetting included, is past."""


def long_ago() -> datetime:
    """When lives begin, to the second."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS_AGO)


@dataclass(frozen=True)
class Attempt:
    """An attempt of a life; times in epoch milliseconds."""

    number: int
    started: int | None
    stopped: int
    lost_host: bool
    log_events: int
    """Lines of its log."""


class Lives(Account):
    """So many jobs that end within some hours, of every kind."""

    def __init__(self, jobs: int, hours: float, seed: int = 7, begin: datetime | None = None) -> None:
        self.hours = hours
        self.begin = begin or long_ago()
        end = self.begin + timedelta(hours=hours)
        super().__init__(Settings(jobs=jobs, seed=seed, days=1, end=end))

    def _make(self, chance: random.Random) -> None:
        kinds = (HOST_LOST, SURVIVING, FAILING, CANCELLED, WAITING, (ARRAY,), WELL)
        weights = (22, 18, 24, 3, 5, 2, 26)
        turns = {kind: chance.randrange(len(kind)) for kind in kinds}
        # an array at once: even a few jobs have one, the others come by chance
        self._live(ARRAY, chance)
        while len(self.jobs) < self.settings.jobs:
            (kind,) = chance.choices(kinds, weights)
            if kind == (ARRAY,) and len(self.jobs) + ARRAY_SIZE >= self.settings.jobs:
                continue
            mould, turns[kind] = kind[turns[kind] % len(kind)], turns[kind] + 1
            self._live(mould, chance)

    def _live(self, mould: str, chance: random.Random) -> None:
        shape = template(mould)
        index, queue = len(self.jobs), chance.randrange(len(WATCHED))
        last = shape.stopped or shape.created
        # whatever it waited before, its first attempt begins when somebody looks on
        longest = 0 if shape.started is None else (last - shape.started) // 1000 + 2 * 60
        begin = int(self.begin.timestamp())
        shift = chance.randrange(begin + longest, begin + int(self.hours * 3_600)) * 1000 - last
        if mould != ARRAY:
            self.jobs.append(Job(index, mould, queue, shift))
            return
        self.jobs.append(Job(index, mould, queue, shift, array_fails=True))
        for child in range(ARRAY_SIZE):
            self.jobs.append(Job(index + 1 + child, mould, queue, shift, index, child, True))

    @property
    def begin_ms(self) -> int:
        return int(self.begin.timestamp() * 1000)

    @property
    def end_ms(self) -> int:
        """When the last job has ended."""
        return self.begin_ms + int(self.hours * 3_600_000)

    @cached_property
    def runs(self) -> tuple[Job, ...]:
        """All jobs but parents of arrays."""
        return tuple(job for job in self.jobs if not job.is_parent)

    @cached_property
    def done(self) -> tuple[Job, ...]:
        """Those that end."""
        return tuple(job for job in self.runs if job.stopped is not None)

    @cached_property
    def waiting(self) -> tuple[Job, ...]:
        """Those that wait for a reason, and will not end."""
        return tuple(job for job in self.runs if job.mould == "runnable-no-capacity")


def attempts_of(job: Job) -> tuple[Attempt, ...]:
    """The attempts that a job makes in its life."""
    return tuple(_attempts(job))


def _attempts(job: Job) -> Iterator[Attempt]:
    for number, told in enumerate(job.template.job.get("attempts") or [], 1):
        started = told.get("startedAt")
        yield Attempt(
            number,
            None if started is None else int(started) + job.shift,
            int(told["stoppedAt"]) + job.shift - job.earlier,
            str(told.get("statusReason", "")).startswith("Host EC2"),
            len(job.template.scenario.events(number)) if not job.is_child or _has_log(job) else 0,
        )


def _has_log(child: Job) -> bool:
    return child.array_fails and child.status == "FAILED"


def went_well_at_once(job: Job) -> bool:
    """There is nothing to explain of it: its description is all that is kept."""
    return job.status == "SUCCEEDED" and len(attempts_of(job)) == 1


def moments_of(job: Job) -> frozenset[str]:
    """Every moment of its life that is worth keeping, by name; of one that only waits none."""
    attempts = attempts_of(job)
    if job.stopped is None:
        return frozenset()
    own = {f"attempt-{one.number}.ended" for one in attempts[:-1]}
    return frozenset({*own, f"attempt-{len(attempts)}.{'failed' if job.status == 'FAILED' else 'succeeded'}"})
