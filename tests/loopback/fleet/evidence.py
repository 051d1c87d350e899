"""What the other services know of the account's jobs: logs, objects, hosts, the trail."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from tests.loopback.fleet.account import ARRAY, FAILING_CHILD, Job
from tests.loopback.fleet.clock import HOST_MEMORY, Moment
from tests.loopback.log_streams import LogStreams, NotFoundError
from tests.loopback.wire import Answer, Call, ec2_answer, json_answer
from tests.loopback.world import LOOKUP_PAGE, RefusedError, holds, looked_up, seconds_of

Document = dict[str, Any]
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_ETAG = '"00000000000000000000000000000001"'
_KEPT_DIRECTORIES = 16
TRAIL = timedelta(days=90)


class Evidence:
    """Answers from a moment of the account; nothing is kept but the directories that were asked for last."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self._directories: OrderedDict[str, dict[str, tuple[bytes, Document]]] = OrderedDict()
        self._lock = threading.Lock()

    def handlers(self) -> Mapping[tuple[str, str], Callable[[Call], Answer]]:
        return {
            ("logs", "GetLogEvents"): self._log_events,
            ("s3", "ListObjectsV2"): self._list_objects,
            ("s3", "GetObject"): self._get_object,
            ("s3", "HeadObject"): self._get_object,
            ("ecs", "DescribeContainerInstances"): self._container_instances,
            ("ecs", "DescribeTasks"): self._tasks,
            ("ec2", "DescribeInstances"): self._instances,
            ("ec2", "DescribeInstanceTypes"): _instance_types,
            ("cloudtrail", "LookupEvents"): self._lookup,
        }

    # CloudWatch Logs

    def _log_events(self, call: Call) -> Answer:
        group, stream = call.parameters["logGroupName"], str(call.parameters["logStreamName"])
        streams = LogStreams()
        streams.events["/aws/batch/job", "-"] = []
        job = self.moment.account.find(stream.rsplit("/", 1)[-1])
        if job is not None and (number := self._attempt(job, stream)) is not None and job.template.events(number):
            lines = job.filled(f"logs/{number}.jsonl").encode("latin-1").decode().splitlines()
            events = [json.loads(line) for line in lines]
            streams.add("/aws/batch/job", stream, [e for e in events if e["timestamp"] <= self.moment.ms])
        if group != "/aws/batch/job":
            raise NotFoundError("The specified log group does not exist.")
        return json_answer(call, streams.get_log_events(call.parameters))

    @staticmethod
    def _attempt(job: Job, stream: str) -> int | None:
        """Which attempt wrote the stream, from 1."""
        document = json.loads(job.filled("job.json"))
        for number, attempt in enumerate(document.get("attempts", []), 1):
            if (attempt.get("container") or {}).get("logStreamName") == stream:
                return number
        return None

    # S3

    def _list_objects(self, call: Call) -> Answer:
        prefix = str(call.parameters.get("prefix", ""))
        first, most = int(call.parameters.get("continuation-token", 0)), int(call.parameters.get("max-keys", 1000))
        found = [
            (key, entry)
            for key, (_, entry) in sorted(self._directory(call.parameters["Bucket"], prefix).items())
            if key.startswith(prefix)
        ]
        page, rest = found[first : first + most], found[first + most :]
        url = call.parameters.get("encoding-type") == "url"
        contents = "".join(
            f"<Contents><Key>{escape(quote(key) if url else key)}</Key><LastModified>{entry['last_modified']}"
            f"</LastModified><ETag>{escape(_ETAG)}</ETag><Size>{entry['size']}</Size></Contents>"
            for key, entry in page
        )
        more = f"<NextContinuationToken>{first + most}</NextContinuationToken>" if rest else ""
        encoding = "<EncodingType>url</EncodingType>" if url else ""
        body = (
            f"<Name>{call.parameters['Bucket']}</Name>{encoding}<KeyCount>{len(page)}</KeyCount>"
            f"<IsTruncated>{str(bool(rest)).lower()}</IsTruncated>{more}{contents}"
        )
        return _xml(f"<ListBucketResult>{body}</ListBucketResult>")

    def _get_object(self, call: Call) -> Answer:
        key = unquote(str(call.parameters["Key"]))
        known = self._directory(call.parameters["Bucket"], key).get(key)
        if known is None:
            raise RefusedError("NoSuchKey", "The specified key does not exist.", 404)
        data = known[0]
        headers = {"etag": _ETAG, "accept-ranges": "bytes", "content-type": "binary/octet-stream"}
        told = _RANGE.fullmatch(str(call.parameters.get("Range", "")))
        if told is None:
            return Answer(200, data, headers)
        first, last = _span(told[1], told[2], len(data))
        if first >= len(data):
            raise RefusedError("InvalidRange", "The requested range is not satisfiable", 416)
        return Answer(206, data[first:last], {**headers, "content-range": f"bytes {first}-{last - 1}/{len(data)}"})

    def _directory(self, bucket: str, key: str) -> dict[str, tuple[bytes, Document]]:
        """Key -> bytes and entry, of the work directory that a key or a prefix lies in."""
        parts = key.split("/")
        name = "/".join(parts[1:3])
        job = self.moment.account.find(name) if len(parts) > 2 else None
        if job is None or job.template.bucket != bucket:
            return {}
        with self._lock:
            if name not in self._directories:
                self._directories[name] = dict(self._objects(job, name))
                while len(self._directories) > _KEPT_DIRECTORIES:
                    self._directories.popitem(last=False)
            return self._directories[name]

    def _objects(self, job: Job, name: str) -> Iterator[tuple[str, tuple[bytes, Document]]]:
        files: Mapping[str, bytes] = job.template.files
        listing = [json.loads(line) for line in self._listing(job)]
        if job.mould == ARRAY:
            children = [job.fill(one) for one in job.template.children]
            if name == job.fill(job.template.directory):
                # what the children share
                files, listing = (
                    {".command.run": files[".command.run"]},
                    [e for e in listing if e["key"] == ".command.run"],
                )
            elif not (job.array_fails and name == children[FAILING_CHILD]):
                return
        elif name != job.fill(job.template.directory):
            return
        for entry in listing:
            key = str(entry["key"])
            data = job.filled(f"workdir/{key}").encode("latin-1") if key in files else b""
            size = len(data) if key in files else entry["size"]
            yield f"work/{name}/{key}", (data, {**entry, "size": size})

    @staticmethod
    def _listing(job: Job) -> list[str]:
        member = "workdir.listing.jsonl"
        return job.filled(member).splitlines() if job.template.has(member) else []

    # hosts

    def _known_hosts(self, job: Job, member: str) -> list[Document]:
        """Container instances or instances of hosts that are there, or went within the hour."""
        if not job.template.has(member):
            return []
        ended = job.stopped
        if ended is not None and self.moment.ms - ended > HOST_MEMORY / timedelta(milliseconds=1):
            return []
        return list(json.loads(job.filled(member)))

    def _container_instances(self, call: Call) -> Answer:
        return json_answer(
            call, self._of_ecs(call.parameters["containerInstances"], "containerInstances", self._container_instance)
        )

    def _container_instance(self, short: str) -> Document | None:
        job = self.moment.account.find(short)
        known = self._known_hosts(job, "container_instances.json") if job else []
        return next((one for one in known if one["containerInstanceArn"].endswith(f"/{short}")), None)

    def _tasks(self, call: Call) -> Answer:
        return json_answer(call, self._of_ecs(call.parameters["tasks"], "tasks", lambda _: None))

    @staticmethod
    def _of_ecs(names: list[str], member: str, find: Callable[[str], Document | None]) -> Document:
        found = [(name, find(name.rsplit("/", 1)[-1])) for name in names]
        failures = [{"arn": name, "reason": "MISSING"} for name, one in found if one is None]
        return {member: [one for _, one in found if one is not None], "failures": failures}

    def _instances(self, call: Call) -> Answer:
        found = []
        for name, value in call.parameters.items():
            if name.startswith(("InstanceId.", "Filter.1.Value.")):
                job = self.moment.account.find(str(value))
                known = self._known_hosts(job, "instances.json") if job else []
                found += [one for one in known if one["InstanceId"] == value]
        reservations = [{"ReservationId": "r-0a1b2c3d", "Instances": found}] if found else []
        return ec2_answer("DescribeInstances", {"Reservations": reservations})

    # CloudTrail

    def _lookup(self, call: Call) -> Answer:
        (attribute,) = call.parameters["LookupAttributes"]
        begin = max(float(call.parameters.get("StartTime", 0)), (self.moment.now - TRAIL).timestamp())
        end = min(float(call.parameters.get("EndTime", "inf")), self.moment.now.timestamp())
        if attribute["AttributeKey"] == "ResourceName":
            job = self.moment.account.find(attribute["AttributeValue"])
            jobs = [job] if job else []
        else:
            jobs = [job for job in self.moment.account.with_trail if _near(job, begin, end)]
        events = [event for job in jobs for event in self._trail(job)]
        found = [looked_up(e) for e in events if holds(e, attribute) and begin <= seconds_of(e) <= end]
        found.sort(key=lambda event: -event["EventTime"])
        first = int(call.parameters.get("NextToken", "0"))
        page = min(int(call.parameters.get("MaxResults", LOOKUP_PAGE)), LOOKUP_PAGE)
        rest = {"NextToken": str(first + page)} if first + page < len(found) else {}
        return json_answer(call, {"Events": found[first : first + page], **rest})

    @staticmethod
    def _trail(job: Job) -> list[Document]:
        return list(json.loads(job.filled("cloudtrail.json"))) if job.template.has("cloudtrail.json") else []


def _near(job: Job, begin: float, end: float) -> bool:
    """Its life overlaps the time."""
    return job.created / 1000 <= end and (job.stopped or job.created) / 1000 + 3_600 >= begin


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """From and to (exclusive) of a range: `a-b`, `a-`, or the last bytes, `-n`."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


def _xml(body: str) -> Answer:
    return Answer(200, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode(), {"content-type": "application/xml"})


@cache
def _recorded_types() -> Mapping[str, Document]:
    """EC2's own figures, as moto has recorded them; moto itself need not run for that."""
    moto = find_spec("moto")
    assert moto is not None
    assert moto.origin is not None
    recorded = Path(moto.origin).parent / "ec2/resources/instance_types.json.gz"
    types: Mapping[str, Document] = json.loads(gzip.decompress(recorded.read_bytes()))
    return types


def _instance_types(call: Call) -> Answer:
    wanted = [str(value) for name, value in call.parameters.items() if name.startswith("InstanceType.")]
    known = _recorded_types()
    return ec2_answer("DescribeInstanceTypes", {"InstanceTypes": [known[name] for name in wanted if name in known]})
