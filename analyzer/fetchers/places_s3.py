"""A prefix in S3 as a place for files."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analyzer.evidence.job import items, text, whole
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError, code_of, fetch_error
from analyzer.fetchers.place_names import NotThereError, checked, checked_folder, is_hidden

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_MISSING = frozenset({"NoSuchKey", "NotFound", "404"})
_EMPTY = frozenset({"InvalidRange", "416"})
_TYPES = {".md": "text/markdown", ".parquet": "application/vnd.apache.parquet", ".jsonl": "application/jsonl"}
"""What the standard library does not know on every machine."""


def bucket_place(uri: str, clients: Clients) -> BucketPlace:
    """The place that `s3://bucket/prefix` names.

    Raises:
        FetchError: no bucket has such a name, or the prefix has parts such as `..`.
    """
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    prefix = prefix.strip("/")
    if not _BUCKET.fullmatch(bucket):
        raise FetchError(f"{uri[:200]!r} is no place to keep files; give s3://BUCKET/PREFIX")
    return BucketPlace(bucket, checked(prefix, uri) + "/" if prefix else "", clients)


class BucketPlace:
    """See analyzer.fetchers.places.Place."""

    def __init__(self, bucket: str, prefix: str, clients: Clients) -> None:
        self._bucket, self._prefix, self._clients = bucket, prefix, clients

    @property
    def uri(self) -> str:
        """See Place."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def check(self) -> None:
        """See Place; whether it may be written shows with the first file."""
        try:
            self._client().list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)
        except Exception as error:
            raise self._refused(error, f"list {self.uri}", "ListObjectsV2") from error

    def entries(self, prefix: str = "", without: str = "") -> Iterator[tuple[str, int]]:
        """See Place."""
        start = self._prefix + checked_folder(prefix, self.uri)
        left_out = self._prefix + checked_folder(without, self.uri) if without else None
        more: dict[str, Any] = {}
        while True:
            try:
                answer = self._client().list_objects_v2(Bucket=self._bucket, Prefix=start, **more)
            except Exception as error:
                raise self._refused(error, f"list {self.uri}/{prefix}", "ListObjectsV2") from error
            last = ""
            for item in items(answer.get("Contents")):
                last = key = text(item.get("Key")) or ""
                name = key.removeprefix(self._prefix)
                if left_out and key.startswith(left_out):
                    continue
                if key.startswith(start) and name and not name.endswith("/") and not is_hidden(name):
                    yield name, max(0, whole(item.get("Size")) or 0)
            token = answer.get("NextContinuationToken")
            if not answer.get("IsTruncated") or not token or token == more.get("ContinuationToken"):
                return
            # the rest of a folder that is left out is not listed, however much is in it
            beyond = left_out is not None and last.startswith(left_out)
            more = {"StartAfter": _after(left_out or "")} if beyond else {"ContinuationToken": token}

    def names(self, prefix: str = "") -> Iterator[str]:
        """See Place."""
        return (name for name, _ in self.entries(prefix))

    def exists(self, name: str) -> bool:
        """See Place."""
        try:
            self._client().head_object(Bucket=self._bucket, Key=self._key(name))
        except Exception as error:
            if code_of(error) in _MISSING:
                return False
            raise self._refused(error, f"look up {self.uri}/{name}", "HeadObject") from error
        return True

    def read(self, name: str, span: range | None = None) -> bytes:
        """See Place."""
        if span is not None and not span:
            return b""
        limits: dict[str, Any] = {"Range": f"bytes={span.start}-{span.stop - 1}"} if span else {}
        try:
            answer = self._client().get_object(Bucket=self._bucket, Key=self._key(name), **limits)
            with answer["Body"] as body:
                return body.read()
        except Exception as error:
            if code_of(error) in _EMPTY:
                return b""
            if code_of(error) in _MISSING:
                raise NotThereError(f"{self.uri}/{name}: no such object") from error
            raise self._refused(error, f"read {self.uri}/{name}", "GetObject") from error

    def write(self, name: str, data: bytes) -> None:
        """See Place."""
        key = self._key(name)
        try:
            self._client().put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type(name))
        except Exception as error:
            raise self._refused(error, f"write {self.uri}/{name}", "PutObject") from error

    def delete(self, name: str) -> None:
        """See Place."""
        try:
            self._client().delete_object(Bucket=self._bucket, Key=self._key(name))
        except Exception as error:
            raise self._refused(error, f"remove {self.uri}/{name}", "DeleteObject") from error

    def _key(self, name: str) -> str:
        return self._prefix + checked(name, self.uri)

    def _client(self) -> S3Client:
        client: S3Client = self._clients.get("s3", self._clients.default_region())
        return client

    def _refused(self, error: Exception, trying: str, operation: str) -> FetchError:
        if isinstance(error, FetchError):
            return error
        if code_of(error) == "NoSuchBucket":
            return FetchError(
                f"Could not {trying}: there is no bucket {self._bucket}; correct its name, or make it first."
            )
        return fetch_error(error, trying, operation)


def _after(folder: str) -> str:
    """A key behind all those of a folder, and before any other that is longer."""
    return folder.removesuffix("/") + chr(ord("/") + 1)


def content_type(name: str) -> str:
    """By the name's ending, so that a browser shows a report and does not save it."""
    ending = name[name.rfind(".") :] if "." in name else ""
    kind = _TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
