"""`fsnap-diagnose rules`: the catalogue."""

from __future__ import annotations

import shutil
import sys
from enum import StrEnum
from typing import Annotated

import typer

from analyzer.cli.options import RulesFile, load_catalogue, show


class ListFormat(StrEnum):
    """How the catalogue is listed."""

    terminal = "terminal"
    json = "json"


def rules(
    output_format: Annotated[
        ListFormat, typer.Option("--format", "-f", help="How to list them.")
    ] = ListFormat.terminal,
    rules_file: RulesFile = None,
) -> None:
    """List every rule, and every check of the pre-flight."""
    from analyzer.reporters.check_page import check_rows
    from analyzer.reporters.page import format_rules

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    show(format_rules(load_catalogue(rules_file), output_format.value, width, check_rows()))
