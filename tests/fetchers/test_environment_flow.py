"""Steps wait for what they stand on, run side by side otherwise, and fail alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.evidence.model import Gap
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.environment_flow import Answer, Fetch, Step, fill
from analyzer.fetchers.executor import DaemonExecutor, in_time

NOTHING = EnvironmentEvidence(target="q", kind="queue")


@pytest.fixture
def executor() -> Iterator[DaemonExecutor]:
    pool = DaemonExecutor(4)
    yield pool
    pool.shutdown()


def gives(value: Any, *gaps: Gap) -> Fetch:
    return lambda _, __: Answer(value, gaps)


def fails(error: Exception) -> Fetch:
    def fetch(_: EnvironmentEvidence, __: Deadline) -> Answer:
        raise error

    return fetch


def step(member: str, fetch: Fetch, *needs: str, after: tuple[str, ...] = ()) -> Step:
    return Step(member, f"the {member}", "DescribeImages", fetch, needs, after)


def filled(executor: DaemonExecutor, *steps: Step, seconds: float = 30) -> EnvironmentEvidence:
    return fill(NOTHING, steps, executor, Deadline.after(seconds), seconds, lambda _: None)


def test_a_step_sees_what_it_waited_for_whatever_the_order(executor: DaemonExecutor) -> None:
    def doubled(evidence: EnvironmentEvidence, _: Deadline) -> Answer:
        return Answer(evidence.subnets * 2)

    found = filled(executor, step("images", doubled, "subnets"), step("subnets", gives(({"a": 1},))))
    assert found.images == ({"a": 1}, {"a": 1})


def test_steps_that_do_not_wait_run_side_by_side(executor: DaemonExecutor) -> None:
    together = threading.Barrier(3, timeout=20)

    def meets(_: EnvironmentEvidence, __: Deadline) -> Answer:
        together.wait()
        return Answer(({},))

    found = filled(executor, *(step(member, meets) for member in ("images", "subnets", "vpc_endpoints")))
    assert dict(found.missing) == {}


def test_a_failure_is_told_of_everything_that_needs_it(executor: DaemonExecutor) -> None:
    found = filled(
        executor,
        step("subnets", fails(RuntimeError("oh no"))),
        step("route_tables", gives(({"x": 1},)), "subnets"),
        step("vpc_endpoints", gives(({"x": 1},)), "route_tables"),
        step("images", gives(({"x": 1},))),
    )
    assert {member: gap.why for member, gap in found.missing.items()} == dict.fromkeys(
        ("route_tables", "subnets", "vpc_endpoints"), "RuntimeError: oh no"
    )
    assert list(found.missing) == sorted(found.missing)
    assert (found.route_tables, found.images) == ((), ({"x": 1},))


@pytest.mark.parametrize(("value", "missing"), [((), {"subnets", "images"}), (({"x": 1},), {"subnets"})])
def test_nothing_found_after_a_failure_is_not_nothing_there(
    executor: DaemonExecutor, value: tuple[Any, ...], missing: set[str]
) -> None:
    found = filled(
        executor, step("subnets", fails(RuntimeError("oh no"))), step("images", gives(value), after=("subnets",))
    )
    assert set(found.missing) == missing


def test_part_of_a_member_is_kept_beside_its_gaps(executor: DaemonExecutor) -> None:
    gaps = (Gap("one", "refused", "m", None), Gap("two", "refused", "m", "p"))
    found = filled(executor, step("subnets", gives(({"a": 1},), *gaps)), step("images", gives(({},)), "subnets"))
    assert found.missing == {"subnets": Gap("one, two", "refused", "m", "p")}
    assert (found.subnets, found.images) == (({"a": 1},), ({},))


def test_what_is_late_is_missing_and_so_is_what_waits_for_it(executor: DaemonExecutor) -> None:
    release = threading.Event()

    def hangs(_: EnvironmentEvidence, __: Deadline) -> Answer:
        release.wait(20)
        return Answer(({"too": "late"},))

    found = filled(
        executor,
        step("subnets", hangs),
        step("images", gives(({},)), after=("subnets",)),
        step("vpc_endpoints", fails(TimeoutError())),
        seconds=0.5,
    )
    release.set()
    assert {gap.why for gap in found.missing.values()} == {"no answer within the time limit of 0.5 s"}
    assert set(found.missing) == {"subnets", "images", "vpc_endpoints"}


def test_one_call_in_time(executor: DaemonExecutor) -> None:
    release = threading.Event()

    def hangs() -> None:
        release.wait(20)

    assert in_time(executor, Deadline.after(30), lambda: 5) == 5
    with pytest.raises(TimeoutError):
        in_time(executor, Deadline.after(0.2), hangs)
    release.set()
    broken: Callable[[], int] = lambda: 1 // 0  # noqa: E731 - a call that fails
    with pytest.raises(ZeroDivisionError):
        in_time(executor, Deadline.after(30), broken)
