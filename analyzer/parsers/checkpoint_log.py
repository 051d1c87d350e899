"""A CRIU dump, pre-dump or restore log: what it says of its operation, in one pass and bounded memory."""

from __future__ import annotations

import re
from typing import Literal

from analyzer.evidence.content import Content
from analyzer.frozen import frozen
from analyzer.parsers.checkpoint_lines import LogLine, LogProblem
from analyzer.parsers.checkpoint_scan import Scan
from analyzer.parsers.page_ranges import PAGE

Operation = Literal["dump", "pre-dump", "restore"]
Outcome = Literal["complete", "failed", "unfinished", "unknown"]


@frozen
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
    """The host's name, to tell whether dump and restore ran on the same one."""
    run_id: str | None = None
    timed: bool = False
    """Lines carry time stamps, so verbosity is at least 3 and a success would have been written down."""
    detailed: bool = False
    """Page ranges were seen: verbosity 4."""
    first_seconds: float | None = None
    last_seconds: float | None = None
    """The latest time stamp, in seconds since the operation began: how far it got."""
    lines: int = 0
    """How many there are; where `has_gap`, how many were seen."""
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
    """Error and Warn lines in order: the first ones and the last ones, runs of lines that are alike as one."""
    problems_omitted: int = 0
    """How many lines between the first and the last ones are not in `problems`."""
    notes: tuple[LogLine, ...] = ()
    """Lines below Warn that tell something: a missing image, a server that cannot be reached."""
    first_line: LogLine | None = None
    last_line: LogLine | None = None
    """The last line that is not blank."""
    dumper_died: LogLine | None = None
    """The parasite's `Trimmed message received`: the dumper went away and the task was still there."""
    looping: LogLine | None = None
    """The restorer read nothing again and again: pages are missing from the images."""
    pages: int = 0
    """Pages of 4096 bytes that were written to the images, by the ranges in the log."""
    parent_pages: int = 0
    """Pages of 4096 bytes that were left to an earlier pre-dump, by the ranges in the log."""
    parent: str | None = None
    """The earlier dump that this one builds on, `../2`; None where the log names none."""
    progress: tuple[tuple[float, int], ...] = ()
    """(seconds, bytes written so far), evenly thinned out, oldest first."""

    @property
    def bytes_written(self) -> int | None:
        """Bytes of memory written, by the page ranges in the log; None where it has none."""
        return self.pages * PAGE if self.detailed else None

    @property
    def errors(self) -> tuple[LogProblem, ...]:
        """The Error lines among the problems."""
        return tuple(problem for problem in self.problems if problem.level == "Error")

    @property
    def outcome(self) -> Outcome:
        """What the log alone shows of how its operation ended."""
        if self.success is not None:
            return "complete"
        if self.failed is not None:
            return "failed"
        return "unfinished" if self.timed else "unknown"

    def note(self, text: str) -> LogLine | None:
        """The first note that holds `text`."""
        return next((line for line in self.notes if text in line.text), None)


_HEAD_BYTES = 16 * 1024
_LOG_NAME = re.compile(r"(?:^|/)(?P<kind>pre-?dump|pre|dump|restore)[-_.\w]{0,80}\.log$")
_LOG_START = re.compile(
    rb"(?:^|\n)(?:"
    rb"\(\d{2,7}\.\d{4,6}\) \s{0,8}[\w=`]"
    rb"|(?:pie: )?\s{0,8}(?:\d{1,10}: )?(?:Error|Warn ) \("
    rb"(?:criu|compel|soccr|plugins|lib|\w{1,20}_plugin)[\w./-]{0,60}\.[ch]:\d{1,6}\): )"
)
_VERSION = re.compile(rb"\) Version: (\d[\w.+-]{0,20})")
_RUNNING = re.compile(rb"\) Running on (\S{1,100}) Linux (\S{1,80})")
_RUN_ID = re.compile(rb"\) CRIU run id = (\S{1,64})")
_PARENT = re.compile(r"Will do snapshot from (.{1,200})")
_FAILED = ("Dumping FAILED.", "Pre-dumping FAILED.", "Restoring FAILED.", "Aborting restore due to ")
_FOLDER = re.compile(r"(?:^|/)(\d{1,6})/[^/]+$")
_OPERATION_MARKS: tuple[tuple[bytes, Operation], ...] = (
    (b"Pre-dumping finished successfully", "pre-dump"),
    (b"Pre-dumping FAILED", "pre-dump"),
    (b"Enforcing tasks run after pre-dump", "pre-dump"),
    (b"Enforcing memory tracking for pre-dump", "pre-dump"),
    (b") Dumping processes (pid: ", "dump"),
    (b"): Dumping FAILED", "dump"),
    (b") Dumping finished successfully", "dump"),
    (b"Restoring FAILED", "restore"),
    (b"Restore finished successfully", "restore"),
    (b") Reading image tree", "restore"),
    (b"(criu/cr-restore.c:", "restore"),
    (b"No inventory.img image", "restore"),
    (b"): Too old image, no longer supported", "restore"),
    (b"): Unexpected EOF", "restore"),
    (b"required by image is not supported on host", "restore"),
    (b"capabilities do not match run time", "restore"),
    (b"(criu/cr-dump.c:", "dump"),
    (b"with interrupted system call", "dump"),
)


