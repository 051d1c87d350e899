"""A CRIU dump, pre-dump or restore log: what it says of its operation, in one pass and bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analyzer.evidence.content import Content
from analyzer.parsers.checkpoint_lines import LogLine, LogProblem

Operation = Literal["dump", "pre-dump", "restore"]
Outcome = Literal["complete", "failed", "unfinished", "unknown"]


@dataclass(frozen=True)
class CheckpointLog:
    """What one log says. Absence of `success` means nothing unless `timed`: CRIU prints it at verbosity 3 and above."""

    source: str
    """Where the log is: `workdir/.fusion/dump/3/dump_3.log`."""
    operation: Operation | None = None
    folder: int | None = None
    """The dump's number, from the path; None for a bare log."""
    version: str | None = None
    """CRIU's version, `4.2`; None below verbosity 3."""
    kernel: str | None = None
    """`6.1.0-56-cloud-amd64`."""
    host: str | None = None
    run_id: str | None = None
    timed: bool = False
    """Lines carry time stamps, so verbosity is at least 3 and a success would have been written down."""
    detailed: bool = False
    """Page ranges were seen: verbosity 4."""
    first_seconds: float | None = None
    last_seconds: float | None = None
    """The last time stamp, in seconds since the operation began: how far it got."""
    lines: int = 0
    size: int = 0
    """Bytes."""
    ends_mid_line: bool = False
    has_nul: bool = False
    """NUL bytes: the host lost power before the data reached the disk."""
    has_gap: bool = False
    """The middle of the log was not captured."""
    success: LogLine | None = None
    failed: LogLine | None = None
    """The line that says `... FAILED.`; it does not say why."""
    problems: tuple[LogProblem, ...] = ()
    """Error and Warn lines in order: the first ones and the last ones, runs of equal lines as one."""
    problems_omitted: int = 0
    """How many between the first and the last ones are not in `problems`."""
    notes: tuple[LogLine, ...] = ()
    """Lines below Warn that tell something: a missing image, a server that cannot be reached."""
    first_line: LogLine | None = None
    last_line: LogLine | None = None
    """The last line that is not blank."""
    dumper_died: LogLine | None = None
    """The parasite's `Trimmed message received`: the dumper went away and the task was still there."""
    looping: LogLine | None = None
    """The restorer read nothing again and again: pages are missing from the image."""
    pages: int = 0
    """Pages of 4096 bytes that were sent to the images, by the ranges in the log."""
    progress: tuple[tuple[float, int], ...] = ()
    """(seconds, bytes written so far), evenly thinned out, oldest first."""

    @property
    def bytes_written(self) -> int | None:
        """Bytes of memory written by the page ranges in the log; None where it has none."""
        return self.pages * 4096 if self.detailed else None

    @property
    def outcome(self) -> Outcome:
        """What the log alone shows of how its operation ended."""
        if self.success is not None:
            return "complete"
        if self.failed is not None:
            return "failed"
        return "unfinished" if self.timed else "unknown"


def looks_like_checkpoint_log(head: bytes, name: str) -> bool:
    """Whether a file is a CRIU log, by its first bytes, else by its name."""
    raise NotImplementedError


def parse_checkpoint_log(content: Content, source: str, operation_hint: Operation | None) -> CheckpointLog:
    """Read a log."""
    raise NotImplementedError
