"""A pre-flight in the form that was asked for, on the screen or in a file."""

from __future__ import annotations

import sys
from pathlib import Path

from analyzer.checks.result import CheckReport


def _text(report: CheckReport, output_format: str) -> str:
    if output_format == "markdown":
        from analyzer.reporters.check_markdown import format_check_markdown

        return format_check_markdown(report)
    if output_format == "junit":
        from analyzer.reporters.check_junit import format_check_junit

        return format_check_junit(report)
    from analyzer.reporters.check_json import format_check_json, format_check_jsonl

    return format_check_json(report) if output_format == "json" else format_check_jsonl(report)


def write_check(report: CheckReport, output_format: str, output: Path | None) -> None:
    """Write to a file, or to standard output.

    Raises:
        OSError: the file cannot be written, or the reader of standard output has gone.
    """
    if output_format == "terminal":
        _to_terminal(report, output)
        return
    data = _text(report, output_format).encode("utf-8", "replace")
    if output is not None:
        output.write_bytes(data)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _to_terminal(report: CheckReport, output: Path | None) -> None:
    from rich.console import Console

    from analyzer.reporters.check_terminal import render_check

    if output is None:
        render_check(report, Console())
        return
    with output.open("w", encoding="utf-8") as stream:
        render_check(report, Console(file=stream))
