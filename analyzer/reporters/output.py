"""Diagnoses in the form that was asked for, on the screen or in a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from analyzer.diagnosis import Diagnosis


def _text(diagnoses: Sequence[Diagnosis], output_format: str, *, verbose: bool, many: bool) -> str:
    if output_format == "json":
        from analyzer.reporters.json_report import format_json

        return format_json(diagnoses, verbose=verbose, several=many)
    if output_format == "jsonl":
        from analyzer.reporters.jsonl import format_jsonl

        return format_jsonl(diagnoses, verbose=verbose)
    from analyzer.reporters.markdown import format_markdown

    return format_markdown(diagnoses, verbose=verbose)


def write(
    diagnoses: Sequence[Diagnosis], output_format: str, output: Path | None, *, verbose: bool, many: bool
) -> None:
    """Write to a file, or to standard output. `many`: several targets were given, even if only one could be examined.

    Raises:
        OSError: the file cannot be written, or the reader of standard output has gone.
    """
    if output_format == "terminal":
        from rich.console import Console

        from analyzer.reporters.terminal import render_terminal

        if output is None:
            if diagnoses:
                render_terminal(diagnoses, Console(), verbose=verbose)
            return
        with output.open("w", encoding="utf-8") as stream:
            render_terminal(diagnoses, Console(file=stream), verbose=verbose)
        return
    if not diagnoses and output_format == "markdown":
        return
    if not diagnoses and not many:
        return
    text = _text(diagnoses, output_format, verbose=verbose, many=many)
    data = (text if text.endswith("\n") or not text else text + "\n").encode("utf-8", "replace")
    if output is not None:
        output.write_bytes(data)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
