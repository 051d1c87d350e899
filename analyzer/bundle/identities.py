"""The identities that the evidence itself names, from the members of its documents that hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzer.bundle.addresses import IP_HOST
from analyzer.bundle.arns import LOG_GROUPS_OF_AWS, Resolve, leaf
from analyzer.bundle.web_names import disguised_image

_RUN_PREFIX = re.compile(r"tw-([0-9A-Za-z]{8,22}|run-\d{1,6})-(?=.)")
"""Of a job that Seqera Platform started: its workflow's id."""
_MEMBER_KINDS: Mapping[str, str] = {
    "jobName": "job",
    "jobId": "uuid",
    "jobQueue": "queue",
    "jobQueueName": "queue",
    "computeEnvironment": "environment",
    "computeEnvironmentName": "environment",
    "ecsClusterName": "cluster",
    "eksClusterName": "cluster",
    "jobDefinition": "definition",
    "jobDefinitionName": "definition",
    "shareIdentifier": "share",
    "awslogs-group": "log-group",
    "awslogs-stream-prefix": "log-stream",
    "podName": "pod",
    "nodeName": "host",
    "kubernetesNamespace": "namespace",
    "namespace": "namespace",
    "serviceAccountName": "service-account",
    "instanceRole": "profile",
    "serviceRole": "role",
    "jobRoleArn": "role",
    "executionRoleArn": "role",
    "spotIamFleetRole": "role",
    "ec2KeyPair": "key-pair",
    "KeyName": "key-pair",
    "launchTemplateName": "template",
    "LaunchTemplateName": "template",
    "placementGroup": "placement-group",
    "userName": "user",
    "principalId": "principal",
    "sessionName": "session",
    "roleSessionName": "session",
    "roleName": "role",
    "bucketName": "bucket",
    "identityProvider": "provider",
    "Description": "description",
    "PrivateDnsName": "host",
    "PublicDnsName": "host",
    "GroupName": "security-group",
    "SpotInstanceRequestId": "aws-id",
}
"""A member's name -> what its value is."""
ACCOUNT_MEMBERS = frozenset({"accountId", "recipientAccountId", "OwnerId", "ownerId", "RequesterId"})
_TAG_MEMBERS = frozenset({"tags", "Tags", "labels", "annotations", "TagSet", "tagSet"})
_TAG_KINDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("email", "mail"), "email"),
    (("user", "owner", "creator", "createdby", "created-by", "contact", "person", "requester"), "user"),
    (("runname", "run-name", "run_name", "sessionid", "workflowid", "runid"), "run"),
    (("project",), "project"),
    (("team", "department", "group", "lab"), "team"),
    (("sample", "patient", "subject", "donor"), "sample"),
)
"""Parts of a tag's name -> what its value is; any other is a `tag`."""
_PUBLIC_TAGS = frozenset({"nextflow.io/version", "nextflow.io/resume", "nextflow.io/runtimeversion"})


def tag_kind(name: str) -> str | None:
    """What a tag's value is; None where it may stay."""
    lowered = name.lower()
    if lowered in _PUBLIC_TAGS:
        return None
    return next((kind for parts, kind in _TAG_KINDS if any(p in lowered for p in parts)), "tag")


def member_kind(name: str, value: str) -> str | None:
    """What a document's member of this name is, where its value is an identity as a whole."""
    digits_of_account = 12
    if name in ACCOUNT_MEMBERS:
        return "account" if value.isdigit() and len(value) == digits_of_account else None
    kind = _MEMBER_KINDS.get(name)
    if kind == "log-group" and value.startswith(LOG_GROUPS_OF_AWS):
        return None
    return kind


def disguised_member(name: str, value: str, resolve: Resolve) -> str | None:
    """The stand-in of a member that is an identity as a whole; None where its text is to be looked at instead."""
    kind = member_kind(name, value)
    if name == "image":
        return disguised_image(value, resolve)
    if kind is None or not value or value.startswith("arn:") or (kind == "host" and IP_HOST.match(value)):
        return None
    if name == "jobName" and (run := _RUN_PREFIX.match(value)):
        return f"tw-{resolve('run', run[1])}-{resolve(kind, value[run.end() :])}"
    if kind == "definition":
        plain, colon, revision = value.partition(":")
        return leaf(resolve, kind, plain) + colon + revision
    if kind == "principal":
        principal, colon, session = value.partition(":")
        return resolve(kind, principal) + colon + leaf(resolve, "session", session)
    return leaf(resolve, kind, value)


def pair(value: Mapping[str, object]) -> tuple[str, str, str, bool] | None:
    """(name's member, value's member, name, is a tag) of an object that is one name and its value."""
    for name_member, value_member, is_tag in (("name", "value", False), ("Key", "Value", True), ("key", "value", True)):
        name = value.get(name_member)
        if isinstance(name, str) and isinstance(value.get(value_member), str):
            return name_member, value_member, name, is_tag
    return None


def is_tag_member(name: object) -> bool:
    """Whether a document's member holds tags."""
    return name in _TAG_MEMBERS
