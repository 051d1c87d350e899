"""Where the chunks of a survey are examined: threads of this process, processes of this machine, or a Dask cluster."""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, replace

from analyzer.fetchers.executor import DaemonExecutor
from analyzer.survey_plan import Chunk
from analyzer.survey_work import Outcome, Worker, WorkSetup, work

THREADS, PROCESSES, DASK = "threads", "processes", "dask:"
MOST_WORKERS = 64
DEFAULT_WORKERS = 4
CHUNKS_A_WORKER = 2
"""Under way or waiting for it: it never waits for the next one, and memory stays flat."""
_DASK_SECONDS = 20


class ExecutorError(Exception):
    """There is no such executor, or it cannot be used; the text is meant for the user."""


@dataclass(frozen=True)
class Workers:
    """An executor with so many workers; `submit` examines a chunk on one of them."""

    submit: Callable[[Chunk], Future[Outcome]]
    count: int

    @property
    def most_chunks(self) -> int:
        """So many are handed over before one has come back."""
        return self.count * CHUNKS_A_WORKER


def check_name(name: str) -> None:
    """Find out before any work is done whether there is such an executor.

    Raises:
        ExecutorError: there is none, or it is not installed.
    """
    if name in (THREADS, PROCESSES):
        return
    if not name.startswith(DASK) or name == DASK:
        raise ExecutorError(f'--executor: "{name[:60]}" is none; write threads, processes or dask:tcp://HOST:8786')
    if importlib.util.find_spec("distributed") is None:
        raise ExecutorError(
            "--executor dask needs Dask's distributed, which is not installed: pip install 'fsnap-diagnose[dask]'"
        )


@contextmanager
def open_workers(name: str, count: int | None, setup: WorkSetup) -> Iterator[Workers]:
    """The workers that `--executor` names, until the context ends; what is still under way then is left.

    Args:
        name: `threads`, `processes` or `dask:ADDRESS`.
        count: how many; None: 4 threads, a process for each processor, all that the cluster has.
        setup: what they do; its share is divided among those that do not share a limiter.

    Raises:
        ExecutorError: there is no such executor, or it cannot be used.
    """
    check_name(name)
    if name == THREADS:
        with _threads(count or DEFAULT_WORKERS, setup) as workers:
            yield workers
    elif name == PROCESSES:
        with _processes(count or os.cpu_count() or 1, setup) as workers:
            yield workers
    else:
        with _dask(name.removeprefix(DASK), count, setup) as workers:
            yield workers


def on_executor(executor: Executor, count: int, setup: WorkSetup) -> Workers:
    """Any executor of the standard library's kind, with so many workers that do not share a process."""
    shared = replace(setup, share=setup.share / count)
    return Workers(lambda chunk: executor.submit(work, shared, chunk), count)


@contextmanager
def _threads(count: int, setup: WorkSetup) -> Iterator[Workers]:
    """One set of clients and one limiter for all."""
    worker, executor = Worker(setup), DaemonExecutor(count)
    try:
        yield Workers(lambda chunk: executor.submit(worker.examine, chunk), count)
    finally:
        worker.close()
        executor.shutdown()


@contextmanager
def _processes(count: int, setup: WorkSetup) -> Iterator[Workers]:
    from concurrent.futures import ProcessPoolExecutor

    # a forked process would inherit locks that threads of this one hold
    context = multiprocessing.get_context("spawn")
    before = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_start_process)
    try:
        yield on_executor(executor, count, setup)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        # they only read: nothing is lost, and nobody waits for a call that hangs
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()


def _start_process() -> None:
    """Ctrl-C is the parent's to answer; and a worker whose parent was killed ends, too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def leave() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=leave, name="parent-watch", daemon=True).start()


@contextmanager
def _dask(address: str, count: int | None, setup: WorkSetup) -> Iterator[Workers]:
    distributed = importlib.import_module("distributed")
    try:
        client = distributed.Client(address, timeout=_DASK_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise ExecutorError(f"--executor: no Dask scheduler answers at {address} ({type(error).__name__})") from error
    try:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise ExecutorError(f"--executor: the Dask cluster at {address} has no workers; start some and repeat")
        yield on_executor(client.get_executor(), min(count or workers, workers), setup)
    finally:
        client.close()
