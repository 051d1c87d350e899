from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from analyzer.evidence.content import iter_lines, read_all
from analyzer.evidence.model import Evidence
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.fetch import fetch_jobs, iter_jobs
from analyzer.fetchers.options import FetchOptions
from tests.fetchers import samples
from tests.fetchers.endpoint import DENIED, Endpoint, Hang, Refusal
from tests.fetchers.samples import BUCKET, INSTANCE, JOB_ID, LOST, PREFIX, attempt, event, job, log_page

OPTIONS = FetchOptions(timeout_seconds=30)
EVICTION = {
    "eventName": "BidEvictedEvent",
    "eventID": "e-1",
    "eventTime": "2026-05-28T21:20:00Z",
    "serviceEventDetails": {"instanceIdSet": [INSTANCE]},
}


def silent(_: str) -> None:
    pass


def fetch(target: str = JOB_ID, options: FetchOptions = OPTIONS) -> Evidence | FetchError:
    return fetch_jobs([target], options, silent)[target]


def evidence(target: str = JOB_ID, options: FetchOptions = OPTIONS) -> Evidence:
    found = fetch(target, options)
    assert isinstance(found, Evidence), found
    return found


def failure(target: str = JOB_ID, options: FetchOptions = OPTIONS) -> str:
    found = fetch(target, options)
    assert isinstance(found, FetchError)
    return str(found)


def serve_jobs(aws: Endpoint, *documents: dict[str, Any]) -> None:
    known = {document["jobId"]: document for document in documents}
    aws.answers["DescribeJobs"] = lambda asked: {"jobs": [known[i] for i in asked["jobs"] if i in known]}


@pytest.fixture
def lost(aws: Endpoint) -> Endpoint:
    """A job that lost its host and could not be restored, and everything about it."""
    serve_jobs(aws, job(attempt(status_reason=LOST), attempt(exit_code=176, stream="nf-tool/default/2")))
    aws.answers |= {
        "DescribeJobQueues": samples.QUEUES,
        "DescribeComputeEnvironments": samples.ENVIRONMENTS,
        "DescribeContainerInstances": samples.CONTAINER_INSTANCES,
        "DescribeInstances": samples.INSTANCES,
        "DescribeInstanceTypes": samples.INSTANCE_TYPES,
        "LookupEvents": {"Events": [{"EventId": "e-1", "CloudTrailEvent": json.dumps(EVICTION)}]},
        "GetLogEvents": lambda asked: log_page() if "nextToken" in asked else log_page(event("hello")),
    }
    aws.objects = {
        f"{BUCKET}/{PREFIX}/.command.log": b"task log",
        f"{BUCKET}/{PREFIX}/.exitcode": b"",
        f"{BUCKET}/{PREFIX}/.fusion/dump/2/dump_2.log": b"(00.1) x",
        f"{BUCKET}/{PREFIX}/.fusion/dump/2/pages-1.img": b"secret memory",
    }
    return aws


def test_everything_about_a_lost_host(lost: Endpoint) -> None:
    found = evidence()
    assert found.gaps == ()
    assert (found.kind, found.region, found.target) == ("job", "eu-west-1", JOB_ID)
    assert found.job is not None
    assert found.job["createdAt"] == samples.STARTED
    assert found.job_queue is not None
    assert [c["computeEnvironmentName"] for c in found.compute_environments] == ["spot"]
    assert found.container_instances[0]["ec2InstanceId"] == INSTANCE
    assert found.instances[0]["LaunchTime"] == "2026-05-28T20:00:00Z"
    assert found.instance_types[0]["VCpuInfo"]["DefaultVCpus"] == 16
    assert found.cloudtrail == (EVICTION,)
    assert [json.loads(line.data)["message"] for line in iter_lines(found.logs[1])] == ["hello"]
    assert {name: read_all(content, 99) for name, content in found.workdir.items()} == {
        ".command.log": b"task log",
        ".exitcode": b"",
        ".fusion/dump/2/dump_2.log": b"(00.1) x",
    }
    assert found.listing is not None
    assert len(found.listing) == 4
    for name in (
        "job",
        "job_queue",
        "compute_environments",
        "container_instances",
        "instances",
        "instance_types",
        "cloudtrail",
    ):
        json.dumps(getattr(found, name), allow_nan=False)
    assert not any("pages-1.img" in asked.get("key", "") for asked in lost.parameters("GetObject"))


