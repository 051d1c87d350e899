"""`fsnap-diagnose report` against AWS on the loopback: whole queues in, one report out."""

from __future__ import annotations

import copy
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.command import Command, Outcome
from tests.loopback.faults import Fault, FaultPlan
from tests.loopback.scenario import scenario
from tests.loopback.server import Loopback
from tests.loopback.world import World

NAMES = ("well", "survived-reclaim", "window-exceeded", "tool-failed", "dependency-failed", "array-child-out-of-memory")
QUEUE = "TowerForge-5kQ2vXb7RzNtW1pLcYdH-work"
PERIOD = ("--since", "2026-11-17", "--until", "2026-11-18")
RUN = "tw-3yF0cTq8Zb1KpL"
Document = dict[str, Any]


def serve(loopback: Loopback, *names: str, faults: tuple[Fault, ...] = ()) -> World:
    """The scenarios; an array's child has its parent beside it."""
    world = loopback.serve([scenario(name) for name in names or NAMES], faults)
    for job in list(world.jobs.values()):
        parent, _, index = job["jobId"].partition(":")
        if index and parent not in world.jobs:
            world.jobs[parent] = {
                **job,
                "jobId": parent,
                "attempts": [],
                "arrayProperties": {"size": 5, "statusSummary": {"FAILED": 1, "SUCCEEDED": 0}},
            }
    return world


def copies(world: World, name: str, count: int) -> list[str]:
    """More jobs like one of them; their ids."""
    job = scenario(name).document("job")
    ids = [f"00000000-0000-4000-8000-{n:012d}" for n in range(count)]
    world.jobs |= {job_id: {**copy.deepcopy(job), "jobId": job_id} for job_id in ids}
    return ids


def report(command: Command, *arguments: str | Path, **more: Any) -> Outcome:
    return command("report", "--queue", QUEUE, *PERIOD, "--format", "json", *arguments, **more)


def causes(document: Document) -> dict[str, int]:
    return {group["key"]: group["totals"]["jobs"] for group in document["by_cause"]}


def without_its_moment(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "made_at"}


def test_a_queue_is_reported_with_its_survivors_and_its_arrays_children(inside: Command, loopback: Loopback) -> None:
    serve(loopback)
    outcome = report(inside)
    assert outcome.err == ""
    assert outcome.status == 1
    document = outcome.document()
    assert causes(document) == {
        "ok.survived_reclaim": 1,
        "dump.window_exceeded": 1,
        "app.failed": 1,
        "job.dependency_failed": 1,
        "container.out_of_memory": 1,
    }
    totals = document["totals"]
    assert (totals["jobs"], totals["succeeded"], totals["survived"], totals["failed"]) == (6, 2, 1, 4)
    assert document["period"] == {"since": "2026-11-17T00:00:00Z", "until": "2026-11-18T00:00:00Z"}
    assert document["scope"] == [f"queue {QUEUE}"]


def test_no_call_is_made_that_nothing_needs(inside: Command, loopback: Loopback) -> None:
    world = serve(loopback, "well", "dependency-failed")
    copies(world, "well", 150)
    assert report(inside).status == 1
    assert Counter(loopback.operations()) == {"ListJobs": 3, "DescribeJobs": 2}, "151 jobs that went well, by 100"


def test_only_what_a_verdict_needs_is_fetched(inside: Command, loopback: Loopback) -> None:
    serve(loopback, "well", "tool-failed")
    assert report(inside).status == 1
    counted = Counter(loopback.operations())
    assert (counted["DescribeJobs"], counted["GetLogEvents"]) == (1, 2), "a log's last page is known by the next"
    assert not {"DescribeJobQueues", "DescribeInstances", "LookupEvents"} & set(counted)


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_every_executor_says_the_same(live: Command, loopback: Loopback, executor: str) -> None:
    world = serve(loopback)
    copies(world, "dependency-failed", 20)
    expected = report(live).document()
    outcome = report(live, "--executor", executor, "--workers", "2")
    assert outcome.err == ""
    assert without_its_moment(outcome.document()) == without_its_moment(expected)


def test_a_machine_in_another_zone_says_the_same(live: Command, loopback: Loopback) -> None:
    serve(loopback)
    here = report(live, environment={"TZ": "UTC"})
    there = report(live, environment={"TZ": "Asia/Tokyo"})
    assert there.status == 1
    assert without_its_moment(there.document()) == without_its_moment(here.document())


def test_what_the_store_has_is_not_fetched_again(inside: Command, loopback: Loopback) -> None:
    serve(loopback)
    first = report(inside, "--store", "store").document()
    loopback.calls.clear()
    second = report(inside, "--store", "store").document()
    assert set(loopback.operations()) == {"ListJobs"}
    assert without_its_moment(second) == without_its_moment(first)


