"""What the live view asks of S3: few listings, and metadata that was read once is not read again."""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.evidence.job import read_job
from analyzer.evidence.location import work_directory
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.options import FetchOptions
from analyzer.survey_period import span_of
from analyzer.watch import Watch, WatchRequest
from analyzer.watch_board import MOST_LISTINGS, BoardKeeper
from analyzer.watch_keep import Given
from tests.cli.test_watch import QUEUE, Seen
from tests.command import Command
from tests.loopback.faults import Fault, FaultPlan
from tests.loopback.objects import s3_client
from tests.loopback.scenario import scenario
from tests.loopback.server import Loopback
from tests.loopback.world import World

JOB = scenario("window-exceeded").document("job")


def running(world: World, number: int) -> dict[str, Any]:
    job = copy.deepcopy(JOB)
    text = json.dumps(job).replace("/work/", f"/work/of-{number}-")
    job = json.loads(text) | {"jobId": f"job-{number}", "status": "RUNNING", "attempts": [], "startedAt": 1}
    for member in ("stoppedAt", "statusReason"):
        job.pop(member, None)
    world.jobs[job["jobId"]] = job
    return dict(job)


@pytest.fixture
def watch(inside: Command, loopback: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Watch:
    for name, value in inside.environment().items():
        monkeypatch.setenv(name, value)
    world = loopback.serve([scenario("well")])
    world.queues[JOB["jobQueue"]] = {"jobQueueArn": JOB["jobQueue"], "jobQueueName": QUEUE}
    jobs = [running(world, number) for number in range(MOST_LISTINGS + 5)]
    place = work_directory(read_job(jobs[3]))
    assert place is not None
    client = s3_client(loopback.moto, "eu-west-1")
    folder = f"{place.prefix}/.fusion/dump"
    client.put_object(Bucket=place.bucket, Key=f"{folder}/2/pages-1.img", Body=b"x" * 1_000)
    told = json.dumps([{"id": 2, "type": "FULL", "state": "DUMPING"}])
    client.put_object(Bucket=place.bucket, Key=f"{folder}/dump_metadata", Body=told)
    options = FetchOptions(shipped_figures=True)
    span = span_of("24h", None, datetime.now(UTC))
    made = Watch(WatchRequest((QUEUE,), span, Given(options, str(tmp_path / "st"), shipped())), Seen())
    made.begin()
    return made


def test_some_work_directories_are_listed_a_look_and_what_moves_every_time(watch: Watch, loopback: Loopback) -> None:
    keeper = BoardKeeper()
    onlooker = watch.onlooker
    assert isinstance(onlooker, Seen)
    watch.poll()
    for job_id, region in onlooker.descriptions:
        keeper.board.described(loopback.world.jobs[job_id], region)
    seen: list[Counter[str]] = []
    for _ in range(3):
        before = len(loopback.calls)
        view = keeper.look(watch, datetime.now(UTC))
        seen.append(Counter(loopback.operations()[before:]))
    assert all(made["ListObjectsV2"] == MOST_LISTINGS for made in seen)
    assert sum(made["GetObject"] for made in seen) == 1, "as it was the same every time"
    assert (view.rows[0].urgency, view.rows[0].job_id) == ("dumping", "job-3")
    assert view.urgencies == {"dumping": 1, "running": MOST_LISTINGS + 4}
    assert all(card.listed >= 0 for card in keeper.board.cards.values()), "each in its turn"


def test_what_may_not_be_listed_is_not_shown_and_troubles_nobody(watch: Watch, loopback: Loopback) -> None:
    loopback.faults = FaultPlan([Fault("ListObjectsV2", "AccessDenied", status=403)])
    keeper = BoardKeeper()
    watch.poll()
    keeper.board.described(loopback.world.jobs["job-3"], "eu-west-1")
    view = keeper.look(watch, datetime.now(UTC))
    assert [row.urgency for row in view.rows] == ["running"]


def test_a_look_that_failed_does_not_make_the_view_newer(watch: Watch, loopback: Loopback) -> None:
    keeper = BoardKeeper()
    watch.poll()
    assert keeper.look(watch, datetime(2026, 11, 21, 12, tzinfo=UTC)).looked_at == "12:00:00Z"
    loopback.faults = FaultPlan([Fault("ListJobs", "AccessDeniedException", status=403)])
    with pytest.raises(FetchError):
        watch.poll()
    assert keeper.look(watch, datetime(2026, 11, 21, 13, tzinfo=UTC)).looked_at == "last whole look 12:00:00Z"
    loopback.faults = FaultPlan([])
    watch.poll()
    assert keeper.look(watch, datetime(2026, 11, 21, 14, tzinfo=UTC)).looked_at == "14:00:00Z"