def operation_of(name: str) -> Operation | None:
    """The operation that a log's name tells: `pre_1.log`, `dump_3.log`, `restore_3.log`."""
    match = _LOG_NAME.search(name.lower())
    if match is None:
        return None
    kind = match["kind"]
    return "dump" if kind == "dump" else "restore" if kind == "restore" else "pre-dump"


def looks_like_checkpoint_log(head: bytes, name: str) -> bool:
    """Whether a file is a CRIU log, by its first bytes; an empty one by its name alone."""
    if _LOG_START.search(head[:_HEAD_BYTES]):
        return True
    if operation_of(name) is None:
        return False
    return not head.strip(b"\x00\r\n\t ") or bool(re.match(rb"\(\d{2,7}\.\d{4,6}|Error \(|Warn  \(|pie: ", head))


def _text(pattern: re.Pattern[bytes], head: bytes, group: int = 1) -> str | None:
    match = pattern.search(head)
    return match[group].decode("utf-8", "replace") if match else None


def _operation(scan: Scan) -> Operation | None:
    ends = b"\n".join(line.text.encode() for line in (scan.success, scan.last_line) if line)
    problems = b"\n".join(problem.line.text.encode() for problem in scan.problems)
    for text in (scan.head, ends, problems):
        for mark, operation in _OPERATION_MARKS:
            if mark in text:
                return operation
    return "restore" if scan.looping else None


def parse_checkpoint_log(content: Content, source: str, operation_hint: Operation | None) -> CheckpointLog:
    """Read a log. `operation_hint` is what its place or name says; where that is None, its lines are asked.

    Raises:
        OSError: the bytes cannot be read.
    """
    scan = Scan(source)
    scan.read(content)
    head = scan.head[:_HEAD_BYTES]
    problems = scan.problems
    folder = _FOLDER.search(source)
    parents = [match[1] for line in scan.notes if (match := _PARENT.search(line.text))]
    return CheckpointLog(
        source=source,
        operation=operation_hint or operation_of(source) or _operation(scan),
        folder=int(folder[1]) if folder else None,
        version=_text(_VERSION, head),
        kernel=_text(_RUNNING, head, 2),
        host=_text(_RUNNING, head),
        run_id=_text(_RUN_ID, head),
        timed=scan.timed,
        detailed=bool(scan.pages or scan.parent_pages),
        first_seconds=scan.first_seconds,
        last_seconds=scan.last_seconds,
        lines=scan.lines,
        size=content.size,
        ends_mid_line=scan.ends_mid_line,
        has_nul=scan.has_nul,
        has_gap=scan.has_gap,
        success=scan.success,
        failed=next((p.line for p in reversed(problems) if p.text.startswith(_FAILED)), None),
        problems=problems,
        problems_omitted=max(0, scan.problems_seen - sum(p.repeats for p in problems)),
        notes=tuple(scan.notes),
        first_line=scan.first_line,
        last_line=scan.last_line,
        dumper_died=scan.died,
        looping=scan.looping,
        pages=scan.pages,
        parent_pages=scan.parent_pages,
        parent=parents[0] if parents else None,
        progress=tuple(scan.samples),
    )
