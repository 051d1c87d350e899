"""Two hundred jobs over two simulated days, watched by both at once; and ten thousand events in one storm."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from analyzer.events import entry
from analyzer.fetchers.limiter import rate_of
from tests.command import InProcess
from tests.e2e.test_events_fleet import Context, environment, in_its_environment
from tests.fleet_command import assert_true
from tests.loopback.fleet.account import REGION
from tests.loopback.fleet.server import Throttling
from tests.loopback.lives.events import SimulatedQueue, deliveries
from tests.loopback.lives.judge import kept_in, missing, more_than_once, wrong_rows
from tests.loopback.lives.lives import Lives, moments_of
from tests.loopback.lives.server import LivesServer
from tests.loopback.wire import Answer, read_call
from tests.watch_command import Watching

KILLS = 10
STORM = 10_000
MOST_MIB = 400
"""Of the 1,024 that the function has."""
MOST_GROWTH_MIB = 64
PROGRAM = """
import json, re, sys

from analyzer.events import handler

class Context:
    def get_remaining_time_in_millis(self):
        return 120_000

def peak():
    # the kernel's ru_maxrss begins with the size of the process that started this one
    return int(re.search(r"VmHWM:\\s+([0-9]+) kB", open("/proc/self/status").read())[1]) / 1024

failed, peaks = [], []
for line in sys.stdin:
    failed += handler(json.loads(line), Context())["batchItemFailures"]
    peaks.append(peak())
print(json.dumps({"failed": failed, "peaks": [peaks[len(peaks) // 4], peaks[-1]]}))
"""


@pytest.mark.fleet
def test_two_simulated_days_with_both_on_one_store(models: None, tmp_path: Path) -> None:
    """The function captures first or the watch does, and the watch is killed: each moment is there once."""
    del models
    server = LivesServer(Lives(200, hours=48, seed=17))
    server.live(look=timedelta(minutes=15), throttling=Throttling(0.01))
    watching = Watching(server, tmp_path)
    chance = random.Random(23)  # noqa: S311 - to be repeated
    queue = SimulatedQueue([event for event in deliveries(server.lives) if chance.random() < 0.5])
    over = threading.Event()

    def deliver() -> None:
        queue.run(lambda event: entry.handler(event, Context()), wait_until)

    def wait_until(at: int) -> None:
        while server.clock.now < at and not over.is_set():
            time.sleep(0.01)

    with pytest.MonkeyPatch.context() as patch:
        in_its_environment(patch, environment(server, watching.store))
        function = threading.Thread(target=deliver)
        function.start()
        try:
            assert watching.killed(KILLS, most_calls=600, seed=9) == KILLS
            assert server.clock.now < server.lives.end_ms
            assert watching.until_the_end() == 143
        finally:
            over.set()
            function.join()
            entry._tools.cache_clear()
            server.close()
    assert queue.dead == []
    assert missing(watching.store, server.lives) == []
    assert more_than_once(watching.store, server.lives) == []
    outcome = InProcess(tmp_path)("report", "--store", "store", "--format", "json")
    assert (outcome.status, outcome.err) == (1, "")
    lives = server.lives
    assert_true(json.loads(outcome.out), lives.truth(lives.begin, lives.settings.end))
    assert wrong_rows(watching.store, lives) == []


class TimedServer(LivesServer):
    """Knows when which call came."""

    def __init__(self, lives: Lives) -> None:
        self.came: dict[tuple[str, str], list[float]] = defaultdict(list)
        super().__init__(lives)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        call = read_call(method, target, headers, body)
        self.came[call.service, call.operation].append(time.monotonic())
        return super().answer(method, target, headers, body)

    def too_fast(self) -> list[str]:
        """Calls of one API that came faster than AWS allows, in any ten seconds."""
        by_api: dict[str, tuple[float, list[float]]] = {}
        for (service, operation), times in self.came.items():
            rate = rate_of(service, operation, REGION)
            if rate is not None:
                most = 10 * rate.per_second + (rate.burst or rate.per_second)
                by_api.setdefault(rate.api, (most, []))[1].extend(times)
        found = []
        for api, (most, times) in by_api.items():
            times.sort()
            first = 0
            for last, at in enumerate(times):
                while at - times[first] > 10:
                    first += 1
                if last - first + 1 > most:
                    found.append(f"{api}: {last - first + 1} in ten seconds, {most:g} are allowed")
                    break
        return found


@pytest.mark.fleet
def test_a_storm_of_ten_thousand_events_on_two_functions(tmp_path: Path) -> None:
    """All at once, each four times and more, in no order, half to each of two processes."""
    server = TimedServer(Lives(140, hours=7, seed=29))
    server.live()
    server.clock.now = server.lives.end_ms
    chance, store = random.Random(31), tmp_path / "store"  # noqa: S311 - to be repeated
    told = [event.body for event in deliveries(server.lives)]
    kinds = len(told)
    while len(told) < STORM:
        told.append(told[chance.randrange(kinds)])
    chance.shuffle(told)
    lines = [json.dumps(_records(told[at : at + 10])) for at in range(0, STORM, 10)]
    variables = environment(server, store, FSNAP_SIDE_BY_SIDE="2")
    functions = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables, text=True
        )
        for _ in range(2)
    ]
    answers: dict[int, str] = {}

    def feed(number: int) -> None:
        answers[number] = functions[number].communicate("\n".join(lines[number::2]))[0]

    threads = [threading.Thread(target=feed, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.close()
    for number, function in enumerate(functions):
        assert function.returncode == 0
        result = json.loads(answers[number].splitlines()[-1])
        assert result["failed"] == []
        early, late = result["peaks"]
        assert late < MOST_MIB
        assert late - early < MOST_GROWTH_MIB
    assert server.too_fast() == []
    lives, kept = server.lives, kept_in(store)
    assert all(moments_of(job) <= set(kept[job.id].moments) for job in lives.done)
    assert more_than_once(store, lives) == []
    # both may begin the same moment at the same time, and no more than that: an event's repetition asks nothing
    moments = sum(len(own.moments) for own in kept.values())
    assert server.counts["ListObjectsV2"] <= 2 * moments
    assert server.counts["DescribeInstances"] <= 4 * moments


def _records(bodies: list[str]) -> dict[str, Any]:
    from tests.events.examples import in_sqs

    return in_sqs(*bodies)
