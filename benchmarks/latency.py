"""How long a diagnosis takes where every call to AWS takes 50 ms, against its longest chain of dependent calls.

    python -m benchmarks.latency [--rounds 5] [--processes 5] [--all]

A server in a process of its own answers each call so much later, as many at once as come. One scenario of each line of
fixtures/calls.csv is diagnosed with and without that latency, by turns. The chain is reckoned by tests/calls/chains.py:
from what was asked and what stands in which answer, not from the order of the calls; where CloudTrail's limit of two
calls a second makes a call wait, that wait belongs to the chain. `python -m analyzer` as a whole is measured for a few
scenarios as well: there the imports and the making of boto3's clients count, too.

Setting up connections and TLS costs nothing here, as it does not on the loopback: each is two or three round trips
more, once a service, and once for each further call at a time.

Of the rounds the shortest counts: what else the machine does can only add. Exit status 1 where a diagnosis takes longer
than 1.3 times its chain, the process being there already.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from analyzer.classifier.catalogue import Catalogue, shipped
from analyzer.examine import examine
from analyzer.fetchers.options import FetchOptions
from analyzer.pipeline import diagnose
from analyzer.reporters.json_report import format_json
from tests.calls.chains import longest, needs_of, seconds_of
from tests.calls.table import of_each_shape, shared_clients
from tests.command import Command, InProcess
from tests.loopback.recorder import Recorder
from tests.loopback.scenario import Scenario, all_scenarios, scenario
from tests.loopback.wire import Call

LATENCY_SECONDS = 0.05
MOST = 1.3
PROCESSES = ("well", "tool-failed", "dump-tcp-connection", "host-reclaimed-cloudtrail", "window-exceeded")
"""Scenarios for the command as a whole: chains of one to five calls."""


class Served:
    """The server, in a process of its own: it must not take time from what is measured."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.endpoint: str = pipe.recv()

    def serve(self, name: str, latency_seconds: float) -> None:
        self._pipe.send((name, latency_seconds))
        self._pipe.recv()

    def calls(self) -> list[Call]:
        self._pipe.send(None)
        found: list[Call] = self._pipe.recv()
        return found


def _serve(pipe: Connection) -> None:
    recorder = Recorder()
    pipe.send(recorder.endpoint)
    while True:
        try:
            wanted = pipe.recv()
        except EOFError:
            return
        if wanted is None:
            pipe.send(recorder.calls)
        else:
            recorder.serve(scenario(wanted[0]), latency_seconds=wanted[1])
            pipe.send(None)


@contextmanager
def served() -> Iterator[Served]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Served(ours)
    finally:
        ours.close()
        process.join()


@dataclass(frozen=True)
class Measured:
    """One scenario: the shortest of the rounds, in seconds."""

    name: str
    depth: int
    """Calls in the longest chain."""
    chain: float
    with_latency: float
    without: float
    processor: float
    """Of ours, or of the command's, without latency."""

    @property
    def ratio(self) -> float:
        """Of the whole time."""
        return self.with_latency / self.chain

    @property
    def waiting(self) -> float:
        """Of what the latency adds: our own work is in both times."""
        return (self.with_latency - self.without) / self.chain

    @property
    def alone(self) -> float:
        """The ratio if nothing of ours is done while an answer is waited for, and nobody else uses the machine."""
        return 1 + self.processor / self.chain


def _timed(work: partial[Any]) -> tuple[float, float]:
    """Seconds by the clock and of the processor, of processes that were started included."""
    gc.collect()
    begin, used = time.perf_counter(), _processor()
    work()
    return time.perf_counter() - begin, _processor() - used


def _processor() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def measure(aws: Served, one: Scenario, work: partial[Any], rounds: int) -> Measured:
    """With and without latency by turns."""
    times: dict[float, list[tuple[float, float]]] = {LATENCY_SECONDS: [], 0.0: []}
    for _ in range(rounds):
        for latency, taken in times.items():
            aws.serve(one.name, latency)
            taken.append(_timed(work))
    calls = aws.calls()
    chain = seconds_of(calls, one, LATENCY_SECONDS)
    depth = longest(needs_of(calls, one))
    return Measured(one.name, depth, chain, min(times[LATENCY_SECONDS])[0], *map(min, zip(*times[0.0], strict=True)))


def _diagnosed(one: Scenario, catalogue: Catalogue) -> str:
    options = FetchOptions(shipped_figures=True)
    results = list(examine([one.target], options, lambda found: diagnose(found, catalogue), lambda _: None))
    return format_json([result for result in results if not hasattr(result, "message")], verbose=False)


def here(aws: Served, rounds: int, scenarios: Iterable[Scenario]) -> list[Measured]:
    """In this process, with clients that are there."""
    catalogue = shipped()
    found = []
    with shared_clients(InProcess(Path(), endpoint=aws.endpoint).environment(), paced=True):
        for one in scenarios:
            work = partial(_diagnosed, one, catalogue)
            aws.serve(one.name, 0.0)
            work()
            found.append(measure(aws, one, work, rounds))
    return found


def processes(aws: Served, rounds: int) -> list[Measured]:
    """The command as a whole."""
    with tempfile.TemporaryDirectory() as folder:
        command = Command(Path(folder), endpoint=aws.endpoint)
        return [measure(aws, one, partial(command.json, one.target), rounds) for one in map(scenario, PROCESSES)]


def _row(name: str, of: Sequence[Measured]) -> str:
    worst = max(of, key=lambda one: one.ratio)
    chains = sorted({round(one.chain * 1000) for one in of})
    chain = f"{chains[0]}" if len(chains) == 1 else f"{chains[0]} to {chains[-1]}"
    waiting = max(one.waiting for one in of)
    cpu = median(one.processor for one in of) * 1000
    alone = max(one.alone for one in of)
    ratio = median(one.ratio for one in of)
    return (
        f"| {name} | {len(of)} | {chain} | {cpu:.0f} | {ratio:.2f} | {worst.ratio:.2f} | {waiting:.2f} | {alone:.2f} |"
    )


def _every() -> Iterator[Scenario]:
    return (one for one in all_scenarios() if one.live and not one.expected.get("faults"))


def _head(*names: str) -> None:
    print(f"| {' | '.join(names)} |\n|{'---|' * len(names)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--processes", type=int, default=5, metavar="N", help="rounds of the whole command; 0: none")
    parser.add_argument("--all", action="store_true", help="scenarios that make the same calls as others, too")
    given = parser.parse_args()
    with served() as aws:
        found = here(aws, given.rounds, _every() if given.all else of_each_shape())
        whole = processes(aws, given.processes) if given.processes else []
    by_depth: dict[int, list[Measured]] = defaultdict(list)
    for one in found:
        by_depth[one.depth].append(one)
    _head("calls in the chain", "scenarios", "chain, ms", "processor, ms", "time / chain", "worst", "added", "alone")
    for depth, of in sorted(by_depth.items()):
        print(_row(str(depth), of))
    print(_row("all", found))
    if whole:
        print()
        _head("the command as a process", "chain, ms", "processor, ms", "time / chain", "added")
        for one in whole:
            told = f"| {one.name} | {one.chain * 1000:.0f} | {one.processor * 1000:.0f} "
            print(f"{told}| {one.ratio:.2f} | {one.waiting:.2f} |")
    slow = [one for one in found if one.ratio > MOST]
    print(f"\n{len(found) - len(slow)} of {len(found)} within {MOST} times their chain")
    for one in slow:
        print(f"{one.name}: {one.ratio:.2f}, and {one.processor * 1000:.0f} ms of the processor")
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
