"""Runs the sources of several targets side by side, each target within its own time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass

from analyzer.evidence.model import Evidence
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.errors import TOO_LATE, gap_for, plain_gap
from analyzer.fetchers.found import Found, Source, add, finish

TARGETS_AT_ONCE = 4
_SOFT_SHARE = 0.9
"""Of a target's time: after it a source makes no further call and hands over what it has."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Start:
    """A target with what is known of it, and what is to be fetched."""

    evidence: Evidence
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Limit:
    """How long one target may take."""

    seconds: float
    """As the user knows it."""
    spent_seconds: float = 0.0
    """Of these: before its sources were started."""

    @property
    def left_seconds(self) -> float:
        """Never below 0."""
        return max(0.0, self.seconds - self.spent_seconds)


class _Running:
    """One target whose sources are at work; touched by the calling thread only."""

    def __init__(self, start: Start, limit: Limit, stopped: threading.Event) -> None:
        self.evidence = start.evidence
        self.hard = Deadline.after(limit.left_seconds, stopped)
        self.soft = Deadline.after(limit.left_seconds * _SOFT_SHARE, stopped)
        self.limit = limit
        self.outstanding: dict[Future[Found], Source] = {}

    def submit(self, executor: Executor, sources: Iterable[Source]) -> None:
        for source in sources:
            self.outstanding[executor.submit(source.fetch, self.soft)] = source

    def take(self, future: Future[Found], executor: Executor, progress: Progress) -> None:
        """Add what a source gave, and start what it leads to."""
        source = self.outstanding.pop(future)
        error = future.exception()
        found = Found(gaps=(gap_for(source.what, error, source.operation),)) if error else future.result()
        self.evidence = add(self.evidence, found)
        self.submit(executor, found.then)
        progress(f"{self.evidence.target}: {source.what}")

    def give_up(self) -> None:
        """Turn what is still outstanding into gaps."""
        why = f"{TOO_LATE} of {self.limit.seconds:g} s"
        gaps = tuple(plain_gap(source.what, why, source.operation) for source in self.outstanding.values())
        for future in self.outstanding:
            future.cancel()
        self.outstanding = {}
        self.evidence = add(self.evidence, Found(gaps=gaps))


def _wait(running: list[_Running]) -> set[Future[Found]]:
    futures = [future for one in running for future in one.outstanding]
    longest = min((one.hard.remaining_seconds for one in running), default=0.0)
    return wait(futures, timeout=longest, return_when=FIRST_COMPLETED).done if futures else set()


def gather(
    starts: Iterable[Start], executor: Executor, limit: Limit, stopped: threading.Event, progress: Progress
) -> Iterator[Evidence]:
    """Yield each target's evidence as soon as it is complete, or its time is over."""
    coming = iter(starts)
    running: list[_Running] = []
    more = True
    while more or running:
        while more and len(running) < TARGETS_AT_ONCE:
            start = next(coming, None)
            if start is None:
                more = False
                break
            one = _Running(start, limit, stopped)
            one.submit(executor, start.sources)
            running.append(one)
        done = _wait(running)
        for one in list(running):
            for future in [f for f in one.outstanding if f in done]:
                one.take(future, executor, progress)
            if one.hard.passed:
                one.give_up()
            if not one.outstanding:
                running.remove(one)
                yield finish(one.evidence)
