"""The function on the events of a simulated account's lives: after the end its store has all that there was to know."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from analyzer.events import entry
from tests.command import Command, InProcess
from tests.fleet_command import assert_true
from tests.loopback.fleet.account import REGION
from tests.loopback.fleet.server import Throttling
from tests.loopback.lives.events import SimulatedQueue, deliveries
from tests.loopback.lives.judge import kept_in, missing, more_than_once, wrong_rows
from tests.loopback.lives.lives import Lives, moments_of
from tests.loopback.lives.server import LivesServer

SECONDS = 120


class Context:
    """Lambda's."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return SECONDS * 1000


def environment(server: LivesServer, store: Path, **more: str) -> dict[str, str]:
    """What the function's is, beside what a process has."""
    own = {"AWS_REGION": REGION, "FSNAP_STORE": str(store), "FSNAP_RECEIVES": "4", "AWS_MAX_ATTEMPTS": "2"}
    return {**Command(store.parent, server.endpoint).environment(), **own, **more}


def handle(queue: SimulatedQueue, server: LivesServer) -> None:
    """Have the function do all that the queue has, while the account's time goes on with the events."""

    def at(now: int) -> None:
        server.clock.advance(max(0, now - server.clock.now))

    queue.run(lambda event: entry.handler(event, Context()), at)


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch
    entry._tools.cache_clear()


def in_its_environment(patch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        patch.setenv(name, value)
    for name in ("AWS_PROFILE", "FSNAP_QUEUES", "FSNAP_NOTIFY", "FSNAP_SIDE_BY_SIDE"):
        if name not in variables:
            patch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def server() -> Iterator[LivesServer]:
    own = LivesServer(Lives(70, hours=12))
    yield own
    own.close()


@pytest.fixture(scope="module")
def told(models: None, server: LivesServer, patched: pytest.MonkeyPatch, tmp_path_factory: Any) -> SimulatedQueue:
    """All events of all lives have come in, the function is done with them, and the store is beside."""
    del models
    server.live(throttling=Throttling(0.02))
    queue = SimulatedQueue(deliveries(server.lives))
    store = tmp_path_factory.mktemp("told") / "store"
    in_its_environment(patched, environment(server, store))
    handle(queue, server)
    queue.store = store
    return queue


def test_every_attempt_has_its_host_and_its_log(server: LivesServer, told: SimulatedQueue) -> None:
    assert told.store is not None
    assert missing(told.store, server.lives) == []
    assert more_than_once(told.store, server.lives) == []
    assert told.dead == []
    # something was in the way, and every moment was kept all the same
    assert server.refused > 0
    kept = kept_in(told.store)
    assert all(moments_of(job) <= set(kept[job.id].moments) for job in server.lives.done)


def test_a_report_on_its_store_is_the_generator_s_own(
    server: LivesServer, told: SimulatedQueue, tmp_path: Path
) -> None:
    assert told.store is not None
    # the discard port: no AWS is there
    outcome = InProcess(tmp_path)("report", "--store", told.store, "--format", "json")
    assert (outcome.status, outcome.err) == (1, "")
    lives = server.lives
    assert_true(json.loads(outcome.out), lives.truth(lives.begin, lives.settings.end))
    assert wrong_rows(told.store, lives) == []


def test_two_at_the_same_time_keep_the_same_once(models: None, patched: pytest.MonkeyPatch, tmp_path: Path) -> None:
    del models
    server = LivesServer(Lives(30, hours=6, seed=11))
    server.live()
    store = tmp_path / "store"
    in_its_environment(patched, environment(server, store))
    # one gets each event a little later than the other; both see the account as it is when the first is told
    queues = [SimulatedQueue(deliveries(server.lives, seed)) for seed in (5, 5)]
    faults: list[BaseException] = []
    turns = threading.Barrier(2, timeout=60)

    def run(queue: SimulatedQueue) -> None:
        def at(now: int) -> None:
            with contextlib.suppress(threading.BrokenBarrierError):
                turns.wait()
            server.clock.advance(max(0, now - server.clock.now))

        try:
            queue.run(lambda event: entry.handler(event, Context()), at)
        except BaseException as fault:
            faults.append(fault)
        finally:
            turns.abort()

    threads = [threading.Thread(target=run, args=(queue,)) for queue in queues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.close()
    assert faults == []
    assert [queue.dead for queue in queues] == [[], []]
    assert missing(store, server.lives) == []
    assert more_than_once(store, server.lives) == []
    names = Counter(path.name.rpartition(".")[2] for path in store.rglob("*") if path.is_file())
    assert names["part"] == 0
    assert not [path for path in store.rglob(".*") if path.is_file()]
