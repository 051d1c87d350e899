"""What was measured of a task: `.command.trace` (Nextflow's wrapper) and `.fusion/trace.json` (Fusion), and `.exitcode`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.evidence.content import Content

COMMAND_TRACE = ".command.trace"
FUSION_TRACE = ".fusion/trace.json"


@dataclass(frozen=True)
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
    """Read the traces among a work directory's files; None where they tell nothing. Files that cannot be read are passed over."""
    raise NotImplementedError


def parse_exit_code(content: Content) -> int | None:
    """The number in `.exitcode`; None where it is empty or no number.

    Raises:
        OSError: the bytes cannot be read.
    """
    raise NotImplementedError
