"""`fsnap-diagnose watch` against AWS on the loopback: what it keeps, tells and asks, and how it ends."""

from __future__ import annotations

import copy
import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import FolderPlace
from analyzer.fleet.happening import Happening
from analyzer.keep import Keeper, Kept
from analyzer.store.store import Store
from analyzer.survey_period import span_of
from analyzer.watch import Watch, WatchRequest
from analyzer.watch_keep import Given
from tests.command import Command
from tests.loopback.environments import client
from tests.loopback.faults import Fault, FaultPlan
from tests.loopback.scenario import scenario
from tests.loopback.server import Loopback
from tests.loopback.world import World

NAMES = ("well", "survived-reclaim", "window-exceeded", "tool-failed", "dependency-failed")
QUEUE = "TowerForge-5kQ2vXb7RzNtW1pLcYdH-work"
TOLD = ("watch", "--queue", QUEUE, "--store", "st", "--since", "2026-11-01")
BEGUN = "watching 1 queue: a line for each change, none while nothing changes"
EXCEEDED = scenario("window-exceeded")
Document = dict[str, Any]


class Seen:
    """An onlooker who remembers."""

    def __init__(self) -> None:
        self.happenings: list[Happening] = []
        self.said: list[str] = []
        self.descriptions: list[Any] = []

    def happened(self, happening: Happening, /) -> None:
        self.happenings.append(happening)

    def say(self, sentence: str, /) -> None:
        self.said.append(sentence)

    def described(self, job: Any, region: str | None, /) -> None:
        self.descriptions.append((job["jobId"], region))

    def looked(self, watch: Watch, /) -> None:
        """How often is counted by the watch."""

    def take(self) -> list[tuple[str, str]]:
        """(job, kind) of what has happened since the last time."""
        taken: list[tuple[str, str]] = [(one.job_id, one.kind) for one in self.happenings]
        self.happenings.clear()
        return taken


@pytest.fixture
def world(loopback: Loopback) -> World:
    return loopback.serve([scenario(name) for name in NAMES])


@pytest.fixture
def small(loopback: Loopback) -> World:
    """Jobs that nothing but their description tells of."""
    return loopback.serve([scenario("well"), scenario("dependency-failed")])


@pytest.fixture
def watching(
    world: World, inside: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[], tuple[Watch, Seen]]]:
    """Makes watches of one store, each as a new start of the program would."""
    del world
    for name, value in inside.environment().items():
        monkeypatch.setenv(name, value)
    opened: list[Watch] = []

    def start() -> tuple[Watch, Seen]:
        options = FetchOptions(shipped_figures=True)
        span = span_of("2026-11-01", None, datetime.fromisoformat(options.captured_at()))
        seen = Seen()
        given = Given(options, str(tmp_path / "st"), shipped())
        opened.append(Watch(WatchRequest((QUEUE,), span, given, interval_seconds=0.1), seen))
        opened[-1].begin()
        return opened[-1], seen

    yield start
    for one in opened:
        one.keeping.close()


def calls(loopback: Loopback, act: Callable[[], object]) -> Counter[str]:
    before = len(loopback.calls)
    act()
    return Counter(loopback.operations()[before:])


def stored(folder: Path) -> Counter[str]:
    """Rows by job."""
    rows = Store(FolderPlace(folder)).rows()
    return Counter(row.job_id for job in rows for row in job)


def captures(folder: Path) -> set[str]:
    jobs = folder / "_captures" / "jobs"
    return {str(path.relative_to(jobs)) for path in jobs.rglob("*.zip")}


