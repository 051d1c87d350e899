"""What was saved when the job died, and what is told of it when AWS has forgotten."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.fetchers.fetch import Fetcher
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import FolderPlace
from analyzer.keep import Keeper
from tests.command import Command, Outcome
from tests.loopback.faults import Fault
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback
    from tests.loopback.world import World

RICH = scenario("window-exceeded")
JOB = RICH.document("job")
SAVED_AT = datetime(2026, 11, 17, 10, 6, 36, tzinfo=UTC)


@pytest.fixture
def keeper(inside: Command, loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    for name, value in inside.environment().items():
        monkeypatch.setenv(name, value)
    loopback.serve([RICH])
    with Fetcher(FetchOptions(now=SAVED_AT), lambda _: None) as fetcher:
        yield Keeper(fetcher, FolderPlace(inside.directory / "st"), shipped())


def at_attempt(number: int, status: str = "RUNNABLE") -> dict[str, Any]:
    """The job when that many of its attempts were over and another was to come."""
    job = copy.deepcopy(JOB)
    job |= {"status": status, "attempts": job["attempts"][:number], "container": {**job["container"]}}
    for member in ("stoppedAt", "statusReason"):
        job.pop(member, None)
    for member in ("exitCode", "reason"):
        job["container"].pop(member, None)
    return dict(job)


def forget_hosts(world: World) -> None:
    world.instances.clear()
    world.container_instances.clear()
    world.tasks.clear()
    world.trail.clear()


def types_in(diagnosis: dict[str, Any]) -> list[str | None]:
    return [host.get("instance_type") for host in diagnosis["job"]["instances"]]


def test_what_aws_has_forgotten_comes_from_the_store_and_is_said(
    keeper: Keeper, inside: Command, loopback: Loopback
) -> None:
    fresh = inside.json(RICH.target).document()
    assert None not in types_in(fresh)
    kept = keeper.keep(JOB, None)
    assert kept is not None
    assert kept.moment.name == "attempt-3.failed"
    world = loopback.serve([RICH])
    forget_hosts(world)
    world.logs.events.clear()
    without = inside.json(RICH.target).document()
    assert types_in(without) != types_in(fresh)
    told = inside.json(RICH.target, "--store", "st").document()
    assert types_in(told) == types_in(fresh)
    assert told["verdict"] == fresh["verdict"]
    assert {one["captured_at"] for one in told["recalled"]} == {"2026-11-17T10:06:36Z"}
    assert {"the log of attempt 3", "the instance of attempt 1"} <= {one["what"] for one in told["recalled"]}
    for form in ("terminal", "markdown", "html"):
        assert "From the store, as AWS did not give " in inside(RICH.target, "--store", "st", "--format", form).out
    assert "From the store, as AWS did not give " in inside(RICH.target, "--store", "st", "--brief").out


def test_a_job_that_batch_has_forgotten_comes_from_the_store_alone(
    keeper: Keeper, inside: Command, loopback: Loopback
) -> None:
    keeper.keep(JOB, None)
    loopback.serve()
    assert inside.json(RICH.target).status == 3
    outcome = inside.json(RICH.target, "--store", "st")
    assert (outcome.status, outcome.err) == (1, "")
    diagnosis = outcome.document()
    assert diagnosis["verdict"]["cause"] in RICH.expected["accept"]
    assert diagnosis["recalled"] == [{"what": "the job, its logs and its hosts", "captured_at": "2026-11-17T10:06:36Z"}]
    assert not [gap for gap in diagnosis["gaps"] if gap["what"] == "the job as it is now"]


def test_where_aws_refuses_the_store_answers_and_says_why(keeper: Keeper, inside: Command, loopback: Loopback) -> None:
    keeper.keep(at_attempt(1), None)
    loopback.serve([RICH], [Fault("DescribeJobs", "AccessDeniedException", status=403)])
    outcome = inside.json(RICH.target, "--store", "st")
    assert outcome.status in (0, 1)
    (gap,) = [gap for gap in outcome.document()["gaps"] if gap["what"] == "the job as it is now"]
    assert "batch:DescribeJobs" in gap["why"]


def test_a_job_that_nobody_knows_names_both_places(keeper: Keeper, inside: Command, loopback: Loopback) -> None:
    keeper.keep(JOB, None)
    loopback.serve()
    outcome = inside.json("00000000-dce3-5553-a31a-096589b3d8ac", "--store", "st")
    assert outcome.status == 3
    assert "does not know job" in outcome.err
    assert "The store st has no capture of it, either" in outcome.err
    assert inside.json(RICH.target, "--store", "nowhere").status == 2
    assert not (inside.directory / "nowhere").exists()


def test_a_job_whose_only_capture_is_damaged_is_not_called_unknown(
    keeper: Keeper, inside: Command, loopback: Loopback
) -> None:
    keeper.keep(JOB, None)
    (inside.directory / "st" / "_captures" / "jobs" / RICH.target / "attempt-3.failed.zip").write_bytes(b"PK")
    loopback.serve()
    outcome = inside.json(RICH.target, "--store", "st")
    assert outcome.status == 3
    assert "has no capture" not in outcome.err
    assert "attempt-3.failed.zip is there, but it was passed over: it is damaged" in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_a_saved_capture_that_is_damaged_or_of_another_job_is_passed_over(
    keeper: Keeper, inside: Command, loopback: Loopback
) -> None:
    keeper.keep(JOB, None)
    folder = inside.directory / "st" / "_captures" / "jobs" / RICH.target
    whole = (folder / "attempt-3.failed.zip").read_bytes()
    other = inside.directory / "st" / "_captures" / "jobs" / "another"
    other.mkdir()
    (other / "attempt-3.failed.zip").write_bytes(whole)
    (folder / "attempt-1.ended.zip").write_bytes(whole[: len(whole) // 2])
    (folder / "attempt-2.ended.zip").write_bytes(b"")
    (folder / "blocked-12345678.zip").mkdir()
    assert keeper.saved.of("another") == ()
    loopback.serve()
    outcome = inside.json(RICH.target, "--store", "st")
    assert outcome.status == 1
    passed_over = [gap["what"] for gap in outcome.document()["gaps"] if "passed over" in gap["why"]]
    assert len(passed_over) == 2


def test_what_is_saved_of_an_attempt_is_not_asked_for_again(keeper: Keeper, loopback: Loopback) -> None:
    for number in (1, 2):
        assert keeper.keep(at_attempt(number), None) is not None
    before = loopback.operations()
    assert keeper.keep(at_attempt(2, "RUNNING"), None) is None
    assert loopback.operations() == before
    last = keeper.keep(JOB, None)
    asked = loopback.operations()[len(before) :]
    assert asked.count("DescribeContainerInstances") == 1
    assert "DescribeJobs" not in asked
    assert "DescribeJobQueues" not in asked
    assert last is not None
    assert sorted(last.evidence.logs) == sorted(int(path.stem) for path in (RICH.capture / "logs").iterdir())
    assert len(last.evidence.container_instances) == len(RICH.documents("container_instances"))
    assert last.evidence.recalled == ()
    assert [one.attempt for one in last.rows] == [1, 2, 3]


def test_a_killed_keeper_does_it_again(keeper: Keeper) -> None:
    first = keeper.prepare(JOB, None)
    again = keeper.prepare(JOB, None)
    assert first is not None
    assert again is not None
    assert keeper.commit(again)
    assert keeper.commit(first) is None
    assert keeper.prepare(JOB, None) is None


def test_secrets_are_masked_in_what_is_saved(keeper: Keeper) -> None:
    secret = "-".join(("tok", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"))
    job = copy.deepcopy(JOB)
    job["container"].setdefault("environment", []).append({"name": "TOWER_ACCESS_TOKEN", "value": secret})
    job["statusReason"] = f"killed with {secret}"
    kept = keeper.keep(job, None)
    assert kept is not None
    saved = keeper.saved.of(RICH.target)[0]
    assert secret in json.dumps(kept.evidence.job)
    assert secret not in json.dumps(saved.job)
    assert "[masked]" in json.dumps(saved.job)


def test_a_report_on_a_store_asks_aws_nothing(keeper: Keeper, offline: Command, loopback: Loopback) -> None:
    keeper.keep(JOB, None)
    calls = loopback.operations()
    for _ in range(2):
        outcome = offline("report", "--store", "st", "--format", "json")
        assert outcome.status == 1, outcome.err
        report = json.loads(outcome.out)
        assert report["totals"]["jobs"] == 1
        assert report["totals"]["failed"] == 1
    assert list((offline.directory / "st").glob("day=*/queue=*/*.parquet"))
    assert loopback.operations() == calls
    empty = offline("report", "--store", "st", "--since", "2020-01-01", "--until", "2020-02-01", "--format", "json")
    assert empty.status == 0
    assert json.loads(empty.out)["totals"]["jobs"] == 0
    assert offline("report", "--store", "nowhere").status == 2


def test_a_job_counts_with_the_capture_of_its_end_and_not_with_the_mark_before_it(
    keeper: Keeper, offline: Command
) -> None:
    def report() -> Outcome:
        return offline("report", "--store", "st", "--format", "json")

    keeper.keep(at_attempt(1), None)
    keeper.saved.mark_ended(JOB)
    before = report()
    assert before.status == 3
    assert "has no capture of it yet" in before.err
    assert not list((offline.directory / "st").glob("day=*")), "with rows its end would never be saved"
    keeper.keep(JOB, None)
    assert report().document()["totals"]["failed"] == 1


def test_a_queue_s_report_takes_saved_captures_before_aws(keeper: Keeper, inside: Command, loopback: Loopback) -> None:
    keeper.keep(JOB, None)
    world = loopback.serve([RICH])
    forget_hosts(world)
    before = len(loopback.operations())
    outcome = inside("report", "--store", "st", "--queue", "*", "--since", "2026-11-01", "--format", "json")
    assert json.loads(outcome.out)["totals"]["jobs"] == 1, outcome.err
    assert "GetLogEvents" not in loopback.operations()[before:]


def test_a_forgotten_job_is_checked_by_its_saved_description(
    keeper: Keeper, inside: Command, loopback: Loopback
) -> None:
    keeper.keep(JOB, None)
    world = loopback.serve([RICH])
    world.jobs.clear()
    assert inside("check", RICH.target).status == 3
    outcome = inside("check", RICH.target, "--store", "st", "--format", "json")
    assert outcome.status in (0, 1), outcome.err
    assert "its description is the one saved in st at 2026-11-17T10:06:36Z" in outcome.err
