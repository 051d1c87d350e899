"""ARNs, replaced part by part so that they stay ARNs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Resolve = Callable[[str, str], str]
"""(kind, value) -> its stand-in, or the value itself where it may stay."""

ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]{0,16}):(?P<service>[a-z0-9-]{1,32}):(?P<region>[a-z0-9-]{0,32}):"
    r"(?P<account>[A-Za-z0-9-]{0,40}):(?P<resource>[^\s\"'<>,;()\[\]{}|\\`]{1,1024})"
)
UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![A-Za-z0-9])")
_AWS_ID_PREFIXES = (
    "i|eni|vpc|subnet|sg|lt|rtb|rtbassoc|vpce|vol|snap|ami|sir|sfr|fleet|igw|nat|eipalloc|eipassoc|acl|pcx|tgw|sgr|fs"
    "|fsap|fsmt|dopt|cgw|vgw|vpn|pl|fl|h|mrk"
)
AWS_ID = re.compile(rf"(?:(?:{_AWS_ID_PREFIXES})-(?:[0-9a-f]{{17}}|[0-9a-f]{{8}})|r-[0-9a-f]{{17}})(?![A-Za-z0-9])")
PRINCIPAL_HINTS = ("AROA", "AIDA", "AIPA", "ANPA", "AGPA", "ANVA")
PRINCIPAL = re.compile(
    r"(?<![A-Za-z0-9])(?P<id>A(?:RO|ID|IP|NP|GP|NV)A[A-Z0-9]{12,32})(?::(?P<session>[\w+=.@-]{2,64}))?(?![A-Z0-9])"
)
"""A role's or a user's unique id, and the name of the session that a role was taken on for."""
REQUEST = re.compile(
    r"(?P<head>(?i:request[ _-]?id)(?:\\{0,3}[\"'])?[ \t]{0,3}[:=][ \t]{0,3}(?:\\{0,3}[\"'])?)"
    r"(?P<id>[A-Z0-9]{16})(?![A-Za-z0-9])"
)
"""As S3 writes it; those of other services are UUIDs."""
PROBE_AWS_ID = re.compile(r"-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![A-Za-z0-9])")
_HEX = re.compile(r"[0-9a-f]{32}")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "job": ("job",),
    "job-queue": ("queue",),
    "job-definition": ("definition",),
    "compute-environment": ("environment",),
    "scheduling-policy": ("policy",),
    "cluster": ("cluster",),
    "task": ("cluster", "task"),
    "container-instance": ("cluster", "container-instance"),
    "task-definition": ("definition",),
    "role": ("role",),
    "user": ("user",),
    "group": ("group",),
    "instance-profile": ("profile",),
    "assumed-role": ("role", "session"),
    "federated-user": ("user",),
    "launch-template": ("template",),
    "repository": ("repository",),
    "key-pair": ("key-pair",),
}
"""First part of an ARN's resource -> the kinds of its other parts."""
_PUBLIC_PARTS = frozenset({"service-role", "aws-service-role", "default", "*", ""})
_SPARE = ".:"
LOG_GROUPS_OF_AWS = "/aws/"


def leaf(resolve: Resolve, kind: str, value: str) -> str:
    """One part: ids keep their form whatever they are the id of."""
    if value in _PUBLIC_PARTS or value.startswith("AWSServiceRole"):
        return value
    if UUID.fullmatch(value):
        kind = "uuid"
    elif AWS_ID.fullmatch(value):
        kind = "aws-id"
    elif _HEX.fullmatch(value):
        kind = "hex"
    return resolve(kind, value)


def disguised_principal(match: re.Match[str], resolve: Resolve) -> str:
    """`AROA...:session`"""
    session = match["session"]
    return resolve("principal", match["id"]) + (":" + leaf(resolve, "session", session) if session else "")


def _log_group(resolve: Resolve, resource: str) -> str:
    _, _, rest = resource.partition(":")
    group, mark, stream = rest.partition(":log-stream:")
    group, star, _ = group.partition(":*")
    shown = group if group.startswith(LOG_GROUPS_OF_AWS) else resolve("log-group", group)
    return f"log-group:{shown}{star}{mark}{resolve('log-stream', stream) if stream else ''}"


def _resource(resolve: Resolve, resource: str) -> str:
    separator = "/" if "/" in resource else ":"
    first, *parts = resource.split(separator)
    if not parts:
        return leaf(resolve, "resource", first)
    kinds = _KINDS.get(first, ("resource",))
    if first in ("task", "container-instance") and len(parts) == 1:
        kinds = kinds[1:]  # the short form, without the cluster
    shown = []
    for number, part in enumerate(parts):
        kind = kinds[min(number, len(kinds) - 1)]
        name, colon, revision = part.partition(":")
        shown.append(leaf(resolve, kind, name) + colon + revision)
    return separator.join([first, *shown])


def disguised_arn(match: re.Match[str], resolve: Resolve, key: Callable[[str], str]) -> str:
    """The same ARN with stand-ins; `key` does an object's key in S3."""
    resource = match["resource"].rstrip(_SPARE)
    rest = match["resource"][len(resource) :]
    account = match["account"]
    if account.isdigit():
        account = resolve("account", account)
    if match["service"] == "s3" and not match["account"]:
        bucket, slash, path = resource.partition("/")
        shown = resolve("bucket", bucket) + slash + key(path) if bucket not in _PUBLIC_PARTS else resource
    elif resource.startswith("log-group:"):
        shown = _log_group(resolve, resource)
    else:
        shown = _resource(resolve, resource)
    return f"arn:{match['partition']}:{match['service']}:{match['region']}:{account}:{shown}{rest}"
