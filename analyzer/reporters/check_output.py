"""A pre-flight in the form that was asked for, on the screen or in a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from analyzer.checks.result import CheckReport
from analyzer.reporters.delivery import deliver, deliver_page


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
        from analyzer.reporters.check_terminal import render_check

        deliver_page(partial(render_check, report), output)
    else:
        deliver(_text(report, output_format), output)
