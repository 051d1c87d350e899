"""Which of the inputs that a fuzzer found are worth keeping: those that reach lines in an order that no other does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.targets import CORPUS, TARGETS

MOST = 24
"""Inputs that are kept of one target."""
LARGEST = 6 * 1024
"""Bytes of one."""
Step = tuple[str, int, int]
"""A file, a line, and the line after it."""


def steps_of(run: Callable[[bytes], None], data: bytes) -> set[Step]:
    """The steps from line to line that an input takes through the package."""
    found: set[Step] = set()

    def each_call(frame: FrameType, _event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if "/analyzer/" not in name:
            return None
        last = 0

        def each_line(frame: FrameType, _event: str, _argument: Any) -> Any:
            nonlocal last
            found.add((name, last, frame.f_lineno))
            last = frame.f_lineno
            return each_line

        return each_line

    before = sys.gettrace()
    sys.settrace(each_call)
    try:
        run(data)
    except Exception:  # noqa: S110 - a finding, which the fuzzer has told of
        pass
    finally:
        sys.settrace(before)
    return found


def added(name: str, corpus: Path) -> int:
    """Keep the inputs of a corpus that take steps which neither the seeds nor smaller inputs take; how many."""
    target, kept = TARGETS[name], CORPUS / name
    known: set[Step] = set()
    for seed in (*target.seeds(), *(path.read_bytes() for path in sorted(kept.glob("*")))):
        known |= steps_of(target.run, seed)
    news = []
    for path in sorted(corpus.iterdir(), key=lambda one: one.stat().st_size):
        data = path.read_bytes()
        steps = steps_of(target.run, data) - known if len(data) <= LARGEST else set()
        if steps:
            known |= steps
            news.append((len(steps), data))
    news.sort(key=lambda one: -one[0])
    room = max(0, MOST - len(list(kept.glob("*"))))
    for _, data in news[:room]:
        kept.mkdir(parents=True, exist_ok=True)
        (kept / sha256(data).hexdigest()[:12]).write_bytes(data)
    return len(news[:room])
