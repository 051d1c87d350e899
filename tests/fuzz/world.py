"""What the fuzz targets share: bytes as content, as a file, as members of a capture; and what must hold of texts."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from analyzer.evidence.content import Content, MemoryContent
from analyzer.evidence.store import Files, safe_name
from tests.parsers.log_reading import Blocks

_MEMBER = re.compile(rb"^=== ([^\n]{1,200})\n", re.MULTILINE)
_DANGEROUS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Whatever controls a terminal, turns the direction of text, is invisible, or is half a character."""


def contents(data: bytes) -> tuple[Content, Content]:
    """The same bytes in one piece, and in small ones."""
    return MemoryContent(data), Blocks(data, max(7, len(data) // 50))


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fsnap-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def on_disk(name: str, data: bytes) -> Path:
    """A file that holds the bytes; one of each name at a time."""
    path = _folder() / name
    path.write_bytes(data)
    return path


def joined(members: Mapping[str, bytes]) -> bytes:
    """Members of a capture as one run of bytes, for `members_of`."""
    return b"".join(b"=== %s\n%s\n" % (name.encode(), data) for name, data in members.items())


def members_of(data: bytes) -> Files:
    """A capture's members: each begins with a line `=== NAME`. Names that no store would let through fall out."""
    parts = _MEMBER.split(data)
    found: dict[str, Content] = {}
    for name, content in zip(parts[1::2], parts[2::2], strict=True):
        safe = safe_name(name.decode("utf-8", "replace"))
        if safe is not None:
            found[safe] = MemoryContent(content)
    return Files("fuzz", found)


def assert_shown(text: str, *, lines: bool = True) -> None:
    """A text that is shown holds nothing that moves a cursor, hides itself or turns around; nor half a character."""
    found = _DANGEROUS.search(text)
    assert found is None, f"{found[0]!r} in {text[max(0, found.start() - 40) : found.end() + 40]!r}"
    assert lines or "\n" not in text
    text.encode()
