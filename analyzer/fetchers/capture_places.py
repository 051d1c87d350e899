"""Folders and s3:// prefixes that hold captures: which captures are there, each once.

How a survey takes it: `CapturePlaces(clients).pieces(given)` for each target that is no job gives targets that
`analyzer.examine.gather_evidence` reads one by one; `notes` belong to the report's.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.evidence.capture import MANIFEST, parse_json
from analyzer.evidence.job import mapping, text
from analyzer.evidence.store import opened_zip
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import fetch_error
from analyzer.fetchers.local import WORKDIR_MARKS
from analyzer.fetchers.recognise import ARCHIVE_ENDING, is_capture_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_DEPTH = 8
"""Folders below the one that was named."""
MAX_ENTRIES = 200_000
"""Files and folders, or objects, that are looked at in one place."""
MAX_MANIFEST_BYTES = 8 * 2**20
_FORMATS = ("fsnap-capture/", "fsnap-bundle/")
_HASH = re.compile(r"(?:.*/)?[0-9a-f]{2}/[0-9a-f]{30}")
"""How the path of a work directory ends."""
_WORKDIR_NAMES = frozenset({*WORKDIR_MARKS, ".fusion"})
_WORKDIR_FILE = re.compile(r"\.command\.[a-z]{1,10}|\.exitcode|\.fusion\.log|\.fusion/.*", re.DOTALL)


class CapturePlaces:
    """Finds captures in places; what is passed over is noted."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self.notes: list[str] = []
        """What was passed over, sentences for the reader of the report."""

    def pieces(self, given: str) -> Iterator[str]:
        """The target itself, where it is one thing; of a folder or prefix of captures, each of these as a target.

        Raises:
            FetchError: S3 could not be asked.
        """
        if given.startswith("s3://"):
            yield from self._in_bucket(given)
        else:
            yield from self._in_folder(given)

    def _in_folder(self, given: str) -> Iterator[str]:
        root = Path(given)
        try:
            one = not root.is_dir() or _is_one(root)
        except OSError:
            one = True  # whoever reads it says what is wrong
        found = False
        for path in () if one else self._walk(root, given):
            found = True
            yield str(path)
        if not found:
            yield given

    def _walk(self, root: Path, given: str) -> Iterator[Path]:
        """Captures' folders and archives with captures, links not followed."""
        pending = deque([(root, 0)])
        looked_at = foreign = 0
        while pending:
            folder, depth = pending.popleft()
            for entry in _entries(folder):
                looked_at += 1
                if looked_at > MAX_ENTRIES:
                    self.notes.append(_too_many(given))
                    return
                path = folder / entry.name
                if entry.is_dir(follow_symlinks=False):
                    if _has_our_manifest(path):
                        yield path
                    elif depth < MAX_DEPTH:
                        pending.append((path, depth + 1))
                elif entry.name.endswith(ARCHIVE_ENDING) and entry.is_file(follow_symlinks=False):
                    if _holds_capture(path):
                        yield path
                    else:
                        foreign += 1
        if foreign:
            self.notes.append(f"{given}: {_archives(foreign)} in it without a capture passed over.")

    def _in_bucket(self, given: str) -> Iterator[str]:
        bucket, _, prefix = given.removeprefix("s3://").rstrip("/").partition("/")
        if _HASH.fullmatch(prefix) or is_capture_uri(given):
            yield given
            return
        prefix = f"{prefix}/" if prefix else ""
        try:
            client: S3Client = self._clients.get("s3", self._clients.default_region())
            found = self._found(client, bucket, prefix, given)
        except Exception as error:
            raise fetch_error(error, f"list {given}", "ListObjectsV2") from error
        if not found:
            yield given
        yield from (f"s3://{bucket}/{key}" for key in found)

    def _found(self, client: S3Client, bucket: str, prefix: str, given: str) -> list[str]:
        """Keys of manifests and archives; nothing where it is a work directory."""
        keys: list[str] = []
        for number, key in enumerate(_keys(client, bucket, prefix)):
            if number >= MAX_ENTRIES:
                self.notes.append(_too_many(given))
                break
            relative = key.removeprefix(prefix)
            if _WORKDIR_FILE.fullmatch(relative):
                return []
            if relative.count("/") <= MAX_DEPTH and _is_piece(relative):
                keys.append(key)
        return _outermost(client, bucket, keys)


def _is_one(folder: Path) -> bool:
    """A capture, a bundle or a work directory: to be read as a whole."""
    if _has_our_manifest(folder):
        return True
    with os.scandir(folder) as found:
        return any(entry.name in _WORKDIR_NAMES for entry in found)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder and not hidden; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return sorted((e for e in found if not e.name.startswith(".")), key=lambda entry: entry.name)
    except OSError:
        return []


def _has_our_manifest(folder: Path) -> bool:
    path = folder / MANIFEST
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # a pipe would hold us up, a link leads out
            return False
        with path.open("rb") as stream:
            return _is_ours(stream.read(MAX_MANIFEST_BYTES))
    except OSError:
        return False


def _is_ours(manifest: bytes) -> bool:
    try:
        return (text(mapping(parse_json(manifest)).get("format")) or "").startswith(_FORMATS)
    except ValueError:
        return False


def _holds_capture(archive: Path) -> bool:
    """There is a manifest in it, at its top or in its one folder, or in those of a bundle; or it cannot be read."""
    try:
        with opened_zip(archive) as opened:
            return any(name == MANIFEST or name.endswith(f"/{MANIFEST}") for name in opened.namelist())
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError):
        return True  # whoever reads it says what is wrong


def _keys(client: S3Client, bucket: str, prefix: str) -> Iterator[str]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", ()):
            key = text(item.get("Key"))
            if key is not None and key.startswith(prefix):
                yield key


def _is_piece(relative: str) -> bool:
    return relative == MANIFEST or relative.endswith((f"/{MANIFEST}", ARCHIVE_ENDING))


def _outermost(client: S3Client, bucket: str, keys: list[str]) -> list[str]:
    """Without what lies within a capture or a bundle; a manifest of something else is none."""
    folders = {key.removesuffix(MANIFEST) for key in keys if key.endswith(MANIFEST)}
    around = {outer for key in keys for outer in _folders_above(key) if outer in folders}
    foreign = {outer for outer in around if not _is_ours(_manifest(client, bucket, outer))}
    folders -= foreign
    return [
        key
        for key in keys
        if key.removesuffix(MANIFEST) not in foreign and not any(outer in folders for outer in _folders_above(key))
    ]


def _manifest(client: S3Client, bucket: str, folder: str) -> bytes:
    with client.get_object(Bucket=bucket, Key=folder + MANIFEST)["Body"] as body:
        return body.read(MAX_MANIFEST_BYTES)


def _folders_above(key: str) -> Iterable[str]:
    """`a/`, then `a/b/`, of `a/b/c/manifest.json`, the capture's own folder left out, and of `a/b/c.zip`."""
    own = key.removesuffix(MANIFEST).rstrip("/") if key.endswith(MANIFEST) else key
    return ("", *(own[: match.end()] for match in re.finditer("/", own))) if own else ()


def _archives(count: int) -> str:
    return "an archive" if count == 1 else f"{count:,} archives"


def _too_many(given: str) -> str:
    return (
        f"{given}: more than {MAX_ENTRIES:,} files are in it, and the rest was not looked at; name the folders in it."
    )