def test_the_store_knows_the_period_before(inside: Command, loopback: Loopback) -> None:
    world = serve(loopback)
    report(inside, "--store", "store")
    for job in world.jobs.values():
        job.update(jobId=job["jobId"].replace("-", "-f", 1)[:36], createdAt=job["createdAt"] + 86_400_000)
        job["stoppedAt"] += 86_400_000
    world.jobs = {job["jobId"]: job for job in world.jobs.values() if ":" not in job["jobId"]}
    later = ("--since", "2026-11-18", "--until", "2026-11-19", "--store", "store")
    document = report(inside, *later).document()
    assert document["period_before"] == {"since": "2026-11-17T00:00:00Z", "until": "2026-11-18T00:00:00Z"}
    assert document["totals_before"]["jobs"] == 6
    assert report(inside, *later, "--no-compare").document()["period_before"] is None


def test_the_period_before_is_examined_where_that_is_asked_for(inside: Command, loopback: Loopback) -> None:
    serve(loopback)
    period = ("--since", "2026-11-18", "--until", "2026-11-19")
    document = report(inside, *period, "--compare").document()
    assert (document["totals"]["jobs"], document["totals_before"]["jobs"]) == (0, 6)
    assert report(inside, *period).document()["totals_before"] is None


def _store_files(directory: Path) -> list[Path]:
    return list((directory / "store").rglob("*.parquet"))


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_who_is_killed_goes_on_where_it_stopped(
    live: Command, inside: Command, loopback: Loopback, tmp_path: Path, executor: str
) -> None:
    world = serve(loopback)
    copies(world, "dependency-failed", 400)
    slow = [Fault("DescribeJobs", "TooManyRequestsException", 429, times=2, after_seconds=1.0)]
    expected = report(inside).document()
    loopback.faults = FaultPlan(slow)
    arguments = ["report", "--queue", QUEUE, *PERIOD, "--store", "store", "--executor", executor, "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "analyzer", *arguments], cwd=tmp_path, env=live.environment(), stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not _store_files(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert _store_files(tmp_path), "a chunk was kept before the rest was done"
    after = report(inside, "--store", "store").document()
    assert without_its_moment(after) == without_its_moment(expected)


def test_wildcards_and_several_queues(inside: Command, loopback: Loopback) -> None:
    world = serve(loopback)
    for name in ("other-work", "TowerForge-empty-work"):
        world.queues[f"arn:aws:batch:eu-west-1:1:job-queue/{name}"] = {"jobQueueName": name}
    for arn, queue in world.queues.items():
        queue.setdefault("jobQueueName", arn.rsplit("/", 1)[-1])
    outcome = inside.json("report", "--queue", "TowerForge-*-work", "--queue", "other-wor?", *PERIOD)
    assert outcome.document()["totals"]["jobs"] == 6
    listed = {call.parameters["jobQueue"] for call in loopback.calls if "jobQueue" in call.parameters}
    assert listed == {QUEUE, "other-work", "TowerForge-empty-work"}


def test_an_empty_queue_is_a_report_of_nothing(inside: Command, loopback: Loopback) -> None:
    serve(loopback)
    outcome = inside("report", "--queue", QUEUE, "--since", "2026-11-01", "--until", "2026-11-02")
    assert outcome.status == 0
    assert outcome.err == ""
    assert "jobs" in outcome.out


def test_an_unknown_queue_is_one_sentence(inside: Command, loopback: Loopback) -> None:
    serve(loopback)
    for arn, queue in loopback.world.queues.items():
        queue["jobQueueName"] = arn.rsplit("/", 1)[-1]
    outcome = inside("report", "--queue", "TowerForge-5kQ2vXb7RzNtW1pLcYdH-wrk")
    assert outcome.status == 3
    assert outcome.out == ""
    assert outcome.err == (
        "fsnap-diagnose: There is no job queue TowerForge-5kQ2vXb7RzNtW1pLcYdH-wrk in eu-west-1: "
        f"did you mean {QUEUE}?\n"
    )


def test_one_unknown_queue_does_not_stop_the_others(inside: Command, loopback: Loopback) -> None:
    serve(loopback)
    outcome = report(inside, "--queue", "zzz")
    assert outcome.status == 3
    assert "There is no job queue zzz" in outcome.err
    assert outcome.document()["totals"]["jobs"] == 6
    assert any("zzz" in note for note in outcome.document()["notes"])


def test_no_permission_is_one_sentence(inside: Command, loopback: Loopback) -> None:
    serve(loopback, faults=(Fault("ListJobs", "AccessDeniedException", 403),))
    outcome = report(inside)
    assert outcome.status == 3
    assert outcome.out == ""
    assert outcome.err == (
        f"fsnap-diagnose: Could not list the jobs of queue {QUEUE}: AccessDenied on batch:ListJobs; "
        "allow batch:ListJobs for this role.\n"
    )


def test_a_role_that_may_list_and_not_describe_makes_no_report_of_nothing(inside: Command, loopback: Loopback) -> None:
    world = serve(loopback, "well", "tool-failed")
    copies(world, "well", 20)
    loopback.faults = FaultPlan([Fault("DescribeJobs", "AccessDeniedException", 403)])
    outcome = report(inside, "--fail-on", "rate>2%")
    assert (outcome.status, outcome.out) == (3, "")
    first, second = outcome.err.splitlines()
    assert "22 of 22 jobs that had to be examined could not be" in first
    assert "allow batch:DescribeJobs for this role" in second


def test_a_report_that_lacks_most_jobs_says_so_first(inside: Command, loopback: Loopback) -> None:
    world = serve(loopback, "well", "dependency-failed")
    copies(world, "well", 20)
    loopback.faults = FaultPlan([Fault("DescribeJobs", "AccessDeniedException", 403)])
    outcome = report(inside)
    # ListJobs tells enough of a job that never ran
    assert (outcome.status, outcome.document()["totals"]["jobs"]) == (3, 1)
    assert "21 of 22 jobs" in outcome.err
    assert "batch:DescribeJobs" in outcome.err
    assert "21 of 22 jobs" in outcome.document()["notes"][0]


def test_a_sign_in_that_ends_half_way_keeps_what_is_done(inside: Command, loopback: Loopback) -> None:
    world = serve(loopback, "well")
    ids = copies(world, "well", 250)
    expired = Fault("DescribeJobs", "ExpiredTokenException", 403, holding=ids[-1])
    loopback.faults = FaultPlan([expired])
    outcome = report(inside, "--store", "store", "--workers", "1")
    assert outcome.status == 3
    assert "credentials have expired" in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.document()["totals"]["jobs"] == 200
    loopback.faults = FaultPlan()
    loopback.calls.clear()
    again = report(inside, "--store", "store")
    assert (again.status, again.document()["totals"]["jobs"]) == (0, 251)
    described = [call.parameters["jobs"] for call in loopback.calls if call.operation == "DescribeJobs"]
    assert [len(jobs) for jobs in described] == [51]


def test_a_sign_in_that_ends_while_logs_are_read_keeps_no_half_answer(inside: Command, loopback: Loopback) -> None:
    serve(loopback, "tool-failed", faults=(Fault("GetLogEvents", "ExpiredTokenException"),))
    assert report(inside, "--store", "store").status == 3
    loopback.faults = FaultPlan()
    assert causes(report(inside, "--store", "store").document()) == {"app.failed": 1}


def test_a_job_that_cannot_be_examined_is_a_note(inside: Command, loopback: Loopback) -> None:
    world = serve(loopback, "well", "tool-failed")
    gone = scenario("tool-failed").target
    listed = dict(world.jobs)

    def forgetting(call: Any) -> Any:
        world.jobs = {job_id: job for job_id, job in listed.items() if job_id != gone}
        return type(world)._describe_jobs(world, call)

    world._describe_jobs = forgetting  # type: ignore[method-assign] # it is forgotten after it was listed
    outcome = report(inside)
    document = outcome.document()
    assert outcome.status == 0, "nothing that is known failed"
    assert document["totals"]["jobs"] == 1
    assert any(gone in note for note in document["notes"])


def test_a_run_is_reported_whenever_it_was(inside: Command, loopback: Loopback) -> None:
    serve(loopback)
    outcome = inside.json("report", "--run", RUN, "--queue", QUEUE)
    assert outcome.document()["totals"]["jobs"] == 6
    assert outcome.document()["scope"] == [f"queue {QUEUE}", f"run {RUN}"]
    unknown = inside.json("report", "--run", "tw-unknown", "--queue", QUEUE).document()
    assert unknown["totals"]["jobs"] == 0
    assert any("No job of run tw-unknown was found" in note for note in unknown["notes"])


def test_targets_are_reported_from_their_first_day_to_their_last(inside: Command, loopback: Loopback) -> None:
    serve(loopback, "tool-failed")
    outcome = inside.json("report", scenario("tool-failed").target, scenario("survived-reclaim").capture)
    document = outcome.document()
    assert causes(document) == {"app.failed": 1, "ok.survived_reclaim": 1}
    assert document["period"] == {"since": "2026-11-17T00:00:00Z", "until": "2026-11-18T00:00:00Z"}


def test_a_target_that_cannot_be_examined_is_said_and_counts(inside: Command, loopback: Loopback) -> None:
    serve(loopback)
    missing = "11111111-2222-4333-8444-555555555555"
    outcome = inside.json("report", missing, "no-such-thing", scenario("well").capture)
    assert outcome.status == 3
    assert missing in outcome.err
    assert "no-such-thing" in outcome.err
    assert outcome.document()["totals"]["jobs"] == 1


def test_only_jobs_of_a_state(inside: Command, loopback: Loopback) -> None:
    serve(loopback)
    outcome = report(inside, "--status", "failed", "--store", "store")
    assert outcome.document()["totals"] | {"jobs": 4, "succeeded": 0} == outcome.document()["totals"]
    assert "SUCCEEDED" not in {call.parameters.get("jobStatus") for call in loopback.calls}
    assert report(inside, "--store", "store").document()["totals"]["jobs"] == 6
    assert report(inside, "--store", "store", "--status", "FAILED").document()["totals"]["jobs"] == 4


def test_a_job_that_goes_on_is_looked_at_again(inside: Command, loopback: Loopback) -> None:
    world = serve(loopback, "runnable-no-capacity")
    (job,) = world.jobs.values()
    arguments = ("--status", "RUNNABLE", "--status", "FAILED", "--store", "store")
    document = report(inside, *arguments).document()
    assert document["totals"]["jobs"] == 0
    assert any("schedule.no_capacity" in note for note in document["notes"])
    job.update(status="FAILED", stoppedAt=job["createdAt"] + 60_000, isTerminated=True, statusReason="enough of this")
    assert report(inside, *arguments).document()["totals"]["failed"] == 1


@pytest.mark.parametrize(
    ("conditions", "status"),
    [(["failed>3"], 1), (["failed>4"], 0), (["failed>9", "dump.*>=1"], 1), (["rate>90%"], 0)],
)
def test_conditions_decide_between_fine_and_failed(
    inside: Command, loopback: Loopback, conditions: list[str], status: int
) -> None:
    serve(loopback)
    outcome = report(inside, *(part for one in conditions for part in ("--fail-on", one)))
    assert outcome.status == status
    assert bool(outcome.err) is bool(status)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to report on"),
        (["--store", "nowhere"], "nowhere is no folder"),
        (["--queue", "q", "--since", "yesterday"], '--since: "yesterday" is no time'),
        (["--queue", "q", "--since", "2026-11-02", "--until", "2026-11-01"], "not before"),
        (["--queue", "q", "--executor", "fibres"], '--executor: "fibres" is none'),
        (["--queue", "q", "--executor", "dask:"], "dask:tcp://HOST:8786"),
        (["--queue", "q", "--format", "parquet"], "name a file"),
        (["--queue", "q", "--table", "x"], "--table goes with --format csv"),
        (["--queue", "q", "--fail-on", "whatever"], "--fail-on"),
        (["--queue", "q", "--notify", "mail:me"], "sns:arn"),
        (["--queue", "q", "--publish", "ftp://x"], "no place to keep files"),
        (["--queue", "q", "--rules", "missing.toml"], "missing.toml"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(offline: Command, arguments: list[str], said: str) -> None:
    outcome = offline("report", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_report_is_written_and_published(inside: Command, loopback: Loopback, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    serve(loopback)
    outcome = inside(
        *("report", "--queue", QUEUE, *PERIOD, "--format", "parquet", "-o", "rows.parquet", "--publish", "reports")
    )
    assert (outcome.status, outcome.out) == (1, "")
    table = pq.read_table(tmp_path / "rows.parquet", columns=["job_id", "day", "is_last"]).to_pylist()
    assert sum(row["is_last"] for row in table) == 6
    assert {row["day"] for row in table} == {"2026-11-17"}
    latest = tmp_path / "reports" / "latest"
    assert {path.name for path in latest.iterdir()} == {"report.html", "report.md", "report.json"}
    assert causes(json.loads((latest / "report.json").read_text()))["dump.window_exceeded"] == 1


def test_where_it_cannot_be_published_the_report_is_shown_all_the_same(
    inside: Command, loopback: Loopback, tmp_path: Path
) -> None:
    serve(loopback)
    (tmp_path / "reports").write_text("a file, and no folder")
    outcome = inside.json("report", "--queue", QUEUE, *PERIOD, "--publish", "reports")
    assert outcome.status == 3
    assert outcome.document()["totals"]["jobs"] == 6
    assert "the report could not be published" in outcome.err


def test_dask_that_is_not_there_is_one_sentence(offline: Command) -> None:
    outcome = offline("report", "--queue", "q", "--executor", "dask:tcp://127.0.0.1:9", "--region", "eu-west-1")
    assert outcome.status in (2, 3)
    assert outcome.err.count("\n") == 1
