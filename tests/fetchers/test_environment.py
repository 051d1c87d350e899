"""What `check` looks at: found for every kind of target, and asked for no more than is needed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from analyzer.fetchers.environment import fetch_environment
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.options import FetchOptions
from tests.fetchers.endpoint import Endpoint
from tests.fetchers.environment_world import MEMBERS, Served, filled, type_names
from tests.loopback import environments as good
from tests.loopback.faults import Fault
from tests.loopback.test_fixtures import problems

OF_AN_ENVIRONMENT = [
    "DescribeComputeEnvironments",
    "DescribeContainerInstances",
    "DescribeImages",
    "DescribeInstanceTypes",
    "DescribeLaunchTemplateVersions",
    "DescribeRouteTables",
    "DescribeSubnets",
    "DescribeVpcEndpoints",
    "GetParameter",
    "ListContainerInstances",
]


def test_the_world_has_the_services_shapes(served: Served) -> None:
    world = served.world
    shapes = [("batch", "JobDetail", world.jobs), ("batch", "JobQueueDetail", world.queues)]
    shapes += [("batch", "ComputeEnvironmentDetail", world.environments), ("ec2", "Image", world.images)]
    shapes += [("ecs", "ContainerInstance", world.container_instances)]
    for service, shape, documents in shapes:
        assert documents
        for document in documents.values():
            assert problems(service, shape, document) == [], shape


def test_everything_of_a_job(served: Served) -> None:
    found = served.fetch()
    assert (found.kind, found.region, found.target) == ("job", "eu-west-1", good.JOB_ID)
    assert dict(found.missing) == {}
    assert filled(found) == set(MEMBERS)
    assert found.job is not None
    assert found.job["jobId"] == good.JOB_ID
    assert found.job_queue is not None
    assert found.job_queue["jobQueueName"] == good.QUEUE
    assert [e["computeEnvironmentName"] for e in found.compute_environments] == [good.ENVIRONMENT]
    assert type_names(found) == set(good.TYPES)
    assert found.launch_templates[0]["VersionNumber"] == 1
    assert [i["ImageId"] for i in found.images] == [good.IMAGE]
    assert found.images[0]["Architecture"] == "x86_64"
    assert list(found.recommended_images) == ["x86_64"]
    assert found.recommended_images["x86_64"]["image_id"] == good.IMAGE
    assert len(found.container_instances) == 3
    assert {s["SubnetId"] for s in found.subnets} == set(served.made.subnets)
    assert [t["RouteTableId"] for t in found.route_tables] == [served.made.route_table]
    assert [e["VpcEndpointId"] for e in found.vpc_endpoints] == [served.made.endpoint]
    assert dict(found.bucket_regions) == {good.BUCKET: "eu-west-1"}
    assert (found.checked_at or "").endswith("Z")
    json.dumps([getattr(found, member) for member in MEMBERS], allow_nan=False, default=dict)


@pytest.mark.parametrize(
    ("target", "kind", "first"),
    [
        (good.JOB_ID, "job", ["DescribeJobQueues", "DescribeJobs", "HeadBucket"]),
        (
            f"arn:aws:batch:eu-west-1:123456789012:job/{good.JOB_ID}",
            "job",
            ["DescribeJobQueues", "DescribeJobs", "HeadBucket"],
        ),
        (good.QUEUE, "queue", ["DescribeJobQueues"]),
        (good.QUEUE_ARN, "queue", ["DescribeJobQueues"]),
        (good.ENVIRONMENT, "compute environment", ["DescribeJobQueues"]),
        (good.ENVIRONMENT_ARN, "compute environment", []),
    ],
)
def test_each_kind_of_target_by_its_calls_alone(served: Served, target: str, kind: str, first: list[str]) -> None:
    found = served.fetch(target)
    assert (found.kind, dict(found.missing)) == (kind, {})
    assert sorted(served.loopback.operations()) == sorted([*OF_AN_ENVIRONMENT, *first])
    assert filled(found) >= set(MEMBERS) - {"job_queue", "bucket_regions"}


@pytest.mark.parametrize(
    "target", [good.ENVIRONMENT_ARN, good.QUEUE_ARN, f"arn:aws:batch:eu-west-1:1:job/{good.JOB_ID}"]
)
def test_an_arns_region_counts_before_all_others(served: Served, target: str) -> None:
    found = served.fetch(target, region="us-west-2")
    assert found.region == "eu-west-1"
    # moto keeps regions apart: the network is seen from the right one only
    assert len(found.subnets) == 2


def test_work_directories_beside_the_jobs_own(served: Served) -> None:
    found = served.fetch(good.QUEUE, workdirs=[f"s3://{good.BUCKET}/work/", f"s3://{good.BUCKET}"])
    assert dict(found.bucket_regions) == {good.BUCKET: "eu-west-1"}
    assert served.loopback.operations().count("HeadBucket") == 1


def test_nothing_is_asked_that_nothing_needs(served: Served) -> None:
    served.world.container_instances.clear()
    for member in ("launchTemplate", "ec2Configuration"):
        del served.resources[member]
    found = served.fetch(good.ENVIRONMENT_ARN)
    asked = set(served.loopback.operations())
    assert asked.isdisjoint(
        {"DescribeLaunchTemplateVersions", "DescribeContainerInstances", "DescribeImages", "HeadBucket"}
    )
    assert (found.launch_templates, found.images, found.container_instances, dict(found.missing)) == ((), (), (), {})


def test_fargate_has_no_hosts_to_look_for(served: Served) -> None:
    served.resources.clear()
    served.resources.update({"type": "FARGATE_SPOT", "maxvCpus": 64, "subnets": list(served.made.subnets)})
    found = served.fetch(good.ENVIRONMENT_ARN)
    assert set(served.loopback.operations()) == {
        "DescribeComputeEnvironments",
        "DescribeSubnets",
        "DescribeRouteTables",
        "DescribeVpcEndpoints",
    }
    assert dict(found.missing) == {}


def test_families_bundles_and_unknown_types_in_one_call(served: Served) -> None:
    served.resources["instanceTypes"] = ["r6id", "optimal", "c6id.8xlarge", "m99z.huge", "x y", ""]
    names = type_names(served.fetch(good.ENVIRONMENT_ARN))
    assert {"r6id.large", "r6id.metal", "m6i.4xlarge", "c7i.2xlarge", "c6id.8xlarge"} <= names
    assert {name.split(".")[0] for name in names} == {"r6id", "m6i", "c6i", "r6i", "c7i", "c6id"}
    assert len([name for name in names if name.startswith("c6id.")]) == 1
    assert served.loopback.operations().count("DescribeInstanceTypes") == 1


@pytest.mark.parametrize("denied", [False, True])
@pytest.mark.parametrize(
    ("types", "architectures"),
    [
        (["m6gd"], {"arm64"}),
        (["default_arm64"], {"arm64"}),
        (["g4dn.xlarge", "c6id.8xlarge"], {"x86_64"}),
        (["c7gn.2xlarge", "m6id.large"], {"x86_64", "arm64"}),
    ],
)
def test_recommended_images_of_the_architectures_in_use(
    served: Served, types: list[str], architectures: set[str], denied: bool
) -> None:
    served.resources["instanceTypes"] = types
    if denied:
        served.fail(Fault("DescribeInstanceTypes", "UnauthorizedOperation", 403))
    found = served.fetch(good.ENVIRONMENT_ARN)
    assert set(found.recommended_images) == architectures
    assert served.loopback.operations().count("GetParameter") == len(architectures)


def test_launch_templates_by_number_by_name_and_overridden(served: Served) -> None:
    ec2 = good.client(served.loopback, "ec2")
    data = {"UserData": base64.b64encode(b"second").decode(), "ImageId": good.IMAGE}
    ec2.create_launch_template_version(LaunchTemplateId=served.made.template, LaunchTemplateData=data)
    served.resources["launchTemplate"] = {
        "launchTemplateName": good.TEMPLATE,
        "version": "1",
        "overrides": [
            {"launchTemplateId": served.made.template, "version": "$Latest", "targetInstanceTypes": ["c6id"]},
            {"launchTemplateId": served.made.template, "version": "2", "targetInstanceTypes": ["r6id"]},
        ],
    }
    found = served.fetch(good.ENVIRONMENT_ARN)
    assert sorted(t["VersionNumber"] for t in found.launch_templates) == [1, 2]
    assert dict(found.missing) == {}


def test_a_template_that_is_gone_does_not_hide_the_others(served: Served) -> None:
    served.resources["launchTemplate"]["overrides"] = [{"launchTemplateName": "gone", "version": "1"}]
    found = served.fetch(good.ENVIRONMENT_ARN)
    assert [t["LaunchTemplateId"] for t in found.launch_templates] == [served.made.template]
    assert set(found.missing) == {"launch_templates"}
    assert "version 1 of the launch template gone" in found.missing["launch_templates"].what


def test_a_version_without_a_number_is_the_default_one(served: Served) -> None:
    served.resources["launchTemplate"] = {"launchTemplateId": served.made.template}
    assert len(served.fetch(good.ENVIRONMENT_ARN).launch_templates) == 1
    call = next(c for c in served.loopback.calls if c.operation == "DescribeLaunchTemplateVersions")
    assert call.parameters["LaunchTemplateVersion.1"] == "$Default"


def test_a_templates_image_behind_a_parameter_is_asked_for(served: Served) -> None:
    ec2 = good.client(served.loopback, "ec2")
    data = {"ImageId": "resolve:ssm:/images/work"}
    made = ec2.create_launch_template(LaunchTemplateName="by-parameter", LaunchTemplateData=data)
    served.resources["launchTemplate"] = {"launchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"]}
    found = served.fetch(good.ENVIRONMENT_ARN)
    calls = [c.parameters for c in served.loopback.calls if c.operation == "DescribeLaunchTemplateVersions"]
    assert [call.get("ResolveAlias") for call in calls] == [None, "true"]
    # moto resolves nothing: the parameter stays, and which image it stands for is not known
    assert "resolve:ssm:/images/work" in found.missing["images"].what
    assert found.missing["images"].permission == "ssm:GetParameters"
    assert [i["ImageId"] for i in found.images] == [good.IMAGE]


def test_images_that_are_named_that_hosts_run_and_that_are_deprecated(served: Served) -> None:
    old = good.image("ami-00000000000000001", "old", good.long_ago())
    served.world.images[old["ImageId"]] = old
    served.resources["ec2Configuration"] = [{"imageType": "ECS_AL2", "imageIdOverride": "ami-00000000000000001"}]
    served.resources["imageId"] = "ami-0000000000000dead"
    found = served.fetch(good.ENVIRONMENT_ARN)
    assert {i["ImageId"] for i in found.images} == {"ami-00000000000000001", good.IMAGE}
    assert set(found.missing) == {"images"}
    assert found.missing["images"].what == "ami-0000000000000dead"
    assert served.loopback.operations().count("DescribeImages") == 1


def test_no_more_than_a_hundred_hosts(served: Served) -> None:
    for number in range(1, 251):
        document = good.host(number, good.IMAGE)
        served.world.container_instances[document["containerInstanceArn"]] = document
    found = served.fetch(good.ENVIRONMENT_ARN)
    assert len(found.container_instances) == 100
    assert served.loopback.operations().count("DescribeContainerInstances") == 1
    assert dict(found.missing) == {}


def test_environments_in_the_queues_order_with_one_call_each(served: Served) -> None:
    second = {
        **json.loads(json.dumps(served.world.environments[good.ENVIRONMENT_ARN])),
        "computeEnvironmentName": "second",
        "computeEnvironmentArn": good.ENVIRONMENT_ARN.replace(good.ENVIRONMENT, "second"),
        "ecsClusterArn": good.CLUSTER_ARN.replace(good.CLUSTER, "second_Batch_1"),
    }
    served.world.environments[second["computeEnvironmentArn"]] = second
    served.world.queues[good.QUEUE_ARN] = good.queue(second["computeEnvironmentArn"], good.ENVIRONMENT_ARN)
    found = served.fetch(good.QUEUE)
    assert [e["computeEnvironmentName"] for e in found.compute_environments] == ["second", good.ENVIRONMENT]
    expected = [*OF_AN_ENVIRONMENT, "DescribeJobQueues", "ListContainerInstances"]
    assert sorted(served.loopback.operations()) == sorted(expected)


def test_the_main_route_table_where_a_subnet_has_none_of_its_own(served: Served) -> None:
    ec2 = good.client(served.loopback, "ec2")
    own = ec2.create_subnet(VpcId=served.made.vpc, CidrBlock="10.7.9.0/24")["Subnet"]["SubnetId"]
    served.resources["subnets"].append(own)
    found = served.fetch(good.ENVIRONMENT_ARN)
    mains = [a["Main"] for t in found.route_tables for a in t["Associations"]]
    assert True in mains
    assert len(found.route_tables) == 2
    assert served.loopback.operations().count("DescribeRouteTables") == 2


def test_a_subnet_that_is_gone_is_a_gap(served: Served) -> None:
    served.resources["subnets"].append("subnet-0000000000000dead")
    found = served.fetch(good.ENVIRONMENT_ARN)
    assert set(found.missing) == {"subnets"}
    assert found.missing["subnets"].what == "subnet-0000000000000dead"
    assert len(found.subnets) == 2


@pytest.mark.parametrize("status", [301, 400, 403])
def test_s3_tells_a_buckets_region_to_those_whom_it_refuses(served: Served, status: int) -> None:
    served.fail(Fault("HeadBucket", "x", status, headers={"x-amz-bucket-region": "us-west-2"}))
    found = served.fetch(good.QUEUE, workdirs=["s3://of-others/work"])
    assert dict(found.bucket_regions) == {"of-others": "us-west-2"}
    assert dict(found.missing) == {}


def test_a_bucket_that_is_nowhere_does_not_hide_the_other(served: Served) -> None:
    found = served.fetch(workdirs=["s3://example-no-such-bucket/work"])
    assert dict(found.bucket_regions) == {good.BUCKET: "eu-west-1"}
    assert "example-no-such-bucket" in found.missing["bucket_regions"].what


def test_a_bucket_of_another_region(served: Served) -> None:
    other = good.client(served.loopback, "s3", "eu-central-1")
    other.create_bucket(Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    assert served.fetch(good.QUEUE, workdirs=["s3://far-away/w"]).bucket_regions == {"far-away": "eu-central-1"}


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("nothing", "neither a job queue nor a compute environment named nothing"),
        (f"{good.QUEUE_ARN}-x", f"the job queue {good.QUEUE_ARN}-x"),
        (f"{good.ENVIRONMENT_ARN}-x", f"the compute environment {good.ENVIRONMENT_ARN}-x"),
        ("0a1b2c3d-1111-4222-8333-444455556666", "does not know job 0a1b2c3d"),
    ],
)
def test_a_target_that_batch_does_not_know(served: Served, target: str, says: str) -> None:
    with pytest.raises(FetchError, match="the account is another") as error:
        served.fetch(target)
    assert says in str(error.value)
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize(
    "target",
    [
        "",
        "  ",
        "a b",
        "s3://bucket/work",
        "arn:aws:ec2:eu-west-1:1:job/x",
        "arn:aws:batch:nowhere!:1:job/x",
        "-x",
        "q" * 200,
        "arn:aws:batch:eu-west-1:123456789012:job-definition/x:1",
        "queue/name",
        "x\x1b[31m",
        "../x",
        "name:3",
    ],
)
def test_a_target_that_is_nothing_asks_nobody(aws: Endpoint, target: str) -> None:
    with pytest.raises(FetchError) as error:
        fetch_environment(target, FetchOptions())
    assert aws.calls == []
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("workdir", ["", "/local/work", "s3://", "s3:///x", "S3://b", "s3://b b/work"])
def test_a_work_directory_that_is_none(aws: Endpoint, workdir: str) -> None:
    with pytest.raises(FetchError, match="not a work directory in S3"):
        fetch_environment(good.QUEUE, FetchOptions(), workdirs=[workdir])
    assert aws.calls == []


@pytest.mark.parametrize(
    "resources",
    [
        {"instanceTypes": [None, 5, {"a": 1}], "subnets": [7, None]},
        {"launchTemplate": {"launchTemplateId": "", "version": "", "overrides": [{}]}, "ec2Configuration": [{}]},
        {"instanceTypes": [f"c{n}.large" for n in range(3000)], "subnets": [f"subnet-{n}" for n in range(900)]},
        {"imageId": "not-an-image", "ec2Configuration": [{"imageIdOverride": "x' OR 1"}]},
    ],
)
def test_documents_that_are_odd_are_no_crash(served: Served, resources: dict[str, Any]) -> None:
    served.resources.update(resources)
    found = served.fetch(good.ENVIRONMENT_ARN)
    assert found.compute_environments
    assert len(served.loopback.calls) < 40
