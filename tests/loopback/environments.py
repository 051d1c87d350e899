"""A compute environment as the vendor's guide wants it, for `check`: tests break it in one way each.

The network, the launch template and the bucket are moto's; Batch, the hosts, their image and the public parameters are
written here: moto starts no host for an environment, its images have no architecture, its parameter is no JSON (tried
with 5.2.5).
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from tests.loopback.server import Loopback
    from tests.loopback.world import World

Document = dict[str, Any]

REGION = "eu-west-1"
_ARN = f"arn:aws:batch:{REGION}:123456789012"
QUEUE, ENVIRONMENT = "snapshots-work", "snapshots-spot"
QUEUE_ARN, ENVIRONMENT_ARN = f"{_ARN}:job-queue/{QUEUE}", f"{_ARN}:compute-environment/{ENVIRONMENT}"
CLUSTER = f"{ENVIRONMENT}_Batch_0a1b2c3d"
CLUSTER_ARN = f"arn:aws:ecs:{REGION}:123456789012:cluster/{CLUSTER}"
JOB_ID = "5e2d7c11-3b5a-4f0e-9c1d-0123456789ab"
BUCKET = "example-snapshots-work"
TEMPLATE = "snapshots-template"
IMAGE = "ami-0c6c6c6c6c6c6c6c6"
AGE_OF_IMAGE = timedelta(days=10)
TYPES = ["c6id.8xlarge", "c6id.12xlarge"]
TEMPLATE_SECRET = "hunter2-of-the-template"  # noqa: S105 - what user data must not lose to any output
NEVER_RUNS = ("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
PARAMETERS = "/aws/service/ecs/optimized-ami/amazon-linux-2023"
USER_DATA = f"""MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
export REGISTRY_PASSWORD={TEMPLATE_SECRET}
echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config
echo ECS_CONTAINER_STOP_TIMEOUT=10m >> /etc/ecs/ecs.config
mkdir -p /scratch/fusion
mkfs -t xfs /dev/nvme1n1
mount /dev/nvme1n1 /scratch/fusion
--//--
"""


@dataclass(frozen=True)
class Made:
    """What moto made: the names that it gave."""

    vpc: str
    subnets: tuple[str, ...]
    route_table: str
    endpoint: str
    template: str


def client(loopback: Loopback, service: str, region: str = REGION) -> Any:
    """A client of moto itself: what it does is no call of the command's."""
    return _client(loopback.moto, service, region)


@cache
def _client(endpoint: str, service: str, region: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - moto wants some key
    )


def _stamp() -> str:
    """YYYYMMDD of the image's release: some days ago, whenever the test runs."""
    return (datetime.now(UTC) - AGE_OF_IMAGE).strftime("%Y%m%d")


def long_ago() -> datetime:
    """Three years back: AWS has deprecated what it released then."""
    return datetime.now(UTC) - timedelta(days=3 * 365)


def image_name(architecture: str = "x86_64", stamp: str | None = None) -> str:
    """The name of AWS's image for ECS."""
    return f"al2023-ami-ecs-hvm-2023.0.{stamp or _stamp()}-kernel-6.1-{architecture}"


def recommended(image: str, architecture: str = "x86_64") -> str:
    """The public parameter's value (Amazon ECS developer guide, optimized AMI metadata)."""
    return json.dumps(
        {
            "ecs_agent_version": "1.98.0",
            "ecs_runtime_version": "Docker version 25.0.8",
            "image_id": image,
            "image_name": image_name(architecture),
            "image_version": f"2023.0.{_stamp()}",
            "os": "Amazon Linux 2023",
            "schema_version": 1,
            "source_image_name": f"al2023-ami-minimal-2023.8.{_stamp()}.0-kernel-6.1-{architecture}",
        }
    )


def image(image_id: str, name: str, created: datetime, architecture: str = "x86_64") -> Document:
    """An image as EC2 DescribeImages gives it; AWS deprecates its images for ECS after two years."""
    form = "%Y-%m-%dT%H:%M:%S.000Z"
    return {
        "ImageId": image_id,
        "ImageLocation": f"amazon/{name}",
        "ImageOwnerAlias": "amazon",
        "OwnerId": "591542846629",
        "Name": name,
        "Description": "Amazon Linux AMI 2023 x86_64 ECS HVM EBS",
        "Architecture": architecture,
        "ImageType": "machine",
        "Public": True,
        "State": "available",
        "PlatformDetails": "Linux/UNIX",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "VirtualizationType": "hvm",
        "Hypervisor": "xen",
        "EnaSupport": True,
        "CreationDate": created.strftime(form),
        "DeprecationTime": (created + timedelta(days=730)).strftime(form),
    }


def host(number: int, image: str, instance_type: str = TYPES[0], status: str = "ACTIVE") -> Document:
    """A host as ECS DescribeContainerInstances gives it."""
    attributes = {
        "ecs.instance-type": instance_type,
        "ecs.ami-id": image,
        "ecs.availability-zone": f"{REGION}a",
        "ecs.os-type": "linux",
        "ecs.cpu-architecture": "x86_64",
    }
    return {
        "containerInstanceArn": f"arn:aws:ecs:{REGION}:123456789012:container-instance/{CLUSTER}/{number:032x}",
        "ec2InstanceId": f"i-{number:017x}",
        "version": 3,
        "versionInfo": {"agentVersion": "1.98.0", "agentHash": "1a2b3c4d", "dockerVersion": "25.0.8"},
        "registeredResources": [{"name": "MEMORY", "type": "INTEGER", "integerValue": 63_436}],
        "status": status,
        "agentConnected": True,
        "attributes": [{"name": name, "value": value} for name, value in attributes.items()],
        "registeredAt": 1_780_000_000.0,
    }


