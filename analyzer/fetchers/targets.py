"""Job ids, array children and job ARNs, as a user writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzer.fetchers.errors import FetchError

_ID = re.compile(r"([0-9A-Za-z_-]{1,128})(?:[:#]([0-9]{1,5}))?")
_REGION = re.compile(r"[a-z]{2,10}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}")
_ARN_PARTS = 6


@dataclass(frozen=True)
class JobReference:
    """One job that is asked for."""

    target: str
    """As given."""
    id: str
    """As DescribeJobs wants it: `<id>`, or `<id>:<index>` for a child of an array."""
    region: str | None = None
    """From the ARN; None where the target does not say."""

    @property
    def parent_id(self) -> str | None:
        """Id of the array, where this is a child of one."""
        return self.id.split(":", 1)[0] if ":" in self.id else None


def is_region(name: str) -> bool:
    """It looks like a region's name, so that it may become part of a host name."""
    return bool(_REGION.fullmatch(name))


def parse_job(target: str) -> JobReference:
    """Read a job id, an array child's id or a job ARN.

    Raises:
        FetchError: it is none of these.
    """
    text, region = target.strip(), None
    if text.startswith("arn:"):
        parts = text.split(":", _ARN_PARTS - 1)
        if len(parts) < _ARN_PARTS or parts[2] != "batch" or not parts[5].startswith("job/") or not is_region(parts[3]):
            raise FetchError(
                f"{target} is not the ARN of a Batch job: those look like arn:aws:batch:REGION:ACCOUNT:job/ID."
            )
        region, text = parts[3], parts[5].removeprefix("job/")
    if not _ID.fullmatch(text):
        raise FetchError(f"{target} is neither a Batch job id, an array child (ID:INDEX) nor a job ARN.")
    return JobReference(target=target, id=text, region=region)
