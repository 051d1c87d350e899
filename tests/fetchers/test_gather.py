from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from analyzer.evidence.model import Evidence, Gap, ListingEntry
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.executor import DaemonExecutor
from analyzer.fetchers.found import Found, Source, add, condense, finish
from analyzer.fetchers.gather import TARGETS_AT_ONCE, Limit, Start, gather


@pytest.fixture
def executor() -> Iterator[DaemonExecutor]:
    pool = DaemonExecutor(4)
    yield pool
    pool.shutdown()


def source(name: str, fetch: Callable[[Deadline], Found]) -> Source:
    return Source(name, "GetObject", fetch)


def gathered(executor: DaemonExecutor, *starts: Start, seconds: float = 30) -> list[Evidence]:
    return list(gather(starts, executor, Limit(seconds), threading.Event(), lambda _: None))


def start(*sources: Source, target: str = "t") -> Start:
    return Start(Evidence(target=target, kind="job"), sources)


def queue(name: str) -> Found:
    return Found(job_queue={"jobQueueName": name})


def test_what_one_source_finds_leads_to_the_next(executor: DaemonExecutor) -> None:
    second = source("second", lambda _: Found(instances=({"InstanceId": "i"},)))
    first = source("first", lambda _: Found(job_queue={"q": 1}, then=(second,)))
    (evidence,) = gathered(executor, start(first))
    assert (evidence.job_queue, evidence.instances, evidence.gaps) == ({"q": 1}, ({"InstanceId": "i"},), ())


def test_a_source_that_fails_is_a_gap_and_the_others_go_on(executor: DaemonExecutor) -> None:
    def broken(_: Deadline) -> Found:
        raise RuntimeError("oh no")

    (evidence,) = gathered(executor, start(source("bad", broken), source("good", lambda _: queue("q"))))
    assert [(gap.what, gap.why) for gap in evidence.gaps] == [("bad", "RuntimeError: oh no")]
    assert evidence.job_queue == {"jobQueueName": "q"}


def test_what_is_not_there_in_time_is_a_gap(executor: DaemonExecutor) -> None:
    release = threading.Event()

    def hangs(_: Deadline) -> Found:
        release.wait(20)
        return queue("too late")

    begun = time.monotonic()
    (evidence,) = gathered(
        executor, start(source("slow", hangs), source("good", lambda _: Found(instances=({},)))), seconds=0.3
    )
    release.set()
    assert time.monotonic() - begun < 10
    assert [(gap.what, gap.why) for gap in evidence.gaps] == [("slow", "no answer within the time limit of 0.3 s")]
    assert (evidence.job_queue, evidence.instances) == (None, ({},))


def test_a_source_hands_over_what_it_has_before_the_time_is_over(executor: DaemonExecutor) -> None:
    def patient(deadline: Deadline) -> Found:
        while not deadline.passed:
            deadline.sleep(0.01)
        return queue("part")

    (evidence,) = gathered(executor, start(source("patient", patient)), seconds=2)
    assert (evidence.job_queue, evidence.gaps) == ({"jobQueueName": "part"}, ())


def test_a_few_targets_at_once_all_in_the_end(executor: DaemonExecutor) -> None:
    begun: list[str] = []

    def starts() -> Iterator[Start]:
        for n in range(20):
            begun.append(str(n))
            yield start(source("s", lambda _: queue("q")), target=str(n))

    seen = []
    for evidence in gather(starts(), executor, Limit(30), threading.Event(), lambda _: None):
        seen.append(evidence.target)
        assert len(begun) - len(seen) <= TARGETS_AT_ONCE
    assert sorted(seen, key=int) == [str(n) for n in range(20)]


def test_a_target_without_sources_is_ready_at_once(executor: DaemonExecutor) -> None:
    assert [e.target for e in gathered(executor, start(target="a"), start(target="b"))] == ["a", "b"]


def test_progress_is_told_on_the_callers_thread(executor: DaemonExecutor) -> None:
    told: list[tuple[str, bool]] = []
    caller = threading.current_thread()

    def progress(text: str) -> None:
        told.append((text, threading.current_thread() is caller))

    list(gather([start(source("the queue", lambda _: queue("q")))], executor, Limit(30), threading.Event(), progress))
    assert told == [("t: the queue", True)]


def gap(what: str, why: str = "w", permission: str | None = None) -> Gap:
    return Gap(what, why, "m", permission)


def test_many_gaps_of_one_reason_are_one() -> None:
    gaps = [gap(name) for name in ("c", "a", "b", "a", "d", "e")] + [gap("a", "other"), gap("a", permission="p")]
    assert [(g.what, g.why, g.permission) for g in condense(gaps)] == [
        ("a, b, c and 2 more", "w", None),
        ("a", "other", None),
        ("a", "w", "p"),
    ]


def test_the_order_of_answers_does_not_show() -> None:
    parts = [
        Found(listing=(ListingEntry("b", 1, None),), gaps=(gap("z"),)),
        Found(listing=(ListingEntry("a", 1, None),), gaps=(gap("y", "v"),)),
    ]
    made: list[Any] = []
    for order in (parts, parts[::-1]):
        evidence = Evidence(target="t", kind="job")
        for part in order:
            evidence = add(evidence, part)
        made.append(finish(evidence))
    assert made[0] == made[1]


def test_threads_do_not_keep_the_program_alive() -> None:
    program = (
        "import time\n"
        "from analyzer.fetchers.executor import DaemonExecutor\n"
        "pool = DaemonExecutor(2)\n"
        "pool.submit(time.sleep, 600)\n"
        "pool.shutdown()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_an_executor_hands_errors_over_and_ends_when_told(executor: DaemonExecutor) -> None:
    def fails() -> None:
        raise KeyError("k")

    assert isinstance(executor.submit(fails).exception(timeout=10), KeyError)
    assert executor.submit(pow, 2, 5).result(timeout=10) == 32
    executor.shutdown(wait=True)


def test_what_was_spent_before_is_no_longer_there(executor: DaemonExecutor) -> None:
    def waits(deadline: Deadline) -> Found:
        deadline.sleep(30)
        return queue("late")

    began = time.monotonic()
    limit = Limit(60, spent_seconds=59.5)
    (evidence,) = gather([start(source("s", waits))], executor, limit, threading.Event(), lambda _: None)
    assert time.monotonic() - began < 20
    assert [gap.why for gap in evidence.gaps] in ([], ["no answer within the time limit of 60 s"])
