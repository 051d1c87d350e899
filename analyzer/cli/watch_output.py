"""Where `watch` writes: a line for each thing that happens on standard output, at once; all else on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from analyzer.cli.options import say, writing

if TYPE_CHECKING:
    from analyzer.evidence.model import Document
    from analyzer.fleet.happening import Happening
    from analyzer.watch import Onlooker, Watch


class Lines:
    """A line each."""

    def __init__(self, machine: bool) -> None:
        self._machine = machine

    def happened(self, happening: Happening, /) -> None:
        """See analyzer.watch.Onlooker."""
        from analyzer.reporters.watch_lines import QUIET, document, line

        if happening.kind in QUIET:
            return
        told = json.dumps(document(happening)) if self._machine else line(happening)
        with writing(None):
            typer.echo(told)

    def say(self, sentence: str, /) -> None:
        """See analyzer.watch.Onlooker."""
        say(sentence)

    def described(self, job: Document, region: str | None, /) -> None:
        """See analyzer.watch.Onlooker."""

    def looked(self, watch: Watch, /) -> None:
        """See analyzer.watch.Onlooker."""


@contextmanager
def onlooker(machine: bool, *, view: bool) -> Iterator[Onlooker]:
    """Lines; in a terminal a view below them, where that is wanted."""
    if machine or not view or not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield Lines(machine)
        return
    from analyzer.cli.watch_view import live_view

    with live_view() as shown:
        yield shown
