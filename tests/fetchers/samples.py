"""Documents as AWS gives them, small ones."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

JOB_ID = "0a1b2c3d-1111-4222-8333-444455556666"
QUEUE = "arn:aws:batch:eu-west-1:123456789012:job-queue/work"
ENVIRONMENT = "arn:aws:batch:eu-west-1:123456789012:compute-environment/spot"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/spot_Batch_1"
INSTANCE = "i-0abc123def4567890"
CONTAINER_INSTANCE = f"arn:aws:ecs:eu-west-1:123456789012:container-instance/spot_Batch_1/{'1' * 32}"
SHORT_CONTAINER_INSTANCE = f"arn:aws:ecs:eu-west-1:123456789012:container-instance/{'1' * 32}"
TASK = f"arn:aws:ecs:eu-west-1:123456789012:task/spot_Batch_1/{'a' * 32}"
BUCKET, PREFIX = "work-bucket", "work/ab/" + "c" * 30
STARTED, STOPPED = 1_780_000_000_000, 1_780_003_600_000
LOST = f"Host EC2 (instance {INSTANCE}) terminated."


def attempt(
    *,
    status_reason: str = "Essential container in task exited",
    exit_code: int | None = None,
    stream: str | None = "nf-tool/default/" + "a" * 32,
    container_instance: str | None = CONTAINER_INSTANCE,
    task: str | None = TASK,
    reason: str | None = None,
) -> Document:
    container = {
        "exitCode": exit_code,
        "reason": reason,
        "logStreamName": stream,
        "containerInstanceArn": container_instance,
        "taskArn": task,
    }
    return {
        "startedAt": STARTED,
        "stoppedAt": STOPPED,
        "statusReason": status_reason,
        "container": {name: value for name, value in container.items() if value is not None},
    }


def job(*attempts: Document, status: str = "FAILED", **members: Any) -> Document:
    """A Nextflow job on Fusion."""
    return {
        "jobId": JOB_ID,
        "jobName": "TOOL_1",
        "jobQueue": QUEUE,
        "jobDefinition": "arn:aws:batch:eu-west-1:123456789012:job-definition/nf-tool:3",
        "status": status,
        "createdAt": STARTED,
        "startedAt": STARTED,
        "parameters": {"nf-token": "d41d8cd9"},
        "platformCapabilities": ["EC2"],
        "attempts": list(attempts),
        "container": {
            "image": "registry/tool:1",
            "command": ["/usr/bin/fusion", "bash", f"/fusion/s3/{BUCKET}/{PREFIX}/.command.run"],
            "environment": [{"name": "FUSION_WORK", "value": f"/fusion/s3/{BUCKET}/{PREFIX}"}],
        },
        **members,
    }


QUEUES: Document = {
    "jobQueues": [
        {
            "jobQueueName": "work",
            "jobQueueArn": QUEUE,
            "state": "ENABLED",
            "priority": 1,
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": ENVIRONMENT}],
        }
    ]
}
ENVIRONMENTS: Document = {
    "computeEnvironments": [
        {
            "computeEnvironmentName": "spot",
            "computeEnvironmentArn": ENVIRONMENT,
            "ecsClusterArn": CLUSTER,
            "computeResources": {"type": "SPOT", "maxvCpus": 256, "subnets": [], "instanceTypes": ["c6id"]},
        }
    ]
}
CONTAINER_INSTANCES: Document = {
    "containerInstances": [
        {
            "containerInstanceArn": CONTAINER_INSTANCE,
            "ec2InstanceId": INSTANCE,
            "registeredAt": 1_780_000_000.5,
            "attributes": [{"name": "ecs.instance-type", "value": "c6id.4xlarge"}],
        }
    ],
    "failures": [],
}
INSTANCES = (
    "<DescribeInstancesResponse><reservationSet><item><instancesSet><item>"
    f"<instanceId>{INSTANCE}</instanceId><instanceType>c6id.4xlarge</instanceType>"
    "<instanceLifecycle>spot</instanceLifecycle><launchTime>2026-05-28T20:00:00.000Z</launchTime>"
    "</item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
)
NO_INSTANCES = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>"
INSTANCE_TYPES = (
    "<DescribeInstanceTypesResponse><instanceTypeSet><item><instanceType>c6id.4xlarge</instanceType>"
    "<vCpuInfo><defaultVCpus>16</defaultVCpus></vCpuInfo></item></instanceTypeSet></DescribeInstanceTypesResponse>"
)


def event(message: str, timestamp: int = STARTED) -> Document:
    return {"timestamp": timestamp, "message": message, "ingestionTime": timestamp}


def log_page(*events: Document, before: str = "b/1") -> Document:
    return {"events": list(events), "nextForwardToken": "f/1", "nextBackwardToken": before}
