"""Evidence -> a capture on disk, with secrets masked, that replays to the same diagnosis."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import IO, Any, Protocol

from analyzer.evidence.capture import FORMAT, LISTED_DOCUMENTS, LISTING, MANIFEST, SINGLE_DOCUMENTS
from analyzer.evidence.capture_mask import Ends, MaskedContent, Masks, masked_events
from analyzer.evidence.content import Content, ShortenedContent
from analyzer.evidence.model import Evidence, ListingEntry
from analyzer.evidence.store import safe_name

EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""Zip archives know no earlier time; one and the same for all members, so that equal evidence gives equal bytes."""


OTHER_ARCHIVES = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")


class CaptureError(Exception):
    """A capture that cannot be written; the text is for the user."""


class Sink(Protocol):
    """Where the members of a capture go."""

    def add(self, name: str, chunks: Iterator[bytes]) -> None:
        """Write one member; the chunks are made while they are written.

        Raises:
            OSError: it cannot be written, or what it is made of cannot be read.
        """


@dataclass
class _FolderSink:
    root: Path

    def add(self, name: str, chunks: Iterator[bytes]) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.writelines(chunks)


@dataclass
class _ZipSink:
    archive: zipfile.ZipFile

    def add(self, name: str, chunks: Iterator[bytes]) -> None:
        info = zipfile.ZipInfo(name, EARLIEST_ZIP_TIME)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self.archive.open(info, "w", force_zip64=True) as stream:
            for chunk in chunks:
                stream.write(chunk)


def _dump(value: Any) -> Iterator[bytes]:
    yield json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


def _masked_texts(members: dict[str, Any], mask: Callable[[str], str]) -> dict[str, Any]:
    return {name: mask(value) if isinstance(value, str) else value for name, value in members.items()}


@dataclass
class _Part:
    """What stands between two places where lines were left out; read once, in the order of the parts."""

    items: Iterable[int | tuple[int, bytes]]
    end: int
    """Where the part before it ended; once it was read, where it ends itself."""
    size: int = 0

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        start = self.end
        for item in self.items:
            if not isinstance(item, int):
                self.end = item[0] + len(item[1])
                yield item[0] - start, item[1]


@dataclass
class _Writing:
    evidence: Evidence
    sink: Sink
    masks: Masks
    slices: dict[str, dict[str, Any]] = field(default_factory=dict)

    def documents(self) -> None:
        for name in SINGLE_DOCUMENTS:
            value = getattr(self.evidence, name)
            if value is not None:
                self.sink.add(f"{name}.json", _dump(self.masks.document(value)))
        for name in LISTED_DOCUMENTS:
            values = getattr(self.evidence, name)
            if values:
                self.sink.add(f"{name}.json", _dump([self.masks.document(value) for value in values]))

    def logs(self) -> None:
        for number, content in sorted(self.evidence.logs.items()):
            name = f"logs/{number}.jsonl"
            ends = Ends()
            self.sink.add(name, self._parts(name, content, ends, partial(self._events, ends=ends)))

    def _events(self, part: Content, ends: Ends) -> Iterator[bytes]:
        for event in masked_events(part, self.masks):
            ends.written += len(event)
            yield event

    def _parts(
        self, name: str, content: Content, ends: Ends, masked: Callable[[Content], Iterator[bytes]]
    ) -> Iterator[bytes]:
        """What stays of a log, masked; where lines were left out they are counted, and not written."""
        if not isinstance(content, ShortenedContent):
            yield from masked(content)
            return
        places: list[dict[str, int]] = []
        end = 0
        for is_count, items in groupby(content.pieces(), lambda item: isinstance(item, int)):
            if is_count:
                lines = sum(item for item in items if isinstance(item, int))
                places.append({"at": ends.written, "lines": lines})
            else:
                part = _Part(items, end)
                yield from masked(part)
                end = part.end
        self.slices.setdefault(name, {})["left_out"] = places

    def workdir(self) -> None:
        for relative, content in sorted(self.evidence.workdir.items()):
            name = safe_name(f"workdir/{self.masks.name(relative)}")
            if name is not None:
                self._file(name, content)

    def _file(self, name: str, content: Content) -> None:
        ends = Ends()
        self.sink.add(name, self._parts(name, content, ends, lambda part: MaskedContent(part, self.masks).chunks(ends)))
        if ends.omitted:
            ends_table = {"head_bytes": ends.head_bytes, "size": ends.written + ends.omitted}
            self.slices.setdefault(name, {}).update(ends_table)

    def listing(self) -> None:
        if self.evidence.listing is not None:
            self.sink.add(LISTING, (self._entry(entry) for entry in self.evidence.listing))

    def _entry(self, entry: ListingEntry) -> bytes:
        return json.dumps({**asdict(entry), "key": self.masks.name(entry.key)}).encode() + b"\n"

    def manifest(self) -> None:
        evidence = self.evidence
        document = {
            "format": FORMAT,
            "target": self.masks.text(evidence.target),
            "kind": evidence.kind,
            "region": evidence.region,
            "workdir_uri": self.masks.text(evidence.workdir_uri) if evidence.workdir_uri else None,
            "captured_at": evidence.captured_at,
            "gaps": [_masked_texts(asdict(gap), self.masks.text) for gap in evidence.gaps],
            "slices": self.slices,
        }
        if evidence.recalled:
            document["recalled"] = [_masked_texts(asdict(one), self.masks.text) for one in evidence.recalled]
        self.sink.add(MANIFEST, _dump(document))


