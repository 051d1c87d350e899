"""What was measured of a task: `.command.trace` (Nextflow's wrapper), `.fusion/trace.json` (Fusion) and `.exitcode`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from analyzer.evidence.content import read_all
from analyzer.evidence.job import mapping, whole
from analyzer.frozen import frozen

if TYPE_CHECKING:
    from analyzer.evidence.content import Content

COMMAND_TRACE = ".command.trace"
FUSION_TRACE = ".fusion/trace.json"
MAX_BYTES = 1024 * 1024
MAX_PLAUSIBLE = 2**60
"""A figure above an exbibyte is damage, and so is a limit that stands for "none" (2^63 less a page)."""

_PAIR = re.compile(r"([a-z_%]{1,30})=([0-9]{1,19})[ \t]*\r?")
_EXIT_CODE = re.compile(r"\s{0,100}(-?[0-9]{1,10})\s{0,100}")
KIB = 1024


@frozen
class TaskTrace:
    """Figures of a task; a figure that no file tells is None."""

    peak_rss_bytes: int | None = None
    peak_vmem_bytes: int | None = None
    realtime_ms: int | None = None
    cgroup_peak_bytes: int | None = None
    """The control group's peak resident memory, without the page cache where the file tells it apart."""
    cgroup_limit_bytes: int | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    """Member of this record -> where it stands: `workdir/.command.trace: peak_rss`."""


def parse_task_trace(files: Mapping[str, Content]) -> TaskTrace | None:
    """Read the traces among a work directory's files; None where they tell nothing, or cannot be read."""
    figures: dict[str, int] = {}
    sources: dict[str, str] = {}
    for name, value, source in _figures(files):
        if name not in figures and 0 < value < MAX_PLAUSIBLE:
            figures[name], sources[name] = value, source
    return TaskTrace(**figures, sources=sources) if figures else None


def parse_exit_code(content: Content) -> int | None:
    """The number in `.exitcode`; None where it is empty or no number.

    Raises:
        OSError: the bytes cannot be read.
    """
    match = _EXIT_CODE.fullmatch(read_all(content, 256).decode("utf-8", "replace"))
    return int(match[1]) if match else None


def _figures(files: Mapping[str, Content]) -> Iterator[tuple[str, int, str]]:
    """(member of TaskTrace, value, source), the better source first."""
    if (text := _read(files.get(COMMAND_TRACE))) is not None:
        yield from _command_trace(text)
    if (text := _read(files.get(FUSION_TRACE))) is not None:
        yield from _fusion_trace(text)


def _read(content: Content | None) -> str | None:
    try:
        return None if content is None else read_all(content, MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return None


def _command_trace(text: str) -> Iterator[tuple[str, int, str]]:
    """Read `key=value` lines: memory in KiB, times in milliseconds (Nextflow's command-trace.txt)."""
    pairs = {match[1]: match[2] for line in text.split("\n") if (match := _PAIR.fullmatch(line))}
    for name, key, factor in (
        ("peak_rss_bytes", "peak_rss", KIB),
        ("peak_vmem_bytes", "peak_vmem", KIB),
        ("realtime_ms", "realtime", 1),
    ):
        if key in pairs:
            yield name, int(pairs[key]) * factor, f"workdir/{COMMAND_TRACE}: {key}"


def _fusion_trace(text: str) -> Iterator[tuple[str, int, str]]:
    """Read Fusion's figures: `cgroup` in bytes, `proc` in KiB."""
    try:
        document = mapping(json.loads(text))
    except (ValueError, RecursionError):
        return
    cgroup, proc = mapping(document.get("cgroup")), mapping(document.get("proc"))
    for name, table, where, key, factor in (
        ("cgroup_peak_bytes", cgroup, "cgroup", "memory_peak_rss", 1),
        ("cgroup_peak_bytes", cgroup, "cgroup", "memory_peak", 1),
        ("cgroup_limit_bytes", cgroup, "cgroup", "memory_limit", 1),
        ("peak_rss_bytes", proc, "proc", "peak_rss", KIB),
        ("peak_vmem_bytes", proc, "proc", "peak_vmem", KIB),
        ("realtime_ms", proc, "proc", "realtime", 1),
    ):
        if (value := whole(table.get(key))) is not None:
            yield name, value * factor, f"workdir/{FUSION_TRACE}: {where}.{key}"
