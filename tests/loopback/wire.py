"""How AWS's protocols look on the wire: requests told apart, answers and errors written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from botocore.model import ListShape, Shape, StructureShape
from botocore.session import get_session

Protocol = Literal["rest-json", "json", "ec2", "s3"]
_BATCH_PATHS = {
    "/v1/describejobs": "DescribeJobs",
    "/v1/describejobqueues": "DescribeJobQueues",
    "/v1/describecomputeenvironments": "DescribeComputeEnvironments",
    "/v1/listjobs": "ListJobs",
}
_TARGETS = {
    "Logs_20140328": "logs",
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "AmazonSSM": "ssm",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
}
_SNS_VERSION = "2010-03-31"


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request, as the tool made it."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    protocol: Protocol


def read_call(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Call:
    """Tell which operation a request is; `target` is the path with its query."""
    url = urlsplit(target)
    if url.path in _BATCH_PATHS:
        return Call("batch", _BATCH_PATHS[url.path], json.loads(body or b"{}"), "rest-json")
    if "x-amz-target" in headers:
        prefix, _, operation = headers["x-amz-target"].rpartition(".")
        return Call(_TARGETS[prefix], operation, json.loads(body or b"{}"), "json")
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        # EC2 and SNS speak alike; the version tells them apart
        service = "sns" if form.get("Version") == _SNS_VERSION else "ec2"
        return Call(service, form.pop("Action"), form, "ec2")
    bucket, _, key = url.path.lstrip("/").partition("/")
    query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
    operation = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}.get(
        method, method
    )
    if not key:
        operation = {"GET": "ListObjectsV2", "HEAD": "HeadBucket"}.get(method, method)
    ranged = {"Range": headers["range"]} if "range" in headers else {}
    return Call("s3", operation, {"Bucket": bucket, "Key": key, **ranged, **query}, "s3")


def json_answer(call: Call, document: object) -> Answer:
    kind = "application/json" if call.protocol == "rest-json" else "application/x-amz-json-1.1"
    return Answer(200, json.dumps(document).encode(), {"content-type": kind})


def error_answer(call: Call, status: int, code: str, message: str) -> Answer:
    """An error in the words of the call's protocol."""
    if call.protocol == "rest-json":
        return Answer(
            status,
            json.dumps({"message": message}).encode(),
            {"x-amzn-errortype": code, "content-type": "application/json"},
        )
    if call.protocol == "json":
        body = json.dumps({"__type": code, "message": message}).encode()
        return Answer(status, body, {"content-type": "application/x-amz-json-1.1"})
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if call.protocol == "ec2":
        xml = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>00000000-test</RequestID></Response>"
    else:
        xml = f"<Error>{inner}<RequestId>TEST</RequestId></Error>"
    return Answer(status, f'<?xml version="1.0" encoding="UTF-8"?>{xml}'.encode(), {"content-type": "text/xml"})


def ec2_answer(operation: str, document: Mapping[str, Any]) -> Answer:
    """Write a document in EC2's XML, by the shapes of botocore's service model; what no shape names is left out."""
    shape = _output_shape(operation)
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><{operation}Response>{_members(shape, document)}</{operation}Response>'
    )
    return Answer(200, xml.encode(), {"content-type": "text/xml"})


@cache
def _output_shape(operation: str) -> StructureShape:
    shape = get_session().get_service_model("ec2").operation_model(operation).output_shape
    assert shape is not None
    return shape


def _members(shape: StructureShape, document: Mapping[str, Any]) -> str:
    parts = []
    for name, member in shape.members.items():
        if document.get(name) is not None:
            tag = member.serialization.get("name", name)
            parts.append(f"<{tag}>{_element(member, document[name])}</{tag}>")
    return "".join(parts)


def _element(shape: Shape, value: Any) -> str:
    if isinstance(shape, StructureShape):
        return _members(shape, value)
    if isinstance(shape, ListShape):
        tag = shape.member.serialization.get("name", "item")
        return "".join(f"<{tag}>{_element(shape.member, one)}</{tag}>" for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(value.isoformat() if isinstance(value, datetime) else str(value))
