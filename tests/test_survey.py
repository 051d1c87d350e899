"""The machinery of a survey: the plan, the periods, the executors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analyzer.fetchers.options import FetchOptions
from analyzer.fleet.row import Row
from analyzer.survey import Survey, examine_all
from analyzer.survey_executors import ExecutorError, Workers, check_name, on_executor, open_workers
from analyzer.survey_period import PeriodError, moment_of, span_of, written
from analyzer.survey_plan import Chunk, Plan, Planned
from analyzer.survey_work import Outcome, WorkSetup, work
from tests.command import REPOSITORY
from tests.loopback.scenario import scenario

NOW = datetime(2026, 11, 22, 6, 30, 15, 999, tzinfo=UTC)
SETUP = WorkSetup(FetchOptions())
CAPTURES = tuple(str(scenario(name).capture) for name in ("tool-failed", "survived-reclaim", "window-exceeded"))


class Kept:
    """What was appended, and how often."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.times = 0

    def append(self, rows: Any, /) -> None:
        self.rows += rows
        self.times += 1


class Bar:
    def __init__(self) -> None:
        self.total = self.done = 0

    def say(self, message: str, /) -> None:
        pass

    def begin(self, total: int, /) -> None:
        self.total = total

    def advance(self, jobs: int, /) -> None:
        self.done += jobs


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("24h", "2026-11-21T06:30:15Z"),
        ("7d", "2026-11-15T06:30:15Z"),
        ("90m", "2026-11-22T05:00:15Z"),
        ("2w", "2026-11-08T06:30:15Z"),
        ("2026-11-01", "2026-11-01T00:00:00Z"),
        ("2026-11-01T06:00:00Z", "2026-11-01T06:00:00Z"),
        ("2026-11-01T06:00:00.7+09:00", "2026-10-31T21:00:00Z"),
        ("2026-11-01 06:00", "2026-11-01T06:00:00Z"),
        ("0001-01-01", "1970-01-01T00:00:00Z"),
    ],
)
def test_times(told: str, moment: str) -> None:
    assert written(moment_of(told, NOW, "--since")) == moment


@pytest.mark.parametrize(
    "told", ["", "yesterday", "24", "-3h", "2026-13-01", "2026-11-01T25:00:00Z", "1e3h", "٣h", "999999w"]
)
def test_what_is_no_time(told: str) -> None:
    with pytest.raises(PeriodError, match="--until"):
        moment_of(told, NOW, "--until")


def test_the_period_before_is_as_long_and_ends_where_this_one_begins() -> None:
    span = span_of("7d", None, NOW)
    assert written(span.until) == "2026-11-22T06:30:15Z"
    assert (span.before.until, span.before.until - span.before.since) == (span.since, span.until - span.since)


def job(job_id: str, day: str = "2026-11-21", **members: Any) -> Planned:
    return Planned(job_id, "eu-west-1", "work", day, **members)


def chunks(*jobs: Planned) -> list[Chunk]:
    with Plan() as plan:
        plan.add(jobs)
        assert plan.total == len({one.id for one in jobs})
        return list(plan.chunks())


def test_a_chunk_is_no_more_than_one_describe_call_takes() -> None:
    assert [chunk.size for chunk in chunks(*(job(f"j{n:03}") for n in range(250)))] == [100, 100, 50]


def test_an_arrays_parent_is_asked_for_with_its_children() -> None:
    several = chunks(*(job(f"a:{n}") for n in range(120)), *(job(f"b{n}:0") for n in range(60)))
    for chunk in several:
        asked = {one.id for one in chunk.jobs} | {one.parent for one in chunk.jobs}
        assert len(asked) <= 100
    assert sum(chunk.size for chunk in several) == 180


def test_jobs_of_a_day_are_together_and_each_is_there_once() -> None:
    jobs = [job(f"j{n:03}", f"2026-11-{1 + n % 3:02}") for n in range(300)]
    several = chunks(*jobs, *jobs)
    assert [{one.day for one in chunk.jobs} for chunk in several] == [{"2026-11-01"}, {"2026-11-02"}, {"2026-11-03"}]


def test_regions_are_never_mixed_and_summaries_come_back_as_they_were() -> None:
    here, there = job("a", summary={"jobId": "a", "x": [1, None]}), Planned("b", "us-east-1", "work", "2026-11-21")
    assert [chunk.jobs for chunk in chunks(there, here)] == [(here,), (there,)]


