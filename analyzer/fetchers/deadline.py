"""How long a source may still take."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Deadline:
    """A moment after which no further call is made, and a switch that ends everything at once."""

    at: float
    """On the clock of `time.monotonic`."""
    stopped: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def after(cls, seconds: float, stopped: threading.Event | None = None) -> Deadline:
        """So many seconds from now; `stopped` may be shared among deadlines."""
        return cls(time.monotonic() + seconds, stopped or threading.Event())

    @property
    def passed(self) -> bool:
        """There is no time left, or everything is to stop."""
        return self.stopped.is_set() or time.monotonic() >= self.at

    @property
    def remaining_seconds(self) -> float:
        """Never below 0."""
        return max(0.0, self.at - time.monotonic())

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than there is time, and not at all once everything is to stop."""
        self.stopped.wait(min(seconds, self.remaining_seconds))


class Pacer:
    """Keeps calls `interval_seconds` apart on average, over all threads; `at_once` of them may go together."""

    def __init__(self, interval_seconds: float, at_once: int = 1) -> None:
        self._seconds = interval_seconds * at_once
        self._turns = deque([float("-inf")] * at_once, maxlen=at_once)
        self._lock = threading.Lock()

    def wait(self, deadline: Deadline) -> None:
        """Return when it is this caller's turn, or when there is no time left."""
        with self._lock:
            turn = max(time.monotonic(), self._turns[0] + self._seconds)
            self._turns.append(turn)
        deadline.sleep(turn - time.monotonic())
