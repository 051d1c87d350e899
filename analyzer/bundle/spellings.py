"""The forms in which one thing may stand in a text, each with its stand-in in the same form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

from analyzer.bundle.data_files import is_common
from analyzer.bundle.vocabulary import is_ordinary

UNMISTAKABLE = frozenset({"account", "uuid", "aws-id", "ipv4", "ipv6", "mac", "email", "hex", "redacted"})
"""Kinds whose form alone makes them unmistakable."""
SECRET = "secret"  # noqa: S105 - a kind of thing
"""Of secrets the case of each letter counts."""
_WEAK = frozenset({"folder", "value"})
"""Kinds that are learned from paths and settings, where every word may stand."""
_OF_COMMON_WORDS = frozenset({"folder", "file", "value", "project", "platform-id"})
"""Kinds whose names may be made of words that stand in every log."""
SHORTEST_NAME = 4
"""A shorter name is replaced only where a place says that it is one."""
_SHORTEST_PART = 6
_SHORTEST_WITHOUT_DIGITS = 8
_PUBLIC = re.compile(
    r"[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}[a-z]?|[a-z][a-z0-9-]{1,20}\.(?:nano|micro|small|medium|metal|\d{0,3}x?large|metal-\d+xl)"
    r"|x86_64|amd64|arm64|aarch64|linux[-_](?:64|amd64|arm64)|v?\d+(?:\.\d+){1,3}|[*?]+|true|false|\d{1,11}"
)
_NOT_IN_JOB_NAMES = re.compile(r"[^A-Za-z0-9_-]")


def is_public(value: str) -> bool:
    """Regions, zones, instance types, architectures, versions and plain numbers: they tell of nobody."""
    return _PUBLIC.fullmatch(value) is not None


def stands_alone(kind: str, value: str) -> bool:
    """Whether the value is replaced wherever it stands, and not only where its place tells what it is."""
    if kind in UNMISTAKABLE:
        return True
    if len(value) < SHORTEST_NAME or is_ordinary(value) or is_public(value) or not value[:1].isalnum():
        return False
    if kind in _OF_COMMON_WORDS and is_common(value):
        return False
    if kind not in _WEAK:
        return True
    digits, joined = any(c.isdigit() for c in value), "-" in value or "_" in value
    return (digits and len(value) >= _SHORTEST_PART and any(c.isalpha() for c in value)) or (
        joined and len(value) >= _SHORTEST_WITHOUT_DIGITS
    )


def spellings(kind: str, value: str, stand_in: str) -> Iterator[tuple[str, str]]:
    """(spelling, what stands for it): as it is, URL-encoded, escaped for JSON, in a job's name; in any case.

    Secrets in hexadecimal digits, too.
    """
    yield value, stand_in
    for safe in ("", "/"):
        yield quote(value, safe=safe, errors="replace"), quote(stand_in, safe=safe)
    yield json.dumps(value)[1:-1], stand_in
    if "/" in value:
        yield value.replace("/", "\\/"), stand_in
    if kind == SECRET:
        digits = value.encode("utf-8", "surrogatepass").hex()
        yield from ((digits, stand_in), (digits.upper(), stand_in))
    if kind in ("sample", "run", "project"):
        yield _NOT_IN_JOB_NAMES.sub("", value.replace(" ", "_")), stand_in
    if kind in ("ipv4", "mac"):
        for mark in (".", ":"):
            if mark in value:
                yield value.replace(mark, "-"), stand_in.replace(mark, "-")
    if kind == "host" and "." in value:
        short = value.partition(".")[0]
        if stands_alone("host", short) and (len(short) >= _SHORTEST_PART or any(c.isdigit() for c in short)):
            yield short, stand_in.partition(".")[0]