@contextmanager
def planned(*targets: str) -> Iterator[Plan]:
    with Plan() as plan:
        for target in targets:
            plan.add_target(target)
        yield plan


def examined(workers: Workers, *targets: str) -> tuple[Survey, Kept, Bar]:
    survey, kept, bar = Survey(named=set(targets)), Kept(), Bar()
    with planned(*targets) as plan:
        examine_all(plan, survey, workers, kept, bar)
    return survey, kept, bar


def comparable(rows: list[Row]) -> list[str]:
    return sorted(repr({**vars(row), "diagnosed_at": None}) for row in rows)


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(2) as executor:
        survey, kept, bar = examined(on_executor(executor, 2, SETUP), *CAPTURES, "no-such-thing")
    assert (survey.examined, bar.total, bar.done) == (3, 4, 4)
    assert len(survey.unreached) == 1
    assert "no-such-thing" in survey.unreached[0]
    with open_workers("threads", None, SETUP) as workers:
        assert comparable(examined(workers, *CAPTURES)[1].rows) == comparable(kept.rows)


class Lost(Executor):
    """Gives one chunk back, and loses the worker of the next."""

    def __init__(self) -> None:
        self.count = 0
        self.setups: list[WorkSetup] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert fn is work
        assert not kwargs
        future: Future[Any] = Future()
        self.count += 1
        self.setups.append(args[0])
        if self.count == 1:
            future.set_result(Outcome())
        else:
            future.set_exception(RuntimeError("gone"))
        return future


def test_a_worker_that_is_lost_ends_the_survey_with_one_sentence() -> None:
    executor = Lost()
    survey, _, _ = examined(on_executor(executor, 1, SETUP), *(f"t{n}" for n in range(80)))
    assert survey.stopped == "a worker was lost (RuntimeError: gone); repeat the command to go on"
    assert executor.count <= 4, "nothing more is handed over"


def test_no_more_chunks_are_under_way_than_the_workers_want() -> None:
    waiting: list[Future[Outcome]] = []
    most = 0

    def submit(_: Chunk) -> Future[Outcome]:
        nonlocal most
        future: Future[Outcome] = Future()
        waiting.append(future)
        most = max(most, sum(not one.done() for one in waiting))
        if len(waiting) % 2 == 0:
            for one in waiting:
                if not one.done():
                    one.set_result(Outcome())
        return future

    survey, _, bar = examined(Workers(submit, 1), *(f"t{n}" for n in range(64)))
    assert (most, bar.done, survey.stopped) == (2, 64, None)


def test_workers_that_share_nothing_share_the_rates() -> None:
    executor = Lost()
    examined(on_executor(executor, 4, SETUP), "x")
    assert [setup.share for setup in executor.setups] == [0.25]


@pytest.mark.parametrize("name", ["", "fibres", "dask", "dask:", "Threads"])
def test_an_unknown_executor(name: str) -> None:
    with pytest.raises(ExecutorError, match="write threads, processes or dask:tcp://HOST:8786"):
        check_name(name)


def test_dask_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExecutorError, match=r"pip install 'fsnap-diagnose\[dask\]'"):
        check_name("dask:tcp://127.0.0.1:8786")


def test_a_dask_cluster(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    made = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
    )
    with made as cluster, open_workers(f"dask:{cluster.scheduler_address}", None, SETUP) as workers:
        assert workers.count == 2
        survey, kept, _ = examined(workers, *CAPTURES)
    with open_workers("threads", 1, SETUP) as workers:
        assert comparable(examined(workers, *CAPTURES)[1].rows) == comparable(kept.rows)
    assert survey.stopped is None


_HANGS = """
import sys, time
from analyzer.fetchers.options import FetchOptions
from analyzer.survey_executors import open_workers
from analyzer.survey_plan import Chunk
from analyzer.survey_work import WorkSetup
import multiprocessing

if __name__ == "__main__":
    with open_workers("processes", 2, WorkSetup(FetchOptions())) as workers:
        for _ in range(2):
            workers.submit(Chunk()).result()
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "hangs.py"
    script.write_text(_HANGS)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    with process.stdout:
        children = [int(one) for one in process.stdout.readline().split()]
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert children
    deadline = time.monotonic() + 30
    while (left := [one for one in children if _runs(one)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
