"""What `fsnap-diagnose watch` asks of AWS beside the least that could be asked, and its memory with many live jobs.

Lives in simulated time are watched as a process until all have ended. The least is counted from the generator: at every
look six lists of each queue, and one description where an attempt ended, a job ended, or a reason to wait came up
since the look before; what is fetched of evidence is counted beside it, as every attempt needs it. Then as many jobs as
are named wait and nothing changes. Exit status 1 where there are more than `MOST_TIMES` as many calls, where anything
is missing in the store in the end, or where memory grows by more than `MOST_MORE_KIB` for each live job.

    python -m benchmarks.watch [--jobs 100] [--hours 12] [--look-minutes 5] [--live 10000]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.loopback.fleet.account import Job
from tests.loopback.lives.judge import missing
from tests.loopback.lives.lives import WATCHED, Lives
from tests.loopback.lives.moment import moment_at
from tests.loopback.lives.server import LivesServer
from tests.watch_command import Watching

MOST_TIMES = 1.2
MOST_MORE_KIB = 4.0
LISTS = 6
FEW, LOOKS = 100, 6
EVIDENCE = "evidence"


class Waiting(Lives):
    """So many jobs that wait for their turn, for good."""

    def _make(self, chance: random.Random) -> None:
        while len(self.jobs) < self.settings.jobs:
            self._live("runnable-waiting", chance)


def changes(server: LivesServer, times: list[int]) -> int:
    """In how many looks at a queue there is something new to describe."""
    lives, expiry = server.lives, timedelta(days=7)

    def state(job: Job, now: int) -> tuple[bool, int, str | None]:
        told = moment_at(lives, now, expiry).description(job)
        if told is None:
            return False, 0, None
        document = json.loads(told)
        ended = document["status"] in ("SUCCEEDED", "FAILED")
        waits = document.get("statusReason") if document["status"] == "RUNNABLE" else None
        return ended, len(document.get("attempts") or []), waits

    found: set[tuple[int, int]] = set()
    for job in lives.runs:
        before: tuple[bool, int, str | None] = (False, 0, None)
        for look, now in enumerate(times):
            after = state(job, now)
            if after != before:
                found.add((look, job.queue))
            before = after
    return len(found)


def calls(jobs: int, hours: float, look: timedelta, folder: Path) -> bool:
    server = LivesServer(Lives(jobs, hours))
    server.live(look=look)
    watching, times = Watching(server, folder), list[int]()
    counts: Counter[str] = Counter()

    def note(_: int) -> None:
        # those before this look; the last is broken off by the signal
        nonlocal counts
        counts = server.counts.copy()
        times.append(server.clock.now)

    until = server.lives.end_ms + 3_600_000
    assert watching.until_the_end(note) == 128 + signal.SIGTERM
    times.pop()
    lists, described = counts["ListJobs"], counts["DescribeJobs"]
    evidence = counts.total() - lists - described
    least_lists, least_described = LISTS * len(WATCHED) * len(times), changes(server, times)
    simulated = (until - server.lives.begin_ms) / 3_600_000
    print(f"{jobs} jobs over {hours:g} h in {len(WATCHED)} queues, a look every {look.seconds / 60:g} min\n")
    print("| calls | made | an hour | least | times |\n|---|---|---|---|---|")
    rows = (("ListJobs", lists, least_lists), ("DescribeJobs", described, least_described))
    for name, made, least in (*rows, ("both", lists + described, least_lists + least_described)):
        print(f"| {name} | {made} | {made / simulated:.0f} | {least} | {made / least:.2f} |")
    print(f"| {EVIDENCE} | {evidence} | {evidence / simulated:.0f} | | |\n")
    lost = missing(watching.store, server.lives)
    print(f"missing in the store: {len(lost)}\n")
    server.close()
    return not lost and lists + described <= MOST_TIMES * (least_lists + least_described)


def peak_kib(live: int, folder: Path) -> tuple[int, Counter[str]]:
    """Of the process, at some looks at so many jobs that wait; and the calls."""
    server = LivesServer(Waiting(live, 1.0))
    server.live()
    server.clock.now = server.lives.end_ms
    watching = Watching(server, folder)
    usage: dict[str, int] = {}
    process = watching.start()

    def ended(number: int) -> None:
        if number >= LOOKS and "ended" not in usage:
            usage["ended"] = number
            os.kill(process.pid, signal.SIGTERM)

    server.on_look = ended
    _, _, resources = os.wait4(process.pid, 0)
    process.returncode = 0
    server.close()
    return resources.ru_maxrss, server.counts


def memory(live: int, folder: Path) -> bool:
    print("| live jobs | peak MiB | DescribeJobs | ListJobs |\n|---|---|---|---|")
    peaks = []
    for count in (FEW, live):
        own = folder / str(count)
        own.mkdir()
        peak, counts = peak_kib(count, own)
        peaks.append(peak)
        print(f"| {count:,} | {peak / 1024:.0f} | {counts['DescribeJobs']} | {counts['ListJobs']} |", flush=True)
    more = (peaks[1] - peaks[0]) / (live - FEW)
    print(f"\n{more:.2f} KiB more for each live job\n")
    return more <= MOST_MORE_KIB


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--hours", type=float, default=12.0)
    parser.add_argument("--look-minutes", type=float, default=5.0)
    parser.add_argument("--live", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch) / name for name in ("calls", "memory")]
        for folder in folders:
            folder.mkdir()
        met = calls(given.jobs, given.hours, timedelta(minutes=given.look_minutes), folders[0])
        return int(not (memory(given.live, folders[1]) and met))


if __name__ == "__main__":
    sys.exit(main())
