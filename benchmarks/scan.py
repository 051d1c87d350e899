"""How fast logs are searched, beside ripgrep on one thread: `python -m benchmarks.scan`.

Makes logs in a scratch folder and diagnoses each with the command, in turn with `rg -j1 -a -c` on the same file: with
the texts of all signatures that the tool looks for there (`-F -f`), and for the first log also with their patterns, as
far as ripgrep's engine knows their syntax. Both write to a file, never to /dev/null. Seconds are the processor's, those
of the whole process with its start; ratios are of medians over the rounds, ripgrep's seconds by ours: 1 is as fast.

Fails where the first log is searched at less than 0.6 of ripgrep's speed, where a diagnosis takes 64 MiB or more, or
where the lines that were found in the first log are not those that ripgrep finds.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TypeVar

from analyzer.classifier.catalogue import Signature, shipped
from analyzer.evidence.content import FileContent
from analyzer.parsers.scan import KEEP_FIRST, KEEP_LAST, read_log
from benchmarks import logs

Answer = TypeVar("Answer")
MEBIBYTE = 2**20
LEAST_RATIO = 0.6
MOST_MEBIBYTES = 64
LOOK_AROUND = ("(?!", "(?=", "(?<!", "(?<=")
"""What ripgrep's engine leaves out, to be fast."""
GROUP_NAME = re.compile(r"\?P<\w+>")
SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
"""`re.escape` escapes blanks, too, which ripgrep does not know."""
TASK = ("task", "runtime", "fusion")
TEXT_START = b"09:30:12.345 INFO  ProgressMeter -  chr7:55019017\n" * 5000
"""What begins with random bytes is not taken for a log."""
FEW = 0.0002
"""Share of lines that hold a text: that of the log in which the engines were first compared."""


@dataclass(frozen=True)
class Log:
    """A log to be searched."""

    name: str
    what: str
    sources: tuple[str, ...]
    """Of the signatures that are looked for in it."""
    block: Callable[[], bytes]
    """Makes what is written again and again."""
    end: bytes
    start: bytes = b""


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    peak: int
    """Bytes."""


def _one_line() -> bytes:
    return logs.mixed(FEW).replace(b"\n", b" ")


def _line_ends() -> bytes:
    return b"\n" * MEBIBYTE


def _logs() -> Iterator[Log]:
    yield Log(".command.log", "few hits", TASK, partial(logs.mixed, FEW), logs.TASK_END)
    yield Log(".command.log", "2 % of the lines hit", TASK, partial(logs.mixed, 0.02), logs.TASK_END)
    yield Log(".command.log", "every line hits", TASK, partial(logs.mixed, 1.0), logs.TASK_END)
    yield Log(".command.log", "one line", TASK, _one_line, logs.TASK_END)
    yield Log(".command.log", "only line ends", TASK, _line_ends, logs.TASK_END)
    yield Log(".command.log", "random bytes", TASK, logs.binary, b"\n" + logs.TASK_END, TEXT_START)
    yield Log(".fusion.log", "JSON lines", ("fusion",), logs.fusion, logs.FUSION_END)
    for only, what in ((False, "as CRIU writes it"), (True, "only page ranges")):
        yield Log("dump_1.log", what, ("criu",), partial(logs.dump, ranges_only=only), logs.DUMP_END, logs.DUMP_HEAD)


def _write(path: Path, log: Log, size: int) -> None:
    block = log.block()
    with path.open("wb") as stream:
        stream.write(log.start)
        while stream.tell() + len(block) + len(log.end) < size:
            stream.write(block)
        stream.write(log.end)


def _apart(pool: ProcessPoolExecutor, function: Callable[..., Answer], *arguments: object) -> Answer:
    """Have it done elsewhere: a child's peak memory counts what its parent held when it was started."""
    return pool.submit(function, *arguments).result()


