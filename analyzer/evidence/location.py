"""Where a Nextflow task's work directory is, from its job alone.

Sources: Nextflow's AwsBatchExecutor, FusionScriptLauncher, FusionHelper and BashWrapperBuilder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.evidence.job import Job
from analyzer.frozen import frozen

_MOUNT = "/fusion/s3/"
_WRAPPER = "/.command.run"
_BUCKET = re.compile(r"[a-z0-9A-Z][a-zA-Z0-9._-]{1,254}")
_LONGEST_KEY = 1024
"""S3's own limit, in bytes."""
_LIST_TITLE = "work-dirs:"


@frozen
class Location:
    """A folder in S3."""

    bucket: str
    prefix: str
    """Without a slash at either end."""

    @property
    def uri(self) -> str:
        """`s3://bucket/folder`."""
        return f"s3://{self.bucket}/{self.prefix}"


def parse_uri(uri: str) -> Location | None:
    """Read `s3://bucket/folder`; None where it is no such thing, or names a bucket only."""
    if not uri.startswith("s3://"):
        return None
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    prefix = prefix.strip("/")
    if not _BUCKET.fullmatch(bucket) or not prefix or len(prefix.encode("utf-8", "replace")) > _LONGEST_KEY:
        return None
    return Location(bucket, prefix)


def _from_mount(path: str) -> Location | None:
    """`/fusion/s3/bucket/folder`, the path that the task sees."""
    return parse_uri("s3://" + path.removeprefix(_MOUNT)) if path.startswith(_MOUNT) else None


def _from_shell(command: str) -> Location | None:
    """The first `s3://bucket/folder/.command.run` in a shell command; shells may have escaped characters of it."""
    end = command.find(_WRAPPER)
    while end >= 0:
        start = command.rfind("s3://", 0, end)
        path = command[start:end] if start >= 0 and end - start <= 2 * _LONGEST_KEY else ""
        if path and not re.search(r"(?<!\\)\s", path):
            return parse_uri(re.sub(r"\\(.)", r"\1", path))
        end = command.find(_WRAPPER, end + 1)
    return None


def _candidates(job: Job) -> Iterator[Location | None]:
    for container in job.containers:
        yield _from_mount((container.environment or {}).get("FUSION_WORK", ""))
    for container in job.containers:
        for part in container.command:
            if part.endswith(_WRAPPER):
                yield _from_mount(part.removesuffix(_WRAPPER))
    for container in job.containers:
        for part in container.command:
            yield _from_shell(part)


def work_directory(job: Job) -> Location | None:
    """The job's work directory in S3, or None: by FUSION_WORK, the command's path, the URI in its shell text.

    For a child of an array this is the array's own directory; `children_in_header` of the array's `.command.run`
    leads to the child's.
    """
    return next((place for place in _candidates(job) if place), None)


def children_in_header(wrapper: str) -> tuple[Location, ...]:
    """Work directories of an array's children, in the order of their indices, from the head of its `.command.run`.

    ###   work-dirs:
    ###   - s3://bucket/work/7e/8d2...
    """
    found: list[Location] = []
    inside = False
    for line in wrapper.splitlines():
        entry = line.lstrip("#").strip() if line.startswith("###") else None
        if entry == _LIST_TITLE:
            inside = True
        elif inside:
            place = parse_uri(entry[1:].strip()) if entry and entry.startswith("-") else None
            if place is None:
                break
            found.append(place)
    return tuple(found)


def children_in_script(script: str) -> tuple[Location, ...]:
    """The same from the array's `.command.sh`: `array=( /fusion/s3/... /fusion/s3/... )`."""
    start = script.find("array=(")
    end = script.find(")", start)
    if start < 0 or end < 0:
        return ()
    paths = (word.strip("'\"") for word in script[start + len("array=(") : end].split())
    places = [_from_mount(path) or parse_uri(path) for path in paths]
    return tuple(place for place in places if place) if all(places) else ()
