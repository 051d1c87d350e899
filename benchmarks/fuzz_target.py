"""One fuzz target under atheris, in a process of its own: started by benchmarks/fuzz.py.

An exception is a finding, and the fuzzing goes on: of those that come from the same place the smallest input is kept.
Where there is no atheris, inputs are mangled by chance, and no branch guides them.
"""

from __future__ import annotations

import importlib
import random
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

GUIDED_BY = ["analyzer", "zipfile", "tomllib"]
"""Packages whose branches guide the fuzzer."""
ROOMS = ("/analyzer/", "/tests/fuzz/")


def place_of(error: BaseException) -> str:
    """Where an exception comes from: the innermost line of ours, and the exception's type."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if any(r in frame.filename for r in ROOMS)]
    at = f"{Path(frames[-1].filename).stem}-{frames[-1].lineno}" if frames else "elsewhere"
    return f"{type(error).__name__}-{at}"


def unguided(once: Callable[[bytes], None], seeds: Sequence[bytes], words: Sequence[bytes], seconds: float) -> int:
    """Mangle seeds by chance for so long; how many were tried."""
    chance = random.Random(1)  # noqa: S311 - nothing secret is made of it
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = chance.choice(seeds)
        for _ in range(chance.randint(1, 6)):
            at, length = chance.randint(0, len(data)), chance.choice((0, 0, 1, 8, 200))
            piece = chance.choice((chance.randbytes(chance.randint(0, 8)), *words, data[at : at + 200]))
            data = data[:at] + piece * chance.choice((1, 1, 1, 2, 300)) + data[at + length :]
        once(data[: 32 * 1024])
        count += 1
    return count


def _limit(arguments: Sequence[str]) -> float:
    return next(float(one.partition("=")[2]) for one in arguments if one.startswith("-max_total_time="))


def main() -> None:
    """Fuzz until libFuzzer's own limits end it."""
    name, findings, arguments = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    guided = find_spec("atheris") is not None
    if guided:
        # it is in no lock file, so that types are checked without it
        atheris: Any = importlib.import_module("atheris")
        with atheris.instrument_imports(include=GUIDED_BY):
            target = importlib.import_module("tests.fuzz.targets").TARGETS[name]
    else:
        target = importlib.import_module("tests.fuzz.targets").TARGETS[name]

    def once(data: bytes) -> None:
        try:
            target.run(data)
        except Exception as error:  # whatever a target lets through is a finding
            found = findings / place_of(error)
            if not found.exists() or found.stat().st_size > len(data):
                found.write_bytes(data)

    if not guided:
        seeds = [path.read_bytes() for path in sorted(Path(arguments[-1]).iterdir())]
        count = unguided(once, seeds, target.words, _limit(arguments))
        print(f"stat::number_of_executed_units: {count}", file=sys.stderr)
        return
    atheris.Setup([sys.argv[0], *arguments], once, enable_python_coverage=True)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
