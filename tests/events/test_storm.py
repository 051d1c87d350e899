"""Ten thousand events at once, in a process of its own: all is kept once, and memory does not grow with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.command import Command

PROGRAM = """
import json
import random
import resource
import sys
import time

from analyzer.events import handler
from tests.events.examples import EXAMPLES, in_sqs

JOBS = 500
chance = random.Random(7)


def of(name, number):
    event = json.loads(json.dumps(EXAMPLES[name].event))
    if number is not None:
        event["detail"]["jobId"] = f"9afd6c9f-edf1-5147-937b-{number:012x}"
    return json.dumps(event)


def bodies():
    # what happens to a job, each event up to twice; every tenth cannot be placed at first, every tenth fails
    for number in range(JOBS):
        yield of("job-waits-first", number)
        if number % 10 == 1:
            yield of("queue-blocked", number)
        yield of("job-runs-first", number)
        end = "job-never-ran" if number % 10 == 2 else "job-went-well"
        yield of(end, number)
        if number % 2:
            yield of(end, number)
        yield "{" if number % 3 else of("malformed-no-id", None)
        yield of("job-array-parent", None)


told = list(bodies())
told += [of("job-waits-first", number % JOBS) for number in range(10_000 - len(told))]
chance.shuffle(told)
failed, peaks = 0, []
for start in range(0, len(told), 10):
    answer = handler(in_sqs(*told[start : start + 10]), None)
    failed += len(answer["batchItemFailures"])
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(json.dumps({"events": len(told), "failed": failed, "kib": [peaks[len(peaks) // 4], peaks[-1]]}))
"""
MOST_GROWTH_KIB = 24 * 1024


def test_a_storm_of_ten_thousand_events(command: Command, tmp_path: Path) -> None:
    store = tmp_path / "store"
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        # there is no AWS: these events need none
        env=command.environment() | {"FSNAP_STORE": str(store)},
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    result = lines[-1]
    assert (result["events"], result["failed"]) == (10_000, 0)
    first, last = result["kib"]
    assert last - first < MOST_GROWTH_KIB
    names = [path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file()]
    jobs = store / "_captures" / "jobs"
    assert len(list(jobs.iterdir())) == 500
    assert len(list(jobs.glob("*/blocked-*.zip"))) == len(list(jobs.glob("*/attempt-1.failed.zip"))) == 50
    assert len(list(jobs.glob("*/attempt-1.succeeded.zip"))) == 450
    assert not [name for name in names if name.endswith(".part")]
    counted = [line for line in lines if line.get("what") == "done"]
    assert len(counted) == 1000
    assert sum(line.get("kept", 0) for line in counted) == len(list(jobs.glob("*/*.zip")))
    assert sum(line.get("malformed", 0) for line in counted) == 500
