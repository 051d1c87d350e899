"""Lives on a port of the loopback. Time goes by with the looks of whoever watches, never with the machine's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.loopback.fleet.account import EXPIRY
from tests.loopback.fleet.batch import Batch
from tests.loopback.fleet.server import FleetServer
from tests.loopback.lives.lives import WATCHED, Lives
from tests.loopback.lives.moment import LifeEvidence, moment_at
from tests.loopback.wire import Answer, Call, read_call

FIRST_LIST = "SUBMITTED"
"""With this list of the first queue a look begins."""


@dataclass
class Clock:
    """Simulated time in epoch milliseconds, and what moves it."""

    now: int
    look: int = 0
    """By so much it moves on when a look at the queues begins."""
    call: int = 0
    """By so much with every call."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, milliseconds: int) -> int:
        with self._lock:
            self.now += milliseconds
            return self.now


class LivesServer(FleetServer):
    """`looks` is how often somebody began to look at the queues, `lists` what was asked of ListJobs since the last."""

    def __init__(self, lives: Lives) -> None:
        self.lives = lives
        self.clock = Clock(lives.begin_ms)
        self.looks = 0
        self.on_look: Callable[[int], object] = lambda _: None
        """Told the number of each look as it begins, while `lists` are those of the one before."""
        self.lists: list[Mapping[str, Any]] = []
        super().__init__(lives)

    def live(self, *, look: timedelta = timedelta(0), expiry: timedelta = EXPIRY, **more: Any) -> None:
        """Begin anew, at the beginning; every look is so much later than the one before."""
        self.clock = Clock(self.lives.begin_ms, look // timedelta(milliseconds=1))
        self.looks, self.lists = 0, []
        self.on_look = lambda _: None
        self._expiry = expiry
        self.serve(expiry=expiry, **more)
        moment = moment_at(self.lives, self.clock.now, expiry)
        self._batch, self._evidence = Batch(moment), LifeEvidence(moment)
        batch = {("batch", name): handler for name, handler in self._batch.handlers().items()}
        self._handlers = {**batch, **self._evidence.handlers()}

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        call = read_call(method, target, headers, body)
        self._move(call)
        moment = moment_at(self.lives, self.clock.advance(0), self._expiry)
        self._batch.moment = self._evidence.moment = moment
        return super().answer(method, target, headers, body)

    def _move(self, call: Call) -> None:
        self.clock.advance(self.clock.call)
        if call.operation != "ListJobs":
            return
        queue = str(call.parameters.get("jobQueue", "")).rsplit("/", 1)[-1]
        if (
            call.parameters.get("jobStatus") == FIRST_LIST
            and queue == WATCHED[0]
            and "nextToken" not in call.parameters
        ):
            self.clock.advance(self.clock.look)
            self.looks += 1
            self.on_look(self.looks)
            self.lists = []
        self.lists.append(call.parameters)