@pytest.mark.parametrize(
    ("operation", "permission", "kept"),
    [
        ("DescribeJobQueues", "batch:DescribeJobQueues", "instances"),
        ("DescribeComputeEnvironments", "batch:DescribeComputeEnvironments", "instances"),
        ("DescribeContainerInstances", "ecs:DescribeContainerInstances", "cloudtrail"),
        ("DescribeInstances", "ec2:DescribeInstances", "instance_types"),
        ("DescribeInstanceTypes", "ec2:DescribeInstanceTypes", "instances"),
        ("LookupEvents", "cloudtrail:LookupEvents", "instance_types"),
        ("GetLogEvents", "logs:GetLogEvents", "workdir"),
        ("ListObjectsV2", "s3:ListBucket", "workdir"),
        ("GetObject", "s3:GetObject", "listing"),
    ],
)
def test_a_source_that_is_denied_is_one_gap_with_its_permission(
    lost: Endpoint, operation: str, permission: str, kept: str
) -> None:
    lost.answers[operation] = Refusal("AccessDenied", status=403) if "Object" in operation else DENIED
    found = evidence()
    (gap,) = found.gaps
    assert (gap.permission, gap.why) == (permission, f"AccessDenied on {permission}")
    assert gap.matters
    assert getattr(found, kept)


def test_throttling_is_waited_for(lost: Endpoint) -> None:
    answers: Iterator[Any] = iter([Refusal("TooManyRequestsException", status=429)] * 2)
    first = lost.answers["DescribeJobs"]
    assert callable(first)
    lost.answers["DescribeJobs"] = lambda asked: next(answers, None) or first(asked)
    assert evidence().gaps == ()
    assert lost.operations().count("DescribeJobs") == 3


def test_throttling_without_end_is_a_gap(lost: Endpoint, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_MAX_ATTEMPTS", "2")
    lost.answers["LookupEvents"] = Refusal("ThrottlingException", "Rate exceeded")
    (gap,) = evidence().gaps
    assert "slow down" in gap.why
    assert gap.permission is None


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Refusal("ExpiredTokenException", "The security token included in the request is expired", 403), "expired"),
        (
            Refusal("UnrecognizedClientException", "The security token is invalid", 403),
            "does not accept the credentials",
        ),
        (Refusal("AccessDeniedException", "User: arn:aws:iam::1:user/x", 403), "allow batch:DescribeJobs"),
    ],
)
def test_a_job_that_may_not_be_described_is_one_sentence(aws: Endpoint, answer: Refusal, says: str) -> None:
    aws.answers["DescribeJobs"] = answer
    assert says in failure()
    assert JOB_ID in failure()
    assert aws.operations() == ["DescribeJobs"] * 2


