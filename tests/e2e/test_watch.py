"""`fsnap-diagnose watch` as a process over lives in simulated time: what it has in the end, killed ten times or not."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analyzer.fetchers.places import FolderPlace
from analyzer.store.store import Store
from tests.command import InProcess
from tests.fleet_command import assert_true
from tests.loopback.fleet.account import Job
from tests.loopback.lives.judge import hosts_of, kept_in, missing, more_than_once, wrong_rows
from tests.loopback.lives.lives import WATCHED, Lives, attempts_of, went_well_at_once
from tests.loopback.lives.server import LivesServer
from tests.watch_command import Watching

KILLS = 10
LOOK = timedelta(minutes=10)
STATES = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"]


@pytest.fixture(scope="module")
def server() -> Iterator[LivesServer]:
    own = LivesServer(Lives(60, hours=12))
    yield own
    own.close()


@pytest.fixture(scope="module")
def killed(server: LivesServer, tmp_path_factory: pytest.TempPathFactory) -> Watching:
    """The store after all lives, of a watch that was killed ten times in between."""
    server.live(look=LOOK)
    watching = Watching(server, tmp_path_factory.mktemp("killed"))
    assert watching.killed(KILLS, most_calls=160, seed=4) == KILLS
    assert server.clock.now < server.lives.end_ms
    assert watching.until_the_end() == 128 + signal.SIGTERM
    return watching


def test_nothing_is_lost_and_nothing_is_twice(killed: Watching) -> None:
    lives = killed.server.lives
    assert missing(killed.store, lives) == []
    assert more_than_once(killed.store, lives) == []
    assert wrong_rows(killed.store, lives) == []
    rows = Counter(rows[0].job_id for rows in Store(FolderPlace(killed.store)).rows())
    assert rows == Counter(job.id for job in lives.done)
    assert "Traceback" not in killed.said()


def test_each_end_has_its_line(killed: Watching) -> None:
    """Of a job's end once, and once more at most for each kill; of an attempt's end never twice."""
    told = Counter((one["job_id"], one["event"], one["attempts"]) for one in killed.lines())
    ended = {job.id: job for job in killed.server.lives.done if not went_well_at_once(job)}
    last = {name for name, event, _ in told if event in ("failed", "survived", "recovered")}
    assert last == ended.keys()
    twice = {key for key, count in told.items() if count > 1}
    assert {event for _, event, _ in twice} <= {"failed", "survived", "recovered"}
    assert max(told.values()) <= 1 + KILLS
    for one in killed.lines():
        if one["event"] == "lost":
            assert one["instance_type"] == dict(enumerate(hosts_of(ended[one["job_id"]]), 1))[one["attempts"]][1]
            assert one["reclaim_proven"]


def test_a_report_without_aws_counts_what_the_generator_made(killed: Watching, tmp_path: Path) -> None:
    lives = killed.server.lives
    # the discard port: no AWS is there
    outcome = InProcess(tmp_path)("report", "--store", killed.store, "--format", "json")
    assert (outcome.status, outcome.err) == (1, "")
    assert_true(json.loads(outcome.out), lives.truth(lives.begin, lives.settings.end))


def types_in(diagnosis: dict[str, Any]) -> list[str | None]:
    return [host.get("instance_type") for host in diagnosis["job"]["instances"]]


def one_of(lives: Lives, mould: str) -> Job:
    return next(job for job in lives.jobs if job.mould == mould)


@pytest.mark.parametrize("mould", ["window-exceeded", "survived-two-reclaims", "attempts-exhausted"])
def test_two_days_later_only_the_store_knows_the_hosts(mould: str, killed: Watching) -> None:
    server = killed.server
    job = one_of(server.lives, mould)
    assert job.stopped is not None
    hosts = [kind for _, kind in hosts_of(job)]
    server.live()
    server.clock.now = job.stopped + 2 * 24 * 3_600_000
    without = killed.other(job.id, "--format", "json").document()
    assert set(types_in(without)) <= {None}
    assert "the instance" in json.dumps(without["gaps"])
    outcome = killed.other(job.id, "--store", "store", "--format", "json")
    whole = outcome.document()
    assert types_in(whole) == hosts
    assert whole["verdict"]["cause"] in job.template.scenario.expected["accept"]
    assert {f"the instance of attempt {one.number}" for one in attempts_of(job)} <= {
        one["what"] for one in whole["recalled"]
    }
    assert "instance" not in json.dumps([gap["what"] for gap in whole["gaps"]])
    assert "From the store, as AWS did not give " in killed.other(job.id, "--store", "store").out


@pytest.mark.parametrize("mould", ["window-exceeded", "restore-cpu-mismatch", "tool-segfault"])
def test_eight_days_later_the_store_alone_knows_the_job(mould: str, killed: Watching) -> None:
    server = killed.server
    job = one_of(server.lives, mould)
    assert job.stopped is not None
    server.live()
    server.clock.now = job.stopped + 8 * 24 * 3_600_000
    assert killed.other(job.id, "--format", "json").status == 3
    outcome = killed.other(job.id, "--store", "store", "--format", "json")
    assert (outcome.status, outcome.err) == (1, "")
    whole = outcome.document()
    assert types_in(whole) == [kind for _, kind in hosts_of(job)]
    assert whole["verdict"]["cause"] in job.template.scenario.expected["accept"]
    assert whole["recalled"]


def quiet_time(lives: Lives) -> int:
    """When some jobs run and no array does."""
    families = [(job.created, job.stopped or 0) for job in lives.jobs if job.is_parent]
    for at in range(lives.begin_ms, lives.end_ms, 600_000):
        running = [
            job
            for job in lives.runs
            if any(one.started is not None and one.started <= at < one.stopped for one in attempts_of(job))
        ]
        if len(running) > 2 and not any(begin <= at < end for begin, end in families):
            return at
    raise AssertionError("no such time")


def test_a_look_at_what_has_not_changed_costs_the_lists_alone(server: LivesServer, tmp_path: Path) -> None:
    server.live()
    server.clock.now = quiet_time(server.lives)
    watching = Watching(server, tmp_path)
    counts: dict[int, Counter[str]] = {}
    lists: dict[int, list[tuple[str, str | None, int]]] = {}

    def note(look: int) -> None:
        counts[look] = server.counts.copy()
        lists[look - 1] = [told(one) for one in server.lists]

    def told(asked: Mapping[str, Any]) -> tuple[str, str | None, int]:
        return str(asked["jobQueue"]).rsplit("/", 1)[-1], asked.get("jobStatus"), len(asked.get("filters", []))

    assert watching.after_looks(7, signal.SIGTERM, note=note) == 128 + signal.SIGTERM
    for look in range(3, 6):
        # DescribeJobs is none of them
        assert counts[look + 1] - counts[look] == Counter(ListJobs=(len(STATES) + 1) * len(WATCHED))
        of_one: list[tuple[str | None, int]] = [*((state, 0) for state in STATES), (None, 1)]
        assert lists[look] == [(name, *one) for name in WATCHED for one in of_one]


def test_the_last_lines_of_a_log_are_waited_for(server: LivesServer, tmp_path: Path) -> None:
    """They come in ten seconds after the job's end, and the first look after it comes before."""
    usual = one_of(server.lives, "window-exceeded")
    assert usual.stopped is not None
    # ends later than the program's clock says it is, so that a slow machine changes nothing
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    begin = ends - timedelta(milliseconds=usual.stopped - server.lives.begin_ms)
    late = LivesServer(Lives(60, hours=12, begin=begin))
    job = late.lives.jobs[usual.number]
    assert job.stopped == int(ends.timestamp()) * 1000
    late.live(look=timedelta(seconds=20))
    late.clock.now = job.stopped - 15_000
    watching = Watching(late, tmp_path)
    assert watching.after_looks(4, signal.SIGTERM, "--since", "1m") == 128 + signal.SIGTERM
    late.close()
    kept = kept_in(watching.store)[job.id]
    assert kept.moments["attempt-3.failed"] == 1
    assert kept.logs == {one.number: one.log_events for one in attempts_of(job)}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_in_the_middle_of_its_work(
    number: signal.Signals, status: int, server: LivesServer, tmp_path: Path
) -> None:
    server.live(look=LOOK)
    server.clock.now += 6 * 3_600_000
    watching = Watching(server, tmp_path)
    # by then it is fetching what the first look found
    assert watching.after_calls(60, number) == status
    assert "Traceback" not in watching.said()
    assert len(watching.said().splitlines()) <= 2, "that it watches, and that it was ended"
    assert not [path for path in watching.store.rglob(".*") if path.is_file()]
    assert watching.after_looks(3, signal.SIGTERM) == 143
    assert more_than_once(watching.store, server.lives) == []
