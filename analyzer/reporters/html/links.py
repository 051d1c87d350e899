"""Addresses of the AWS console, where an id is a real one: a reader may click them, nothing is fetched."""

from __future__ import annotations

import re
from urllib.parse import quote

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]{2,9}){1,2}-\d")
_JOB = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?::\d{1,5})?")
_STAND_IN = "00000000-"
"""Ids of zeros are a bundle's stand-ins."""
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.{1,1024})", re.DOTALL)
_STAND_IN_BUCKET = re.compile(r"bucket-\d{1,9}")
_DOCUMENTATION = re.compile(r"https://[a-z0-9.-]{1,253}(?:/[\w./#?=&%+~:-]{0,1024})?", re.ASCII)


def _console(region: str) -> str:
    if region.startswith("cn-"):
        return f"https://{region}.console.amazonaws.cn"
    return f"https://{region}.console.{'amazonaws-us-gov.com' if region.startswith('us-gov-') else 'aws.amazon.com'}"


def job_link(job_id: str | None, region: str | None) -> str | None:
    """The job's page in the console; of an array's child its array's page, which lists it."""
    match = _JOB.fullmatch(job_id or "")
    if match is None or not _REGION.fullmatch(region or "") or match[1].startswith(_STAND_IN) or not region:
        return None
    kind = "detail" if match[0] == match[1] else "array-job"
    return f"{_console(region)}/batch/home?region={region}#jobs/{kind}/{match[1]}"


def log_link(group: str | None, stream: str | None, region: str | None) -> str | None:
    """The log stream's page in the console."""
    if not group or not stream or not region or not _REGION.fullmatch(region) or _STAND_IN in stream:
        return None
    place = f"log-group/{_twice(group)}/log-events/{_twice(stream)}"
    return f"{_console(region)}/cloudwatch/home?region={region}#logsV2:log-groups/{place}"


def _twice(name: str) -> str:
    """The console's own way to write a name behind the `#`: percent-encoded twice, with `$` for the second `%`."""
    return quote(quote(name, safe="", errors="replace"), safe="").replace("%", "$")


def workdir_link(uri: str | None, region: str | None) -> str | None:
    """The work directory's page in the console."""
    match = _BUCKET.fullmatch(uri or "")
    if match is None or not region or not _REGION.fullmatch(region) or _STAND_IN_BUCKET.fullmatch(match[1]):
        return None
    prefix = quote(f"{match[2].rstrip('/')}/", safe="/", errors="replace")
    return f"{_console(region)}/s3/buckets/{match[1]}?region={region}&prefix={prefix}"


def documentation_link(url: str) -> str | None:
    """The address itself where it is a plain one of the web."""
    return url if _DOCUMENTATION.fullmatch(url) else None
