"""Nextflow's trace file: a table with a line for each task, written with `-with-trace` or `trace.enabled`.

The first line names the columns (`trace.fields`), which are parted by a tab (`trace.sep`); a value that is not known is
`-`. Figures are for people (`1.2 GB`, units of 1,024) or, with `trace.raw`, plain numbers of bytes. Source: Nextflow's
reference of the trace scope, and TraceRecord.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

MAX_LINE_BYTES = 64 * 1024
"""A longer line is none of Nextflow's: names and tags are short."""
MAX_COLUMNS = 200
MAX_NAME_CHARACTERS = 1_000
KNOWN_COLUMNS = frozenset(
    (
        "task_id",
        "hash",
        "native_id",
        "name",
        "process",
        "tag",
        "status",
        "exit",
        "submit",
        "start",
        "complete",
        "duration",
        "realtime",
        "%cpu",
        "%mem",
        "peak_rss",
        "peak_vmem",
        "rss",
        "vmem",
        "rchar",
        "wchar",
        "attempt",
        "queue",
        "workdir",
    )
)
MAX_PLAUSIBLE_BYTES = 2**60
SEPARATORS = ("\t", ",", ";", "|")
"""What `trace.sep` is set to in practice; the first that parts the header into known columns counts."""
NEEDED = "native_id"
_UNKNOWN = frozenset({"", "-", "null"})
_MEMORY = re.compile(r"([0-9]{1,19})(?:\.([0-9]{1,9}))?[ ]?([KMGTPE]?)B?", re.IGNORECASE)
_JOB_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?::[0-9]{1,5})?", re.IGNORECASE)
_EXIT_CODE = re.compile(r"-?[0-9]{1,10}")
_EXPONENTS = {unit: power for power, unit in enumerate(("", "K", "M", "G", "T", "P", "E"))}
_MAKE = (
    "a trace that Nextflow writes with `-with-trace trace.txt`, or with `trace.enabled = true`, is needed; "
    "its columns are set by `trace.fields`, which must hold native_id"
)

RESUMED, ELSEWHERE, NOT_STARTED, BROKEN = "resumed", "elsewhere", "not started", "broken"
"""Why a line is passed over."""


class TraceError(ValueError):
    """It is no trace that names Batch jobs; the text says why, and which option of Nextflow makes one."""


@dataclass(frozen=True)
class TraceEntry:
    """A task of the trace. What its columns do not tell is None."""

    native_id: str
    """The Batch job's id; of an array's child `<id>:<index>`."""
    name: str | None = None
    """The task's: `ALIGN (sample_7)`."""
    process: str | None = None
    """Its column, else what stands before the name's tag."""
    peak_rss_bytes: int | None = None
    exit_code: int | None = None
    hash: str | None = None
    """Nextflow's short form: `4f/a1b2c3`."""
    status: str | None = None
    submit: str | None = None
    """As it stands: local time of the machine that ran Nextflow, or milliseconds since the epoch."""


@dataclass
class TraceReader:
    """Reads a trace line by line: memory does not grow with it."""

    where: str
    """The file, as the user named it."""
    read: int = 0
    """Tasks that name a Batch job."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Reason -> tasks without a Batch job of this run."""

    def entries(self, lines: Iterable[bytes]) -> Iterator[TraceEntry]:
        """The tasks that ran as Batch jobs, in the trace's order.

        Args:
            lines: of the file, each at most MAX_LINE_BYTES + 1 long; a longer one is passed over.

        Raises:
            TraceError: the first line names no columns, or native_id is not among them.
        """
        coming = iter(lines)
        first = next((line for line in coming if line.strip()), b"")
        columns, separator = self._header(first)
        for line in coming:
            if line.strip() and line != first:
                entry = self._entry(line, columns, separator)
                if entry is not None:
                    self.read += 1
                    yield entry

    def notes(self) -> tuple[str, ...]:
        """What was passed over, for the reader of a report."""
        counts = ((self.passed_over[why], text) for why, text in _REASONS)
        told = [f"{self.where}: {_counted(count)} passed over: {text}." for count, text in counts if count]
        if not self.read and not told:
            told.append(f"{self.where}: the trace has no task.")
        return tuple(told)

    def _header(self, line: bytes) -> tuple[Mapping[str, int], str]:
        text = _text(line)
        for separator in SEPARATORS:
            names = [name.strip().strip('"') for name in text.split(separator, MAX_COLUMNS)]
            known = KNOWN_COLUMNS.intersection(names)
            if NEEDED in known:
                return {name: index for index, name in reversed(list(enumerate(names)))}, separator
            if len(known) > 1:
                raise TraceError(
                    f"{self.where}: a trace without the column native_id, so that no job is named; {_MAKE}."
                )
        raise TraceError(
            f"{self.where}: not a trace file of Nextflow's, its first line names no columns of one; {_MAKE}."
        )

    def _entry(self, line: bytes, columns: Mapping[str, int], separator: str) -> TraceEntry | None:
        values = [] if len(line) > MAX_LINE_BYTES else _text(line).split(separator)
        if len(values) <= columns[NEEDED]:
            self.passed_over[BROKEN] += 1
            return None
        told = {name: value for name, index in columns.items() if (value := _value(values, index)) is not None}
        why = _passed(told)
        if why:
            self.passed_over[why] += 1
            return None
        name, exit_code = told.get("name"), told.get("exit", "")
        return TraceEntry(
            native_id=told[NEEDED].lower(),
            name=name,
            process=told.get("process") or process_of(name),
            peak_rss_bytes=memory_bytes(told.get("peak_rss")) or memory_bytes(told.get("rss")),
            exit_code=int(exit_code) if _EXIT_CODE.fullmatch(exit_code) else None,
            hash=told.get("hash"),
            status=told.get("status"),
            submit=told.get("submit"),
        )


_REASONS = (
    (RESUMED, "resumed from an earlier run (CACHED)"),
    (ELSEWHERE, "run elsewhere than on AWS Batch: their native_id is no job's id"),
    (NOT_STARTED, "never submitted: they have no native_id"),
    (BROKEN, "cut or malformed lines"),
)


def process_of(name: str | None) -> str | None:
    """A task's process by its name, `PROCESS (tag)`; None where there is no name."""
    if not name:
        return None
    return name.split(" (", 1)[0] if name.endswith(")") else name


def memory_bytes(text: str | None) -> int | None:
    """A size as Nextflow writes it, `1.2 GB` or a plain number of bytes; None where it is none, or nothing."""
    match = _MEMORY.fullmatch(text or "")
    if match is None:
        return None
    # whole numbers all the way: a float rounds from 2^53 on
    whole, fraction, unit = match[1], match[2] or "", match[3].upper()
    scale = 10 ** len(fraction)
    size = (int(whole) * scale + int(fraction or 0)) * 1024 ** _EXPONENTS[unit] // scale
    return size if 0 < size < MAX_PLAUSIBLE_BYTES else None


def _text(line: bytes) -> str:
    return line[:MAX_LINE_BYTES].decode("utf-8-sig", "replace").rstrip("\r\n")


def _value(values: list[str], index: int) -> str | None:
    value = values[index].strip().strip('"') if index < len(values) else ""
    return None if value in _UNKNOWN else value[:MAX_NAME_CHARACTERS]


def _passed(told: Mapping[str, str]) -> str | None:
    if told.get("status", "").upper() == "CACHED":
        return RESUMED
    if NEEDED not in told:
        return NOT_STARTED
    return None if _JOB_ID.fullmatch(told[NEEDED]) else ELSEWHERE


def _counted(count: int) -> str:
    return "1 task" if count == 1 else f"{count:,} tasks"