def test_what_ended_before_is_kept_once_and_told(inside: Command, loopback: Loopback, world: World) -> None:
    del world
    outcome = inside(*TOLD, "--once")
    assert (outcome.status, outcome.err) == (0, "")
    told = outcome.out.splitlines()
    assert len(told) == 4, "of the job that went well at once there is nothing to say"
    assert sum(": survived 1 lost host" in line for line in told) == 1
    assert sum(": failed: dump.window_exceeded FS101 certain: " in line for line in told) == 1
    folder = inside.directory / "st"
    assert len(stored(folder)) == len(NAMES)
    assert captures(folder) == {
        f"{EXCEEDED.target}/attempt-3.failed.zip",
        *(f"{scenario(name).target}/attempt-{n}.{end}.zip" for name, n, end in ENDS),
    }
    again = calls(loopback, lambda: inside(*TOLD, "--once"))
    assert again == {"ListJobs": 7}
    outcome = inside(*TOLD, "--once", "--format", "jsonl")
    assert (outcome.status, outcome.out) == (0, "")


ENDS = (("survived-reclaim", 2, "succeeded"), ("tool-failed", 1, "failed"), ("dependency-failed", 0, "failed"))


def life(world: World, status: str, over: int, **more: Any) -> str:
    """Put a job of its own into that state; its id."""
    job_id = "0e2d7c11-0000-4000-8000-000000000000"
    before = copy.deepcopy(EXCEEDED.document("job"))
    job: Document = before | {"jobId": job_id, "status": status, "attempts": before["attempts"][:over]}
    for member in ("stoppedAt", "statusReason"):
        job.pop(member, None)
    for member in ("exitCode", "reason"):
        job["container"].pop(member, None)
    world.jobs[job_id] = job | more
    return job_id


def test_each_attempt_is_kept_as_it_ends_with_no_call_that_no_change_needs(
    world: World, watching: Callable[[], tuple[Watch, Seen]], loopback: Loopback, tmp_path: Path
) -> None:
    job_id = life(world, "RUNNING", 0, startedAt=EXCEEDED.document("job")["attempts"][0]["startedAt"])
    watch, seen = watching()
    watch.poll()
    seen.take()
    idle = {"ListJobs": 6}
    assert calls(loopback, watch.poll) == idle
    life(world, "RUNNABLE", 1)
    made = calls(loopback, watch.poll)
    assert made["DescribeJobs"] == 1
    assert made["DescribeContainerInstances"] == 1
    assert seen.take() == [(job_id, "lost")]
    assert calls(loopback, watch.poll) == idle
    life(world, "STARTING", 1)
    assert calls(loopback, watch.poll) == idle
    life(world, "RUNNING", 1, startedAt=EXCEEDED.document("job")["attempts"][1]["startedAt"])
    assert calls(loopback, watch.poll) == {"ListJobs": 6, "DescribeJobs": 1}
    assert seen.take() == []
    life(world, "RUNNABLE", 2)
    watch.poll()
    assert seen.take() == [(job_id, "lost")]
    world.jobs[job_id] = EXCEEDED.document("job") | {"jobId": job_id}
    watch.poll()
    assert seen.take() == [(job_id, "failed")]
    assert calls(loopback, watch.poll) == idle
    assert {name for name in captures(tmp_path / "st") if name.startswith(job_id)} == {
        f"{job_id}/attempt-{name}.zip" for name in ("1.ended", "2.ended", "3.failed")
    }
    assert stored(tmp_path / "st")[job_id] == 3


def test_a_job_that_came_and_went_between_two_looks_is_kept(
    world: World, watching: Callable[[], tuple[Watch, Seen]], tmp_path: Path
) -> None:
    watch, seen = watching()
    watch.poll()
    seen.take()
    newest = max(job["createdAt"] for job in world.jobs.values())
    job_id = "0e2d7c11-0000-4000-8000-000000000001"
    world.jobs[job_id] = scenario("tool-failed").document("job") | {"jobId": job_id, "createdAt": newest + 1}
    for _ in range(3):
        watch.poll()
    assert seen.take() == [(job_id, "failed")]
    assert stored(tmp_path / "st")[job_id] == 1


