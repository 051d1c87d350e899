"""All benchmarks, one after the other, and a table of what came of them: `python -m benchmarks [--full] [NAME...]`.

Each prints its own tables and decides by its exit status whether its target was met. In short form all end within 30
minutes on two cores; `--full` takes the sizes of benchmarks/README.md, and an hour of fuzzing. Two need recorded
checkpoints, which are not in the repository: name their folder with `--recordings FOLDER` or FSNAP_RECORDINGS, or they
are left out. They run in a scratch folder, and leave nothing. Exit status 1 where a target was missed.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = "RECORDINGS"
"""Stands for the folder of recorded checkpoints."""
MET, MISSED, LEFT_OUT = "met", "MISSED", "left out"


@dataclass(frozen=True)
class Benchmark:
    """A run of one of the modules."""

    name: str
    target: str
    """What its exit status says, in a few words."""
    module: str
    short: tuple[str, ...] = ()
    full: tuple[str, ...] | None = None
    """Words of the command line; None: as in short form."""
    limit_minutes: float = 8.0
    """After which it is ended, in short form."""

    def words(self, recordings: str | None, *, full: bool) -> list[str] | None:
        """The command line; None where recordings are needed that nobody named."""
        chosen = self.full if full and self.full is not None else self.short
        if RECORDINGS in chosen and recordings is None:
            return None
        return [sys.executable, "-m", self.module, *(recordings or "" if w == RECORDINGS else w for w in chosen)]


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    benchmark: Benchmark
    result: str
    seconds: float
    command: str


BENCHMARKS = (
    Benchmark("startup", "help, version 6 and a replay 15 times `python -c pass`", "benchmarks.startup"),
    Benchmark("scan", "0.6 of ripgrep's speed on 1 GiB, under 64 MiB", "benchmarks.scan", ("--rounds", "1"), ()),
    Benchmark("latency", "1.3 times the longest chain of dependent calls", "benchmarks.latency"),
    Benchmark(
        "fuzz", "no crash, no hang, no unbounded memory", "benchmarks.fuzz", ("--minutes", "4"), ("--minutes", "60")
    ),
    Benchmark("events", "started in 25 times `python -c pass`, 10,000 jobs for a dollar", "benchmarks.events"),
    Benchmark(
        "watch",
        "1.2 times the least calls, 4 KiB a live job",
        "benchmarks.watch",
        ("--jobs", "60", "--hours", "10"),
        ("--live", "50000"),
    ),
    Benchmark("evidence", "95 % right, nothing certain wrong", "benchmarks.evidence", (RECORDINGS,)),
    Benchmark("window-model", "the end of a dump within 25 %", "benchmarks.window_model", (RECORDINGS,)),
    Benchmark("redaction", "no checkpoint log changed by masking", "benchmarks.redaction"),
    Benchmark("fleet-calls", "every count true", "benchmarks.fleet", ("calls", "--jobs", "5000"), ("calls",)),
    Benchmark(
        "fleet-memory", "at most 20 % more", "benchmarks.fleet", ("memory", "--jobs", "1000", "8000"), ("memory",)
    ),
    Benchmark("fleet-speed", "every count true", "benchmarks.fleet", ("speed", "--jobs", "4000"), ("speed",)),
    Benchmark("store", "at most 20 % more memory", "benchmarks.store", ("--rows", "200000"), ()),
)
TOTAL_MINUTES = 30


def run(benchmark: Benchmark, recordings: str | None, scratch: Path, *, full: bool) -> Outcome:
    """One of them; its output goes to standard output as it comes."""
    words = benchmark.words(recordings, full=full)
    if words is None:
        print("It needs recorded checkpoints: name their folder with --recordings FOLDER, or FSNAP_RECORDINGS.\n")
        return Outcome(benchmark, LEFT_OUT, 0.0, "")
    began = time.perf_counter()
    limit = None if full else benchmark.limit_minutes * 60
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TMPDIR": str(scratch)}
    # without bytecode every start would compile anew, and be measured with it
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # a group of its own, so that what it started ends with it
    with subprocess.Popen(words, cwd=scratch, env=environment, process_group=0) as started:
        try:
            status = started.wait(limit)
            result = MET if status == 0 else f"{MISSED} (exit status {status})"
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            result = f"{MISSED} (ended after {benchmark.limit_minutes:g} minutes)"
        except KeyboardInterrupt:
            os.killpg(started.pid, signal.SIGKILL)
            raise
    return Outcome(benchmark, result, time.perf_counter() - began, " ".join(["python", *words[1:]]))


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Markdown, a line each."""
    yield "| benchmark | target | outcome | seconds | command |"
    yield "|---|---|---|---|---|"
    for one in outcomes:
        seconds = f"{one.seconds:.0f}" if one.command else ""
        command = f"`{one.command}`" if one.command else ""
        yield f"| {one.benchmark.name} | {one.benchmark.target} | {one.result} | {seconds} | {command} |"


def main(arguments: Sequence[str] | None = None) -> int:
    names = {one.name: one for one in BENCHMARKS}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--full", action="store_true", help="at the sizes of benchmarks/README.md")
    parser.add_argument("--recordings", metavar="FOLDER", default=os.environ.get("FSNAP_RECORDINGS"))
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(names):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    recordings = str(Path(given.recordings).resolve()) if given.recordings else None
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="fsnap-bench-") as scratch:
        for name in given.names or names:
            print(f"\n== {name}: {names[name].target}", flush=True)
            outcomes.append(run(names[name], recordings, Path(scratch), full=given.full))
    print("\n" + "\n".join(table(outcomes)))
    minutes = sum(one.seconds for one in outcomes) / 60
    print(f"\n{minutes:.1f} minutes in all" + ("" if given.full else f" of {TOTAL_MINUTES}") + ".")
    return int(any(one.result.startswith(MISSED) for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
