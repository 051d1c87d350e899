"""Diagnoses in the form that was asked for, on the screen or in a file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from analyzer.diagnosis import Diagnosis
from analyzer.reporters.delivery import deliver, deliver_page

BRIEF_FORMATS = ("terminal", "markdown")
"""Those that have a short form."""


def _text(diagnoses: Sequence[Diagnosis], output_format: str, *, verbose: bool, many: bool) -> str:
    if output_format == "json":
        from analyzer.reporters.json_report import format_json

        return format_json(diagnoses, verbose=verbose, several=many)
    if output_format == "jsonl":
        from analyzer.reporters.jsonl import format_jsonl

        return format_jsonl(diagnoses, verbose=verbose)
    if output_format == "html":
        from analyzer.reporters.html import format_diagnosis_html

        return format_diagnosis_html(diagnoses, verbose)
    from analyzer.reporters.markdown import format_markdown

    return format_markdown(diagnoses, verbose=verbose)


def write(
    diagnoses: Sequence[Diagnosis],
    output_format: str,
    output: Path | None,
    *,
    verbose: bool,
    many: bool,
    brief: bool = False,
) -> None:
    """Write to a file, or to standard output. `many`: several targets were given, even if only one could be examined.

    `brief` is for the BRIEF_FORMATS only.

    Raises:
        OSError: the file cannot be written, or the reader of standard output has gone.
    """
    if brief:
        from analyzer.reporters.brief import format_brief

        if diagnoses or output is not None:
            deliver(format_brief(diagnoses, markdown=output_format == "markdown"), output)
        return
    if output_format == "terminal":
        from analyzer.reporters.terminal import render_terminal

        if diagnoses or output is not None:
            deliver_page(partial(render_terminal, diagnoses, verbose=verbose), output)
        return
    if not diagnoses and (output_format in ("markdown", "html") or not many):
        return
    deliver(_text(diagnoses, output_format, verbose=verbose, many=many), output)
