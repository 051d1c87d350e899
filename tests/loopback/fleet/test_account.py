"""The simulated account is what it says: the same for a seed, true to its scenarios, and as forgetful as AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.loopback.faults import Fault
from tests.loopback.fleet.account import (
    ARRAY,
    ARRAY_SIZE,
    CANCELLED,
    FAILING,
    HOST_LOST,
    QUEUES,
    REGION,
    SURVIVING,
    WAITING,
    WELL,
    Account,
    Job,
    Settings,
)
from tests.loopback.fleet.names import index_of, renamed
from tests.loopback.fleet.server import FleetServer, Throttling
from tests.loopback.fleet.small import SMALL

NAMES = [f"{queue}-work" for queue in QUEUES]


@pytest.fixture(scope="module")
def account() -> Account:
    return Account(SMALL)


@pytest.fixture(scope="module")
def server(account: Account) -> Iterator[FleetServer]:
    serving = FleetServer(account)
    yield serving
    serving.close()


def client(server: FleetServer, service: str, attempts: int = 1) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - no real key
        config=Config(retries={"mode": "standard", "total_max_attempts": attempts}),
    )


def listed(server: FleetServer, **asked: Any) -> list[dict[str, Any]]:
    batch = client(server, "batch")
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = batch.list_jobs(**asked, **more)
        found += page["jobSummaryList"]
        if not page.get("nextToken"):
            return found
        more = {"nextToken": page["nextToken"]}


def of(account: Account, mould: str) -> Job:
    return next(job for job in account.jobs if job.mould == mould)


@pytest.mark.parametrize(
    "token", ["8e2f4c11-0f6e-3b0c-9a1f-2d6f1c6f7a11", "d6/8fc86d9cd98d7d7d3f1dd8be816cc1", "i-0dd813d055b59c86b"]
)
@pytest.mark.parametrize("index", [0, 1, 49_999, 4_294_967_294])
def test_an_id_leads_back_to_its_job(token: str, index: int) -> None:
    made = renamed(token, index)
    assert index_of(made) == index
    assert [c in "-/" for c in made] == [c in "-/" for c in token]
    assert len({renamed(token, n) for n in range(1_000)}) == 1_000


def test_a_seed_says_all(account: Account) -> None:
    assert Account(SMALL).jobs == account.jobs
    assert Account(Settings(jobs=50, seed=1)).jobs != Account(Settings(jobs=50, seed=2)).jobs
    assert len({job.id for job in account.jobs}) == len(account.jobs) == SMALL.jobs


def test_a_small_account_has_some_of_each(account: Account) -> None:
    moulds = {job.mould for job in account.jobs}
    assert moulds == {*WELL, *FAILING, *HOST_LOST, *SURVIVING, *CANCELLED, *WAITING, ARRAY}
    truth = account.truth(SMALL.begin, SMALL.end)
    assert len(truth.by(0)) == len(QUEUES)
    assert len(truth.by(1)) == SMALL.days
    assert truth.total == sum(not job.is_parent and job.stopped is not None for job in account.jobs)


@pytest.mark.parametrize("days", [0.5, 11.3, 30])
def test_lists_hold_each_job_once_in_one_state(account: Account, server: FleetServer, days: float) -> None:
    now = SMALL.begin + timedelta(days=days)
    server.serve(now)
    seen: dict[str, str] = {}
    for queue in NAMES:
        for status in ("PENDING", "RUNNABLE", "RUNNING", "SUCCEEDED", "FAILED"):
            for summary in listed(server, jobQueue=queue, jobStatus=status):
                assert summary["jobId"] not in seen
                assert summary["status"] == status
                assert "attempts" not in summary
                seen[summary["jobId"]] = status
    wanted = [job for job in account.jobs if not job.is_child and job.created <= now.timestamp() * 1000]
    kept = [job for job in wanted if job.stopped is None or now.timestamp() * 1000 - job.stopped < 7 * 86_400_000]
    assert set(seen) == {job.id for job in kept}


def test_batch_forgets_and_hosts_are_forgotten_sooner(account: Account, server: FleetServer) -> None:
    job = of(account, "container-out-of-memory")
    assert job.stopped
    end = datetime.fromtimestamp(job.stopped / 1000, SMALL.end.tzinfo)
    for later, known, host in ((0.5, True, True), (2, True, False), (24 * 7 - 1, True, False), (24 * 7, False, False)):
        server.serve(end + timedelta(hours=later))
        jobs = client(server, "batch").describe_jobs(jobs=[job.id])["jobs"]
        assert [one["jobId"] for one in jobs] == [job.id] * known
        arn = json.loads(job.filled("job.json"))["container"]["containerInstanceArn"]
        found = client(server, "ecs").describe_container_instances(cluster="c", containerInstances=[arn])
        assert [len(found["containerInstances"]), len(found["failures"])] == [host, not host]
        ids = [one["ec2InstanceId"] for one in found["containerInstances"]]
        asked = [{"Name": "instance-id", "Values": ids or ["i-00000000000000000"]}]
        instances = client(server, "ec2").describe_instances(Filters=asked)["Reservations"]
        assert [one["Instances"][0]["InstanceType"] for one in instances] == ["m6id.4xlarge"] * host


def test_instance_types_are_ec2_s_own(server: FleetServer) -> None:
    server.serve()
    (told,) = client(server, "ec2").describe_instance_types(InstanceTypes=["m6id.4xlarge"])["InstanceTypes"]
    assert told["NetworkInfo"]["NetworkCards"][0]["BaselineBandwidthInGbps"] == 6.25


def test_a_job_goes_through_its_states(account: Account, server: FleetServer) -> None:
    job = of(account, "window-exceeded")
    first = json.loads(job.filled("job.json"))["attempts"][0]
    times = (job.created + 1, first["startedAt"] + 1, first["stoppedAt"] + 1, (job.stopped or 0) + 1)
    seen = []
    for at in times:
        server.serve(datetime.fromtimestamp(at / 1000, SMALL.end.tzinfo))
        (told,) = client(server, "batch").describe_jobs(jobs=[job.id])["jobs"]
        seen.append((told["status"], len(told["attempts"]), "stoppedAt" in told))
    assert seen == [("RUNNABLE", 0, False), ("RUNNING", 0, False), ("RUNNING", 1, False), ("FAILED", 3, True)]


def test_children_are_behind_their_parent_only(account: Account, server: FleetServer) -> None:
    parent = next(job for job in account.jobs if job.is_parent and job.array_fails)
    last = account.children(parent)[0].stopped
    assert last
    server.serve(datetime.fromtimestamp(last / 1000 + 1, SMALL.end.tzinfo))
    (waiting,) = [
        one for one in listed(server, jobQueue=NAMES[parent.queue], jobStatus="PENDING") if one["jobId"] == parent.id
    ]
    assert waiting["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 1
    ended = listed(server, arrayJobId=parent.id, jobStatus="SUCCEEDED")
    assert [one["jobId"] for one in ended] == [f"{parent.id}:0"]
    assert len(listed(server, arrayJobId=parent.id)) == ARRAY_SIZE - 1
    server.serve(SMALL.end, expiry=timedelta(days=99))
    assert [one["jobId"] for one in listed(server, arrayJobId=parent.id, jobStatus="FAILED")] == [f"{parent.id}:3"]
    (child,) = client(server, "batch").describe_jobs(jobs=[f"{parent.id}:1"])["jobs"]
    assert (child["arrayProperties"]["index"], child["status"], child["container"]["exitCode"]) == (1, "SUCCEEDED", 0)


def test_a_filter_takes_a_hundred_a_page_of_all_states(account: Account, server: FleetServer) -> None:
    server.serve(SMALL.end, expiry=timedelta(days=99))
    asked: dict[str, Any] = {
        "jobQueue": NAMES[0],
        "jobStatus": "FAILED",
        "filters": [{"name": "JOB_NAME", "values": ["TW-*"]}],
    }
    page = client(server, "batch").list_jobs(**asked)
    assert len(page["jobSummaryList"]) == 100
    assert {one["status"] for one in page["jobSummaryList"]} > {"SUCCEEDED"}
    created = [one["createdAt"] for one in listed(server, **asked)]
    assert created == sorted(created, reverse=True)
    assert len(created) == len(account.by_queue[0])
    with pytest.raises(ClientError, match="Only one filter"):
        client(server, "batch").list_jobs(**{**asked, "filters": asked["filters"] * 2})


def test_objects_are_made_when_they_are_asked_for(account: Account, server: FleetServer) -> None:
    server.serve()
    job = of(account, "dump-tcp-connection")
    prefix = f"work/{job.fill(job.template.directory)}/"
    s3 = client(server, "s3")
    found = {
        one["Key"].removeprefix(prefix): one["Size"]
        for one in s3.list_objects_v2(Bucket="example-nf-work", Prefix=prefix)["Contents"]
    }
    assert list(found) == sorted(entry["key"] for entry in job.template.listing)
    name = next(name for name in found if name.endswith("dump_1.log") or "/dump_" in name)
    whole = s3.get_object(Bucket="example-nf-work", Key=prefix + name)["Body"].read()
    tail = s3.get_object(Bucket="example-nf-work", Key=prefix + name, Range="bytes=-40")["Body"].read()
    assert (len(whole), tail) == (found[name], whole[-40:])
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="example-nf-work", Prefix=prefix, PaginationConfig={"PageSize": 2}
    )
    assert sum(len(page["Contents"]) for page in pages) == len(found)
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="example-nf-work", Key=prefix + "nothing")


def test_evidence_is_the_job_s_own(account: Account) -> None:
    job = of(account, "window-exceeded")
    for member in ("job.json", "cloudtrail.json", "logs/1.jsonl", "workdir.listing.jsonl"):
        text = job.filled(member)
        assert not [token for token in job.template.tokens if token in text]
        assert "TowerForge" not in text
        assert "eu-west-1" not in text
    (first, *_) = json.loads(job.filled("cloudtrail.json"))
    stopped = json.loads(job.filled("job.json"))["attempts"][0]["stoppedAt"] / 1000
    assert abs(datetime.fromisoformat(first["eventTime"]).timestamp() - stopped) < 300


def test_a_share_of_the_calls_is_throttled_and_counted(server: FleetServer) -> None:
    server.serve(throttling=Throttling(0.1))
    batch = client(server, "batch", attempts=5)
    for _ in range(20):
        batch.list_jobs(jobQueue=NAMES[0])
    assert server.counts["ListJobs"] == 20 + server.refused
    assert server.refused > 0
    server.serve(throttling=Throttling(1.0))
    for service, call in (("batch", "list_jobs"), ("s3", "list_objects_v2")):
        asked = {"jobQueue": NAMES[0]} if service == "batch" else {"Bucket": "example-nf-work"}
        with pytest.raises(ClientError) as error:
            getattr(client(server, service), call)(**asked)
        assert error.value.response["Error"]["Code"] in ("TooManyRequestsException", "SlowDown")


def test_faults_and_what_is_due_after_some_calls(server: FleetServer) -> None:
    server.serve(faults=[Fault("ListJobs", "AccessDeniedException", 403)], empty=("sim-empty-work",))
    done: list[int] = []
    server.after(3, lambda: done.append(server.counts.total()))
    batch = client(server, "batch")
    with pytest.raises(ClientError, match="AccessDenied"):
        batch.list_jobs(jobQueue=NAMES[0])
    names = [one["jobQueueName"] for one in batch.describe_job_queues()["jobQueues"]]
    assert names == [*NAMES, "sim-empty-work"]
    assert batch.describe_job_queues(jobQueues=[NAMES[2]])["jobQueues"][0]["jobQueueName"] == NAMES[2]
    batch.describe_compute_environments(computeEnvironments=[f"{QUEUES[1]}-work"])
    assert done == [3]
    server.serve(empty=("sim-empty-work",))
    assert listed(server, jobQueue="sim-empty-work", jobStatus="FAILED") == []
    with pytest.raises(ClientError, match="not found"):
        batch.list_jobs(jobQueue="none")
