"""`fsnap-diagnose explain FS101`: the page of a rule, a cause or an exit code."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.options import EXIT_USAGE, RulesFile, fail, load_catalogue, show


def explain(
    subject: Annotated[
        str, typer.Argument(metavar="RULE|CHECK|CAUSE|EXIT-CODE", help="FS101, FS804, dump.window_exceeded or 176.")
    ],
    rules: RulesFile = None,
) -> None:
    """Show the page of a rule, a check, a cause or an exit code."""
    from analyzer.reporters.page import explain as page_of

    page = page_of(subject, load_catalogue(rules))
    if page is None:
        fail(
            f"{subject} is no rule, cause or exit code that is known; `fsnap-diagnose rules` lists them all", EXIT_USAGE
        )
    show(page)
