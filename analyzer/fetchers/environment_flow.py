"""Fills the members of an environment's evidence side by side, each as soon as what it stands on is settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from typing import Any

from analyzer.evidence.environment import EnvironmentEvidence, joined_gaps
from analyzer.evidence.model import Gap
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.errors import gap_for
from analyzer.fetchers.gather import Progress
from analyzer.fetchers.permissions import check_lacks


@dataclass(frozen=True)
class Answer:
    """What a step gives."""

    value: Any
    """Of the step's member."""
    gaps: tuple[Gap, ...] = ()
    """Why some of it is not there."""
    gone: tuple[str, ...] = ()
    """What AWS says does not exist (any more)."""


Fetch = Callable[[EnvironmentEvidence, Deadline], Answer]


@dataclass(frozen=True)
class Step:
    """Fills one member. It runs on a thread of its own; an exception becomes the member's gap."""

    member: str
    """Of EnvironmentEvidence."""
    what: str
    """For the user, in a few words."""
    operation: str
    """The API operation that it stands on, as botocore names it."""
    fetch: Fetch
    """From the evidence so far, in which everything that it waits for is settled."""
    needs: tuple[str, ...] = ()
    """Members without which it cannot be done."""
    after: tuple[str, ...] = ()
    """Members that add to it, where they are there."""

    def gap(self, why: str, permission: str | None = None) -> Gap:
        """Why the member could not be filled."""
        return Gap(self.what, why, check_lacks(self.operation), permission)


def check_gap(what: str, error: BaseException, operation: str) -> Gap:
    """The failure of one call, with what a check lacks for it."""
    return replace(gap_for(what, error, operation), matters=check_lacks(operation))


class _Flow:
    """Steps at work; touched by the calling thread only."""

    def __init__(
        self,
        evidence: EnvironmentEvidence,
        steps: Iterable[Step],
        executor: Executor,
        deadline: Deadline,
        why_late: str,
    ) -> None:
        self.evidence = evidence
        self._executor, self._deadline, self._why_late = executor, deadline, why_late
        self._waiting = list(steps)
        self._running: dict[Future[Answer], Step] = {}

    def start_ready(self) -> None:
        """Start what waits for nothing any more; what can never be done is settled as missing."""
        progressed = True
        while progressed:
            progressed = False
            open_members = {step.member for step in (*self._waiting, *self._running.values())}
            for step in [s for s in self._waiting if not open_members.intersection((*s.needs, *s.after))]:
                self._waiting.remove(step)
                progressed = True
                lacking = self._lacking(step.needs)
                if lacking is not None:
                    self._settle(step, None, (step.gap(lacking.why, lacking.permission),))
                else:
                    self._running[self._executor.submit(step.fetch, self.evidence, self._deadline)] = step

    def run(self, progress: Progress) -> None:
        """Until every member is settled, or the time is over."""
        self.start_ready()
        while self._running:
            done = wait(self._running, self._deadline.remaining_seconds, FIRST_COMPLETED).done
            if not done:
                self._give_up()
                return
            for future in done:
                step = self._running.pop(future)
                self._take(step, future)
                progress(f"{self.evidence.target}: {step.what}")
            self.start_ready()

    def _take(self, step: Step, future: Future[Answer]) -> None:
        error = future.exception()
        if isinstance(error, TimeoutError):
            self._settle(step, None, (step.gap(self._why_late),))
        elif error is not None:
            self._settle(step, None, (check_gap(step.what, error, step.operation),))
        else:
            answer = future.result()
            gaps, lacking = answer.gaps, self._lacking(step.after)
            if not answer.value and not gaps and lacking is not None:
                # nothing was found, but not everything could be asked: that is no "there is none"
                gaps = (step.gap(lacking.why, lacking.permission),)
            self._settle(step, answer.value, gaps, answer.gone)

    def _lacking(self, members: Iterable[str]) -> Gap | None:
        """Why one of these members is empty, where it is missing."""
        return next((self.evidence.missing[m] for m in members if self._is_missing(m)), None)

    def _is_missing(self, member: str) -> bool:
        return member in self.evidence.missing and not getattr(self.evidence, member)

    def _settle(self, step: Step, value: Any, gaps: tuple[Gap, ...], gone: tuple[str, ...] = ()) -> None:
        members: dict[str, Any] = {} if value is None else {step.member: value}
        if gone:
            members["gone"] = {**self.evidence.gone, step.member: gone}
        if gaps:
            members["missing"] = {**self.evidence.missing, step.member: joined_gaps(gaps)}
        self.evidence = replace(self.evidence, **members)

    def _give_up(self) -> None:
        """The time is over: what is still under way, or has not begun, is missing."""
        for future in self._running:
            future.cancel()
        for step in (*self._running.values(), *self._waiting):
            self._settle(step, None, (step.gap(self._why_late),))


def fill(
    evidence: EnvironmentEvidence,
    steps: Iterable[Step],
    executor: Executor,
    deadline: Deadline,
    limit_seconds: float,
    progress: Progress,
) -> EnvironmentEvidence:
    """The evidence with the members of all steps filled, or missing with the reason, in the members' own order.

    Args:
        evidence: what is known already; members that no step fills are settled.
        steps: what to do; their order does not matter.
        executor: where the steps run.
        deadline: after it nothing is waited for.
        limit_seconds: the whole limit, as the user knows it.
        progress: told after each step; called on the caller's thread.
    """
    flow = _Flow(evidence, steps, executor, deadline, late(limit_seconds))
    flow.run(progress)
    missing: Mapping[str, Gap] = dict(sorted(flow.evidence.missing.items()))
    return replace(flow.evidence, missing=missing)


def late(limit_seconds: float) -> str:
    """Why something is missing when the time is over."""
    return f"no answer within the time limit of {limit_seconds:g} s"
