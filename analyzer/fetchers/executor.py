"""Threads that do not outlive their program."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from typing import Any, TypeVar

from analyzer.fetchers.deadline import Deadline

_T = TypeVar("_T")
_Work = tuple["Future[Any]", Callable[[], Any]]


class DaemonExecutor(Executor):
    """A small pool of daemon threads.

    The pool of the standard library joins its threads when the interpreter ends: a call that hangs would hold Ctrl-C
    and the time limit up until the socket gives up. These threads only read, so nothing is lost when they are dropped.
    """

    def __init__(self, count: int) -> None:
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._count = count
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        """Call `fn(*args, **kwargs)` on one of the threads."""
        future: Future[_T] = Future()
        self._queue.put((future, lambda: fn(*args, **kwargs)))
        with self._lock:
            # a thread is started only where none waits for work: most jobs need few
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._count:
                name = f"fetch-{len(self._threads)}"
                self._threads.append(threading.Thread(target=self._serve, name=name, daemon=True))
                self._threads[-1].start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Let every thread end after what it is doing now; nothing is waited for unless `wait`."""
        while cancel_futures:
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                break
            if work is not None:
                work[0].cancel()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _serve(self) -> None:
        while (work := self._queue.get()) is not None:
            future, call = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:
                    future.set_exception(error)
            del work, future, call
            self._idle.release()


def in_time(executor: Executor, deadline: Deadline, call: Callable[[], _T]) -> _T:
    """One call's answer, waited for no longer than there is time.

    Raises:
        TimeoutError: there was no answer in time.
        Exception: what the call raised.
    """
    future = executor.submit(call)
    if not wait([future], deadline.remaining_seconds).done:
        future.cancel()
        raise TimeoutError
    return future.result()
