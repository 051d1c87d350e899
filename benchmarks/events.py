"""What the function of analyzer.events costs: its start against `python -c pass`, calls and processor time for each
kind of event, and dollars for 10,000 jobs.

Events come from a loopback AWS, so that calls take no time: what the function would wait for them is reckoned at
`SECONDS_A_CALL`. Exit status 1 where the start takes more than `MOST_STARTS` times `python -c pass`, where the function
needs more memory than its template gives it, or 10,000 jobs cost more than a dollar.

    python -m benchmarks.events [--rounds 10]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.command import Command
from tests.events.examples import EXAMPLES
from tests.loopback.environments import REGION, client
from tests.loopback.scenario import scenario
from tests.loopback.server import Loopback

MOST_STARTS = 25
MEMORY_MIB = 1024
"""What deploy/template.yaml gives it."""
MOST_DOLLARS = 1.0
SECONDS_A_CALL = 0.06
"""Assumed of AWS within a region, one call after the other."""
CPU_SHARE = MEMORY_MIB / 1769
"""Of one processor: Lambda gives a whole one at 1,769 MB (its documentation, "Configure Lambda function memory")."""
GIGABYTE_SECOND, INVOCATION = 0.0000133334, 0.20 / 1e6
QUEUE_REQUEST, PUT, GET = 0.40 / 1e6, 0.005 / 1e3, 0.0004 / 1e3
STORED_GIGABYTE_MONTH, LOGGED_GIGABYTE = 0.023, 0.50
"""Dollars in us-east-1, November 2026: the pages on prices of Lambda (arm64), SQS, S3 and CloudWatch. EventBridge takes
nothing for events of AWS's own services; calls that describe are free."""
MONTHS = 3
BATCH = 5
WRITES = frozenset({"PutObject", "ListObjectsV2"})
"""What S3 bills as it bills a PUT."""
JOBS = 10_000
OF_JOBS = {"job-waits-first": 10_000, "job-went-well": 9_000, "job-survived": 600, "job-waits-after-lost-host": 700}
OF_JOBS |= {"job-failed-tool": 300, "job-failed-window": 100, "spot-warning": 200}
"""Events of 10,000 jobs: nine of ten go well at once, 700 lose a host, 400 fail; 200 instances are taken back."""
PROGRAM = """
import json, resource, sys, time
began = time.perf_counter()
from analyzer.events import handler
started = time.perf_counter() - began
handler({"source": "aws.ec2", "detail-type": "EC2 Spot Instance Interruption Warning",
         "detail": {"instance-id": "i-00000000000000000"}}, None)
for line in sys.stdin:
    cpu = time.process_time()
    handler(json.loads(line), None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"cpu": time.process_time() - cpu, "kib": peak, "started": started}), flush=True)
"""


@dataclass(frozen=True)
class Cost:
    """Of one event of a kind."""

    cpu_seconds: float
    calls: Counter[str]
    kept_bytes: int
    log_bytes: int
    peak_mib: float

    @property
    def seconds(self) -> float:
        """Billed: on the share of a processor that the memory brings, and waiting for calls."""
        return self.cpu_seconds / CPU_SHARE + sum(self.calls.values()) * SECONDS_A_CALL

    @property
    def dollars(self) -> float:
        """Of one event, its message and the months that it is kept included."""
        puts = sum(n for name, n in self.calls.items() if name in WRITES)
        gets = sum(n for name, n in self.calls.items() if name in ("GetObject", "HeadObject"))
        return (
            self.seconds * MEMORY_MIB / 1024 * GIGABYTE_SECOND
            + INVOCATION / BATCH
            # sent, received and deleted, the last two by batches
            + QUEUE_REQUEST * (1 + 2 / BATCH)
            + puts * PUT
            + gets * GET
            + self.kept_bytes / 1e9 * STORED_GIGABYTE_MONTH * MONTHS
            + self.log_bytes / 1e9 * LOGGED_GIGABYTE
        )


def measure(loopback: Loopback, folder: Path) -> dict[str, Cost]:
    """Each kind of event once, in a function that is warm."""
    loopback.serve([scenario(name) for name in {EXAMPLES[n].scenario for n in OF_JOBS} if name])
    for name in OF_JOBS:
        if tags := EXAMPLES[name].instance_tags:
            told = [{"Key": key, "Value": value} for key, value in tags.items()]
            loopback.world.instances[EXAMPLES[name].instance_id]["Tags"] = told
    s3 = client(loopback, "s3")
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": REGION})
    environment = Command(folder, endpoint=loopback.endpoint).environment() | {"FSNAP_STORE": "s3://kept"}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(2)]  # what the first event, which warms it up, has it say
    costs, kept = {}, _kept(s3)
    with process:
        for name in ("job-waits-after-lost-host", *(n for n in OF_JOBS if n != "job-waits-after-lost-host")):
            loopback.calls.clear()
            process.stdin.write(json.dumps(EXAMPLES[name].event) + "\n")
            process.stdin.flush()
            lines = []
            while "cpu" not in (told := json.loads(process.stdout.readline())):
                lines.append(json.dumps(told))
            before, kept = kept, _kept(s3)
            log = sum(len(line) + 1 for line in lines)
            calls = Counter(loopback.operations())
            costs[name] = Cost(told["cpu"], calls, kept - before, log, told["kib"] / 1024)
        process.stdin.close()
    return costs


def _kept(s3: Any) -> int:
    return sum(one["Size"] for one in s3.list_objects_v2(Bucket="kept").get("Contents", []))


def starts(rounds: int) -> float:
    """How many times `python -c pass` importing the function takes; medians of interleaved rounds."""
    times: dict[str, list[float]] = {"pass": [], "from analyzer.events import handler": []}
    for _ in range(rounds):
        for program, found in times.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            found.append(time.perf_counter() - began)
    bare, ours = (median(found) for found in times.values())
    return ours / bare


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    ratio = starts(parser.parse_args().rounds)
    print(f"start: {ratio:.1f} times python -c pass (at most {MOST_STARTS})")
    loopback = Loopback()
    with tempfile.TemporaryDirectory() as folder:
        costs = measure(loopback, Path(folder))
    loopback.close()
    print(f"{'event':28}{'events':>8}{'calls':>7}{'CPU s':>8}{'billed s':>10}{'kept KB':>9}{'$':>9}")
    total = 0.0
    for name, count in OF_JOBS.items():
        cost = costs[name]
        dollars = count * cost.dollars
        total += dollars
        figures = (
            f"{sum(cost.calls.values()):>7}{cost.cpu_seconds:>8.3f}{cost.seconds:>10.2f}{cost.kept_bytes / 1e3:>9.1f}"
        )
        print(f"{name:28}{count:>8}{figures}{dollars:>9.3f}")
    peak = max(cost.peak_mib for cost in costs.values())
    print(f"{JOBS:,} jobs: {total:.2f} dollars (at most {MOST_DOLLARS:.2f}); memory {peak:.0f} MiB of {MEMORY_MIB}")
    return int(ratio > MOST_STARTS or peak > MEMORY_MIB or total > MOST_DOLLARS)


if __name__ == "__main__":
    sys.exit(main())
