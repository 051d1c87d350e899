"""What a report over a fleet costs: `python -m benchmarks.fleet calls|memory|speed [--jobs N ...]`.

A simulated account (tests/loopback/fleet) is served on the loopback; `fsnap-diagnose report` runs against it as a
process of its own. Prints Markdown tables: AWS's calls against the least that there can be, the most memory by number
of jobs, jobs a second by executor. Exit status 1 where memory grows by more than a fifth, or a report is not true.
Linux only: memory is read from /proc.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analyzer.evidence.job_summary import read_summary
from analyzer.evidence.model import ListingEntry
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.plan import lost_host, plan, with_current_attempt
from analyzer.fetchers.selection import select
from analyzer.fleet.triage import triage
from tests.batch_lists import summary_of
from tests.fleet_command import LONG, Report, Reporting, assert_true
from tests.loopback.fleet.account import ARRAY, ARRAY_SIZE, Account, Job, Settings
from tests.loopback.fleet.batch import PAGE
from tests.loopback.fleet.server import FleetServer
from tests.loopback.fleet.template import Template
from tests.loopback.world import DESCRIBE_LIMIT

MOST_GROWTH = 1.2
MEMORY_JOBS = (1_000, 10_000, 100_000)
SPEED_JOBS = 10_000
CALLS_JOBS = 10_000
DASK = "dask"
_SAMPLE_SECONDS = 0.05
_LISTED = ("FAILED", "SUCCEEDED", "PENDING")


@dataclass(frozen=True)
class Run:
    """One report."""

    report: Report
    seconds: float
    most_bytes: int
    """Of the process and its children together, resident; what they share is counted for each."""
    calls: Counter[str]


def run(account: Account, executor: str = "threads", workers: int = 4) -> Run:
    """Report on the whole account, into a store that is empty."""
    server = FleetServer(account)
    try:
        server.serve(expiry=LONG)
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            reporting = Reporting.of(server, Path(folder))
            name = executor
            if executor == DASK:
                name = f"dask:{stack.enter_context(_cluster(workers, reporting.environment))}"
            more = ("--executor", name, "--workers", str(workers))
            begin = time.monotonic()
            process = reporting.start(reporting.arguments(*more, "-o", str(Path(folder) / "report.json")))
            with watched(process.pid) as most:
                _, errors = process.communicate()
            seconds = time.monotonic() - begin
            assert process.returncode in (0, 1), errors.decode()
            report = json.loads((Path(folder) / "report.json").read_text())
        own = account.settings
        assert_true(report, account.truth(own.begin, own.end))
        return Run(report, seconds, most[0], server.counts)
    finally:
        server.close()


@contextmanager
def watched(session: int) -> Iterator[list[int]]:
    """The most that the processes of a session hold at once, in bytes."""
    most, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            most[0] = max(most[0], _resident(session))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


def _resident(session: int) -> int:
    total = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                total += int((folder / "statm").read_text().split()[1]) * 4096
        except (OSError, ValueError, IndexError):
            continue  # it has ended
    return total


def least_calls(account: Account) -> Counter[str]:
    """The least that a report on the whole account can do with, one job's evidence fetched by itself."""
    least: Counter[str] = Counter(DescribeJobQueues=1)
    described, hosts = 0, set()
    for queue, jobs in enumerate(account.by_queue):
        states = Counter(job.status for job in jobs if job.stopped is not None)
        least["ListJobs"] += sum(max(1, math.ceil(states[status] / PAGE)) for status in _LISTED)
        for job in jobs:
            if job.is_parent:
                least["ListJobs"] += len({child.status for child in account.children(job)})
                described += 1 + ARRAY_SIZE
            elif job.stopped is not None and _needs_description(job.template):
                described += 1
            if job.stopped is not None or job.is_parent:
                least += _evidence(job)
                if _about_hosts(job):
                    hosts.add(queue)
    least["DescribeJobs"] = math.ceil(described / DESCRIBE_LIMIT)
    least["DescribeJobQueues"] += len(hosts)
    least["DescribeComputeEnvironments"] = len(hosts)
    return least


def _needs_description(mould: Template) -> bool:
    summary = read_summary(summary_of(mould.job), "queue")
    return summary is not None and triage(summary) == "describe"


def _about_hosts(job: Job) -> bool:
    if job.mould == ARRAY and not (job.is_parent and job.array_fails):
        return False
    return plan(with_current_attempt(job.template.job)).hosts


