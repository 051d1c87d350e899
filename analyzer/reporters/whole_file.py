"""A file that the user named: whole or not there, whatever happens while it is written."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written, which takes its name when the block ends well; else what was there stays.

    A pipe, a terminal or another thing that is no file is written to as it is, and so is a file in a folder that takes
    no second one. Links are followed. A file that was there keeps its permissions.

    Raises:
        OSError: it cannot be written.
    """
    place = Path(os.path.realpath(path))
    part = place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        stream = None if _is_special(place) else _beside(place, part)
        if stream is None:
            with place.open("wb") as direct:
                yield direct
            return
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(place)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _is_special(place: Path) -> bool:
    try:
        return not stat.S_ISREG(place.stat().st_mode)
    except OSError:
        return False


def _beside(place: Path, part: Path) -> BinaryIO | None:
    """The unfinished file; None where there can be none, but the file itself can perhaps be written."""
    try:
        before = place.stat() if place.exists() else None
        if before and not os.access(place, os.W_OK):
            return None
        # 0o666 less the umask, as any program's file
        stream = os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb")
    except OSError:
        return None
    if before:
        with suppress(OSError):
            os.fchmod(stream.fileno(), stat.S_IMODE(before.st_mode))
    return stream