def queue(*environments: str) -> Document:
    """A queue as DescribeJobQueues gives it."""
    return {
        "jobQueueName": QUEUE,
        "jobQueueArn": QUEUE_ARN,
        "state": "ENABLED",
        "status": "VALID",
        "statusReason": "JobQueue Healthy",
        "priority": 1,
        "computeEnvironmentOrder": [{"order": n, "computeEnvironment": e} for n, e in enumerate(environments, 1)],
        "jobStateTimeLimitActions": [
            {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"} for reason in NEVER_RUNS
        ],
        "tags": {},
    }


def environment(subnets: tuple[str, ...], template: str, **changed: Any) -> Document:
    """An environment as DescribeComputeEnvironments gives it; `changed` are members of its resources."""
    resources = {
        "type": "SPOT",
        "allocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
        "minvCpus": 0,
        "maxvCpus": 512,
        "desiredvCpus": 32,
        "instanceTypes": TYPES,
        "subnets": list(subnets),
        "securityGroupIds": ["sg-0aa11bb22cc33dd44"],
        "instanceRole": "arn:aws:iam::123456789012:instance-profile/snapshots",
        "ec2Configuration": [{"imageType": "ECS_AL2023"}],
        "launchTemplate": {"launchTemplateId": template, "version": "$Latest"},
    }
    return {
        "computeEnvironmentName": ENVIRONMENT,
        "computeEnvironmentArn": ENVIRONMENT_ARN,
        "ecsClusterArn": CLUSTER_ARN,
        "type": "MANAGED",
        "state": "ENABLED",
        "status": "VALID",
        "statusReason": "ComputeEnvironment Healthy",
        "containerOrchestrationType": "ECS",
        "tags": {},
        "computeResources": {name: value for name, value in (resources | changed).items() if value is not None},
    }


def job(**changed: Any) -> Document:
    """A Nextflow task on Fusion with snapshots that waits in the queue, as DescribeJobs gives it."""
    work = f"/fusion/s3/{BUCKET}/work/5e/2d7c113b5a4f0e9c1d0123456789ab"
    return {
        "jobArn": f"{_ARN}:job/{JOB_ID}",
        "jobId": JOB_ID,
        "jobName": "ALIGN_1",
        "jobQueue": QUEUE_ARN,
        "jobDefinition": f"{_ARN}:job-definition/nf-example-align:3",
        "status": "RUNNABLE",
        "createdAt": 1_780_000_000_000,
        "parameters": {"nf-token": "d41d8cd98f00b204e9800998ecf8427e"},
        "platformCapabilities": ["EC2"],
        "attempts": [],
        "retryStrategy": {
            "attempts": 5,
            "evaluateOnExit": [
                {"onStatusReason": "Host EC2*", "action": "RETRY"},
                {"onReason": "*", "action": "EXIT"},
            ],
        },
        "container": {
            "image": "example/align:1",
            "command": ["/usr/bin/fusion", "bash", f"{work}/.command.run"],
            "privileged": True,
            "volumes": [{"name": "scratch", "host": {"sourcePath": "/scratch/fusion"}}],
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/tmp"}],  # noqa: S108 - of the container
            "resourceRequirements": [{"type": "VCPU", "value": "16"}, {"type": "MEMORY", "value": "30720"}],
            "environment": [
                {"name": "FUSION_WORK", "value": work},
                {"name": "FUSION_LICENSE_TOKEN", "value": "licence-of-the-job"},
            ],
        },
        **changed,
    }


def new_template(loopback: Loopback, made: Made, user_data: str) -> None:
    """A later version of the launch template, with this user data."""
    data = {"UserData": base64.b64encode(user_data.encode()).decode()}
    client(loopback, "ec2").create_launch_template_version(LaunchTemplateId=made.template, LaunchTemplateData=data)


def make(loopback: Loopback, world: World) -> Made:
    """Put the good environment into moto and into what the loopback serves; call `serve` before."""
    made = _made(client(loopback, "ec2"))
    client(loopback, "s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    world.queues[QUEUE_ARN] = queue(ENVIRONMENT_ARN)
    world.environments[ENVIRONMENT_ARN] = environment(made.subnets, made.template)
    world.jobs[JOB_ID] = job()
    for number in range(1, 4):
        document = host(number, IMAGE)
        world.container_instances[document["containerInstanceArn"]] = document
    world.images[IMAGE] = image(IMAGE, image_name(), datetime.now(UTC) - AGE_OF_IMAGE)
    world.parameters[f"{PARAMETERS}/recommended"] = recommended(IMAGE)
    world.parameters[f"{PARAMETERS}/arm64/recommended"] = recommended("ami-0a64a64a64a64a64a", "arm64")
    return made


def _made(ec2: Any) -> Made:
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    )
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway", RouteTableIds=[table]
    )
    template = ec2.create_launch_template(
        LaunchTemplateName=TEMPLATE,
        LaunchTemplateData={"UserData": base64.b64encode(USER_DATA.encode()).decode()},
    )
    return Made(
        vpc=vpc,
        subnets=subnets,
        route_table=table,
        endpoint=endpoint["VpcEndpoint"]["VpcEndpointId"],
        template=template["LaunchTemplate"]["LaunchTemplateId"],
    )
