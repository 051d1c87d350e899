"""How far a checkpoint is, by what of it lies in the work directory: pure.

Objects appear in S3 when they are whole: what is there is the least that was written. `dump_metadata`, whose format is
not public, tells of a dump that goes on (DUMPING); where it cannot be read, a folder that still changes does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.classifier.clock import to_milliseconds
from analyzer.evidence.model import ListingEntry
from analyzer.parsers.dump_metadata import DumpKind, DumpMetadata, MetadataEntry

METADATA = "dump_metadata"
FRESH_MS = 60_000
"""A folder that has changed since then may still be written."""
LONGEST_MS = 600_000
"""No window is as long: what is said to go on for longer was left so."""
_NAME = re.compile(r"([0-9]{1,5})/([^/]{1,200})")
_LOG = re.compile(r"(pre|dump|restore)_.{0,190}\.log")
_GOES_ON = "DUMPING"


@dataclass(frozen=True)
class DumpProgress:
    """The newest checkpoint of a task."""

    number: int
    kind: DumpKind | None
    goes_on: bool
    bytes_there: int
    """Of its images, in S3."""
    began_at: int | None
    """Epoch milliseconds, at the latest."""
    restored: int | None = None
    """The dump that was restored last."""


@dataclass
class _Folder:
    size: int = 0
    first: int | None = None
    last: int | None = None
    logs: frozenset[str] = frozenset()


def progress_of(
    entries: Iterable[ListingEntry], metadata: DumpMetadata | None, now_ms: int, started_at: int | None = None
) -> DumpProgress | None:
    """What the newest dump has come to; None where there is none.

    Args:
        entries: of `.fusion/dump/`, keys relative to it.
        metadata: as it was read; None where it is not there, or cannot be read.
        now_ms: epoch milliseconds.
        started_at: when the present attempt began, epoch milliseconds: a dump of an earlier one goes on no more.
    """
    folders = _folders(entries)
    told = {one.number: one for one in metadata.entries if one.number is not None} if metadata else {}
    numbers = {*folders, *told}
    if not numbers:
        return None
    number = max(numbers)
    folder, entry = folders.get(number, _Folder()), told.get(number)
    restored = max((n for n, one in folders.items() if "restore" in one.logs), default=None)
    return DumpProgress(
        number=number,
        kind=_kind(folder, entry),
        goes_on=restored != number and _goes_on(folder, entry, now_ms, started_at),
        bytes_there=folder.size,
        began_at=folder.first,
        restored=restored,
    )


def _folders(entries: Iterable[ListingEntry]) -> dict[int, _Folder]:
    folders: dict[int, _Folder] = {}
    for entry in entries:
        match = _NAME.fullmatch(entry.key)
        if match is None:
            continue
        folder = folders.setdefault(int(match[1]), _Folder())
        if log := _LOG.fullmatch(match[2]):
            folder.logs |= {log[1]}
        else:
            folder.size += entry.size
        at = to_milliseconds(entry.last_modified)
        if at is not None and "restore" not in (log[1] if log else ""):
            folder.first = at if folder.first is None else min(folder.first, at)
            folder.last = at if folder.last is None else max(folder.last, at)
    return folders


def _kind(folder: _Folder, entry: MetadataEntry | None) -> DumpKind | None:
    if entry is not None and entry.kind is not None:
        return entry.kind
    if "dump" in folder.logs:
        return "FULL"
    return "PRE" if "pre" in folder.logs else None


def _goes_on(folder: _Folder, entry: MetadataEntry | None, now_ms: int, started_at: int | None) -> bool:
    if entry is not None and entry.state is not None and entry.state != _GOES_ON:
        return False
    if folder.last is None:
        return entry is not None and entry.state == _GOES_ON
    if started_at is not None and folder.last < started_at:
        return False
    said = entry is not None and entry.state == _GOES_ON
    return now_ms - folder.last < (LONGEST_MS if said else FRESH_MS)
