"""One fuzz target under atheris, in a process of its own: started by benchmarks/fuzz.py.

An exception is a finding, and the fuzzing goes on: of those that come from the same place the smallest input is kept.
"""

from __future__ import annotations

import importlib
import sys
import traceback
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


def main() -> None:
    """Fuzz until libFuzzer's own limits end it."""
    name, findings, arguments = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    # it is in no lock file, so that types are checked without it
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=GUIDED_BY):
        run = importlib.import_module("tests.fuzz.targets").TARGETS[name].run

    def once(data: bytes) -> None:
        try:
            run(data)
        except Exception as error:  # whatever a target lets through is a finding
            found = findings / place_of(error)
            if not found.exists() or found.stat().st_size > len(data):
                found.write_bytes(data)

    atheris.Setup([sys.argv[0], *arguments], once, enable_python_coverage=True)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
