"""What a target on the command line is: a job, a bucket's address, or a path on this machine."""

from __future__ import annotations

import re
from typing import Literal

from analyzer.evidence.capture import MANIFEST
from analyzer.fetchers import local
from analyzer.fetchers.errors import FetchError
from analyzer.frozen import frozen

MAX_PATH_CHARACTERS = 4_096
MAX_SHOWN_CHARACTERS = 200
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_JOB_ID = re.compile(rf"{_UUID}(?:[:#]\d{{1,5}})?", re.IGNORECASE)
_BUCKET_URI = re.compile(r"s3://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](?:/.*)?", re.IGNORECASE)
_ALMOST_ID = re.compile(r"[0-9a-f-]{20,44}(?:[:#]\d{1,5})?", re.IGNORECASE)
EXIT_CODE_DIGITS = 3
ARCHIVE_ENDING = ".zip"
_TASK_HASH = re.compile(r"[0-9a-f]{2}/[0-9a-f]{6,30}")


@frozen
class Target:
    """One target and what kind of thing it names."""

    given: str
    kind: Literal["job", "s3", "path"]


def is_job_id(given: str) -> bool:
    """It has the form of a Batch job's id, or of an array child's."""
    return bool(_JOB_ID.fullmatch(given))


def is_capture_uri(given: str) -> bool:
    """It names an archive, or a capture's manifest, in S3."""
    return given.startswith("s3://") and given.endswith((ARCHIVE_ENDING, f"/{MANIFEST}"))


def shown(given: str) -> str:
    """A target as it is repeated to the user: cut where it is very long."""
    return given if len(given) <= MAX_SHOWN_CHARACTERS else given[:MAX_SHOWN_CHARACTERS] + "..."


def recognise(given: str) -> Target:
    """Tell what a target is.

    Raises:
        FetchError: it is nothing that can be examined.
    """
    if _BUCKET_URI.fullmatch(given):
        return Target(given, "s3")
    if given.startswith("arn:"):
        return Target(given, "job")
    if len(given) <= MAX_PATH_CHARACTERS and local.exists(given):
        return Target(given, "path")
    if is_job_id(given):
        return Target(given, "job")
    name = shown(given)
    if _TASK_HASH.fullmatch(given):
        raise FetchError(
            f"{name} looks like Nextflow's short task hash, and no such path is here; "
            "give the whole address of the work directory (s3://bucket/work/xx/...) or the Batch job's id."
        )
    if given.startswith("s3:"):
        raise FetchError(f"{name} is not the address of a work directory: those look like s3://bucket/work/xx/hash.")
    if given.isdecimal() and len(given) <= EXIT_CODE_DIGITS:
        raise FetchError(f"{name} is no target; `fsnap-diagnose explain {name}` tells what that exit code means.")
    if _ALMOST_ID.fullmatch(given):
        raise FetchError(f"{name} looks like a Batch job id that was cut or mistyped: those have 8-4-4-4-12 digits.")
    raise FetchError(
        f"{name} is neither a Batch job id or ARN, nor an s3:// work directory, nor a file or folder that is here."
    )