def write_members(evidence: Evidence, sink: Sink, masks: Masks) -> None:
    """Write every member of a capture, the manifest last.

    Raises:
        OSError: a member cannot be written, or what it is made of cannot be read.
        ValueError: a file's name or text cannot be stored.
    """
    writing = _Writing(evidence, sink, masks)
    writing.documents()
    writing.logs()
    writing.workdir()
    writing.listing()
    writing.manifest()


def write_archive(evidence: Evidence, sink: IO[bytes], masks: Masks) -> None:
    """Write a capture as a zip archive into an open file.

    Raises:
        CaptureError: what it is made of cannot be read, or not be stored.
    """
    try:
        with zipfile.ZipFile(sink, "w") as archive:
            write_members(evidence, _ZipSink(archive), masks)
    except (OSError, ValueError) as error:
        raise CaptureError(f"the capture of {evidence.target} cannot be written: {_why(error)}") from error


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return str(error.strerror or error)
    return "a file's name or text cannot be stored"


def check_destination(destination: Path) -> None:
    """Refuse a destination before anything is fetched for it.

    Raises:
        CaptureError: something is there already, its folder is not, or its name promises another kind of archive.
    """
    try:
        occupied = any(destination.iterdir()) if destination.is_dir() else os.path.lexists(destination)
        has_parent = destination.absolute().parent.is_dir()
    except (OSError, ValueError) as error:
        raise CaptureError(f"the capture {destination} cannot be written ({error})") from error
    if occupied:
        raise CaptureError(f"{destination} exists already; give another name, or remove it first")
    if not has_parent:
        raise CaptureError(f"the folder of {destination} does not exist; make it first")
    if destination.suffix in OTHER_ARCHIVES:
        raise CaptureError(
            f"{destination}: a capture is a folder or a .zip; give a name that ends in .zip, or without an ending"
        )


def write_capture(evidence: Evidence, destination: Path, masks: Masks) -> None:
    """Write a capture: a zip archive where the name ends in `.zip`, else a folder. All of it, or nothing.

    Raises:
        CaptureError: something is there already, or it cannot be written or read.
    """
    check_destination(destination)
    try:
        with tempfile.TemporaryDirectory(prefix=".fsnap-", dir=destination.absolute().parent) as scratch:
            built = Path(scratch) / "capture"
            if destination.suffix == ".zip":
                with zipfile.ZipFile(built, "w") as archive:
                    write_members(evidence, _ZipSink(archive), masks)
                built.chmod(0o600)
            else:
                built.mkdir(mode=0o700)
                write_members(evidence, _FolderSink(built), masks)
                if destination.is_dir():
                    destination.rmdir()
            built.rename(destination)
    except (OSError, ValueError) as error:
        raise CaptureError(f"the capture {destination} cannot be written: {_why(error)}") from error
