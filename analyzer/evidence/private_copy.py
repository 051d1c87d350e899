"""Archives from elsewhere, copied into a private folder of this machine for as long as their evidence is used."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer.evidence.content import Content
from analyzer.evidence.store import Files


class PrivateCopy:
    """A private folder that goes when nothing refers to it any more."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fsnap-capture-"))
        self._number = 0
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def next_path(self) -> Path:
        """Where the next file may go; its name is our own, not what it has elsewhere."""
        self._number += 1
        return self.folder / str(self._number)

    def add(self, data: bytes) -> Path:
        """Keep bytes as a file.

        Raises:
            OSError: it cannot be written.
        """
        path = self.next_path()
        path.write_bytes(data)
        return path


@dataclass(frozen=True)
class _Held:
    """Content of a copy, which stays for as long as this does."""

    inner: Content
    copy: PrivateCopy

    @property
    def size(self) -> int:
        """See Content."""
        return self.inner.size

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        return self.inner.blocks()


def held(files: Files, copy: PrivateCopy) -> Files:
    """The same files, each of which keeps the copy alive."""
    return replace(files, files={name: _Held(content, copy) for name, content in files.files.items()})
