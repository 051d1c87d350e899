"""The task's work directory in S3, as sources: find it, list it, read its logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from analyzer.evidence.content import Content, MemoryContent
from analyzer.evidence.location import Location, children_in_header, children_in_script
from analyzer.evidence.model import Gap
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.errors import code_of, gap_for, is_denied, plain_gap
from analyzer.fetchers.found import Found, Source
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.s3 import Listing, list_below, read_ends
from analyzer.fetchers.selection import DUMP_FOLDER, KNOWN_FILES, WRAPPER, Selection, Wanted, select, wanted_file

_LISTING = "the listing of the work directory"
_MISSING = frozenset({"NoSuchKey", "404"})
_SHARED_PREFIX = ".fusion"
"""Fusion writes below the directory in FUSION_WORK: for children of an array that is the array's."""
_HEADER_BYTES = (64 * 1024, 2 * 1024 * 1024)
"""Read of an array's wrapper: enough for most, then enough for the 10,000 children that an array may have."""
_SCRIPT_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class WorkDirectory:
    """Fetches one work directory."""

    clients: Clients
    region: str | None
    place: Location
    options: FetchOptions
    array_index: int | None = None
    """Index of the child, where `place` is the directory of its array."""

    def sources(self) -> tuple[Source, ...]:
        """The first step; it names what comes after it."""
        if self.array_index is None:
            return (self._listing_source(self.place, None),)
        return (Source("the work directory of the array's child", "GetObject", self._child),)

    def _s3(self) -> Any:
        return self.clients.get("s3", self.region)

    # --- children of arrays -------------------------------------------------------------------------------------------

    def _child(self, _: Deadline) -> Found:
        gaps: list[Gap] = []
        child = self._find_child(self.array_index or 0, gaps)
        if child is None:
            gaps.append(
                plain_gap(
                    "the work directory of the array's child",
                    "the array's own directory does not tell it; the array's directory is shown instead",
                    "GetObject",
                )
            )
            return Found(gaps=tuple(gaps), then=(self._listing_source(self.place, None),))
        return Found(then=(self._listing_source(child, self.place),))

    def _find_child(self, index: int, gaps: list[Gap]) -> Location | None:
        tries: list[tuple[str, int, Callable[[str], tuple[Location, ...]]]] = [
            (WRAPPER, size, children_in_header) for size in _HEADER_BYTES
        ]
        tries.append((".command.sh", _SCRIPT_BYTES, children_in_script))
        seen_whole: set[str] = set()
        for name, size, read in tries:
            if name in seen_whole:
                continue
            try:
                content, _ = read_ends(self._s3(), self.place, name, size, 0)
            except Exception as error:
                gaps[:] = [gap_for(f"workdir/{name}", error, "GetObject")]
                continue
            # the last line may be cut where the reading stopped: a cut URI must not pass for a shorter one
            lines = content.head.rpartition(b"\n")[0]
            if len(content.head) == content.size:
                lines = content.head
                seen_whole.add(name)
            children = read(lines.decode("utf-8", "replace"))
            if index < len(children):
                return children[index]
        return None

    # --- listing ------------------------------------------------------------------------------------------------------

    def _listing_source(self, place: Location, shared: Location | None) -> Source:
        return Source(_LISTING, "ListObjectsV2", lambda deadline: self._list(place, shared, deadline))

    def _list(self, place: Location, shared: Location | None, deadline: Deadline) -> Found:
        try:
            listing = list_below(self._s3(), place, self.options.max_listing_pages, deadline)
        except Exception as error:
            if not is_denied(error):
                raise
            blind = Source("the work directory's files", "GetObject", lambda _: self._read_blindly(place))
            return Found(gaps=(gap_for(_LISTING, error, "ListObjectsV2"),), then=(blind,), workdir_uri=place.uri)
        found = replace(self._chosen(place, listing, ""), workdir_uri=place.uri)
        if not listing.entries:
            found = replace(found, gaps=(*found.gaps, _empty(place)))
        has_dumps = any(entry.key.startswith(DUMP_FOLDER) for entry in listing.entries)
        if shared is None:
            return found
        names = frozenset(entry.key for entry in listing.entries)
        more = Source(
            "the listing of the array's work directory",
            "ListObjectsV2",
            lambda late: self._list_shared(shared, names, has_dumps, late),
        )
        return replace(found, then=(*found.then, more))

    def _list_shared(self, place: Location, names: frozenset[str], has_dumps: bool, deadline: Deadline) -> Found:
        """What Fusion wrote for the child into the array's directory."""
        listing = list_below(self._s3(), Location(place.bucket, place.prefix), self.options.max_listing_pages, deadline)
        entries = tuple(
            entry
            for entry in listing.entries
            # where the child's own directory is empty, the array's is all that there is
            if not names
            or (
                entry.key.startswith(_SHARED_PREFIX)
                and entry.key not in names
                and not (has_dumps and entry.key.startswith(DUMP_FOLDER))
            )
        )
        found = self._chosen(place, Listing(entries, listing.complete), "the array's ")
        if any(entry.key.startswith(DUMP_FOLDER) for entry in entries):
            shared = Gap(
                what="whose checkpoints these are",
                why="they lie in the array's work directory, which all of its children share",
                matters="a checkpoint that is shown may be that of another child",
            )
            found = replace(found, gaps=(*found.gaps, shared))
        return found

    def _chosen(self, place: Location, listing: Listing, whose: str) -> Found:
        selection = select(listing.entries, self.options)
        gaps: list[Gap] = []
        if not listing.complete:
            gaps.append(
                plain_gap(_LISTING, f"only its first {len(listing.entries):,} objects were listed", "ListObjectsV2")
            )
        if selection.left_out:
            gaps.append(_left_out(selection, whose))
        return Found(
            listing=listing.entries,
            gaps=tuple(gaps),
            workdir={wanted.name: MemoryContent(b"") for wanted in selection.files if not wanted.size},
            then=tuple(self._file_source(place, wanted) for wanted in selection.files if wanted.size),
        )

    # --- files --------------------------------------------------------------------------------------------------------

    def _file_source(self, place: Location, wanted: Wanted) -> Source:
        return Source(f"workdir/{wanted.name}", "GetObject", lambda _: self._read(place, wanted))

    def _read(self, place: Location, wanted: Wanted) -> Found:
        content, same = read_ends(self._s3(), place, wanted.name, wanted.head_bytes, wanted.tail_bytes)
        gaps = (
            ()
            if same
            else (plain_gap(f"the end of workdir/{wanted.name}", "it changed while it was read", "GetObject"),)
        )
        return Found(workdir={wanted.name: content}, gaps=gaps)

    def _read_blindly(self, place: Location) -> Found:
        """The files with well-known names, where the directory may not be listed."""
        files: dict[str, Content] = {}
        denied: list[Gap] = []
        for name in KNOWN_FILES:
            # a size that no file has: both ends of whatever is there
            wanted = wanted_file(name, 2**62, self.options)
            try:
                files[name], _ = read_ends(self._s3(), place, name, wanted.head_bytes, wanted.tail_bytes)
            except Exception as error:
                if is_denied(error):
                    denied.append(gap_for(f"workdir/{name}", error, "GetObject"))
                elif code_of(error) not in _MISSING:
                    raise
        # without the right to list, S3 answers "denied" for a file that is not there, too
        return Found(workdir=files, gaps=() if files else tuple(denied))


def _empty(place: Location) -> Gap:
    return plain_gap(
        "the work directory", f"nothing is there: {place.uri} was cleaned up, or never written", "ListObjectsV2"
    )


def _left_out(selection: Selection, whose: str) -> Gap:
    return Gap(
        what=f"{len(selection.left_out)} files of {whose or 'the '}work directory",
        why=f"only {len(selection.files)} were read, the newest checkpoints first; not {_names(selection.left_out)}",
        matters="the story of the earlier checkpoints is not complete",
    )


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")  # noqa: PLR2004 - three are named
