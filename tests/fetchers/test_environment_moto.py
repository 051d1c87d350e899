"""The same against moto alone where it knows the service: other people's idea of EC2, ECS and Systems Manager."""

from __future__ import annotations

import json

import pytest

from tests.fetchers.environment_world import Served
from tests.loopback import environments as good


@pytest.fixture
def on_moto(served: Served, environment: pytest.MonkeyPatch) -> Served:
    """Batch and S3 as they were; all else is moto's."""
    for service in ("EC2", "ECS", "SSM"):
        environment.setenv(f"AWS_ENDPOINT_URL_{service}", served.loopback.moto)
    return served


def test_hosts_and_their_image(on_moto: Served) -> None:
    ec2, ecs = good.client(on_moto.loopback, "ec2"), good.client(on_moto.loopback, "ecs")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    started = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType=good.TYPES[0])
    identity = {"instanceId": started["Instances"][0]["InstanceId"], "region": good.REGION, "accountId": "123456789012"}
    ecs.create_cluster(clusterName=good.CLUSTER)
    ecs.register_container_instance(cluster=good.CLUSTER, instanceIdentityDocument=json.dumps(identity))
    found = on_moto.fetch(good.QUEUE)
    assert [h["ec2InstanceId"] for h in found.container_instances] == [identity["instanceId"]]
    assert [i["ImageId"] for i in found.images] == [image]
    assert dict(found.missing) == {}


def test_a_public_parameter_that_is_no_json_is_asked_for_its_image_alone(on_moto: Served) -> None:
    ssm = good.client(on_moto.loopback, "ssm")
    name = f"{good.PARAMETERS}/recommended"
    value = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(value)
    image = ssm.get_parameter(Name=f"{name}/image_id")["Parameter"]["Value"]
    assert dict(on_moto.fetch(good.QUEUE).recommended_images) == {"x86_64": {"image_id": image}}


@pytest.mark.parametrize("value", ["", "null", "[]", "{'image_id': 'ami-1'}", '{"image_id": 5}', "[" * 100_000])
def test_a_public_parameter_that_is_nothing_is_a_gap(served: Served, value: str) -> None:
    name = f"{good.PARAMETERS}/recommended"
    served.world.parameters = {name: value, f"{name}/image_id": "__import__('os').abort()"}
    found = served.fetch(good.QUEUE)
    assert dict(found.recommended_images) == {}
    assert set(found.missing) == {"recommended_images"}
