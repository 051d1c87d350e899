"""What a caller may choose about fetching, with limits that keep memory and calls bounded."""

from __future__ import annotations

from datetime import UTC, datetime

from analyzer.frozen import frozen

MEBIBYTE = 1024 * 1024


@frozen
class FetchOptions:
    """Choices and limits; all sizes in bytes."""

    profile: str | None = None
    """Name of an AWS profile; None: as boto3 finds its credentials."""
    region: str | None = None
    """Region for targets that do not name one themselves; None: as boto3 finds it, or AWS_REGION."""
    timeout_seconds: float = 60.0
    """How long one target may take; what is not there by then becomes a gap."""
    max_log_bytes: int = 8 * MEBIBYTE
    """Kept of each attempt's log stream, counted from its end."""
    whole_file_bytes: int = 1 * MEBIBYTE
    """A file of the work directory up to this size is read whole."""
    head_bytes: int = 1 * MEBIBYTE
    """Read from the front of a larger one."""
    tail_bytes: int = 4 * MEBIBYTE
    """Read from the end of a larger one."""
    max_workdir_bytes: int = 64 * MEBIBYTE
    """Read from one work directory in all."""
    max_files: int = 120
    """Files read from one work directory."""
    max_listing_pages: int = 50
    """Pages of 1,000 objects that a listing may take."""
    want_cloudtrail: bool = True
    """Ask CloudTrail who ended a lost host; slow (2 calls a second), and some accounts forbid it."""
    shipped_figures: bool = False
    """The figures of instance types that the package has will do: EC2 is asked for the others only."""
    search_texts: tuple[str, ...] = ()
    """Have CloudWatch Logs Insights look for lines with these in the logs of jobs, in place of fetching the logs."""
    now: datetime | None = None
    """The time to stamp evidence with; None: the clock's."""

    def captured_at(self) -> str:
        """RFC 3339, to the second."""
        return (self.now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
