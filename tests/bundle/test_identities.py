"""Which members of which documents name somebody."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.bundle.disguise import make_disguise
from analyzer.bundle.identities import member_kind, tag_kind
from analyzer.evidence.content import MemoryContent
from analyzer.evidence.model import Evidence


def of(**members: Any) -> Evidence:
    return Evidence("x", "job", **members)


@pytest.mark.parametrize(
    ("member", "document", "hidden"),
    [
        ("job_queue", {"jobQueueName": "onco-urgent"}, "onco-urgent"),
        ("compute_environments", {"computeEnvironmentName": "onco-forge"}, "onco-forge"),
        ("compute_environments", {"computeResources": {"ec2KeyPair": "alices-laptop"}}, "alices-laptop"),
        (
            "compute_environments",
            {"computeResources": {"launchTemplate": {"launchTemplateName": "onco-lt"}}},
            "onco-lt",
        ),
        ("container_instances", {"ec2InstanceId": "i-0abbe23e17695dae0"}, "i-0abbe23e17695dae0"),
        ("instances", {"PrivateDnsName": "node7.onco.example"}, "node7.onco.example"),
        ("instances", {"PrivateIpAddress": "10.9.8.7"}, "10.9.8.7"),
        ("instances", {"Tags": [{"Key": "CostCenter", "Value": "onco-7781"}]}, "onco-7781"),
        ("cloudtrail", {"userIdentity": {"userName": "mallory.k", "principalId": "AIDAQ3EGRIEXAMPLE"}}, "mallory.k"),
        ("cloudtrail", {"userIdentity": {"principalId": "AROAEXAMPLE:onco-session"}}, "onco-session"),
        ("cloudtrail", {"userIdentity": {"identityProvider": "onco-azure-ad"}}, "onco-azure-ad"),
        ("instances", {"NetworkInterfaces": [{"Description": "of the onco cluster"}]}, "of the onco cluster"),
        ("cloudtrail", {"sourceIPAddress": "198.51.100.7"}, "198.51.100.7"),
        ("cloudtrail", {"recipientAccountId": "481516234201"}, "481516234201"),
    ],
)
def test_a_member_that_names_somebody_is_replaced_there_and_in_texts(
    member: str, document: dict[str, Any], hidden: str
) -> None:
    value: Any = document if member == "job_queue" else (document,)
    disguise = make_disguise([of(**{member: value}, logs={1: MemoryContent(f"seen {hidden} here\n".encode())})])
    assert hidden not in str(disguise.document(document))
    assert hidden not in disguise.text(f"seen {hidden} here")
    assert disguise.survivors(f"seen {hidden} here".encode())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("InstanceType", "m6id.4xlarge"),
        ("AvailabilityZone", "eu-west-1b"),
        ("eventSource", "ec2.amazonaws.com"),
        ("sourceIPAddress", "autoscaling.amazonaws.com"),
        ("Architecture", "x86_64"),
        ("awslogs-group", "/aws/batch/job"),
        ("LaunchTime", "2026-11-17T06:57:00Z"),
        ("image", "quay.io/biocontainers/star:2.7.11b--h5ca1c30_5"),
    ],
)
def test_a_member_that_names_nobody_stays(name: str, value: str) -> None:
    document = {name: value}
    assert make_disguise([of(instances=(document,))]).document(document) == document


def test_the_names_of_tags_in_a_list_stay_where_they_are_everybodys() -> None:
    tags = [{"Key": "aws:autoscaling:groupName", "Value": "onco-asg"}, {"Key": "Owner", "Value": "mallory"}]
    disguise = make_disguise([of(instances=({"Tags": tags},))])
    assert disguise.document({"Tags": tags})["Tags"] == [
        {"Key": "aws:autoscaling:groupName", "Value": "team-1"},
        {"Key": "Owner", "Value": "user-1"},
    ]


def test_the_parameters_of_a_job_are_hidden_but_for_nextflows() -> None:
    job = {"parameters": {"nf-token": "8ed3f475d34f0ec54bc2fab28cb81331", "subject": "Heinz Moor", "threads": "4"}}
    disguise = make_disguise([of(job=job)])
    assert disguise.document(job)["parameters"] == {**job["parameters"], "subject": "value-1"}


def test_an_account_is_one_only_with_twelve_digits() -> None:
    assert member_kind("OwnerId", "481516234201") == "account"
    assert member_kind("OwnerId", "amazon") is None


def test_tags_are_told_by_their_names() -> None:
    assert tag_kind("Owner") == "user"
    assert tag_kind("SampleId") == "sample"
    assert tag_kind("anything") == "tag"
    assert tag_kind("nextflow.io/version") is None


def test_the_host_in_a_log_of_criu_is_learned() -> None:
    log = MemoryContent(b"(00.000114) Running on onco-node-17 Linux 6.1.112 #1 SMP x86_64\n")
    disguise = make_disguise([of(workdir={".fusion/dump/1/dump_1.log": log})])
    assert (
        disguise.text("(00.000114) Running on onco-node-17 Linux 6.1.112 #1")
        == "(00.000114) Running on host-1 Linux 6.1.112 #1"
    )
    assert disguise.text("ssh onco-node-17") == "ssh host-1"


def test_a_private_registry_is_replaced_and_a_public_one_stays() -> None:
    job = {"container": {"image": "registry.acme-bio.org:5000/onco/tool:7"}}
    disguise = make_disguise([of(job=job)])
    assert disguise.document(job)["container"]["image"] == "host-1.example.com/repository-1:7"


def test_log_groups_and_streams() -> None:
    job = {
        "container": {
            "logConfiguration": {"options": {"awslogs-group": "onco-logs", "awslogs-region": "eu-west-1"}},
            "logStreamName": "nf-onco/default/8f13783250bdbddd7e8dfc718e70a2b5",
            "taskArn": "arn:aws:ecs:eu-west-1:481516234201:task/onco-cluster/8f13783250bdbddd7e8dfc718e70a2b5",
        },
        "jobDefinition": "arn:aws:batch:eu-west-1:481516234201:job-definition/nf-onco:3",
    }
    shown = make_disguise([of(job=job)]).document(job)
    assert shown["container"]["logConfiguration"]["options"] == {
        "awslogs-group": "log-group-1",
        "awslogs-region": "eu-west-1",
    }
    stream = shown["container"]["logStreamName"]
    assert stream.startswith("definition-1/default/")
    assert shown["container"]["taskArn"].endswith(stream.rsplit("/", 1)[1])
