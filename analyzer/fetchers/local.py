"""A path on this machine -> Evidence: captures, work directories, job descriptions and bare logs."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from analyzer.evidence.capture import looks_like_capture, parse_json, read_capture
from analyzer.evidence.capture_bundle import looks_like_bundle, read_bundle
from analyzer.evidence.content import FileContent, read_all
from analyzer.evidence.job import items, mapping, text
from analyzer.evidence.model import Document, Evidence, ListingEntry
from analyzer.evidence.store import Files, read_folder, read_zip
from analyzer.fetchers.errors import FetchError
from analyzer.parsers.checkpoint_log import looks_like_checkpoint_log
from analyzer.parsers.fusion_log import parse_fusion_line

WORKDIR_MARKS = (
    ".command.run",
    ".command.sh",
    ".command.log",
    ".command.err",
    ".command.begin",
    ".exitcode",
    ".fusion.log",
)
LOG_SUFFIXES = {".log", ".err", ".out"}
HEAD_BYTES = 64 * 1024
FIRST_PRINTABLE = 0x20
MOST_ODD_BYTES = 0.2
"""Share of a log's head that may be bytes of no text."""
MAX_JOB_DOCUMENT_BYTES = 32 * 2**20
_CHECKPOINT_LOG = re.compile(r"(?:pre|dump|restore)_\d[^/]*\.log")
_ACCEPTED = "a capture, a bundle, a work directory, a job description (.json) or a log file"


def read_path(path: Path, target: str) -> Evidence:
    """Read what a path on this machine holds: one thing to examine.

    Raises:
        FetchError: it is missing, unreadable, none of the things that can be examined, or a bundle of several.
    """
    found = read_all_of(path, target)
    if len(found) > 1:
        raise FetchError(f"{target}: a bundle of {len(found)} captures; unpack it and give one of the folders in it")
    return found[0]


def read_all_of(path: Path, target: str) -> tuple[Evidence, ...]:
    """Read what a path on this machine holds: one thing to examine, or the captures of a bundle.

    Raises:
        FetchError: it is missing, unreadable or none of the things that can be examined.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return _folder(path, target)
        if not stat.S_ISREG(status.st_mode):
            raise FetchError(f"{target}: neither a file nor a folder; {_ACCEPTED} is needed")
        return _file(path, status.st_size, target)
    except FileNotFoundError as error:
        raise FetchError(f"{target}: no such file or folder") from error
    except OSError as error:
        raise FetchError(f"{target}: cannot be read ({error.strerror or error})") from error


def _folder(path: Path, target: str) -> tuple[Evidence, ...]:
    files = read_folder(path)
    if found := captures_of(files, target):
        return found
    relative = _as_workdir(files)
    if relative is None:
        raise FetchError(
            f"{target}: a folder with neither a capture's manifest.json nor a task's files "
            "(.command.run, .exitcode, .fusion/...); give the task's work directory or a capture"
        )
    return (_workdir(relative, target),)


def captures_of(files: Files, target: str) -> tuple[Evidence, ...]:
    """What a capture holds, or each of a bundle's; nothing where it is neither.

    Raises:
        FetchError: it is a bundle without a capture.
    """
    if looks_like_bundle(files):
        found = read_bundle(files, target)
        if not found:
            raise FetchError(f"{target}: a bundle without a capture in it, so that there is nothing to examine")
        return found
    return (read_capture(files, target),) if looks_like_capture(files) else ()


def _as_workdir(files: Files) -> Files | None:
    names = files.files
    if any(mark in names for mark in WORKDIR_MARKS) or any(name.startswith(".fusion/") for name in names):
        return files
    if "dump_metadata" in names or any(
        re.match(r"\d+/", n) and _CHECKPOINT_LOG.fullmatch(n.split("/", 1)[1]) for n in names
    ):
        return _moved(files, ".fusion/dump/")
    logs = [name for name in names if _CHECKPOINT_LOG.fullmatch(name)]
    if logs:
        number = re.findall(r"\d+", logs[0])[0]
        return _moved(files, f".fusion/dump/{number}/")
    return None


def _moved(files: Files, prefix: str) -> Files:
    return Files(
        where=files.where,
        files={prefix + name: content for name, content in files.files.items()},
        modified={prefix + name: when for name, when in files.modified.items()},
        gaps=files.gaps,
    )


def _timestamp(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None


def _workdir(files: Files, target: str) -> Evidence:
    listing = tuple(
        ListingEntry(name, content.size, _timestamp(files.modified.get(name)))
        for name, content in sorted(files.files.items())
    )
    readable = {name: c for name, c in files.files.items() if not name.endswith(".img")}
    return Evidence(target=target, kind="workdir", workdir=readable, listing=listing, gaps=files.gaps)


def _file(path: Path, size: int, target: str) -> tuple[Evidence, ...]:
    head = read_all(FileContent(path, size), HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or path.suffix == ".zip":
        return evidence_of_archive(lambda: read_zip(path), target)
    if path.suffix == ".json":
        return (_job_document(path, size, target),)
    if _is_log(path.name, head):
        return (Evidence(target=target, kind="log", workdir={path.name: FileContent(path, size)}),)
    raise FetchError(f"{target}: not a file that can be examined; {_ACCEPTED} is needed")


def _is_log(name: str, head: bytes) -> bool:
    named = (Path(name).suffix in LOG_SUFFIXES or name in WORKDIR_MARKS) and not _is_rubbish(head)
    return named or looks_like_checkpoint_log(head, name) or looks_like_fusion_log(head)


def _is_rubbish(head: bytes) -> bool:
    """Mostly bytes that no text has; NUL bytes do not count, a power cut leaves them in logs."""
    odd = sum(byte < FIRST_PRINTABLE and byte not in b"\0\t\n\r\x1b" for byte in head)
    undecoded = head.decode("utf-8", "replace").count("\ufffd")
    return odd + undecoded > len(head) * MOST_ODD_BYTES


def looks_like_fusion_log(head: bytes) -> bool:
    """Whether one of the first lines is Fusion's."""
    lines = head.decode("utf-8", "replace").splitlines()[:50]
    return any(parse_fusion_line(line) is not None for line in lines)


