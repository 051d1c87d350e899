"""What was saved when the job died, and what is told of it when AWS has forgotten."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.fetchers.fetch import Fetcher
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import FolderPlace
from analyzer.keep import Keeper
from tests.command import Command
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
        assert "From the store: " in inside(RICH.target, "--store", "st", "--format", form).out
    assert "From the store: " in inside(RICH.target, "--store", "st", "--brief").out
