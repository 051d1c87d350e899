"""The comment block at the head of `.command.run`: the task's exact name, its container, its array's work directories.

Nextflow writes it since 24.04 (BashWrapperBuilder.getTaskMetadata):

    #!/bin/bash
    ### ---
    ### name: 'NFCORE_RNASEQ:ALIGN (sample 1)'
    ### array:
    ###   index-name: AWS_BATCH_JOB_ARRAY_INDEX
    ###   index-start: 0
    ###   work-dirs:
    ###   - s3://bucket/work/aa/bb…
    ### container: 'quay.io/biocontainers/star:2.7'
    ### outputs:
    ### - '*.bam'
    ### ...
"""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.evidence.content import Content, read_all
from analyzer.frozen import frozen

HEAD_BYTES = 2 * 1024 * 1024
"""An array of 10,000 children has a header of about one mebibyte."""
MAX_CHILDREN = 10_000
"""The most children an array of AWS Batch can have."""
_TASK_COMMENT = "# NEXTFLOW TASK: "
"""Stands in every wrapper, also in those without the comment block."""


@frozen
class CommandRunHeader:
    """What the wrapper script says of its task."""

    task_name: str | None = None
    """`PROCESS (tag)`."""
    process: str | None = None
    """The task's name without its tag; with the names of its sub-workflows."""
    container: str | None = None
    array_work_dirs: tuple[str, ...] = ()
    """Work directories of an array's children, in the order of their indices."""
    outputs: tuple[str, ...] = ()


def parse_command_run(content: Content) -> CommandRunHeader | None:
    """Read the header; None where there is none.

    Raises:
        OSError: the bytes cannot be read.
    """
    lines = read_all(content, HEAD_BYTES).decode("utf-8", "replace").splitlines()
    values, lists = _entries(_comment_block(lines))
    name = values.get("name") or _task_comment(lines)
    header = CommandRunHeader(
        task_name=name,
        process=_process(name) if name else None,
        container=values.get("container"),
        array_work_dirs=tuple(lists.get("work-dirs", ())[:MAX_CHILDREN]),
        outputs=tuple(lists.get("outputs", ())),
    )
    return None if header == CommandRunHeader() else header


def _entries(block: Iterable[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """`key: value` pairs, and the items below a `key:`."""
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    section = ""
    for line in block:
        entry = line.strip()
        key, colon, value = entry.partition(":")
        if entry.startswith("- "):
            lists.setdefault(section, []).append(_unquote(entry[2:]))
        elif colon and value.strip():
            values.setdefault(key, _unquote(value))
        elif colon:
            section = key
    return values, lists


def _process(task_name: str) -> str:
    """The name without its ` (tag)`; a process's name itself has no blanks."""
    return task_name.partition(" (")[0] if task_name.endswith(")") else task_name


def _task_comment(lines: Iterable[str]) -> str | None:
    found = next((line for line in lines if line.startswith(_TASK_COMMENT)), "")
    return found[len(_TASK_COMMENT) :].strip() or None


def _comment_block(lines: list[str]) -> list[str]:
    start = next((n for n, line in enumerate(lines) if line.strip() == "### ---"), None)
    if start is None:
        return []
    block: list[str] = []
    for line in lines[start + 1 :]:
        if not line.startswith("###") or line.strip() == "### ...":
            break
        block.append(line[3:])
    return block


def _unquote(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return value