def test_without_a_region(aws: Endpoint, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_DEFAULT_REGION")
    assert "no AWS region is set" in failure()
    assert aws.calls == []


@pytest.mark.parametrize(
    ("variables", "options", "expected"),
    [
        ({"AWS_REGION": "us-east-2"}, OPTIONS, "us-east-2"),
        ({"AWS_REGION": "us-east-2", "AWS_DEFAULT_REGION": "us-west-2"}, OPTIONS, "us-west-2"),
        ({"AWS_DEFAULT_REGION": "us-west-2"}, FetchOptions(region="sa-east-1"), "sa-east-1"),
    ],
)
def test_the_region_is_found_as_boto3_users_know_it(
    aws: Endpoint, environment: pytest.MonkeyPatch, variables: dict[str, str], options: FetchOptions, expected: str
) -> None:
    serve_jobs(aws, job(attempt(exit_code=0), status="SUCCEEDED"))
    environment.delenv("AWS_DEFAULT_REGION")
    for name, value in variables.items():
        environment.setenv(name, value)
    assert evidence(options=options).region == expected


def test_a_profile_brings_its_region_and_one_that_is_not_there_is_named(
    aws: Endpoint, environment: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    serve_jobs(aws, job(attempt(exit_code=0), status="SUCCEEDED"))
    environment.delenv("AWS_DEFAULT_REGION")
    (tmp_path / "config").write_text(
        "[profile lab]\nregion = ca-central-1\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    assert evidence(options=FetchOptions(profile="lab")).region == "ca-central-1"
    assert "profile prod does not exist" in failure(options=FetchOptions(profile="prod"))


def test_without_credentials(aws: Endpoint, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")
    assert "no AWS credentials" in failure()
    assert aws.calls == []


def test_an_endpoint_that_is_not_there(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    environment.setenv("AWS_MAX_ATTEMPTS", "1")
    assert "127.0.0.1:9 cannot be reached" in failure()


def test_an_unknown_job_is_told_the_way_on(aws: Endpoint) -> None:
    serve_jobs(aws)
    text = failure()
    assert JOB_ID in text
    assert "7 days" in text
    assert "s3://" in text


def test_regions_of_arns_and_ids_that_are_wrong_go_side_by_side(aws: Endpoint) -> None:
    serve_jobs(aws, job(attempt(exit_code=0), status="SUCCEEDED"))
    arn = f"arn:aws:batch:us-west-2:123456789012:job/{JOB_ID}"
    found = fetch_jobs([arn, "no such thing", JOB_ID, arn], OPTIONS, silent)
    assert list(found) == [arn, "no such thing", JOB_ID]
    here, wrong, there = found.values()
    assert isinstance(here, Evidence)
    assert isinstance(there, Evidence)
    assert isinstance(wrong, FetchError)
    assert (here.region, here.target, there.region) == ("us-west-2", arn, "eu-west-1")
    assert aws.operations() == ["DescribeJobs"] * 2


def test_jobs_are_described_a_hundred_at_a_time_and_each_once(aws: Endpoint) -> None:
    ids = [f"job-{n:03}" for n in range(230)]
    serve_jobs(aws, *(job(attempt(exit_code=0), status="SUCCEEDED") | {"jobId": i} for i in ids))
    found = fetch_jobs([*ids, *ids], OPTIONS, silent)
    assert all(isinstance(one, Evidence) for one in found.values())
    assert sorted(len(asked["jobs"]) for asked in aws.parameters("DescribeJobs")) == [30, 100, 100]


def test_one_id_that_batch_finds_malformed_does_not_take_the_others_with_it(aws: Endpoint) -> None:
    def describe(asked: dict[str, Any]) -> Any:
        if "bad" in asked["jobs"]:
            return Refusal("ClientException", "malformed")
        return {"jobs": [job(attempt(exit_code=0), status="SUCCEEDED") | {"jobId": i} for i in asked["jobs"]]}

    aws.answers["DescribeJobs"] = describe
    ids = [f"job-{n}" for n in range(20)]
    found = fetch_jobs([*ids, "bad"], OPTIONS, silent)
    assert [target for target, one in found.items() if isinstance(one, FetchError)] == ["bad"]


@pytest.mark.parametrize(
    ("document", "operations"),
    [
        (job(attempt(exit_code=0), status="SUCCEEDED"), set()),
        (job(attempt(status_reason="Task failed to start", reason="CannotPullContainerError: x", stream=None)), set()),
        (job(status="RUNNABLE", statusReason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"), set()),
        (job(attempt(exit_code=1)), {"GetLogEvents", "ListObjectsV2"}),
    ],
)
def test_no_call_that_nothing_needs(aws: Endpoint, document: dict[str, Any], operations: set[str]) -> None:
    serve_jobs(aws, document)
    aws.answers["GetLogEvents"] = log_page()
    evidence()
    assert set(aws.operations()) == {"DescribeJobs"} | operations


def test_a_job_that_is_not_nextflows_has_no_work_directory_to_miss(aws: Endpoint) -> None:
    document = job(attempt(exit_code=1), parameters={})
    document["container"] = {"command": ["python", "train.py"]}
    serve_jobs(aws, document)
    aws.answers["GetLogEvents"] = log_page()
    assert evidence().gaps == ()
    document["parameters"] = {"nf-token": "x"}
    assert [gap.what for gap in evidence().gaps] == ["the work directory"]


def test_cloudtrail_is_not_asked_where_ec2_itself_says_that_spot_took_the_host(lost: Endpoint) -> None:
    reason = "<stateReason><code>Server.SpotInstanceTermination</code></stateReason>"
    end = "</item></instancesSet>"
    lost.answers["DescribeInstances"] = samples.INSTANCES.replace(end, reason + end)
    assert evidence().gaps == ()
    assert "LookupEvents" not in lost.operations()


def test_cloudtrail_is_not_asked_when_it_is_not_wanted(lost: Endpoint) -> None:
    assert evidence(options=FetchOptions(want_cloudtrail=False)).gaps == ()
    assert "LookupEvents" not in lost.operations()


def test_a_forgotten_instance_gets_its_type_from_its_launch(lost: Endpoint) -> None:
    launch = {
        "eventName": "RunInstances",
        "eventID": "e-2",
        "responseElements": {"instancesSet": {"items": [{"instanceId": INSTANCE, "instanceType": "c6id.4xlarge"}]}},
    }
    serve_jobs(lost, job(attempt(status_reason=LOST)))
    lost.answers["DescribeContainerInstances"] = {"containerInstances": [], "failures": [{"reason": "MISSING"}]}
    lost.answers["DescribeInstances"] = samples.NO_INSTANCES
    lost.answers["LookupEvents"] = {"Events": [{"CloudTrailEvent": json.dumps(launch)}]}
    found = evidence()
    assert found.gaps == ()
    assert [t["InstanceType"] for t in found.instance_types] == ["c6id.4xlarge"]


def test_an_instance_that_nobody_knows_any_more_is_a_gap(lost: Endpoint) -> None:
    lost.answers["DescribeContainerInstances"] = {"containerInstances": [], "failures": []}
    lost.answers["DescribeInstances"] = samples.NO_INSTANCES
    lost.answers["LookupEvents"] = {"Events": []}
    found = evidence()
    assert [gap.what for gap in found.gaps] == ["the instance type of attempt 1, 2"]
    assert "DescribeInstanceTypes" not in lost.operations()


def test_a_short_arn_is_looked_for_in_the_cluster_of_the_compute_environment(lost: Endpoint) -> None:
    serve_jobs(lost, job(attempt(exit_code=137, container_instance=samples.SHORT_CONTAINER_INSTANCE)))
    short = samples.CONTAINER_INSTANCES["containerInstances"][0] | {
        "containerInstanceArn": samples.SHORT_CONTAINER_INSTANCE
    }
    lost.answers["DescribeContainerInstances"] = {"containerInstances": [short], "failures": []}
    assert evidence().instances
    (asked,) = lost.parameters("DescribeContainerInstances")
    assert asked["cluster"] == samples.CLUSTER


def test_a_task_leads_to_its_container_instance(lost: Endpoint) -> None:
    serve_jobs(lost, job(attempt(exit_code=137, container_instance=None)))
    lost.answers["DescribeTasks"] = {"tasks": [{"containerInstanceArn": samples.CONTAINER_INSTANCE}], "failures": []}
    found = evidence()
    assert found.gaps == ()
    assert found.container_instances
    assert found.instance_types
    assert lost.parameters("DescribeTasks")[0]["cluster"] == "spot_Batch_1"


@pytest.mark.parametrize("place", ["ecs", "node", "eks"])
def test_every_kind_of_container_leads_to_its_work_directory(lost: Endpoint, place: str) -> None:
    document = job(attempt(exit_code=1))
    container = document.pop("container") | {"name": "main"}
    if place == "ecs":
        document["ecsProperties"] = {"taskProperties": [{"containers": [container]}]}
    elif place == "node":
        ranges = [{"targetNodes": "0:1", "container": container}]
        document["nodeProperties"] = {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges}
    else:
        variables = container.pop("environment")
        document["eksProperties"] = {"podProperties": {"containers": [container | {"env": variables}]}}
    serve_jobs(lost, document)
    assert ".command.log" in evidence().workdir


def test_a_log_stream_that_is_not_told_is_reckoned_from_the_task(lost: Endpoint) -> None:
    serve_jobs(lost, job(attempt(status_reason=LOST, stream=None)))
    assert 1 in evidence().logs
    assert {asked["logStreamName"] for asked in lost.parameters("GetLogEvents")} == {"nf-tool/default/" + "a" * 32}


def test_a_log_that_is_gone_is_a_gap(lost: Endpoint) -> None:
    lost.answers["GetLogEvents"] = Refusal("ResourceNotFoundException", "The specified log stream does not exist.")
    (gap,) = evidence().gaps
    assert "no such stream" in gap.why
    assert "attempt 1" in gap.what
    assert "attempt 2" in gap.what


def test_the_log_group_and_its_region_come_from_the_job(lost: Endpoint) -> None:
    document = job(attempt(exit_code=1))
    options = {"awslogs-group": "/my/group", "awslogs-region": "us-west-1"}
    document["container"]["logConfiguration"] = {"logDriver": "awslogs", "options": options}
    serve_jobs(lost, document)
    assert evidence().logs
    assert {asked["logGroupName"] for asked in lost.parameters("GetLogEvents")} == {"/my/group"}


def test_a_log_that_goes_elsewhere_is_a_gap_without_a_call(lost: Endpoint) -> None:
    document = job(attempt(exit_code=1))
    document["container"]["logConfiguration"] = {"logDriver": "splunk"}
    serve_jobs(lost, document)
    assert ["splunk" in gap.why for gap in evidence().gaps] == [True]
    assert "GetLogEvents" not in lost.operations()


def test_a_log_that_is_cut_says_how_much_is_missing(lost: Endpoint) -> None:
    half = (samples.STARTED + samples.STOPPED) // 2
    lost.answers["GetLogEvents"] = log_page(event("x" * 500, samples.STARTED), event("end", half))
    serve_jobs(lost, job(attempt(exit_code=1)))
    (gap,) = evidence(options=FetchOptions(max_log_bytes=200)).gaps
    assert gap.what == "the beginning of the log of attempt 1"
    assert "200 bytes" in gap.why
    assert "first 50% of the attempt's time" in gap.why


def test_what_jobs_have_in_common_is_asked_for_once(lost: Endpoint) -> None:
    ids = [f"j{n}" for n in range(6)]
    serve_jobs(lost, *(job(attempt(exit_code=137)) | {"jobId": i} for i in ids))
    found = fetch_jobs(ids, OPTIONS, silent)
    assert all(isinstance(one, Evidence) and one.job_queue and one.instance_types for one in found.values())
    for operation in ("DescribeJobs", "DescribeJobQueues", "DescribeComputeEnvironments", "DescribeInstanceTypes"):
        assert lost.operations().count(operation) == 1


def test_what_hangs_becomes_a_gap_and_the_rest_is_there(lost: Endpoint) -> None:
    lost.answers["GetLogEvents"] = Hang(8)
    begun = time.monotonic()
    found = evidence(options=FetchOptions(timeout_seconds=3))
    assert time.monotonic() - begun < 7
    assert ["no answer within the time limit of 3 s" in gap.why for gap in found.gaps] == [True]
    assert found.workdir


def test_batch_that_hangs_is_one_sentence(aws: Endpoint) -> None:
    aws.answers["DescribeJobs"] = Hang(5)
    assert "did not answer within 0.5 s" in failure(options=FetchOptions(timeout_seconds=0.5))


def test_ctrl_c_gets_through(lost: Endpoint) -> None:
    lost.answers["GetLogEvents"] = Hang(30)
    program = (
        "from analyzer.fetchers.fetch import fetch_jobs\nfrom analyzer.fetchers.options import FetchOptions\n"
        f"fetch_jobs([{JOB_ID!r}], FetchOptions(), lambda text: print(text, flush=True))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        while "GetLogEvents" not in lost.operations():
            assert process.poll() is None
            time.sleep(0.02)
        begun = time.monotonic()
        for _ in range(3):  # Python drops an interrupt that meets it in a finaliser: people press again
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=5)
                break
        assert time.monotonic() - begun < 15
    finally:
        process.kill()
        process.communicate()
    assert process.returncode != 0


def test_evidence_comes_one_by_one(aws: Endpoint) -> None:
    serve_jobs(aws, *(job(attempt(exit_code=0), status="SUCCEEDED") | {"jobId": f"j{n}"} for n in range(3)))
    assert sorted(target for target, _ in iter_jobs([f"j{n}" for n in range(3)], OPTIONS, silent)) == ["j0", "j1", "j2"]


def test_leaving_early_stops_the_threads(aws: Endpoint) -> None:
    serve_jobs(aws, *(job(attempt(exit_code=0), status="SUCCEEDED") | {"jobId": f"j{n}"} for n in range(9)))
    before = set(threading.enumerate())  # an earlier test may have left one that still hangs

    def ours() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread not in before and thread.name.startswith("fetch-")]

    jobs = iter_jobs([f"j{n}" for n in range(9)], OPTIONS, silent)
    next(jobs)
    assert ours()
    jobs.close()  # type: ignore[attr-defined]  # it is a generator
    until = time.monotonic() + 10
    while ours() and time.monotonic() < until:
        time.sleep(0.01)
    assert ours() == []
