"""S3: what lies below a folder, and the ends of objects by ranged reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analyzer.evidence.content import BLOCK_BYTES, MemoryContent
from analyzer.evidence.job import items, text, whole
from analyzer.evidence.location import Location
from analyzer.evidence.model import ListingEntry
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.documents import rfc3339
from analyzer.fetchers.errors import code_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TOTAL = re.compile(r"bytes [0-9]+-[0-9]+/([0-9]{1,20})")
_EMPTY = frozenset({"InvalidRange", "416"})
_CHANGED = frozenset({"PreconditionFailed", "412"})


@dataclass(frozen=True)
class Listing:
    """Objects below a folder."""

    entries: tuple[ListingEntry, ...]
    complete: bool
    """False where it was cut by the limit on pages or by the time."""


def list_below(client: S3Client, place: Location, max_pages: int, deadline: Deadline) -> Listing:
    """List what is below a folder, keys relative to it. Hidden files sort first, so a cut takes outputs away, not logs.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: S3 refused, or could not be asked.
    """
    prefix = place.prefix + "/"
    entries: list[ListingEntry] = []
    more: dict[str, Any] = {}
    for page in range(max_pages):
        if page and deadline.passed:
            return Listing(tuple(entries), complete=False)
        answer = client.list_objects_v2(Bucket=place.bucket, Prefix=prefix, **more)
        for item in items(answer.get("Contents")):
            key, modified = text(item.get("Key")), item.get("LastModified")
            if key is None or not key.startswith(prefix) or key.endswith("/"):
                continue
            stamp = rfc3339(modified) if isinstance(modified, datetime) else None
            entries.append(ListingEntry(key.removeprefix(prefix), max(0, whole(item.get("Size")) or 0), stamp))
        token = answer.get("NextContinuationToken")
        if not answer.get("IsTruncated") or not token or token == more.get("ContinuationToken"):
            return Listing(tuple(entries), complete=True)
        more = {"ContinuationToken": token}
    return Listing(tuple(entries), complete=False)


@dataclass(frozen=True)
class _Part:
    data: bytes
    total: int
    """Bytes of the whole object."""
    etag: str | None


def _body(answer: Any, limit: int) -> bytes:
    body = answer["Body"]
    parts: list[bytes] = []
    have = 0
    try:
        while have < limit and (block := body.read(min(BLOCK_BYTES, limit - have))):
            parts.append(block)
            have += len(block)
    finally:
        body.close()
    return b"".join(parts)


def _get(client: S3Client, place: Location, name: str, span: range, etag: str | None = None) -> _Part:
    """The bytes of `span`, fewer where the object ends before."""
    condition: dict[str, Any] = {"IfMatch": etag} if etag else {}
    try:
        answer = client.get_object(
            Bucket=place.bucket, Key=f"{place.prefix}/{name}", Range=f"bytes={span.start}-{span.stop - 1}", **condition
        )
    except Exception as error:
        if code_of(error) in _EMPTY:  # a range of an empty object cannot be satisfied
            return _Part(b"", span.start, None)
        raise
    data = _body(answer, len(span))
    told = _TOTAL.fullmatch(str(answer.get("ContentRange", "")))
    return _Part(data, int(told[1]) if told else span.start + len(data), text(answer.get("ETag")))


def read_ends(
    client: S3Client, place: Location, name: str, head_bytes: int, tail_bytes: int
) -> tuple[MemoryContent, bool]:
    """The first and the last bytes of an object, the whole where these meet; False where it changed in between.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: S3 refused, or could not be asked.
    """
    if head_bytes <= 0:
        return MemoryContent(b""), True
    head = _get(client, place, name, range(head_bytes))
    have = len(head.data)
    if have >= head.total or not tail_bytes:
        return MemoryContent(head.data, original_size=max(head.total, have)), True
    start = max(have, head.total - tail_bytes)
    try:
        tail = _get(client, place, name, range(start, head.total), head.etag)
    except Exception as error:
        if code_of(error) not in _CHANGED:
            raise
        return MemoryContent(head.data, original_size=head.total), False
    return MemoryContent(head.data, tail.data, head.total), len(tail.data) == head.total - start
