"""The checkpoints of a work directory: logs and image files by folder, and how each operation ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from analyzer.evidence.content import Content
from analyzer.evidence.model import ListingEntry
from analyzer.parsers.checkpoint_log import CheckpointLog, Outcome


@dataclass(frozen=True)
class Checkpoint:
    """One numbered folder below `.fusion/dump/`, or a bare log."""

    number: int
    """The folder's number; 0 for a bare log."""
    kind: Literal["full", "pre"] | None = None
    dump: CheckpointLog | None = None
    pre_dump: CheckpointLog | None = None
    restores: tuple[CheckpointLog, ...] = ()
    files: Mapping[str, int] | None = field(default=None)
    """Name below the folder -> size in bytes, from the listing; None where there is none for this folder."""
    first_modified: str | None = None
    """RFC 3339, of the oldest object of the folder."""
    last_modified: str | None = None
    """RFC 3339, of the newest object of the folder."""
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
    def pages_bytes(self) -> int | None:
        """Bytes in the `pages-*.img` files by the listing; None without one."""
        if self.files is None:
            return None
        return sum(size for name, size in self.files.items() if name.startswith("pages-") and name.endswith(".img"))


def read_checkpoints(workdir: Mapping[str, Content], listing: tuple[ListingEntry, ...] | None) -> tuple[Checkpoint, ...]:
    """Read every checkpoint log and join it with what the listing shows of its folder."""
    raise NotImplementedError
