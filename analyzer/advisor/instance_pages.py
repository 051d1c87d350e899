"""Recorded answers of DescribeInstanceTypes: as the AWS CLI prints them, lists of them, or by type as moto has them."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from analyzer.advisor.instance_catalogue import MAX_TYPES, InstanceCatalogueError
from analyzer.evidence.job import items, mapping
from analyzer.evidence.model import Document

MAX_PAGES_BYTES = 32 * 2**20
"""The whole of a region's answers is some 7 MB."""
_GZIP = b"\x1f\x8b"
_WAY_OUT = "record one with: aws ec2 describe-instance-types > pages.json"


def pages_of(document: object) -> list[Document]:
    """The types of recorded answers: one page, a list of pages or of types, or a mapping of names to types."""
    return list(_types(document))


def _types(document: object) -> Iterator[Document]:
    for part in document if isinstance(document, list) else [document]:
        page = mapping(part)
        if "InstanceTypes" in page:
            yield from items(page["InstanceTypes"])
        elif "InstanceType" in page:
            yield page
        else:
            yield from items(list(page.values()))


def read_pages(path: Path) -> list[Document]:
    """The types of a file of recorded answers, which may be compressed with gzip.

    Raises:
        InstanceCatalogueError: it cannot be read, is too large, or holds no instance types.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_PAGES_BYTES + 1)
        if content.startswith(_GZIP):
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MAX_PAGES_BYTES + 1)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "no such file, or a damaged one"
        raise InstanceCatalogueError(f"{path}: cannot be read ({reason}); {_WAY_OUT}") from None
    if len(content) > MAX_PAGES_BYTES:
        raise InstanceCatalogueError(f"{path}: too large for recorded instance types; {_WAY_OUT}")
    try:
        found = pages_of(json.loads(content))
    except (ValueError, RecursionError):
        raise InstanceCatalogueError(f"{path}: this is no JSON; {_WAY_OUT}") from None
    if not 0 < len(found) <= MAX_TYPES:
        raise InstanceCatalogueError(f"{path}: it holds no list of 1 to {MAX_TYPES} instance types; {_WAY_OUT}")
    return found