def _evidence(job: Job) -> Counter[str]:
    """What one job's evidence takes; of an array that of the child that failed."""
    needs: Counter[str] = Counter()
    if job.mould == ARRAY and not job.array_fails:
        return needs
    mould = job.template
    described = with_current_attempt(mould.job)
    wanted = plan(described)
    for number in wanted.logs:
        # that a log has no more is known when the token that was sent comes back
        needs["GetLogEvents"] += 2 if mould.events(number) else 1
    if wanted.workdir:
        # a child has a directory of its own, and shares its array's: the wrapper is there, and what Fusion wrote
        needs["ListObjectsV2"] += 1 + (job.mould == ARRAY)
        needs["GetObject"] += _files_to_read(mould) + (job.mould == ARRAY)
    if wanted.hosts:
        needs["DescribeContainerInstances"] += any(a.container_instance_arn for a in described.attempts)
        lost = sum(map(lost_host, described.attempts))
        needs["DescribeInstances"] += lost > 0
        needs["LookupEvents"] += lost
    return needs


def _files_to_read(mould: Template) -> int:
    """Those of the work directory that a verdict may need, and that hold anything."""
    entries = [ListingEntry(entry["key"], entry["size"], None) for entry in mould.listing]
    return sum(wanted.size > 0 for wanted in select(entries, FetchOptions()).files)


def calls(sizes: Sequence[int]) -> bool:
    """Table of calls by operation."""
    for size in sizes:
        account = Account(Settings(jobs=size))
        made, least = run(account).calls, least_calls(account)
        print(f"\n{size:,} jobs:\n\n| operation | calls made | least possible | ratio |\n|---|---|---|---|")
        for name in sorted({*made, *least}, key=lambda name: -made[name]):
            ratio = f"{made[name] / least[name]:.2f}" if least[name] else ""
            print(f"| {name} | {made[name]:,} | {least[name]:,} | {ratio} |")
        print(f"| all | {made.total():,} | {least.total():,} | {made.total() / least.total():.2f} |")
    return True


def memory(sizes: Sequence[int], executor: str) -> bool:
    """Table of the most memory by number of jobs."""
    print("\n| jobs | failed | most memory, MiB | against the first | seconds |\n|---|---|---|---|---|")
    first = 0
    worst = 1.0
    for size in sizes:
        settings = replace(Settings(), jobs=size, host_lost=0.001, surviving=0.001)
        made = run(Account(settings), executor)
        first = first or made.most_bytes
        worst = max(worst, made.most_bytes / first)
        failed = made.report["totals"]["failed"]
        told = f"| {size:,} | {failed:,} | {made.most_bytes / 2**20:.0f} | {made.most_bytes / first:.2f} "
        print(f"{told}| {made.seconds:.0f} |", flush=True)
    return worst <= MOST_GROWTH


def speed(sizes: Sequence[int]) -> bool:
    """Table of jobs a second by executor; most jobs went well, as in life."""
    print("\n| executor | jobs | seconds | jobs a second |\n|---|---|---|---|")
    for size in sizes:
        # half a second for each question to CloudTrail would be all that is measured
        account = Account(replace(Settings(), jobs=size, host_lost=0.0, surviving=0.0))
        for executor, workers in (("threads", 4), ("processes", 2), (DASK, 2)):
            made = run(account, executor, workers)
            told = f"| {executor}, {workers} | {size:,} | {made.seconds:.0f} | {size / made.seconds:.0f} |"
            print(told, flush=True)
    return True


@contextmanager
def _cluster(workers: int, environment: Mapping[str, str]) -> Iterator[str]:
    """A Dask cluster on this machine, whose workers reach AWS as the command does."""
    import distributed

    cluster_of: Any = distributed.LocalCluster  # has no types
    kept = dict(os.environ)
    os.environ.update(environment)
    try:
        cluster = cluster_of(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    finally:
        for name in environment:
            os.environ.pop(name)
        os.environ.update(kept)
    with cluster:
        yield str(cluster.scheduler_address)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("calls", "memory", "speed"))
    parser.add_argument("--jobs", type=int, nargs="+", metavar="N", help="sizes of accounts")
    parser.add_argument("--executor", default="threads", help="of memory: threads or processes")
    given = parser.parse_args()
    if given.what == "calls":
        return int(not calls(given.jobs or (CALLS_JOBS,)))
    if given.what == "memory":
        return int(not memory(given.jobs or MEMORY_JOBS, given.executor))
    return int(not speed(given.jobs or (SPEED_JOBS,)))


if __name__ == "__main__":
    sys.exit(main())
