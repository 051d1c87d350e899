"""What lies in the folder of a task's checkpoints in S3: a listing, and what `dump_metadata` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.evidence.location import Location
from analyzer.evidence.model import ListingEntry
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.s3 import list_below, read_ends
from analyzer.parsers.dump_metadata import DumpMetadata, parse_dump_metadata

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_PAGES = 2
METADATA_BYTES = 64 * 1024
_FOLDER, _METADATA = ".fusion/dump", "dump_metadata"


@dataclass(frozen=True)
class DumpFolder:
    """Its objects, keys relative to it."""

    entries: tuple[ListingEntry, ...]
    metadata: DumpMetadata | None

    @property
    def version(self) -> ListingEntry | None:
        """The object that the metadata was read of."""
        return next((entry for entry in self.entries if entry.key == _METADATA), None)


def look_at_dumps(client: S3Client, workdir: Location, before: DumpFolder | None, deadline: Deadline) -> DumpFolder:
    """List the folder; its metadata is read where it is another than `before`.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: S3 refused, or could not be asked.
    """
    folder = Location(workdir.bucket, f"{workdir.prefix}/{_FOLDER}")
    found = DumpFolder(list_below(client, folder, MAX_PAGES, deadline).entries, None)
    if found.version is None:
        return found
    if before is not None and before.version == found.version:
        return DumpFolder(found.entries, before.metadata)
    content, _ = read_ends(client, folder, _METADATA, METADATA_BYTES, 0)
    return DumpFolder(found.entries, parse_dump_metadata(content))
