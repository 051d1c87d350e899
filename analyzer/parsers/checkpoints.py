"""The checkpoints of a work directory: logs and image files by folder, and how each operation ended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from analyzer.evidence.content import Content
from analyzer.evidence.model import ListingEntry
from analyzer.frozen import frozen
from analyzer.parsers.checkpoint_log import (
    CheckpointLog,
    Outcome,
    looks_like_checkpoint_log,
    operation_of,
    parse_checkpoint_log,
)

LISTING_SOURCE = "workdir.listing.jsonl"
MAX_LOGS = 400
"""More checkpoint logs than this are not read: a dump each five minutes for more than a day."""
_DUMP_PATH = re.compile(r"(?:^|/)\.fusion/dump/(?:(?P<folder>\d{1,6})/)?(?P<name>[^\n]{1,300})$")
_NUMBER = re.compile(r"\d{1,9}")
_HEAD_BYTES = 16 * 1024


@frozen
class Checkpoint:
    """One numbered folder below `.fusion/dump/`, or a bare log."""

    number: int
    """The folder's number; 0 for a bare log."""
    kind: Literal["full", "pre"] | None = None
    dump: CheckpointLog | None = None
    pre_dump: CheckpointLog | None = None
    restores: tuple[CheckpointLog, ...] = ()
    files: Mapping[str, int] | None = None
    """Name below the folder -> size in bytes, from the listing; None where there is none for this folder."""
    first_modified: str | None = None
    """RFC 3339, of the oldest object of the folder."""
    last_modified: str | None = None
    """RFC 3339, of the newest object of the folder."""
    modified: Mapping[str, str] | None = None
    """Name below the folder -> RFC 3339, where the listing tells; None without one."""
    outcome: Outcome = "unknown"
    """How the dump or pre-dump ended, by its log and the image files."""
    restore_outcome: Outcome | None = None
    """How the last restore from here ended; None where none is known of."""
    unreadable: tuple[str, ...] = ()
    """Logs that could not be read."""

    @property
    def log(self) -> CheckpointLog | None:
        """The log of the dump or pre-dump."""
        return self.dump or self.pre_dump

    @property
    def restore(self) -> CheckpointLog | None:
        """The last restore's log."""
        return self.restores[-1] if self.restores else None

    @property
    def has_images(self) -> bool:
        """Whether the listing shows image files."""
        return any(name.endswith(".img") for name in self.files or ())

    @property
    def has_inventory(self) -> bool:
        """Whether inventory.img is there and not empty: of a full dump, written last."""
        return (self.files or {}).get("inventory.img", 0) > 0

    @property
    def stats_dump(self) -> bool:
        """Whether the dump's statistics are there: written after success only."""
        return (self.files or {}).get("stats-dump", 0) > 0

    @property
    def stats_restore(self) -> bool:
        """Whether the restore's statistics are there: written after success only."""
        return (self.files or {}).get("stats-restore", 0) > 0

    @property
    def written_bytes(self) -> int | None:
        """Bytes of memory that the dump wrote: a log may be cut and an upload lag, so the larger of the two counts."""
        told = (self.log.bytes_written if self.log else None, self.pages_bytes)
        return max((b for b in told if b), default=None)

    @property
    def pages_bytes(self) -> int | None:
        """Bytes in the `pages-*.img` files by the listing; None without one."""
        if self.files is None:
            return None
        return sum(size for name, size in self.files.items() if name.startswith("pages-") and name.endswith(".img"))