def test_children_of_an_array_are_kept_each(
    loopback: Loopback, world: World, watching: Callable[[], tuple[Watch, Seen]]
) -> None:
    child = scenario("array-child-out-of-memory").document("job")
    parent_id = child["jobId"].partition(":")[0]
    queue = world.jobs[EXCEEDED.target]["jobQueue"]
    attempts = child.pop("attempts")

    def array(status: str, **counts: int) -> None:
        summary = {"size": 2, "statusSummary": counts}
        world.jobs[parent_id] = {
            **child,
            "jobQueue": queue,
            "jobId": parent_id,
            "status": status,
            "attempts": [],
            "arrayProperties": summary,
        }

    def put(index: int, status: str, **more: Any) -> None:
        job_id = f"{parent_id}:{index}"
        own = {"jobQueue": queue, "jobId": job_id, "status": status, "arrayProperties": {"index": index}}
        world.jobs[job_id] = {**child, "attempts": [], **own, **more}

    array("PENDING", RUNNING=1, RUNNABLE=1)
    put(0, "RUNNING", startedAt=1)
    put(1, "RUNNABLE")
    watch, seen = watching()
    watch.poll()
    seen.take()
    assert calls(loopback, watch.poll) == {"ListJobs": 7}
    put(0, "FAILED", attempts=attempts)
    array("PENDING", RUNNABLE=1, FAILED=1)
    watch.poll()
    assert seen.take() == [(f"{parent_id}:0", "failed")]
    put(1, "FAILED", attempts=attempts)
    array("FAILED", FAILED=2)
    watch.poll()
    assert seen.take() == [(f"{parent_id}:1", "failed")]
    watch.poll()
    assert seen.take() == []


