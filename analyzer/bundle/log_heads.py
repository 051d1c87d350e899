"""What the heads of files tell of the machine, of Fusion's version and of the task: heads only, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.evidence.content import Content, MemoryContent, read_all
from analyzer.evidence.model import Evidence
from analyzer.parsers.checkpoint_log import looks_like_checkpoint_log, parse_checkpoint_log
from analyzer.parsers.command_run import CommandRunHeader, parse_command_run
from analyzer.parsers.fusion_log import parse_fusion_line

HEAD_BYTES = 64 * 1024
"""CRIU says where it runs in its third line; Fusion says what it is when it starts."""
MOST_LOGS = 200
"""Hosts of one job are alike: more logs tell no more."""
_MACHINE = re.compile(
    rb"\) Running on \S{1,100} Linux [^\n]{1,200}\b(x86_64|aarch64|arm64|i686|ppc64le|s390x|riscv64)\s"
)
_LAYER = re.compile(r"/v?(\d{1,3}\.\d{1,3}(?:\.\d{1,4})?)(?:-snap)?[-_](?:amd64|arm64)\.json")
"""The layer that Nextflow adds to the image: `releases/v2.6-snap_amd64.json` (nextflow, FusionConfig)."""
_SAYS = re.compile(r"(?i)\bfusion\b[^0-9\n]{0,20}?\bv?(\d{1,2}\.\d{1,3}\.\d{1,4})\b")
FUSION_LOG = ".fusion.log"
COMMAND_RUN = ".command.run"


@dataclass(frozen=True)
class LogHead:
    """What the head of a dump's or restore's log says."""

    source: str
    kernel: str | None
    """`6.1.0-56-cloud-amd64`."""
    machine: str | None
    """`x86_64`, `aarch64`."""
    criu: str | None
    """CRIU's version, `4.2`."""


def _head(content: Content) -> bytes:
    try:
        return read_all(content, HEAD_BYTES)
    except OSError:
        return b""


def log_heads(evidence: Evidence) -> Iterator[LogHead]:
    """The heads of all checkpoint logs that say anything of the machine."""
    alone = evidence.kind == "log" and len(evidence.workdir) == 1
    names = sorted(name for name in evidence.workdir if name.endswith(".log") or alone)
    for name in names[:MOST_LOGS]:
        data = _head(evidence.workdir[name])
        if not looks_like_checkpoint_log(data, name):
            continue
        log = parse_checkpoint_log(MemoryContent(data), name, None)
        machine = _MACHINE.search(data)
        if log.kernel or machine or log.version:
            source = name if alone else f"workdir/{name}"
            yield LogHead(source, log.kernel, machine[1].decode() if machine else None, log.version)


def fusion_versions(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """(version, where it stands), where Fusion's own lines or the layer's name tell it."""
    content = evidence.workdir.get(FUSION_LOG)
    if content is not None and (version := _in_fusion_lines(_head(content))):
        yield version, f"workdir/{FUSION_LOG}"
    for name in (".command.log", ".command.err", COMMAND_RUN):
        content = evidence.workdir.get(name)
        found = _LAYER.search(_head(content).decode("utf-8", "replace")) if content is not None else None
        if found:
            yield found[1], f"workdir/{name}"


def command_header(evidence: Evidence) -> CommandRunHeader | None:
    """What the head of `.command.run` says of the task; None where it cannot be read, or says nothing."""
    content = evidence.workdir.get(COMMAND_RUN)
    return parse_command_run(MemoryContent(_head(content))) if content is not None else None


def _in_fusion_lines(data: bytes) -> str | None:
    for line in data.decode("utf-8", "replace").splitlines()[:200]:
        said = parse_fusion_line(line)
        if said and (found := _SAYS.search(said.message)):
            return found[1]
    return None
