"""How far a survey is: a bar with its total on standard error, where that is a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from analyzer.survey import Progress


class Silent:
    """Says nothing: standard error is a file, or read by a program."""

    def say(self, message: str, /) -> None:
        """See analyzer.survey.Progress."""

    def begin(self, total: int, /) -> None:
        """See analyzer.survey.Progress."""

    def advance(self, jobs: int, /) -> None:
        """See analyzer.survey.Progress."""


class Shown:
    """A bar of rich's."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task: TaskID = bar.add_task("looking ...", total=None)

    def say(self, message: str, /) -> None:
        """See analyzer.survey.Progress."""
        from rich.markup import escape

        from analyzer.reporters.text import prose

        self._bar.update(self._task, description=escape(prose(message)))

    def begin(self, total: int, /) -> None:
        """See analyzer.survey.Progress."""
        self._bar.update(self._task, description="examining jobs", total=total, completed=0)

    def advance(self, jobs: int, /) -> None:
        """See analyzer.survey.Progress."""
        self._bar.advance(self._task, jobs)


@contextmanager
def survey_progress() -> Iterator[Progress]:
    """A bar until the context ends; nothing where standard error is no terminal."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Silent()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Shown(bar)
