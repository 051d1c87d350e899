"""Looks for planted things in the bytes of a bundle: plain, URL-encoded, escaped, in base64 and packed."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from tests.bundle.planted import Planted

GRAM = 8
"""The last characters of a form, by which it is looked up before it is compared: its first are often like others'."""
_PACKED = re.compile(rb"(?:H4sI[A-Za-z0-9+/]{20,}={0,2})")


def _forms(value: str) -> Iterator[bytes]:
    for text in (value, quote(value, safe=""), quote(quote(value, safe=""), safe=""), json.dumps(value)[1:-1]):
        yield text.encode("utf-8", "surrogateescape")
    raw = value.encode("utf-8", "surrogateescape")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).rstrip(b"=")[(0, 2, 3)[before] :][:-1]
        yield encoded
        yield encoded.translate(bytes.maketrans(b"+/", b"-_"))


class Searched:
    """All forms of what was planted, found in one pass."""

    def __init__(self, planted: Iterable[Planted]) -> None:
        self._grams: defaultdict[bytes, list[tuple[bytes, list[Planted]]]] = defaultdict(list)
        alike: defaultdict[str, list[Planted]] = defaultdict(list)
        for one in planted:
            alike[one.value].append(one)
        for value, ones in alike.items():
            for form in set(_forms(value)):
                if len(form) >= GRAM:
                    self._grams[form[-GRAM:]].append((form, ones))

    def found(self, data: bytes) -> Iterator[tuple[int, Planted]]:
        """(where, what)"""
        for at in range(len(data) - GRAM + 1):
            for form, ones in self._grams.get(data[at : at + GRAM], ()):
                start = at + GRAM - len(form)
                if start >= 0 and data.startswith(form, start):
                    yield from ((start, one) for one in ones)
        for match in _PACKED.finditer(data):
            inner = _unpacked(match[0])
            if inner:
                yield from ((match.start(), one) for _, one in self.found(inner))


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(base64.b64decode(packed + b"==="), 1 << 22)
    except (ValueError, zlib.error):
        return b""


def parts(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes): the archive as it lies on the disk, each member unpacked, and each member's name."""
    raw = path.read_bytes()
    yield "the archive's own bytes", raw
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for info in archive.infolist():
            yield f"name of {info.filename}", info.filename.encode()
            yield info.filename, archive.read(info)
