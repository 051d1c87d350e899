"""Peak memory and time of a diagnosis of one large log: `python benchmarks/large_log.py [--mebibytes 1024]`.

Makes a task's log and a checkpoint log of that size in a scratch folder, diagnoses each with the installed command, and
prints the size, the peak resident memory of the process, and the seconds it took. Fails above 200 MiB.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MEBIBYTE = 2**20
LIMIT_MEBIBYTES = 200
TASK_LINE = "[2026-11-22 09:30:%02d] INFO  aligner: processed %d reads of chunk %d, 0 warnings, mapped 98.%02d %%\n"
TASK_END = (
    "java.lang.OutOfMemoryError: Java heap space\n\tat htsjdk.samtools.BAMRecordCodec.decode(BAMRecordCodec.java:220)\n"
)
DUMP_HEAD = "(00.000000) CRIU run id = 8e21b974-2d7e-43e7-88d2-bc1716b62e17\n(00.000488) Version: 4.2 (gitid 0)\n"
DUMP_END = "(119.97505) Error (criu/page-xfer.c:263): page-xfer: Unable to spice data: No space left on device\n" * 3


def _task_lines() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield TASK_LINE % (number % 60, number * 1000, number, number % 100)


def _dump_lines() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        start = 0x7F0000000000 + number * 0x100000
        yield f"({number / 100_000:09.6f}) page-xfer: \tp 0x{start:x} - 0x{start + 0x100000:x}\n"


def _write(path: Path, size: int, head: str, lines: Iterator[str], end: str) -> None:
    block = "".join(next(lines) for _ in range(50_000)).encode()
    with path.open("wb") as stream:
        stream.write(head.encode())
        while stream.tell() + len(block) + len(end) < size:
            stream.write(block)
        stream.write(end.encode())


def _measure(path: Path) -> tuple[int, float, int]:
    """(peak resident bytes, seconds, exit status) of one diagnosis."""
    begun = time.monotonic()
    with Path(os.devnull).open("w") as nowhere:
        process = subprocess.Popen([sys.executable, "-m", "analyzer", str(path), "--format", "json"], stdout=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
    return usage.ru_maxrss * 1024, time.monotonic() - begun, os.waitstatus_to_exitcode(status)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=1024)
    size = parser.parse_args().mebibytes * MEBIBYTE
    worst = 0
    print("| log | MiB | peak resident MiB | seconds | exit status |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, head, lines, end in (
            (".command.log", "", _task_lines(), TASK_END),
            ("dump_1.log", DUMP_HEAD, _dump_lines(), DUMP_END),
        ):
            path = Path(folder) / name
            _write(path, size, head, lines, end)
            peak, seconds, status = _measure(path)
            worst = max(worst, peak)
            print(f"| {name} | {size // MEBIBYTE} | {peak / MEBIBYTE:.0f} | {seconds:.1f} | {status} |")
            path.unlink()
    return 0 if worst < LIMIT_MEBIBYTES * MEBIBYTE else 1


if __name__ == "__main__":
    sys.exit(main())
