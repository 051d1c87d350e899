"""The loopback answers as AWS does: read with plain boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.loopback.faults import Fault
from tests.loopback.log_streams import LogStreams
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

RICH = scenario("window-exceeded")


def client(loopback: Loopback, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=loopback.endpoint,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - no real key
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )


def test_batch_gives_the_recorded_documents(loopback: Loopback) -> None:
    loopback.serve([RICH])
    batch = client(loopback, "batch")
    jobs = batch.describe_jobs(jobs=[RICH.target, "unknown"])["jobs"]
    assert [job["jobId"] for job in jobs] == [RICH.target]
    assert jobs[0]["attempts"][2]["container"]["exitCode"] == 176
    queue = batch.describe_job_queues(jobQueues=[jobs[0]["jobQueue"]])["jobQueues"][0]
    arn = queue["computeEnvironmentOrder"][0]["computeEnvironment"]
    environments = batch.describe_compute_environments(computeEnvironments=[arn])["computeEnvironments"]
    assert environments[0]["computeResources"]["type"] == "SPOT"
    assert loopback.operations() == ["DescribeJobs", "DescribeJobQueues", "DescribeComputeEnvironments"]
    assert loopback.calls[0].parameters == {"jobs": [RICH.target, "unknown"]}


def test_more_than_a_hundred_jobs_are_refused(loopback: Loopback) -> None:
    loopback.serve()
    with pytest.raises(ClientError, match="No more than 100"):
        client(loopback, "batch").describe_jobs(jobs=[f"job-{n}" for n in range(101)])


def test_hosts(loopback: Loopback) -> None:
    loopback.serve([RICH])
    container = RICH.document("job")["attempts"][0]["container"]
    ecs, ec2 = client(loopback, "ecs"), client(loopback, "ec2")
    described = ecs.describe_container_instances(
        cluster="c", containerInstances=[container["containerInstanceArn"], "gone"]
    )
    instance_id = described["containerInstances"][0]["ec2InstanceId"]
    assert described["failures"] == [{"arn": "gone", "reason": "MISSING"}]
    assert ecs.describe_tasks(cluster="c", tasks=[container["taskArn"]])["tasks"][0]["lastStatus"] == "STOPPED"
    instance = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    assert (instance["InstanceLifecycle"], instance["State"]) == ("spot", {"Code": 48, "Name": "terminated"})
    with pytest.raises(ClientError) as error:
        ec2.describe_instances(InstanceIds=["i-00000000000000000"])
    assert error.value.response["Error"]["Code"] == "InvalidInstanceID.NotFound"
    types = ec2.describe_instance_types(InstanceTypes=["m6id.4xlarge"])["InstanceTypes"]
    assert types[0]["NetworkInfo"]["NetworkCards"][0]["BaselineBandwidthInGbps"] == 6.25


def test_cloudtrail_by_resource_name_in_pages(loopback: Loopback) -> None:
    world = loopback.serve([RICH])
    event = RICH.documents("cloudtrail")[0]
    instance_id = event["serviceEventDetails"]["instanceIdSet"][0]
    world.trail.extend({**event, "eventID": str(n)} for n in range(60))
    pages = (
        client(loopback, "cloudtrail")
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": instance_id}])
    )
    counts = [len(page["Events"]) for page in pages]
    assert counts == [50, 11]


def test_objects_have_the_sizes_and_times_of_the_listing(loopback: Loopback) -> None:
    loopback.serve([RICH])
    assert RICH.work_directory
    bucket, prefix = RICH.work_directory
    s3 = client(loopback, "s3")
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix + "/")["Contents"]
    assert [(o["Key"].removeprefix(prefix + "/"), o["Size"]) for o in found] == [
        (e["key"], e["size"]) for e in RICH.listing()
    ]
    assert found[0]["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ") == RICH.listing()[0]["last_modified"]
    log = s3.get_object(Bucket=bucket, Key=f"{prefix}/.fusion/dump/6/dump_6.log", Range="bytes=-40")
    assert log["Body"].read() == RICH.files()[".fusion/dump/6/dump_6.log"][-40:]
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="nothing")


def test_a_missing_stream_is_told_from_a_missing_group(loopback: Loopback) -> None:
    loopback.serve([RICH])
    logs = client(loopback, "logs")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log stream does not exist"):
        logs.get_log_events(logGroupName="/aws/batch/job", logStreamName="none")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group does not exist"):
        logs.get_log_events(logGroupName="other", logStreamName="none")


def read_backwards(streams: LogStreams, **more: object) -> list[list[str]]:
    pages: list[list[str]] = []
    token: str | None = None
    while True:
        parameters = {"logGroupName": "g", "logStreamName": "s", **({"nextToken": token} if token else {}), **more}
        page = streams.get_log_events(parameters)
        if page["nextBackwardToken"] == token:
            return pages
        token = page["nextBackwardToken"]
        pages.append([event["message"] for event in page["events"]])


def test_log_pages_go_backwards_to_the_start() -> None:
    streams = LogStreams()
    streams.add("g", "s", [{"timestamp": n, "message": str(n)} for n in range(25)])
    pages = read_backwards(streams, limit=10)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert pages[0][0] == "15"
    assert read_backwards(streams, endTime=3) == [["0", "1", "2"]]


def test_an_empty_log_page_is_not_the_last() -> None:
    streams = LogStreams(empty_pages=True)
    streams.add("g", "s", [{"timestamp": n, "message": str(n)} for n in range(25)])
    assert [len(page) for page in read_backwards(streams, limit=10)] == [10, 0, 10, 0, 5]


def test_a_log_page_holds_a_mebibyte() -> None:
    streams = LogStreams()
    streams.add("g", "s", [{"timestamp": n, "message": "x" * 300_000} for n in range(5)])
    assert [len(page) for page in read_backwards(streams)] == [3, 2]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("batch", "describe_jobs", {"jobs": ["x"]}),
        ("logs", "get_log_events", {"logGroupName": "g", "logStreamName": "s"}),
        ("ec2", "describe_instances", {"InstanceIds": ["i-0"]}),
        ("s3", "list_objects_v2", {"Bucket": "bucket"}),
        ("ecs", "describe_tasks", {"tasks": ["t"]}),
        ("cloudtrail", "lookup_events", {}),
    ],
)
def test_faults_arrive_as_errors_of_the_service(
    loopback: Loopback, service: str, operation: str, parameters: Any
) -> None:
    loopback.serve(faults=[Fault("*", "AccessDeniedException", status=403)])
    with pytest.raises(ClientError) as error:
        getattr(client(loopback, service), operation)(**parameters)
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_fault_strikes_so_many_times(loopback: Loopback) -> None:
    loopback.serve([RICH], [Fault("DescribeJobs", "TooManyRequestsException", status=429, times=2)])
    answer = client(loopback, "batch").describe_jobs(jobs=[RICH.target])
    assert (len(answer["jobs"]), loopback.operations()) == (1, ["DescribeJobs"] * 3)
