"""When AWS refuses, falters or does not answer: one member is missing and says why, everything else is there."""

from __future__ import annotations

import pytest

from analyzer.fetchers.errors import FetchError
from tests.fetchers.environment_world import MEMBERS, Served, filled
from tests.loopback import environments as good
from tests.loopback.faults import Fault

BELOW_ENVIRONMENTS = set(MEMBERS) - {"job_queue", "compute_environments", "bucket_regions"}
DENIED = {
    "DescribeJobQueues": ("batch:DescribeJobQueues", {"job_queue", "compute_environments", *BELOW_ENVIRONMENTS}),
    "DescribeComputeEnvironments": (
        "batch:DescribeComputeEnvironments",
        {"compute_environments", *BELOW_ENVIRONMENTS},
    ),
    "DescribeInstanceTypes": ("ec2:DescribeInstanceTypes", {"instance_types"}),
    "DescribeLaunchTemplateVersions": ("ec2:DescribeLaunchTemplateVersions", {"launch_templates"}),
    "ListContainerInstances": ("ecs:ListContainerInstances", {"container_instances"}),
    "DescribeContainerInstances": ("ecs:DescribeContainerInstances", {"container_instances"}),
    "DescribeImages": ("ec2:DescribeImages", {"images"}),
    "GetParameter": ("ssm:GetParameter", {"recommended_images"}),
    "DescribeSubnets": ("ec2:DescribeSubnets", {"subnets"}),
    "DescribeRouteTables": ("ec2:DescribeRouteTables", {"route_tables"}),
    "DescribeVpcEndpoints": ("ec2:DescribeVpcEndpoints", {"vpc_endpoints"}),
    "HeadBucket": ("s3:ListBucket", {"bucket_regions"}),
}
"""Operation -> the permission that is wanting without it, and the members that are missing then."""
_EC2_WORDS = "UnauthorizedOperation"


@pytest.fixture
def named(served: Served) -> Served:
    """The good environment, which names its image: it is known without its hosts."""
    served.resources["ec2Configuration"][0]["imageIdOverride"] = good.IMAGE
    return served


def denial(operation: str) -> Fault:
    """A refusal in the words of the service."""
    words = _EC2_WORDS if DENIED[operation][0].startswith("ec2:") else "AccessDeniedException"
    return Fault(operation, words, 403)


@pytest.mark.parametrize("operation", DENIED)
def test_each_call_denied_in_turn(named: Served, operation: str) -> None:
    permission, missing = DENIED[operation]
    named.fail(denial(operation))
    found = named.fetch()
    assert operation in named.loopback.operations(), "a call that is not made cannot be refused"
    assert named.loopback.operations().count(operation) == 1, "a refusal is no reason to ask again"
    assert set(found.missing) == missing
    assert filled(found) == set(MEMBERS) - missing
    for gap in found.missing.values():
        assert gap.permission == permission
        assert gap.why == f"AccessDenied on {permission}"
        assert gap.what
        assert gap.matters


def test_everything_but_the_job_denied(named: Served) -> None:
    named.fail(*(denial(operation) for operation in DENIED))
    found = named.fetch()
    assert set(found.missing) == set(MEMBERS)
    assert filled(found) == set()
    assert sorted(named.loopback.operations()) == ["DescribeJobQueues", "DescribeJobs", "HeadBucket"]


def test_hosts_that_cannot_be_seen_do_not_mean_that_there_is_no_image(served: Served) -> None:
    served.fail(denial("ListContainerInstances"))
    found = served.fetch()
    assert set(found.missing) == {"container_instances", "images"}
    assert found.missing["images"].permission == "ecs:ListContainerInstances"


def test_a_cluster_that_is_gone_does_not_hide_the_others_hosts(served: Served) -> None:
    gone = {
        **served.world.environments[good.ENVIRONMENT_ARN],
        "computeEnvironmentArn": good.ENVIRONMENT_ARN.replace(good.ENVIRONMENT, "gone"),
        "ecsClusterArn": good.CLUSTER_ARN.replace(good.CLUSTER, "gone_Batch_1"),
    }
    served.world.environments[gone["computeEnvironmentArn"]] = gone
    served.world.queues[good.QUEUE_ARN] = good.queue(gone["computeEnvironmentArn"], good.ENVIRONMENT_ARN)
    served.fail(Fault("ListContainerInstances", "ClusterNotFoundException", holding="gone_Batch_1"))
    found = served.fetch(good.QUEUE)
    assert len(found.container_instances) == 3
    assert set(found.missing) == {"container_instances"}
    assert "gone_Batch_1" in found.missing["container_instances"].what
    assert "ClusterNotFoundException" in found.missing["container_instances"].why


