"""The store's figures: `python benchmarks/store.py [--rows 1000000]`.

Writes stores of growing numbers of rows to a scratch folder in appends of 1,000 jobs, over 30 days and 6 queues, and
reads each back in a process of its own. Prints rows a second of CPU, bytes a row, and the peak resident memory. Fails
where reading the largest takes over 20 % more memory than reading the smallest.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import place_of
from analyzer.fleet.row import Row
from analyzer.store.store import Store

MEBIBYTE = 2**20
MOST_GROWTH = 1.2
JOBS_AN_APPEND = 1_000
ATTEMPTS = 2
DAYS, QUEUES = 30, 6
_PLAIN: dict[str, Any] = {"str": "", "int": 0, "float": 0.0, "bool": False, "tuple[str, ...]": ()}


def made(jobs: int) -> Iterator[list[Row]]:
    """Rows as a fleet has them, some thousand jobs at a time; days come one after the other, as jobs end."""
    chance = random.Random(5)  # noqa: S311 - the same for everybody
    plain = {one.name: _PLAIN.get(str(one.type)) for one in fields(Row)}
    for start in range(0, jobs, JOBS_AN_APPEND):
        rows = []
        for number in range(start, min(start + JOBS_AN_APPEND, jobs)):
            rows += job(number, jobs, plain, chance)
        yield rows


def job(number: int, jobs: int, plain: dict[str, Any], chance: random.Random) -> list[Row]:
    process = f"NFCORE_RNASEQ:RNASEQ:STEP_{chance.randrange(40)}"
    day = f"2026-11-{1 + number * DAYS // jobs:02}"
    sample, failed = f"SAMPLE_{chance.randrange(10**6):06}", chance.randrange(10) == 0
    shared = plain | {
        "job_id": f"{chance.getrandbits(32):08x}-6a43-4d0c-9a0e-{number:012x}",
        "day": day,
        "queue": f"TowerForge-{chance.randrange(QUEUES)}",
        "region": "eu-west-1",
        "job_name": f"tw-3yF0cTq8Zb1KpL-{process.replace(':', '')}_{sample}",
        "run": "tw-3yF0cTq8Zb1KpL",
        "process": process,
        "task": f"{process} ({sample})",
        "status": "FAILED" if failed else "SUCCEEDED",
        "created_at": f"{day}T0{chance.randrange(10)}:{chance.randrange(10, 60)}:00.{chance.randrange(100, 999)}Z",
        "stopped_at": f"{day}T1{chance.randrange(10)}:{chance.randrange(10, 60)}:00.{chance.randrange(100, 999)}Z",
        "memory_requested_bytes": 2 ** chance.randrange(30, 37),
        "workdir": f"s3://work-bucket/scratch/3yF0cTq8Zb1KpL/{chance.getrandbits(8):02x}/{chance.getrandbits(120):030x}",
        "cause": "dump.window_exceeded" if failed else "ok.completed",
        "summary": f"The dump of {chance.randrange(10**11):,} bytes did not end in 120 s.",
        "quote": f"({chance.random() * 120:.6f}) page-xfer: p 0x{chance.getrandbits(48):x} [{chance.randrange(10**6)}]",
        "diagnosed_at": "2026-12-01T06:00:00Z",
        "tool_version": "1.0",
    }
    return [
        Row(
            **(
                shared
                | {"attempt": n, "is_last": n == ATTEMPTS, "host_lost": n < ATTEMPTS, "seconds": chance.random() * 9000}
                | {"instance_type": "m6id.4xlarge", "instance_id": f"i-{chance.getrandbits(68):017x}"}
            )
        )
        for n in range(1, ATTEMPTS + 1)
    ]


def write(store: Store, jobs: int) -> None:
    for rows in made(jobs):
        store.append(rows)


def compact(store: Store, _: int) -> None:
    store.compact()


def read(store: Store, jobs: int) -> None:
    assert sum(len(job) for job in store.rows()) == jobs * ATTEMPTS


def done(store: Store, jobs: int) -> None:
    assert len(store.done()) == jobs


def measured(step: Callable[[Store, int], None], folder: str, jobs: int) -> tuple[float, int]:
    """(seconds of CPU, peak resident bytes) of a step in a process of its own."""
    child = os.fork()
    if not child:
        status = 1
        try:
            step(Store(place_of(folder, FetchOptions())), jobs)
            status = 0
        finally:
            os._exit(status)
    _, ended, usage = os.wait4(child, 0)
    assert ended == 0, step.__name__
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    most = parser.parse_args().rows
    print("| rows | step | rows a CPU second | peak resident MiB | files | bytes a row |\n|---|---|---|---|---|---|")
    peaks: dict[str, list[int]] = {}
    for rows in sorted({most // 100, most // 10, most}):
        with tempfile.TemporaryDirectory() as folder:
            for name, step in {
                "write": write,
                "read": read,
                "done": done,
                "compact": compact,
                "read again": read,
            }.items():
                seconds, peak = measured(step, folder, rows // ATTEMPTS)
                sizes = [path.stat().st_size for path in Path(folder).rglob("*.parquet")]
                figures = f"{rows / seconds:,.0f} | {peak / MEBIBYTE:.0f} | {len(sizes)} | {sum(sizes) / rows:.0f}"
                print(f"| {rows:,} | {name} | {figures} |", flush=True)
                peaks.setdefault(name, []).append(peak)
    return int(any(max(found) > MOST_GROWTH * found[0] for name, found in peaks.items() if name.startswith("read")))


if __name__ == "__main__":
    sys.exit(main())
