"""`fsnap-diagnose watch` over lives in simulated time, as a process; killed, interrupted, and started again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.command import Command, Outcome
from tests.loopback.fleet.account import REGION
from tests.loopback.lives.lives import WATCHED
from tests.loopback.lives.server import LivesServer

MOST_SECONDS = 900
DOWN = timedelta(minutes=10)
"""So long nobody watches after a kill: hosts are remembered for an hour."""


@dataclass(frozen=True)
class Watching:
    """The command and the lives that it is run against; its output is in files, which outlive it."""

    server: LivesServer
    directory: Path

    @property
    def store(self) -> Path:
        return self.directory / "store"

    def environment(self) -> Mapping[str, str]:
        # TMPDIR: what a killed run leaves behind goes with the test
        own = {"AWS_REGION": REGION, "TMPDIR": str(self.directory)}
        return {**Command(self.directory, self.server.endpoint).environment(), **own}

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        queues = [word for name in WATCHED for word in ("--queue", name)]
        own = ["--store", "store", "--interval", "0.1s", "--since", "30d", "--format", "jsonl"]
        with (self.directory / "out").open("ab") as out, (self.directory / "err").open("ab") as err:
            return subprocess.Popen(
                [sys.executable, "-m", "analyzer", "watch", *queues, *own, *more],
                cwd=self.directory,
                env=dict(self.environment()),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def until_the_end(self, note: Callable[[int], object] = lambda _: None) -> int:
        """Watch until every life has ended for an hour, and end it by SIGTERM; its status."""
        last = self.server.lives.end_ms + 3_600_000
        over = threading.Event()

        def began(look: int) -> None:
            note(look)
            if self.server.clock.now >= last:
                over.set()

        self.server.on_look = began
        return self._ended_when(over, signal.SIGTERM)

    def after_looks(
        self, looks: int, number: signal.Signals, *more: str, note: Callable[[int], object] = lambda _: None
    ) -> int:
        """Watch until that many looks have begun, each of which is noted, then send it a signal; its status."""
        over = threading.Event()
        last = self.server.looks + looks

        def began(look: int) -> None:
            note(look)
            if look >= last:
                over.set()

        self.server.on_look = began
        return self._ended_when(over, number, *more)

    def after_calls(self, calls: int, number: signal.Signals, *, delay_seconds: float = 0.0) -> int:
        """Watch until so long after so many more calls, then send it a signal; its status."""
        over, waiting = threading.Event(), threading.Event()
        self.server.on_look = lambda _: None
        self.server.after(calls, over.set)
        return self._ended_when(over, number, delay=lambda: waiting.wait(delay_seconds))

    def _ended_when(self, over: threading.Event, number: signal.Signals, *more: str, delay: Any = None) -> int:
        process = self.start(*more)

        def end() -> None:
            # one that ended by itself is not waited for
            while not over.wait(0.05):
                if process.poll() is not None:
                    return
            if delay is not None:
                delay()
            if process.poll() is None:
                os.kill(process.pid, number)

        threading.Thread(target=end, daemon=True).start()
        try:
            return process.wait(timeout=MOST_SECONDS)
        finally:
            if process.poll() is None:
                process.kill()

    def killed(self, times: int, most_calls: int, seed: int = 1) -> int:
        """Kill it at so many seeded moments, one run after the other, a while apart; how many it did not survive."""
        chance, count = random.Random(seed), 0  # noqa: S311 - to be repeated
        for _ in range(times):
            calls, delay = chance.randint(20, most_calls), chance.random() * 0.2
            count += self.after_calls(calls, signal.SIGKILL, delay_seconds=delay) == -signal.SIGKILL
            self.server.clock.advance(DOWN // timedelta(milliseconds=1))
        return count

    def lines(self) -> list[dict[str, Any]]:
        """What was told, the first run's first; a line that a kill cut off is none."""
        told = (self.directory / "out").read_text().splitlines(keepends=True)
        return [json.loads(line) for line in told if line.endswith("}\n")]

    def said(self) -> str:
        return (self.directory / "err").read_text()

    def other(self, *arguments: str | Path) -> Outcome:
        """Another command against the same account, in this process."""
        from tests.command import InProcess

        return InProcess(self.directory, self.server.endpoint)(*arguments, environment={"AWS_REGION": REGION})
