"""`.fusion/dump/dump_metadata`, whose format is not public: read whatever way it can be read, take only what is certain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TYPE_CHECKING


if TYPE_CHECKING:
    from analyzer.evidence.content import Content
    from analyzer.parsers.log_ref import LogRef

SOURCE = "workdir/.fusion/dump/dump_metadata"

DumpKind = Literal["PRE", "FULL"]


@dataclass(frozen=True)
class MetadataEntry:
    """One dump, as the metadata tracks it."""

    reference: LogRef
    """The line that says so."""
    number: int | None = None
    """The dump's folder."""
    kind: DumpKind | None = None
    state: str | None = None
    """DUMPING, DUMPED, RESTORING, … in capitals; only DUMPING is known from the vendor's own words."""


@dataclass(frozen=True)
class DumpMetadata:
    """All dumps, in the order of the file."""

    entries: tuple[MetadataEntry, ...] = ()

    @property
    def last_full(self) -> MetadataEntry | None:
        return next((e for e in reversed(self.entries) if e.kind == "FULL"), None)

    @property
    def stuck_in_dumping(self) -> MetadataEntry | None:
        """The last entry, where it says that its dump is still going on."""
        last = self.entries[-1] if self.entries else None
        return last if last and last.state == "DUMPING" else None

    @property
    def has_full(self) -> bool:
        return self.last_full is not None


def parse_dump_metadata(content: Content) -> DumpMetadata | None:
    """Read the metadata; None where nothing certain stands there. Never raises for what the bytes are.

    Raises:
        OSError: the bytes cannot be read.
    """
    raise NotImplementedError