def _head(content: Content) -> bytes:
    for _, block in content.blocks():
        return block[:_HEAD_BYTES]
    return b""


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sort key that puts `restore_10.log` behind `restore_9.log`."""
    parts = re.split(r"(\d{1,9})", name)
    return tuple((int(part), "") if part.isdigit() and part.isascii() else (-1, part) for part in parts)


def _place(name: str) -> tuple[int, str] | None:
    """The folder's number and the file's own name of something below `.fusion/dump/`."""
    match = _DUMP_PATH.search(name)
    if match is None:
        return None
    own = match["name"].rsplit("/", 1)[-1]
    if match["folder"]:
        return int(match["folder"]), own
    number = _NUMBER.search(own) if own.endswith(".log") else None
    return (int(number[0]), own) if number else None


def _logs(workdir: Mapping[str, Content]) -> Iterator[tuple[int, str, Content]]:
    """Folder number, name and content of every checkpoint log, oldest folder first; a bare log has folder 0."""
    found = []
    for name, content in workdir.items():
        place = _place(name)
        if place and operation_of(place[1]) is not None:
            found.append((place[0], name, content))
        elif place is None and not name.rsplit("/", 1)[-1].startswith(".") and _is_log(content, name):
            found.append((0, name, content))
    found.sort(key=lambda item: (item[0], _natural(item[1])))
    yield from found[-MAX_LOGS:]


def _is_log(content: Content, name: str) -> bool:
    try:
        return looks_like_checkpoint_log(_head(content), name)
    except OSError:
        return False


def _add_log(checkpoint: Checkpoint, name: str, content: Content, source: str) -> Checkpoint:
    try:
        log = parse_checkpoint_log(content, source, operation_of(name))
    except OSError:
        return replace(checkpoint, unreadable=(*checkpoint.unreadable, source))
    if log.operation == "restore":
        return replace(checkpoint, restores=(*checkpoint.restores, log))
    if log.operation == "pre-dump":
        return replace(checkpoint, pre_dump=log)
    return replace(checkpoint, dump=log)


@frozen
class _Folder:
    files: Mapping[str, int]
    modified: Mapping[str, str]


def _folders(listing: tuple[ListingEntry, ...]) -> dict[int, _Folder]:
    entries: dict[int, list[tuple[str, ListingEntry]]] = {}
    for entry in listing:
        place = _place(entry.key)
        if place:
            entries.setdefault(place[0], []).append((place[1], entry))
    folders = {}
    for number, members in entries.items():
        files = {name: entry.size for name, entry in members}
        folders[number] = _Folder(files, {name: entry.last_modified for name, entry in members if entry.last_modified})
    return folders


def _kind(checkpoint: Checkpoint) -> Literal["full", "pre"] | None:
    names = checkpoint.files or {}
    if checkpoint.dump or any(name.startswith(("core-", "pstree.img")) for name in names):
        return "full"
    if checkpoint.pre_dump or any(operation_of(name) == "pre-dump" for name in names):
        return "pre"
    if any(operation_of(name) == "dump" for name in names):
        return "full"
    return None


def _dump_outcome(checkpoint: Checkpoint) -> Outcome:
    log = checkpoint.log
    if log and log.success:
        return "complete"
    if log and log.failed:
        return "failed"
    # statistics are written after success only; the inventory of a full dump is the last of its images
    if checkpoint.stats_dump or (checkpoint.has_inventory and checkpoint.kind == "full"):
        return "complete"
    if checkpoint.files:
        return "unfinished"
    return log.outcome if log else "unknown"


def _restore_outcome(checkpoint: Checkpoint) -> Outcome | None:
    log = checkpoint.restore
    if log is None:
        return "complete" if checkpoint.stats_restore else None
    if log.success:
        return "complete"
    if log.failed:
        return "failed"
    cut_short = log.ends_mid_line or not log.timed  # a full disk cuts a log, verbosity 2 knows no success line
    if checkpoint.stats_restore and cut_short:
        return "complete"
    return "unfinished" if checkpoint.files else log.outcome


def _finish(checkpoint: Checkpoint, folder: _Folder | None) -> Checkpoint:
    if folder:
        times = sorted(folder.modified.values())
        checkpoint = replace(
            checkpoint,
            files=folder.files,
            first_modified=times[0] if times else None,
            last_modified=times[-1] if times else None,
            modified=folder.modified,
        )
    checkpoint = replace(checkpoint, kind=_kind(checkpoint))
    return replace(checkpoint, outcome=_dump_outcome(checkpoint), restore_outcome=_restore_outcome(checkpoint))


def read_checkpoints(
    workdir: Mapping[str, Content], listing: tuple[ListingEntry, ...] | None
) -> tuple[Checkpoint, ...]:
    """Read every checkpoint log and join it with what the listing shows of its folder; by folder number."""
    folders = _folders(listing or ())
    checkpoints = {number: Checkpoint(number) for number in folders}
    alone = len(workdir) == 1 and listing is None
    for number, name, content in _logs(workdir):
        source = name if alone and number == 0 else f"workdir/{name}"
        checkpoints[number] = _add_log(checkpoints.get(number, Checkpoint(number)), name, content, source)
    return tuple(_finish(checkpoints[number], folders.get(number)) for number in sorted(checkpoints))
