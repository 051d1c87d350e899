"""What a target on the command line is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analyzer.fetchers import local
from analyzer.fetchers.errors import FetchError

MAX_TARGET_CHARACTERS = 4_096
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_JOB_ID = re.compile(rf"{_UUID}(?::\d{{1,5}}|#\d{{1,5}})?", re.IGNORECASE)
_JOB_ARN = re.compile(r"arn:[\w-]+:batch:[\w-]*:\d*:job/[\w-]+(?::\d{1,5}|#\d{1,5})?")
_BUCKET_URI = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/.*)?", re.IGNORECASE)
_TASK_HASH = re.compile(r"[0-9a-f]{2}/[0-9a-f]{6,30}")


@dataclass(frozen=True)
class Target:
    """One target and what kind of thing it names."""

    given: str
    kind: Literal["job", "s3", "path"]


def recognise(given: str) -> Target:
    """Tell what a target is.

    Raises:
        FetchError: it is nothing that can be examined.
    """
    if _BUCKET_URI.fullmatch(given):
        return Target(given, "s3")
    if _JOB_ARN.fullmatch(given):
        return Target(given, "job")
    if len(given) <= MAX_TARGET_CHARACTERS and local.exists(given):
        return Target(given, "path")
    if _JOB_ID.fullmatch(given):
        return Target(given, "job")
    shown = given if len(given) <= 200 else given[:197] + "..."
    if _TASK_HASH.fullmatch(given):
        raise FetchError(
            f"{shown}: looks like Nextflow's short task hash and no such path is here; "
            "give the work directory's whole address (s3://bucket/work/xx/...) or the Batch job's id"
        )
    if given.startswith("s3:"):
        raise FetchError(f"{shown}: not a bucket's address; s3://bucket/work/xx/hash is needed")
    if given.startswith("arn:"):
        raise FetchError(f"{shown}: not a Batch job's ARN; arn:aws:batch:<region>:<account>:job/<id> is needed")
    raise FetchError(
        f"{shown}: neither a Batch job id or ARN, nor an s3:// work directory, and no such file or folder is here"
    )


def as_path(target: Target) -> Path:
    return Path(target.given)
