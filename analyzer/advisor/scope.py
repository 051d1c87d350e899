"""Ties a snippet of Nextflow's configuration to the process that it is meant for.

`process { memory = 8.GB }` and `process.memory = 8.GB` would change every process of the pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BLOCK = re.compile(r"process\s{0,4}\{\s{0,8}")
_LINE = re.compile(r"process\.([a-zA-Z]{1,40})(\s{0,40}=.{0,2000})")
_SETTING = re.compile(r"([a-zA-Z]{1,40})\s{0,40}=")
_PIPELINE_WIDE = frozenset({"executor", "resourceLimits"})
_WIDE_ALONE = _PIPELINE_WIDE | {"errorStrategy"}
"""`process.errorStrategy = 'finish'` spares other tasks, so it is meant for them all."""
_REPLACES = "// replaces the options that the process may have already: add those to it"


def scoped(snippet: str, process: str) -> str:
    """The snippet with its bare settings put under `withName:`; settings of the whole pipeline stay where they are."""
    return "\n".join(_scoped_lines(snippet.split("\n"), process))


def _scoped_lines(lines: list[str], process: str) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if _BLOCK.fullmatch(line) and "}" in lines[at + 1 :]:
            end = lines.index("}", at + 1)
            yield from _block(lines[at : end + 1], process)
            at = end + 1
            continue
        match = _LINE.fullmatch(line)
        if match and match[1] not in _WIDE_ALONE:
            yield from _wrapped([f"    {match[1]}{match[2]}"], process)
        else:
            yield line
        at += 1


def _block(block: list[str], process: str) -> Iterator[str]:
    body = block[1:-1]
    settings = {match[1] for line in body if (match := _SETTING.match(line.strip()))}
    selects = any(line.strip().startswith(("withName", "withLabel")) for line in body)
    if selects or settings & _PIPELINE_WIDE:
        yield from block
    else:
        yield from _wrapped(body, process)


def _wrapped(body: list[str], process: str) -> Iterator[str]:
    yield "process {"
    yield f"    withName: '{process}' {{"
    for line in body:
        if line.strip().startswith("containerOptions"):
            yield f"        {_REPLACES}"
        yield f"    {line}" if line.strip() else line
    yield "    }"
    yield "}"
