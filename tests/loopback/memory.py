"""One scenario's AWS without sockets: World's answers, and S3 and instance types as moto would give them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from tests.loopback.wire import Answer, Call, ec2_answer, error_answer
from tests.loopback.world import World

if TYPE_CHECKING:
    from tests.loopback.scenario import Scenario

_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]+)")
_ETAG = '"0a1b2c3d"'
_XML = {"content-type": "application/xml"}


class Memory:
    """Answers calls; safe to share between threads, as nothing in it changes."""

    def __init__(self, scenario: Scenario) -> None:
        self._world = World([scenario])
        self._objects = dict(_objects(scenario))
        """`bucket/key` -> (bytes that are there, size, last modified)."""

    def answer(self, call: Call) -> Answer:
        if call.service == "s3":
            return self._listed(call) if call.operation == "ListObjectsV2" else self._object(call)
        if call.operation == "DescribeInstanceTypes":
            return _described_types(call.parameters)
        answer = self._world.answer(call)
        return answer or error_answer(call, 400, "UnknownOperationException", f"{call.operation} is not served here")

    def _listed(self, call: Call) -> Answer:
        bucket, prefix = call.parameters["Bucket"], call.parameters.get("prefix", "")
        if not any(name.startswith(f"{bucket}/") for name in self._objects):
            return error_answer(call, 404, "NoSuchBucket", "The specified bucket does not exist")
        found = sorted(n for n in self._objects if n.startswith(f"{bucket}/{prefix}"))
        contents = "".join(
            f"<Contents><Key>{escape(name.partition('/')[2])}</Key><LastModified>{self._objects[name][2]}</LastModified>"
            f"<ETag>{_ETAG}</ETag><Size>{self._objects[name][1]}</Size></Contents>"
            for name in found
        )
        inner = f"<Name>{bucket}</Name><IsTruncated>false</IsTruncated><KeyCount>{len(found)}</KeyCount>{contents}"
        return Answer(200, f"<ListBucketResult>{inner}</ListBucketResult>".encode(), _XML)

    def _object(self, call: Call) -> Answer:
        found = self._objects.get(f"{call.parameters['Bucket']}/{call.parameters['Key']}")
        if found is None:
            return error_answer(call, 404, "NoSuchKey", "The specified key does not exist.")
        data, size, _ = found
        asked = _RANGE.fullmatch(call.parameters.get("Range", ""))
        if asked is None:
            return Answer(200, data, {"etag": _ETAG})
        first, last = int(asked[1]), min(int(asked[2]), size - 1)
        if first >= size:
            return error_answer(call, 416, "InvalidRange", "The requested range is not satisfiable")
        headers = {"etag": _ETAG, "content-range": f"bytes {first}-{last}/{size}"}
        return Answer(206, data[first : last + 1], headers)


def _objects(scenario: Scenario) -> Iterator[tuple[str, tuple[bytes, int, str]]]:
    if scenario.work_directory is None:
        return
    bucket, prefix = scenario.work_directory
    files = scenario.files()
    listed = {entry["key"]: entry for entry in scenario.listing()}
    if scenario.child_directory:
        wrapper = files[".command.run"]
        yield f"{bucket}/{prefix}/.command.run", (wrapper, len(wrapper), "2026-11-16T09:00:00.000Z")
        prefix = scenario.child_directory
    for name in files.keys() | listed.keys():
        data, entry = files.get(name, b""), listed.get(name, {})
        told = str(entry.get("last_modified", "2026-11-16T09:00:00.000Z"))
        yield f"{bucket}/{prefix}/{name}", (data, int(entry.get("size", len(data))), told)


@cache
def _types() -> Mapping[str, Mapping[str, Any]]:
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    return dict(INSTANCE_TYPES)


def _described_types(parameters: Mapping[str, Any]) -> Answer:
    names = [value for name, value in parameters.items() if ".Value." in name]
    # a copy: moto's own has figures that JSON alone can tell apart
    known = [json.loads(json.dumps(_types()[name])) for name in names if name in _types()]
    return ec2_answer("DescribeInstanceTypes", {"InstanceTypes": known})
