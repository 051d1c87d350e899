"""The calls to AWS that each scenario and command takes: fixtures/calls.csv, a line each.

`python -m tests.calls.table` writes the file again: look at what changed before you keep it. A cell is the number of
calls, or `made>least` where the least that could do is smaller.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from analyzer.examine import gather_evidence
from analyzer.fetchers import fetch
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.cloudtrail import SECONDS_BETWEEN_CALLS
from analyzer.fetchers.options import FetchOptions
from tests.calls.commands import COMMANDS
from tests.calls.least import least_calls
from tests.command import InProcess
from tests.loopback.recorder import Recorder
from tests.loopback.scenario import FIXTURES, SCENARIOS, Scenario, all_scenarios, scenario
from tests.loopback.server import Loopback

PATH = FIXTURES / "calls.csv"
OPERATIONS = (
    "DescribeJobs",
    "GetLogEvents",
    "ListObjectsV2",
    "GetObject",
    "DescribeJobQueues",
    "DescribeComputeEnvironments",
    "DescribeContainerInstances",
    "DescribeInstances",
    "DescribeInstanceTypes",
    "LookupEvents",
)
"""Columns; what only commands other than the diagnosis call is in the last, by name."""
OTHERS = "others"
_SECONDS = 60.0


@dataclass(frozen=True)
class Row:
    """One scenario or command."""

    name: str
    made: Mapping[str, int]
    least: Mapping[str, int]


@contextmanager
def shared_clients(environment: Mapping[str, str], *, paced: bool = False) -> Iterator[None]:
    """One set of clients for all diagnoses: making them anew costs more than all else; CloudTrail's pace if wanted."""
    pace = SECONDS_BETWEEN_CALLS if paced else 0.0
    with patch.dict(os.environ, environment, clear=True):
        clients = Clients(FetchOptions())
        with patch.object(fetch, "Clients", lambda *_: clients), patch.object(fetch, "SECONDS_BETWEEN_CALLS", pace):
            yield


def of_each_shape() -> Iterator[Scenario]:
    """One scenario for each line of the table that is like no other; with what fails, calls are made again."""
    shapes: set[str] = set()
    for line in PATH.read_text().splitlines():
        name, _, counts = line.partition(",")
        if counts in shapes or not (SCENARIOS / name / "expected.json").is_file():
            continue
        found = scenario(name)
        if not found.expected.get("faults"):
            shapes.add(counts)
            yield found


def scenario_rows() -> Iterator[Row]:
    """A diagnosis of each scenario that can be served."""
    recorder = Recorder()
    options = FetchOptions(timeout_seconds=_SECONDS, shipped_figures=True)
    try:
        with shared_clients(InProcess(Path(), endpoint=recorder.endpoint).environment()):
            for scenario in all_scenarios():
                if scenario.live:
                    recorder.serve(scenario)
                    list(gather_evidence([scenario.target], options, lambda _: None))
                    made = Counter(call.operation for call in recorder.calls)
                    yield Row(scenario.name, made, least_calls(scenario))
    finally:
        recorder.close()


def command_rows(loopback: Loopback) -> Iterator[Row]:
    """What other commands call."""
    with tempfile.TemporaryDirectory() as folder:
        run = InProcess(Path(folder), endpoint=loopback.endpoint)
        for one in COMMANDS:
            arguments = one.prepare(loopback)
            loopback.calls = []
            outcome = run(*arguments)
            assert outcome.status in (0, 1), outcome.err
            yield Row(one.name, Counter(loopback.operations()), one.least)


def text_of(rows: Iterator[Row]) -> list[str]:
    """Lines of the file, without its head."""
    return [_line(_cells(row)) for row in rows]


def head() -> str:
    return _line(["", *OPERATIONS, OTHERS])


def _cells(row: Row) -> list[str]:
    others = sorted({*row.made, *row.least} - {*OPERATIONS})
    named = [f"{name} {_cell(row, name)}" for name in others if _cell(row, name)]
    return [row.name, *(_cell(row, name) for name in OPERATIONS), " ".join(named)]


def _cell(row: Row, operation: str) -> str:
    made, least = row.made.get(operation, 0), row.least.get(operation, 0)
    if made == least:
        return str(made) if made else ""
    return f"{made}>{least}" if made > least else f"{made}<{least}"


def _line(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()


def main() -> int:
    loopback = Loopback()
    try:
        lines = [head(), *text_of(scenario_rows()), *text_of(command_rows(loopback))]
    finally:
        loopback.close()
    PATH.write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