def evidence_of_archive(read: Callable[[], Files], target: str) -> tuple[Evidence, ...]:
    """What a zip archive holds: one thing to examine, or the captures of a bundle.

    Raises:
        FetchError: it cannot be read, or holds nothing that can be examined.
        OSError: the archive itself cannot be read.
    """
    try:
        files = read()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, UnicodeDecodeError) as error:
        raise FetchError(f"{target}: a zip archive that cannot be read ({error})") from error
    tops = {name.split("/", 1)[0] for name in files.files}
    if not looks_like_capture(files) and len(tops) == 1 and not looks_like_bundle(files):
        files = files.below(f"{tops.pop()}/")
    if found := captures_of(files, target):
        return found
    relative = _as_workdir(files)
    if relative is None:
        raise FetchError(f"{target}: an archive without a capture's manifest.json and without a task's files")
    return (_workdir(relative, target),)


def _job_document(path: Path, size: int, target: str) -> Evidence:
    if size > MAX_JOB_DOCUMENT_BYTES:
        raise FetchError(
            f"{target}: larger than {MAX_JOB_DOCUMENT_BYTES} bytes; a job as DescribeJobs returns it is needed"
        )
    try:
        document = parse_json(read_all(FileContent(path, size), MAX_JOB_DOCUMENT_BYTES))
    except ValueError as error:
        raise FetchError(f"{target}: not valid JSON ({error})") from error
    job = _the_job(document, target)
    arn = (text(job.get("jobArn")) or "").split(":")
    return Evidence(target=target, kind="job", job=job, region=arn[3] if len(arn) > 5 and arn[3] else None)  # noqa: PLR2004 - an ARN has six parts


def _the_job(document: object, target: str) -> Document:
    inner = mapping(document)
    if isinstance(inner.get("jobs"), list):
        jobs = items(inner["jobs"])
        if not jobs:
            raise FetchError(
                f"{target}: holds 0 jobs: Batch did not know the job, or has forgotten it after about a week; "
                "give its s3:// work directory instead"
            )
        if len(jobs) != 1:
            raise FetchError(f"{target}: holds {len(jobs)} jobs; a file with exactly one is needed")
        inner = jobs[0]
    elif isinstance(inner.get("detail"), dict) and inner.get("source") == "aws.batch":
        inner = mapping(inner["detail"])
    if not any(text(inner.get(member)) for member in ("jobId", "jobArn", "jobName", "status")):
        raise FetchError(f'{target}: not a job as DescribeJobs returns it (bare, or inside {{"jobs": [...]}})')
    return inner


def exists(target: str) -> bool:
    """Whether the target names something on this machine; never raises."""
    try:
        return os.path.lexists(target)
    except (OSError, ValueError):
        return False