def test_a_main_table_that_cannot_be_told_is_a_gap(served: Served) -> None:
    ec2 = good.client(served.loopback, "ec2")
    own = ec2.create_subnet(VpcId=served.made.vpc, CidrBlock="10.7.9.0/24")["Subnet"]["SubnetId"]
    served.resources["subnets"].append(own)
    served.fail(denial("DescribeSubnets"))
    found = served.fetch(good.ENVIRONMENT_ARN)
    assert len(found.route_tables) == 1
    assert set(found.missing) == {"subnets", "route_tables"}
    assert found.missing["route_tables"].permission == "ec2:DescribeSubnets"


@pytest.mark.parametrize(
    ("target", "operation"),
    [
        (good.JOB_ID, "DescribeJobs"),
        (good.QUEUE_ARN, "DescribeJobQueues"),
        (good.QUEUE, "DescribeJobQueues"),
        (good.ENVIRONMENT_ARN, "DescribeComputeEnvironments"),
    ],
)
def test_the_target_itself_denied(served: Served, target: str, operation: str) -> None:
    served.fail(Fault(operation, "AccessDeniedException", 403))
    with pytest.raises(FetchError, match=f"AccessDenied on batch:{operation}; allow batch:{operation}") as error:
        served.fetch(target)
    assert target in str(error.value)


def test_an_environment_is_found_by_its_name_without_the_right_to_see_queues(served: Served) -> None:
    served.fail(Fault("DescribeJobQueues", "AccessDeniedException", 403))
    found = served.fetch(good.ENVIRONMENT)
    assert (found.kind, dict(found.missing)) == ("compute environment", {})


def test_an_arn_of_another_account_is_one_that_batch_does_not_know(served: Served) -> None:
    served.fail(Fault("DescribeJobQueues", "ClientException", 400))
    with pytest.raises(FetchError, match="does not know the job queue"):
        served.fetch(good.QUEUE_ARN)


FALTERING = [
    Fault("DescribeJobs", "TooManyRequestsException", 429, times=2),
    Fault("DescribeJobQueues", "TooManyRequestsException", 429, times=2),
    Fault("DescribeComputeEnvironments", "ServerException", 500, times=2),
    Fault("DescribeInstanceTypes", "RequestLimitExceeded", 503, times=2),
    Fault("DescribeImages", "InternalError", 500, times=2),
    Fault("ListContainerInstances", "ThrottlingException", 400, times=2),
    Fault("GetParameter", "ThrottlingException", 400, times=2),
    Fault("HeadBucket", "SlowDown", 503, times=2),
]
"""Each service, in its own words; all at once, since botocore waits longer each time."""


def test_calls_that_are_throttled_are_tried_again(named: Served) -> None:
    named.fail(*FALTERING)
    found = named.fetch()
    assert dict(found.missing) == {}
    assert filled(found) == set(MEMBERS)
    asked = named.loopback.operations()
    assert {fault.operation: asked.count(fault.operation) for fault in FALTERING} == {f.operation: 3 for f in FALTERING}


@pytest.mark.parametrize(
    ("code", "status", "says"), [("RequestLimitExceeded", 503, "slow down"), ("InternalError", 500, "InternalError")]
)
def test_a_call_that_fails_for_good_is_a_gap(named: Served, code: str, status: int, says: str) -> None:
    named.fail(Fault("DescribeImages", code, status))
    found = named.fetch()
    assert set(found.missing) == {"images"}
    assert says in found.missing["images"].why
    assert found.missing["images"].permission is None


def test_what_does_not_answer_is_missing_when_the_time_is_over(named: Served) -> None:
    named.fail(Fault("DescribeSubnets", "x", 500, after_seconds=40))
    found = named.fetch(seconds=6)
    assert set(found.missing) == {"subnets", "route_tables", "vpc_endpoints"}
    assert {gap.why for gap in found.missing.values()} == {"no answer within the time limit of 6 s"}
    assert filled(found) == set(MEMBERS) - set(found.missing)


