"""Captures in S3: copied into a private folder of this machine, for as long as their evidence is used."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.evidence.capture import MANIFEST
from analyzer.evidence.content import BLOCK_BYTES, Content, FileContent, MemoryContent
from analyzer.evidence.job import items, text, whole
from analyzer.evidence.model import Evidence
from analyzer.evidence.private_copy import PrivateCopy, held
from analyzer.evidence.store import MAX_FILES, Files, read_zip, safe_name
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.errors import FetchError, fetch_error
from analyzer.fetchers.executor import DaemonExecutor, in_time
from analyzer.fetchers.local import captures_of, evidence_of_archive
from analyzer.fetchers.recognise import ARCHIVE_ENDING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_CAPTURE_BYTES = 2 * 2**30
"""Copied of one capture, at most; one that is larger is refused."""


class _Copying:
    """Copies objects into a private folder, until it is stopped."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped
        self.copy = PrivateCopy()
        self._left = MAX_CAPTURE_BYTES

    def take(self, client: S3Client, bucket: str, key: str) -> Path:
        """Copy an object; its name here is our own.

        Raises:
            FetchError: it does not fit any more.
        """
        path = self.copy.next_path()
        answer = client.get_object(Bucket=bucket, Key=key)
        with answer["Body"] as body, path.open("wb") as out:
            while not self._stopped.is_set() and (block := body.read(BLOCK_BYTES)):
                self._left -= len(block)
                if self._left < 0:
                    what = f"a capture of more than {MAX_CAPTURE_BYTES:,} bytes"
                    raise FetchError(f"s3://{bucket}/{key}: {what}; copy it to this machine and give the copy")
                out.write(block)
        return path


def fetch_capture(given: str, clients: Clients, timeout_seconds: float) -> tuple[Evidence, ...]:
    """Read `s3://bucket/x.zip` or `s3://bucket/x/manifest.json`: one thing to examine, or the captures of a bundle.

    Raises:
        FetchError: S3 could not be asked, there is no capture, or it was not here in time.
    """
    executor, stopped = DaemonExecutor(1), threading.Event()
    try:
        return in_time(executor, Deadline.after(timeout_seconds), lambda: _fetched(given, clients, stopped))
    except TimeoutError:
        raise FetchError(
            f"Could not read {given}: it was not copied to this machine in the time limit of {timeout_seconds:g} s; "
            "check the network, or repeat the command with a larger --timeout."
        ) from None
    finally:
        stopped.set()
        executor.shutdown()


def _fetched(given: str, clients: Clients, stopped: threading.Event) -> tuple[Evidence, ...]:
    bucket, _, key = given.removeprefix("s3://").partition("/")
    copying = _Copying(stopped)
    try:
        client: S3Client = clients.get("s3", clients.default_region())
        if key.endswith(ARCHIVE_ENDING):
            path = copying.take(client, bucket, key)
            return evidence_of_archive(lambda: held(read_zip(path), copying.copy), given)
        files = _folder(client, bucket, key.removesuffix(MANIFEST), copying)
    except FetchError:
        raise
    except Exception as error:
        raise fetch_error(error, f"read {given}", "GetObject") from error
    if not (found := captures_of(held(files, copying.copy), given)):
        raise FetchError(f"{given}: no capture is there (any more)")
    return found


def _folder(client: S3Client, bucket: str, prefix: str, copying: _Copying) -> Files:
    files: dict[str, Content] = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in items(page.get("Contents")):
            key = text(item.get("Key")) or ""
            name = safe_name(key.removeprefix(prefix)) if key.startswith(prefix) and not key.endswith("/") else None
            if name is None or name in files:
                continue
            if len(files) >= MAX_FILES:
                raise FetchError(f"s3://{bucket}/{prefix}: a capture of more than {MAX_FILES:,} files; pack it")
            if not whole(item.get("Size")):
                files[name] = MemoryContent(b"")
                continue
            path = copying.take(client, bucket, key)
            files[name] = FileContent(path, path.stat().st_size)
    return Files(f"s3://{bucket}/{prefix}", files)
