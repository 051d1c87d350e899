"""What a launch template's user data set on a host. They may hold secrets: only the few values below leave this module.

EC2 takes 16 KiB of user data. They come in base64, may be gzipped, and are a script, cloud-config, or a MIME archive of
several such parts, each of which may be encoded once more (EC2 user guide, user data; AWS Batch user guide, launch
templates).
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAX_ENCODED = 64 * 1024
"""Characters of base64; EC2 takes a third of that."""
MAX_TEXT = 256 * 1024
"""Bytes after unpacking, of all parts together; what goes on after that is not read, and counts as hidden."""
MAX_PARTS = 50
SCRATCH = "/scratch/fusion"
"""Where Nextflow's volumes and Batch Forge's template expect the NVMe disk."""
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
_BOUNDARY = re.compile(r'boundary\s{0,4}=\s{0,4}(?:"([^"\n]{1,200})"|([^"\s;]{1,200}))', re.IGNORECASE)
_DRAINING = re.compile(r"ECS_ENABLE_SPOT_INSTANCE_DRAINING[ \t]{0,4}=[ \t]{0,4}[\"']?([A-Za-z01]{1,8})")
_STOP = re.compile(r"ECS_CONTAINER_STOP_TIMEOUT[ \t]{0,4}=[ \t]{0,4}[\"']?([0-9][0-9A-Za-z.]{0,20})")
_MOUNTING = re.compile(r"\bmount\b|/etc/fstab|\bmounts:|\bmkfs\b")
_ELSEWHERE = re.compile(r"^\s{0,20}(?:#include\b|encoding:\s{0,4}[\"']?(?:b64|base64|gz|gzip))", re.IGNORECASE)
_DURATION_PART = re.compile(r"(\d{1,9}(?:\.\d{0,9})?)(ns|us|ms|s|m|h)")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_TRUE = ("1", "t", "true")


@dataclass(frozen=True)
class HostSettings:
    """What the user data say of the settings that matter to a dump."""

    multipart: bool = False
    """A MIME archive, which is what Batch can merge with its own."""
    draining: bool | None = None
    """ECS_ENABLE_SPOT_INSTANCE_DRAINING; None: not set."""
    stop_seconds: float | None = None
    """ECS_CONTAINER_STOP_TIMEOUT; None: not set, or no duration that the agent would take."""
    mounts_scratch: bool = False
    """Something is mounted at /scratch/fusion."""
    cloud_config: bool = False
    """The whole is cloud-config, not a script."""
    partly_hidden: bool = False
    """Parts are encoded within, or loaded from elsewhere: what is not seen may still be set there."""


def duration_seconds(value: str) -> float | None:
    """Seconds of a duration as Go writes it (`10m`, `1h30m`, `90s`); None where it is none."""
    position, total = 0, 0.0
    while position < len(value):
        match = _DURATION_PART.match(value, position)
        if match is None:
            return None
        total += float(match[1]) * _UNIT_SECONDS[match[2]]
        position = match.end()
    return total if position else None


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(data, MAX_TEXT + 1)
    except zlib.error:
        return b""


def _decoded(encoded: str) -> bytes | None:
    try:
        return _unpacked(base64.b64decode(encoded[:MAX_ENCODED].encode("ascii", "ignore")))
    except (binascii.Error, ValueError):
        return None


def _split(text: str) -> tuple[str, str]:
    """The headers of a MIME entity, and what follows them."""
    head, blank, body = text.partition("\n\n")
    return (head, body) if blank else ("", text)


def _body(part: str) -> str:
    headers, body = _split(part.lstrip("\n"))
    if "base64" in headers.lower():
        return (_decoded("".join(body.split())) or b"").decode("utf-8", "replace")
    return body


def _parts(text: str) -> Iterator[str]:
    headers, _ = _split(text)
    match = _BOUNDARY.search(headers) if "multipart/" in headers.lower() else None
    if match is None:
        yield text
        return
    delimiter = rf"^--{re.escape(match[1] or match[2])}(?:--)?[ \t]*$"
    pieces = re.split(delimiter, text, maxsplit=MAX_PARTS + 1, flags=re.MULTILINE)
    yield from map(_body, pieces[1:])


def _read(text: str) -> tuple[list[str], bool]:
    """The parts, as far as they are read, and whether there is more: each may be a bomb, and there may be many."""
    found: list[str] = []
    left = MAX_TEXT
    for part in _parts(text):
        found.append(part[:left])
        if len(part) > left or len(found) > MAX_PARTS:
            return found, True
        left -= len(part)
    return found, False


def _lines(parts: list[str]) -> Iterator[str]:
    """Lines that do something: comments are left out, `#include` is none."""
    for part in parts:
        for line in part.splitlines():
            if not line.lstrip().startswith("#") or line.lstrip().startswith("#include"):
                yield line


def read_user_data(value: object) -> HostSettings | None:
    """The settings of a template's UserData member (base64); None where it cannot be decoded."""
    if value is None or value == "":
        return HostSettings()
    raw = _decoded(value) if isinstance(value, str) else None
    if not raw:
        return None
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n").lstrip("\n")
    draining: bool | None = None
    stop: float | None = None
    mounting = scratch = False
    parts, hidden = _read(text)
    for line in _lines(parts):
        if match := _DRAINING.search(line):
            draining = match[1].lower() in _TRUE
        if match := _STOP.search(line):
            stop = duration_seconds(match[1])
        mounting = mounting or _MOUNTING.search(line) is not None
        scratch = scratch or SCRATCH in line
        hidden = hidden or _ELSEWHERE.match(line) is not None
    return HostSettings(
        multipart=_is_multipart(text),
        draining=draining,
        stop_seconds=stop,
        mounts_scratch=mounting and scratch,
        cloud_config=text.startswith("#cloud-config"),
        partly_hidden=hidden,
    )


def _is_multipart(text: str) -> bool:
    return "multipart/" in _split(text)[0].lower()
