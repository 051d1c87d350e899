"""The configuration of a report: whole, or as much of it as a screen has room for, which can be pasted all the same."""

from __future__ import annotations

from analyzer.fleet.report import Configuration
from analyzer.reporters.text import field, own_lines

MOST_LINES = 24
_BLOCK_END = "    }"


def whole_lines(nextflow: str) -> list[str]:
    """All lines."""
    return own_lines(nextflow) if nextflow.strip() else []


def beginning(nextflow: str) -> tuple[list[str], int]:
    """(lines, how many are left out): all where they are few, else the first blocks, closed by a brace."""
    lines = whole_lines(nextflow)
    if len(lines) <= MOST_LINES:
        return lines, 0
    ends = [number for number, line in enumerate(lines[: MOST_LINES - 1], 1) if line == _BLOCK_END]
    if not ends or lines[-1] != "}":
        return lines[:MOST_LINES], len(lines) - MOST_LINES
    return [*lines[: ends[-1]], "}"], len(lines) - ends[-1] - 1


def queue_lines(configuration: Configuration) -> list[tuple[str, tuple[str, ...]]]:
    """(queue, instance types) of the queues that have any."""
    return [(field(queue), tuple(map(field, types))) for queue, types in configuration.queues if types]