def _run(command: Sequence[str | Path], folder: Path) -> Run:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with (folder / "out").open("w") as out:
        process = subprocess.Popen(command, stdout=out, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{command[0]} failed on {command[-1]}")
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _pattern(signature: Signature) -> str:
    """The pattern, where ripgrep's engine knows its syntax, else the text."""
    pattern = signature.pattern_text
    known = pattern is not None and not any(part in pattern for part in LOOK_AROUND)
    return GROUP_NAME.sub("?:", pattern) if pattern and known else SPECIAL.sub(r"\\\g<0>", signature.text)


def _commands(log: Log, folder: Path, path: Path, *, patterns: bool) -> dict[str, list[str | Path]]:
    signatures = shipped().signatures(*log.sources)
    texts, expressions = folder / "texts", folder / "expressions"
    texts.write_text("".join(f"{text}\n" for text in sorted({s.text for s in signatures})))
    expressions.write_text("".join(f"{pattern}\n" for pattern in sorted({_pattern(s) for s in signatures})))
    search: list[str | Path] = ["rg", "--no-config", "-j1", "-a", "-c"]
    commands: dict[str, list[str | Path]] = {
        "ours": [sys.executable, "-m", "analyzer", "--format", "json", path],
        "texts": [*search, "-F", "-f", texts, path],
    }
    if patterns:
        commands["patterns"] = [*search, "-f", expressions, path]
    return commands


def _differences(path: Path, log: Log) -> list[str]:
    """Signatures without a pattern whose lines are others than those that ripgrep finds."""
    signatures = [s for s in shipped().signatures(*log.sources) if s.pattern_text is None]
    content = FileContent(path, path.stat().st_size)
    found: dict[str, set[int]] = {}
    for match in read_log(content, "log", signatures, json_lines=False).matches:
        assert match.line is not None
        found.setdefault(match.searchable.text, set()).add(match.line)
    different = []
    for text, lines in sorted(found.items()):
        words = ["rg", "--no-config", "-a", "-n", "-F", "-e", text, str(path)]
        listed = subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout
        numbers = [int(line.split(b":", 1)[0]) for line in listed.splitlines()]
        expected = [*numbers[:KEEP_FIRST], *numbers[KEEP_FIRST:][-KEEP_LAST:]]
        different += [] if lines == set(expected) else [text]
    return different


def _measure(
    pool: ProcessPoolExecutor, log: Log, folder: Path, size: int, rounds: int, *, first: bool
) -> tuple[float, int, list[str]]:
    """Ratio, peak in bytes, texts whose lines differ; prints a row."""
    path = folder / log.name
    _apart(pool, _write, path, log, size)
    commands = _commands(log, folder, path, patterns=first)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(_run(command, folder))
    different = _apart(pool, _differences, path, log) if first else []
    path.unlink()
    seconds = {name: median(run.seconds for run in taken) for name, taken in runs.items()}
    peak = max(run.peak for run in runs["ours"])
    ratio = seconds["texts"] / seconds["ours"]
    patterns = f"{seconds['patterns'] / seconds['ours']:.2f}" if first else ""
    speed = size / MEBIBYTE / seconds["ours"]
    row = (log.name, log.what, size // MEBIBYTE, f"{speed:.0f}", f"{ratio:.2f}", patterns, round(peak / MEBIBYTE))
    print("| " + " | ".join(map(str, row)) + " |", flush=True)
    return ratio, peak, different


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mebibytes", type=int, default=1024, help="of the first log")
    parser.add_argument("--others", type=int, default=256, help="mebibytes of each other log")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    print("| log | kind | MiB | MiB a second | times rg, texts | times rg, patterns | peak MiB |")
    print("|---|---|---|---|---|---|---|")
    complaints = []
    pool = ProcessPoolExecutor(1, get_context("spawn"))
    with tempfile.TemporaryDirectory() as name, pool:
        for number, log in enumerate(_logs()):
            size = (options.others if number else options.mebibytes) * MEBIBYTE
            ratio, peak, different = _measure(pool, log, Path(name), size, options.rounds, first=number == 0)
            if number == 0 and ratio < LEAST_RATIO:
                complaints.append(f"{log.what}: {ratio:.2f} of ripgrep's speed is less than {LEAST_RATIO}")
            if peak >= MOST_MEBIBYTES * MEBIBYTE:
                complaints.append(f"{log.name}, {log.what}: {peak / MEBIBYTE:.0f} MiB is too much")
            complaints += (f"{log.what}: ripgrep finds other lines with {text!r}" for text in different)
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
