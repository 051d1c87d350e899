"""Which files of a work directory are read, and how much of each: never a memory image."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.evidence.model import ListingEntry
from analyzer.fetchers.options import FetchOptions

DUMP_FOLDER = ".fusion/dump/"
WRAPPER = ".command.run"
WRAPPER_HEAD_BYTES = 64 * 1024
"""The wrapper is read for its header only: the rest is Nextflow's own script."""
KNOWN_FILES = (
    ".exitcode",
    ".command.trace",
    ".fusion/trace.json",
    ".fusion/dump/dump_metadata",
    WRAPPER,
    ".command.log",
    ".fusion.log",
    ".command.err",
)
"""Read wherever they are there, the most telling for their size first."""
_OUTPUT, _LOG = ".command.out", ".command.log"
_FOLDER_LOG = re.compile(r"\.fusion/dump/([0-9]{1,9})/([^/\\\x00-\x1f\x7f]{1,200}\.log)")
_BESIDE = re.compile(r"\.fusion/dump/([^/\\\x00-\x1f\x7f]{1,200})")
_IMAGE_ENDINGS = (".img", ".tar", ".tar.gz", ".gz", ".zst", ".lz4")


@dataclass(frozen=True)
class Wanted:
    """One file to read."""

    name: str
    """Relative to the work directory."""
    size: int
    """Bytes, by the listing."""
    head_bytes: int
    tail_bytes: int
    """0 and `head_bytes` >= `size`: it is read whole."""

    @property
    def planned_bytes(self) -> int:
        """How many are read."""
        return min(self.size, self.head_bytes + self.tail_bytes)


@dataclass(frozen=True)
class Selection:
    """What to read, and what was left out for want of room."""

    files: tuple[Wanted, ...]
    left_out: tuple[str, ...] = ()


def wanted_file(name: str, size: int, options: FetchOptions) -> Wanted:
    """How much of a file to read."""
    if name == WRAPPER:
        return Wanted(name, size, min(size, WRAPPER_HEAD_BYTES), 0)
    if size <= max(options.whole_file_bytes, options.head_bytes + options.tail_bytes):
        return Wanted(name, size, size, 0)
    return Wanted(name, size, options.head_bytes, options.tail_bytes)


def _is_checkpoint_end(file: str) -> bool:
    return file.startswith(("dump_", "restore_"))


def _order(entry: ListingEntry) -> tuple[int, int, str]:
    """Known files, then dump and restore logs of the newest folders, then what pre-dumps and others wrote."""
    if entry.key in KNOWN_FILES:
        return 0, KNOWN_FILES.index(entry.key), ""
    match = _FOLDER_LOG.fullmatch(entry.key)
    if match is None:
        return 1, 0, entry.key
    return (2 if _is_checkpoint_end(match[2]) else 3), -int(match[1]), match[2]


def _is_wanted(entry: ListingEntry, names: frozenset[str], options: FetchOptions) -> bool:
    if entry.key in KNOWN_FILES or _FOLDER_LOG.fullmatch(entry.key):
        return True
    if entry.key == _OUTPUT:  # it repeats what is in the log, where there is one
        return _LOG not in names
    beside = _BESIDE.fullmatch(entry.key)
    return bool(beside) and entry.size <= options.whole_file_bytes and not entry.key.endswith(_IMAGE_ENDINGS)


def select(listing: Iterable[ListingEntry], options: FetchOptions) -> Selection:
    """Choose the files to read within the limits on their number and their bytes."""
    entries = list(listing)
    names = frozenset(entry.key for entry in entries)
    files: list[Wanted] = []
    left_out: list[str] = []
    room = options.max_workdir_bytes
    for entry in sorted((e for e in entries if _is_wanted(e, names, options)), key=_order):
        wanted = wanted_file(entry.key, entry.size, options)
        if len(files) >= options.max_files or wanted.planned_bytes > room:
            left_out.append(entry.key)
            continue
        files.append(wanted)
        room -= wanted.planned_bytes
    return Selection(tuple(files), tuple(left_out))
