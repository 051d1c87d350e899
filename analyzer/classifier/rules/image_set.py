"""Whether the image files of a finished dump are all there and whole, by the listing and the dump's own log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer.classifier.finding import Quote
from analyzer.classifier.rules.explanation import listed
from analyzer.frozen import frozen
from analyzer.parsers.checkpoints import Checkpoint

PAGE = 4096
ALWAYS = ("inventory.img", "pstree.img", "files.img")
"""Written by every full dump since CRIU 3.13."""
_PER_TASK = re.compile(r"(core|mm|pagemap|fs|ids)-(\d{1,10})\.img")
_PAGES = re.compile(r"pages-\d{1,10}\.img")
_MEMBERS = ("core", "mm", "pagemap", "fs", "ids")


@frozen
class Images:
    """What is wrong with the images of a dump that completed; all empty where nothing is, or nothing is known."""

    missing: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    empty_quote: Quote | None = None
    cut: tuple[str, int, int | None] | None = None
    """(file, its bytes, bytes that were written where the dump's log tells)."""
    cut_quote: Quote | None = None


def look_at_images(checkpoint: Checkpoint) -> Images:
    """Compare the listing of a complete full dump with what such a dump consists of."""
    files = checkpoint.files
    if files is None or checkpoint.kind != "full" or checkpoint.outcome != "complete" or not checkpoint.has_images:
        return Images()
    empty = tuple(sorted(name for name in _needed(files) if files.get(name) == 0))
    cut = _cut(checkpoint, files)
    return Images(
        missing=tuple(sorted(name for name in _needed(files) if name not in files)),
        empty=empty,
        empty_quote=listed(checkpoint, empty[0]) if empty else None,
        cut=cut,
        cut_quote=listed(checkpoint, cut[0]) if cut else None,
    )


def _needed(files: Mapping[str, int]) -> Iterator[str]:
    """The files that must be there; of each task that has a memory image, its other images, too."""
    yield from ALWAYS
    present = {(match[1], match[2]) for name in files if (match := _PER_TASK.fullmatch(name))}
    tasks = {pid for kind, pid in present if kind in ("mm", "fs", "pagemap")}
    for pid in tasks:
        yield from (f"{kind}-{pid}.img" for kind in _MEMBERS)
    if not tasks and not any(kind == "core" for kind, _ in present):
        yield "core-*.img"
    if any(kind == "pagemap" for kind, _ in present) and not any(_PAGES.fullmatch(name) for name in files):
        yield "pages-1.img"


def _cut(checkpoint: Checkpoint, files: Mapping[str, int]) -> tuple[str, int, int | None] | None:
    """A pages file that cannot be whole."""
    pages = {name: size for name, size in files.items() if _PAGES.fullmatch(name)}
    for name, size in sorted(pages.items()):
        if size % PAGE:
            return name, size, None
    log = checkpoint.dump
    written = log.bytes_written if log and log.success and not log.has_gap else None
    if written and pages and sum(pages.values()) < written:
        name = max(pages, key=lambda one: pages[one])
        return name, sum(pages.values()), written
    return None
