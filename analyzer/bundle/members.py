"""The members of a bundle as they are written: always in the same bytes, counted, and never more than fit."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from analyzer.evidence.capture_write import EARLIEST_ZIP_TIME, Sink
from analyzer.evidence.content import BLOCK_BYTES, Content
from analyzer.evidence.model import Evidence
from analyzer.evidence.store import Files

UNIX = 3
_TOLD_APART = 1_000
_EVIDENCE = re.compile(r"\.command\.(?:run|sh|log|err|out|begin|trace)|\.exitcode|\.fusion\.log|\.fusion/.*", re.DOTALL)
_LOG = re.compile(r"(?:.*/)?[^/]*\.log", re.DOTALL)
_MEMORY_IMAGE = re.compile(r".*\.img(?:\.[a-z0-9]{1,8})?", re.DOTALL)


class TooLargeError(Exception):
    """More was to be written than fits."""


class TooManyError(Exception):
    """More members than whoever reads the bundle would take."""


@dataclass(frozen=True)
class Member:
    """One file of a bundle."""

    name: str
    sha256: str
    """Hexadecimal, of the unpacked bytes."""
    bytes: int
    """Unpacked."""


def is_evidence(name: str) -> bool:
    """Whether a file of a work directory tells about the task's end; its outputs and memory images do not."""
    return bool(_EVIDENCE.fullmatch(name) or _LOG.fullmatch(name)) and not _MEMORY_IMAGE.fullmatch(name)


def without_outputs(evidence: Evidence) -> dict[str, str]:
    """Files that no bundle holds, each with the reason; empty for a bare log, which was asked for by its name."""
    if evidence.kind == "log":
        return {}
    return {name: "it is the task's own data, no log" for name in evidence.workdir if not is_evidence(name)}


@dataclass
class Tolerant:
    """A file that may stop being readable: what could be read counts, and the rest is told."""

    content: Content
    problem: str | None = None
    """Why not all of it could be read; known once it was tried."""

    @property
    def size(self) -> int:
        """Bytes of the original."""
        return self.content.size

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content; never raises."""
        try:
            yield from self.content.blocks()
        except OSError as error:
            self.problem = str(error.strerror or error)


@dataclass(frozen=True)
class WrittenContent:
    """A member of an archive that is still being written."""

    archive: zipfile.ZipFile
    name: str
    size: int
    """Unpacked bytes."""

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        offset = 0
        with self.archive.open(self.name) as stream:
            while block := stream.read(BLOCK_BYTES):
                yield offset, block
                offset += len(block)


def no_note(_: int) -> None:
    """Nobody counts."""


@dataclass
class Archive:
    """A zip archive that is being written into a stream; equal members give equal bytes."""

    stream: BinaryIO
    limit: int | None = None
    """Bytes that the finished file may have."""
    most_members: int | None = None
    members: dict[str, Member] = field(default_factory=dict)
    on_member: Callable[[int], None] = no_note
    """Is told the number of each member, from 1, before it is written."""

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.stream, "w")

    def add(self, name: str, chunks: Iterator[bytes]) -> None:
        """Write one member; a second one of a name gets a number behind it.

        Raises:
            TooLargeError: the limit is passed.
            TooManyError: there are more members than may be.
            OSError: it cannot be written.
        """
        name = self._free(name)
        if self.most_members is not None and len(self.members) >= self.most_members:
            raise TooManyError(f"it would hold more than {self.most_members} files")
        self.on_member(len(self.members) + 1)
        info = zipfile.ZipInfo(name, EARLIEST_ZIP_TIME)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        info.create_system = UNIX
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as packed:
            for chunk in chunks:
                packed.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                self._check()
        self.members[name] = Member(name, digest.hexdigest(), size)

    def within(self, folder: str) -> Sink:
        """Where the members of one folder go."""
        return _Within(self, folder)

    def files(self, folder: str) -> Files:
        """What was written below a folder, to be read back; only until more is written."""
        prefix = f"{folder}/"
        found = {name: member.bytes for name, member in self.members.items() if name.startswith(prefix)}
        return Files(folder, {n.removeprefix(prefix): WrittenContent(self._zip, n, size) for n, size in found.items()})

    def finish(self) -> None:
        """Write the list of members, sorted by name.

        Raises:
            TooLargeError: the limit is passed.
            OSError: it cannot be written.
        """
        self._zip.filelist.sort(key=lambda info: info.filename)
        self._zip.close()
        self._check()

    def abandon(self) -> None:
        """Close without caring for what was written."""
        # an archive that is only dropped writes its list of members when it is collected
        self._zip.fp = None

    def _check(self) -> None:
        if self.limit is not None and self.stream.tell() > self.limit:
            raise TooLargeError(f"more than {self.limit} bytes")

    def _free(self, name: str) -> str:
        tries = (name, *(f"{name}~{number}" for number in range(2, _TOLD_APART)))
        free = next((tried for tried in tries if tried not in self.members), None)
        if free is None:
            raise TooManyError(f"{_TOLD_APART} of its files would have the same name")
        return free


@dataclass(frozen=True)
class _Within:
    archive: Archive
    folder: str

    def add(self, name: str, chunks: Iterator[bytes]) -> None:
        self.archive.add(f"{self.folder}/{name}", chunks)
