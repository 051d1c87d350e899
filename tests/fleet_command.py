"""`fsnap-diagnose report` over a simulated account, as a process; and what its report must say."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.command import Command, Outcome
from tests.loopback.fleet.account import REGION, Account, Truth
from tests.loopback.fleet.server import FleetServer

Report = dict[str, Any]
LONG = timedelta(days=365)
"""Nothing expires."""
MOST_SECONDS = 1_800


@dataclass(frozen=True)
class Reporting:
    """The command and the account that it is run against."""

    server: FleetServer
    directory: Path
    environment: Mapping[str, str]

    @classmethod
    def of(cls, server: FleetServer, directory: Path, **environment: str) -> Reporting:
        # TMPDIR: what a killed run leaves behind goes with the test
        own = {"AWS_REGION": REGION, "TMPDIR": str(directory)}
        return cls(server, directory, {**Command(directory, server.endpoint).environment(), **own, **environment})

    @property
    def account(self) -> Account:
        return self.server.account

    @property
    def store(self) -> Path:
        return self.directory / "store"

    def arguments(
        self, *more: str, since: datetime | None = None, until: datetime | None = None, queue: str = "sim-*"
    ) -> list[str]:
        own = self.account.settings
        period = (since or own.begin).strftime("%Y-%m-%dT%H:%M:%SZ"), (until or own.end).strftime("%Y-%m-%dT%H:%M:%SZ")
        named = ["report", "--queue", queue, "--since", period[0], "--until", period[1], "--format", "json"]
        return [sys.executable, "-m", "analyzer", *named, "--store", str(self.store), *more]

    def start(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            arguments,
            cwd=self.directory,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(
        self, *more: str, since: datetime | None = None, until: datetime | None = None, queue: str = "sim-*"
    ) -> Outcome:
        process = self.start(self.arguments(*more, since=since, until=until, queue=queue))
        out, err = process.communicate(timeout=MOST_SECONDS)
        return Outcome(process.returncode, out.decode(), err.decode())

    def report(self, *more: str, since: datetime | None = None, until: datetime | None = None) -> Report:
        """The report, of a run that had no trouble."""
        outcome = self.run(*more, since=since, until=until)
        assert outcome.status in (0, 1), outcome.err
        assert outcome.err == ""
        return outcome.document()

    def killed(self, calls: int, delay_seconds: float, *more: str, until: datetime | None = None) -> bool:
        """Run it, and kill it so long after so many calls; whether it came to that."""
        struck, waiting = threading.Event(), threading.Event()

        def kill() -> None:
            waiting.wait(delay_seconds)
            os.killpg(process.pid, signal.SIGKILL)
            struck.set()

        self.server.after(calls, lambda: threading.Thread(target=kill, daemon=True).start())
        process = self.start(self.arguments(*more, until=until))
        process.communicate(timeout=MOST_SECONDS)
        return process.returncode == -signal.SIGKILL


def kill_times(
    reporting: Reporting, times: int, most_calls: int, *more: str, seed: int = 1, least_calls: int = 1
) -> int:
    """Kill it at so many seeded moments, one run after the other; how many it did not get away from."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    return sum(
        reporting.killed(chance.randint(least_calls, most_calls), chance.random() * 0.2, *more) for _ in range(times)
    )


def without_times(report: Report) -> Report:
    """A report apart from when it was made."""
    return {name: value for name, value in report.items() if name != "made_at"}


def counted(groups: list[dict[str, Any]], member: str) -> Counter[str]:
    return Counter({one["key"]: one["totals"][member] for one in groups if one["totals"][member]})


def assert_true(report: Report, truth: Truth) -> None:
    """Every count of the report is the generator's own."""
    failed = truth.failed(2).total()
    totals = {name: report["totals"][name] for name in ("jobs", "succeeded", "failed", "survived", "reclaims")}
    assert totals == {
        "jobs": truth.total,
        "succeeded": truth.total - failed,
        "failed": failed,
        "survived": truth.survived,
        "reclaims": truth.lost_hosts,
    }
    for member, groups in ((0, "by_queue"), (1, "by_day"), (2, "by_cause")):
        assert counted(report[groups], "failed") == truth.failed(member), groups
    assert counted(report["by_queue"], "jobs") == truth.by(0)
    assert counted(report["by_day"], "jobs") == truth.by(1)
    by_cell = Counter({f"{one['day']} {one['cause']}": one["failed"] for one in report["causes_by_day"]})
    cells: Counter[str] = Counter()
    for (_, day, cause, status), count in truth.jobs.items():
        if status == "FAILED":
            cells[f"{day} {cause}"] += count
    assert by_cell == cells


def stored(store: Path) -> Counter[tuple[str, int]]:
    """How often each job and attempt stands in the store's files, with whatever reads Parquet."""
    from pyarrow import dataset

    table = dataset.dataset(store, format="parquet", partitioning="hive").to_table(columns=["job_id", "attempt"])
    return Counter((row["job_id"], row["attempt"]) for row in json.loads(json.dumps(table.to_pylist())))