@pytest.mark.parametrize("point", ["capture", "rows", "marker"])
def test_who_is_killed_does_the_rest_at_the_next_start(
    point: str,
    watching: Callable[[], tuple[Watch, Seen]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the first write of each kind, and with nothing of what comes after it."""
    kinds = {"capture": "/jobs/", "rows": ".parquet", "marker": "/ended/"}
    written = FolderPlace.write
    dead: list[str] = []

    def write(place: FolderPlace, name: str, data: bytes) -> None:
        if dead or kinds[point] in name:
            dead.append(name)
            raise FetchError("killed")
        written(place, name, data)

    watch, _ = watching()
    with monkeypatch.context() as patch:
        patch.setattr(FolderPlace, "write", write)
        with pytest.raises(FetchError, match="killed"):
            watch.poll()
    assert dead
    watch, seen = watching()
    watch.poll()
    assert stored(tmp_path / "st") == {scenario(n).target: m for n, m in zip(NAMES, (1, 2, 3, 1, 1), strict=True)}
    assert len(captures(tmp_path / "st")) == 4
    assert {kind for _, kind in seen.take()} >= ({"failed", "survived"} if point == "rows" else {"failed"})
    watch, seen = watching()
    watch.poll()
    assert seen.take() == []


def test_what_was_not_fetched_whole_when_it_was_ended_is_not_kept(
    watching: Callable[[], tuple[Watch, Seen]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = Keeper.prepare

    def ended_meanwhile(keeper: Keeper, job: Document, region: str | None) -> Kept | None:
        keeper.fetcher.close()
        return prepare(keeper, job, region)

    watch, seen = watching()
    with monkeypatch.context() as patch:
        patch.setattr(Keeper, "prepare", ended_meanwhile)
        watch.poll()
    assert captures(tmp_path / "st") == set()
    assert {kind for _, kind in seen.take()} == {"succeeded"}
    watch.poll()
    assert len(captures(tmp_path / "st")) == 4


def test_trouble_is_said_once_and_tried_again_after_longer_pauses(
    watching: Callable[[], tuple[Watch, Seen]], loopback: Loopback, world: World
) -> None:
    watch, seen = watching()
    pauses: list[float] = []

    class EndedError(Exception):
        """So that it ends."""

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            loopback.faults = FaultPlan([Fault("ListJobs", "AccessDeniedException", status=403, times=10**6)])
        if len(pauses) == 6:
            loopback.faults = FaultPlan([])
            life(world, "RUNNABLE", 1)
        if len(pauses) == 8:
            raise EndedError

    with pytest.raises(EndedError):
        watch.run(pause)
    assert pauses == pytest.approx([0.1, 0.1, 0.2, 0.4, 0.8, 1.6, 0.1, 0.1])
    assert len(seen.said) == 2
    assert "batch:ListJobs" in seen.said[0]
    assert seen.said[1] == "going on: AWS answers again"
    assert ("0e2d7c11-0000-4000-8000-000000000000", "lost") in seen.take()


def test_new_credentials_are_found_without_a_restart(
    watching: Callable[[], tuple[Watch, Seen]], loopback: Loopback
) -> None:
    watch, seen = watching()

    class EndedError(Exception):
        """So that it ends."""

    def pause(_: float) -> None:
        clients.append(watch.keeping.clients)
        loopback.faults = FaultPlan([Fault("ListJobs", "ExpiredTokenException", status=403)] * (len(clients) < 3))
        if len(clients) == 4:
            raise EndedError

    clients: list[object] = []
    with pytest.raises(EndedError):
        watch.run(pause)
    assert len({id(one) for one in clients}) == 3, "one for each look that the sign-in kept from being one"
    assert len(seen.said) == 2
    assert "expired" in seen.said[0]


def test_evidence_that_was_throttled_is_asked_for_again_and_then_kept_with_its_gaps(
    inside: Command, loopback: Loopback, small: World, tmp_path: Path
) -> None:
    small.add(scenario("tool-failed"))
    loopback.faults = FaultPlan([Fault("GetLogEvents", "ThrottlingException", status=400)])
    quick = {"AWS_MAX_ATTEMPTS": "1", "AWS_RETRY_MODE": "standard"}
    before = len(loopback.calls)
    outcome = inside(*TOLD, "--once", "--interval", "0.1s", environment=quick)
    assert outcome.status == 0, outcome.err
    made = Counter(loopback.operations()[before:])
    assert made["GetLogEvents"] == 3
    assert made["ListJobs"] == 7 + 6 + 6
    assert stored(tmp_path / "st")[scenario("tool-failed").target] == 1
    assert len(outcome.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        (("--queue", "TowerForge-typo-work"), 3, "There is no job queue TowerForge-typo-work"),
        (("--store", "/proc/nowhere"), 3, "/proc/nowhere: cannot be used"),
        (("--interval", "soon"), 2, '--interval: "soon" is no pause'),
        (("--interval", "2h"), 2, "an hour at most"),
        (("--since", "yesterday"), 2, '--since: "yesterday" is no time'),
        (("--notify", "me"), 2, "'me' names no topic"),
        (("--rules", "nowhere.toml"), 2, "nowhere.toml"),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(
    more: tuple[str, ...], status: int, words: str, inside: Command, small: World
) -> None:
    del small
    told = [*TOLD, *more] if more[0] != "--queue" else ["watch", *more, *TOLD[3:]]
    outcome = inside(*told, "--once")
    assert outcome.status == status
    assert words in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert outcome.out == ""


def test_no_credentials_no_watch(inside: Command, small: World) -> None:
    del small
    outcome = inside(*TOLD, "--once", environment={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert outcome.status == 3
    assert len(outcome.err.splitlines()) == 1


def test_no_such_profile_no_watch(inside: Command, small: World) -> None:
    del small
    outcome = inside(*TOLD, "--once", "--profile", "nobody")
    assert outcome.status == 3
    assert "the AWS profile nobody does not exist" in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_a_look_sends_one_message_however_many_failed(inside: Command, loopback: Loopback, small: World) -> None:
    topic = client(loopback, "sns").create_topic(Name="failures")["TopicArn"]
    for number in range(30):
        job_id = f"0e2d7c11-0000-4000-8000-{number:012}"
        small.jobs[job_id] = scenario("dependency-failed").document("job") | {"jobId": job_id}
    before = len(loopback.calls)
    outcome = inside(*TOLD, "--once", "--notify", f"sns:{topic}", "--format", "jsonl")
    assert outcome.status == 0, outcome.err
    assert Counter(one["event"] for one in outcome.lines()) == {"failed": 31}
    (call,) = [call for call in loopback.calls[before:] if call.operation == "Publish"]
    assert call.parameters["Subject"] == "fsnap-diagnose: 31 jobs failed or cannot be placed"
    assert "more" in call.parameters["Message"].splitlines()[-1]
    assert len(call.parameters["Message"]) < 2_000


def test_a_message_that_cannot_be_sent_comes_with_the_next(inside: Command, loopback: Loopback, small: World) -> None:
    del small
    loopback.faults = FaultPlan([Fault("Publish", "AuthorizationError", status=403, times=10**6)])
    outcome = inside(*TOLD, "--once", "--notify", "sns:arn:aws:sns:eu-west-1:111122223333:failures")
    assert outcome.status == 0
    assert "sns:Publish" in outcome.err
    assert len(outcome.out.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals, live: Command, small: World) -> None:
    del small
    process = subprocess.Popen(
        [sys.executable, "-m", "analyzer", *TOLD, "--interval", "0.2s"],
        cwd=live.directory,
        env=live.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not list((live.directory / "st").glob("day=*/*/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    sentence = "interrupted" if number is signal.SIGINT else "ended by SIGTERM"
    assert err.decode() == f"fsnap-diagnose: {BEGUN}\nfsnap-diagnose: {sentence}\n"
    assert len(out.splitlines()) == 1
    assert not list(live.directory.rglob("*.part"))


def test_what_is_too_much_for_one_look_is_done_in_several(
    watching: Callable[[], tuple[Watch, Seen]], loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyzer.watch_keep.MOST_A_LOOK", 2)
    monkeypatch.setattr("analyzer.watch.MOST_A_LOOK", 2)
    watch, _ = watching()
    made = calls(loopback, lambda: [watch.poll() for _ in range(3)])
    assert made["ListJobs"] == 7 + 6 + 6
    assert set(stored(tmp_path / "st")) == {scenario(name).target for name in NAMES}
    assert watch.poll() is False


def test_in_a_terminal_there_is_a_view_that_leaves_no_trace(live: Command, small: World) -> None:
    life(small, "RUNNING", 0, startedAt=1)
    own, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "analyzer", *TOLD, "--interval", "0.5s"],
        cwd=live.directory,
        env={**live.environment(), "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + 60
    while b"1 running" not in shown and time.monotonic() < deadline:
        shown += os.read(own, 65_536)
    process.send_signal(signal.SIGINT)
    with suppress(OSError):  # a terminal that nobody writes to any more cannot be read
        while more := os.read(own, 65_536):
            shown += more
    assert process.stderr is not None
    assert process.stderr.read() == b"fsnap-diagnose: interrupted\n"
    assert BEGUN.encode() in shown
    assert process.wait(60) == 130
    os.close(own)
    process.stderr.close()
    assert b"job.dependency_failed" in shown, "a line above the view"
    assert b"1 running, 0 starting, 0 waiting" in shown
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l"), "the cursor is there again"


def test_two_at_once_keep_each_job_once(watching: Callable[[], tuple[Watch, Seen]], tmp_path: Path) -> None:
    first, _ = watching()
    second, _ = watching()
    first.poll()
    second.poll()
    assert set(stored(tmp_path / "st")) == {scenario(name).target for name in NAMES}
    assert len(captures(tmp_path / "st")) == 4
    assert json.dumps(sorted(stored(tmp_path / "st").values())) == "[1, 1, 1, 2, 3]"
