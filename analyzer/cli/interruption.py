"""How a command ends that is told to: Ctrl-C, the end of the session, a scheduler's SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")
GRACE_SECONDS = 3.0
"""So long a further signal does not disturb the cleaning up that the first one began."""
_UNHARMED = b"\x1b[0m\x1b[?25h"
"""Colours off, cursor shown."""


class Interrupted(BaseException):
    """The command was told to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def status(self) -> int:
        """As shells count: 130 for Ctrl-C, 143 for SIGTERM, 129 for the end of the session."""
        return 128 + self.number

    @property
    def sentence(self) -> str:
        """What to say of it."""
        return "interrupted" if self.number == signal.SIGINT else f"ended by {signal.Signals(self.number).name}"


class _Watch:
    """Raises at the first signal, passes over those that follow at once, and raises again for who insists."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._leaving = False
        # what whoever started us wants ignored (nohup) stays ignored
        found = {number: signal.getsignal(number) for number in _numbers()}
        self._before = {number: handler for number, handler in found.items() if handler is not signal.SIG_IGN}

    def begin(self) -> None:
        """Signals are for the main thread alone to take."""
        if threading.current_thread() is threading.main_thread():
            for number in self._before:
                signal.signal(number, self._strike)

    def end(self) -> None:
        """What was before is again."""
        if threading.current_thread() is threading.main_thread():
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def leave(self) -> None:
        """Nothing is raised any more: the interpreter is about to end, and has only to clear up."""
        self._leaving = True
        self._last = time.monotonic()

    def _strike(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if self._last is not None and now - self._last < GRACE_SECONDS:
            return
        self._last = now
        if self._leaving:
            os._exit(128 + number)
        raise Interrupted(number)


@contextmanager
def ended_once() -> Iterator[None]:
    """The first signal interrupts; further ones do not disturb the cleaning up.

    Raises:
        Interrupted: a signal came.
    """
    watch = _Watch()
    try:
        watch.begin()
        yield
    finally:
        watch.end()


@contextmanager
def told_to_end() -> Iterator[None]:
    """As `ended_once`, for the whole of a process: one sentence, the status, and the terminal as it was."""
    watch = _Watch()
    try:
        watch.begin()
        yield
    except Interrupted as ended:
        watch.leave()
        _restore_terminal()
        with suppress(OSError):
            sys.stderr.write(f"fsnap-diagnose: {ended.sentence}\n")
            sys.stderr.flush()
        sys.exit(ended.status)
    finally:
        watch.leave()


def _numbers() -> list[int]:
    return [getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)]


def _restore_terminal() -> None:
    """What was being written stops here; a terminal gets its cursor and its own colours back."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            if stream.isatty():
                os.write(stream.fileno(), _UNHARMED)
    with suppress(OSError, ValueError, AttributeError):
        # what is still buffered: a reader that has stopped would hold the end up
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