def test_a_target_that_does_not_answer_is_one_sentence(served: Served) -> None:
    served.fail(Fault("DescribeJobQueues", "x", 500, after_seconds=40))
    with pytest.raises(FetchError, match=r"did not answer within 1 s") as error:
        served.fetch(good.QUEUE, seconds=1)
    assert good.QUEUE in str(error.value)


def test_expired_credentials_are_one_sentence(served: Served) -> None:
    served.fail(Fault("*", "ExpiredTokenException", 403))
    with pytest.raises(FetchError, match="credentials have expired"):
        served.fetch(good.QUEUE)


def test_no_region_is_one_sentence(served: Served, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(FetchError, match="--region"):
        served.fetch(good.QUEUE)
    assert served.fetch(good.ENVIRONMENT_ARN).region == "eu-west-1"


def test_secrets_stay_out_of_what_is_said(named: Served) -> None:
    said: list[str] = []
    named.fail(denial("DescribeLaunchTemplateVersions"))
    found = named.fetch(progress=said.append)
    said += [repr(found.missing)]
    named.fail(denial("DescribeImages"))
    seen = named.fetch(progress=said.append)
    said += [repr(seen.missing)]
    text = " ".join(said)
    user_data = seen.launch_templates[0]["LaunchTemplateData"]["UserData"]
    assert seen.job is not None
    assert "licence-of-the-job" in repr(seen.job), "the evidence keeps what rules may need"
    assert all(secret not in text for secret in (good.TEMPLATE_SECRET, user_data, "licence-of-the-job"))


def test_nothing_is_ever_changed_and_no_call_is_made_twice(named: Served) -> None:
    named.fetch()
    calls = named.loopback.calls
    assert [c.operation for c in calls if not c.operation.startswith(("Describe", "Get", "List", "Head"))] == []
    asked = [(call.operation, repr(sorted(call.parameters.items()))) for call in calls]
    assert sorted(set(asked)) == sorted(asked)


def test_both_refusals_of_a_name_are_told_at_once(served: Served) -> None:
    operations = ("DescribeJobQueues", "DescribeComputeEnvironments")
    served.fail(*(Fault(operation, "AccessDeniedException", 403) for operation in operations))
    both = "batch:DescribeJobQueues and batch:DescribeComputeEnvironments"
    with pytest.raises(FetchError, match=f"AccessDenied on {both}; allow {both}"):
        served.fetch(good.ENVIRONMENT)


@pytest.mark.parametrize("code", ["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound"])
def test_a_launch_template_that_is_gone_is_told_apart_from_one_that_may_not_be_seen(served: Served, code: str) -> None:
    served.fail(Fault("DescribeLaunchTemplateVersions", code, 400))
    gone = served.fetch().gone
    assert set(gone) == {"launch_templates"}
    assert " version " in gone["launch_templates"][0]


def test_an_image_that_is_not_shown_is_gone(served: Served) -> None:
    served.resources["ec2Configuration"][0]["imageIdOverride"] = "ami-0deadbeef00000001"
    assert served.fetch().gone == {"images": ("ami-0deadbeef00000001",)}


def test_a_bucket_that_s3_does_not_know_is_gone(served: Served) -> None:
    found = served.fetch(good.QUEUE, workdirs=["s3://no-such-bucket-of-anybody/work"])
    assert found.gone == {"bucket_regions": ("no-such-bucket-of-anybody",)}
    assert dict(found.bucket_regions) == {}


def test_a_queue_and_an_environment_that_batch_does_not_know_are_gone(served: Served) -> None:
    second = good.ENVIRONMENT_ARN.replace(good.ENVIRONMENT, "second")
    served.world.queues[good.QUEUE_ARN] = good.queue(good.ENVIRONMENT_ARN, second)
    found = served.fetch()
    assert found.gone == {"compute_environments": ("second",)}
    assert len(found.compute_environments) == 1
    served.world.queues.clear()
    assert set(served.fetch().gone) == {"job_queue"}


def test_what_is_denied_is_not_gone(named: Served) -> None:
    named.fail(*(denial(operation) for operation in DENIED))
    assert dict(named.fetch().gone) == {}
