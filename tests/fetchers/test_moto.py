"""Against moto's server: other people's idea of S3, CloudWatch Logs, ECS and EC2; Batch and CloudTrail are recorded."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.evidence.content import iter_lines, read_all
from analyzer.evidence.model import Evidence
from analyzer.fetchers.fetch import fetch_jobs, fetch_workdir
from analyzer.fetchers.options import FetchOptions
from tests.fetchers import samples
from tests.fetchers.endpoint import Endpoint
from tests.fetchers.samples import BUCKET, JOB_ID, PREFIX, attempt, job

if TYPE_CHECKING:
    from boto3.session import Session

OPTIONS = FetchOptions(timeout_seconds=60)
STREAM = "nf-tool/default/" + "b" * 32


def silent(_: str) -> None:
    pass


@pytest.fixture
def session(moto_url: str, aws: Endpoint, environment: pytest.MonkeyPatch) -> Session:
    """Everything goes to moto, but Batch and CloudTrail to what was recorded: by the variables that boto3 knows."""
    from boto3.session import Session as NewSession

    environment.setenv("AWS_ENDPOINT_URL", moto_url)
    environment.setenv("AWS_ENDPOINT_URL_BATCH", aws.url)
    environment.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", aws.url)
    return NewSession()


def seed_host(session: Session) -> tuple[str, str]:
    """A registered host; its instance id and its container instance's ARN."""
    ec2, ecs = session.client("ec2"), session.client("ecs")
    started = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="m6id.4xlarge")
    instance_id = started["Instances"][0]["InstanceId"]
    ecs.create_cluster(clusterName="work_Batch_1")
    identity = json.dumps({"instanceId": instance_id, "region": "eu-west-1", "accountId": "123456789012"})
    registered = ecs.register_container_instance(cluster="work_Batch_1", instanceIdentityDocument=identity)
    return instance_id, registered["containerInstance"]["containerInstanceArn"]


def seed_log(session: Session, count: int) -> None:
    logs, now = session.client("logs"), int(time.time() * 1000)
    logs.create_log_group(logGroupName="/aws/batch/job")
    logs.create_log_stream(logGroupName="/aws/batch/job", logStreamName=STREAM)
    for start in range(0, count, 10_000):
        events: list[Any] = [
            {"timestamp": now + n, "message": f"line {n}"} for n in range(start, min(start + 10_000, count))
        ]
        logs.put_log_events(logGroupName="/aws/batch/job", logStreamName=STREAM, logEvents=events)


def test_a_lost_host_with_twenty_five_thousand_events(session: Session, aws: Endpoint) -> None:
    instance_id, container_instance = seed_host(session)
    seed_log(session, 25_000)
    s3 = session.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    log = b"".join(b"%06d\n" % n for n in range(100_000))
    for name, body in ((".command.log", log), (".exitcode", b""), (".fusion/dump/1/pages-1.img", b"x")):
        s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=body)
    lost = attempt(
        status_reason=f"Host EC2 (instance {instance_id}) terminated.",
        container_instance=container_instance,
        task=f"arn:aws:ecs:eu-west-1:123456789012:task/work_Batch_1/{'b' * 32}",
        stream=None,
    )
    aws.answers |= {
        "DescribeJobs": {"jobs": [job(lost)]},
        "DescribeJobQueues": samples.QUEUES,
        "DescribeComputeEnvironments": samples.ENVIRONMENTS,
        "LookupEvents": {"Events": []},
    }
    options = FetchOptions(timeout_seconds=60, whole_file_bytes=1000, head_bytes=7000, tail_bytes=14_000)
    found = fetch_jobs([JOB_ID], options, silent)[JOB_ID]
    assert isinstance(found, Evidence), found
    assert found.gaps == ()
    assert [i["InstanceId"] for i in found.instances] == [instance_id]
    assert [t["InstanceType"] for t in found.instance_types] == ["m6id.4xlarge"]
    assert found.instance_types[0]["NetworkInfo"]["NetworkCards"][0]["BaselineBandwidthInGbps"] == 6.25
    assert found.container_instances[0]["ec2InstanceId"] == instance_id
    json.dumps([found.instances, found.instance_types, found.container_instances], allow_nan=False)
    messages = [json.loads(line.data)["message"] for line in iter_lines(found.logs[1])]
    assert messages == [f"line {n}" for n in range(25_000)]
    assert list(found.workdir[".command.log"].blocks()) == [(0, log[:7000]), (len(log) - 14_000, log[-14_000:])]
    assert read_all(found.workdir[".exitcode"], 9) == b""
    assert [entry.key for entry in found.listing or ()] == [".command.log", ".exitcode", ".fusion/dump/1/pages-1.img"]


def test_a_work_directory_of_more_objects_than_a_page_holds(session: Session) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="many", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for n in range(1005):
        s3.put_object(Bucket="many", Key=f"w/ab/out/{n:04}", Body=b"")
    s3.put_object(Bucket="many", Key="w/ab/.exitcode", Body=b"0")
    found = fetch_workdir("s3://many/w/ab", OPTIONS, silent)
    assert isinstance(found, Evidence), found
    assert len(found.listing or ()) == 1006
    assert read_all(found.workdir[".exitcode"], 9) == b"0"


def test_instances_that_are_unknown_do_not_hide_those_that_are_known(session: Session, aws: Endpoint) -> None:
    instance_id, _ = seed_host(session)
    gone = attempt(
        status_reason="Host EC2 (instance i-0fedcba9876543210) terminated.", container_instance=None, task=None
    )
    known = attempt(status_reason=f"Host EC2 (instance {instance_id}) terminated.", container_instance=None, task=None)
    aws.answers |= {
        "DescribeJobs": {"jobs": [job(gone, known)]},
        "DescribeJobQueues": samples.QUEUES,
        "DescribeComputeEnvironments": samples.ENVIRONMENTS,
        "LookupEvents": {"Events": []},
    }
    found = fetch_jobs([JOB_ID], OPTIONS, silent)[JOB_ID]
    assert isinstance(found, Evidence), found
    assert [i["InstanceId"] for i in found.instances] == [instance_id]
    assert "the instance type of attempt 1" in [gap.what for gap in found.gaps]
