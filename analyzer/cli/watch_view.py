"""`watch` in a terminal: a view of what goes on, and above it a line for each thing that happens."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analyzer.fleet.board import BoardView
from analyzer.watch_board import BoardKeeper

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from analyzer.evidence.model import Document
    from analyzer.fleet.happening import Happening
    from analyzer.watch import Watch

REFRESHES_A_SECOND = 2


class Shown:
    """What is shown, and told."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._keeper = BoardKeeper()
        self._view: BoardView | None = None
        self._described = 0

    def happened(self, happening: Happening, /) -> None:
        """See analyzer.watch.Onlooker."""
        from analyzer.reporters.watch_lines import QUIET, line

        self._keeper.board.happened(happening)
        if happening.kind not in QUIET:
            self._above(line(happening))

    def say(self, sentence: str, /) -> None:
        """See analyzer.watch.Onlooker."""
        from analyzer.reporters.text import prose

        self._above(f"fsnap-diagnose: {prose(sentence)}")

    def described(self, job: Document, region: str | None, /) -> None:
        """See analyzer.watch.Onlooker."""
        self._described += 1
        self._keeper.board.described(job, region)

    def looked(self, watch: Watch, /) -> None:
        """See analyzer.watch.Onlooker."""
        self._view = self._keeper.look(watch, datetime.now(UTC))

    def picture(self) -> Text:
        """The view as it is now; asked for by the thread that refreshes it."""
        from rich.text import Text

        from analyzer.reporters.watch_view import text_of

        view = self._view
        if view is None:
            told = f", {self._described:,} jobs looked at" if self._described else ""
            return Text(f"reading the lists{told} ...", end="")
        width, height = self._console.size
        return text_of(view, int(datetime.now(UTC).timestamp() * 1000), width, height)

    def _above(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)


@contextmanager
def live_view() -> Iterator[Shown]:
    """A view until the context ends, which leaves no trace of it."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    shown = Shown(console)
    live = Live(
        console=console,
        get_renderable=shown.picture,
        refresh_per_second=REFRESHES_A_SECOND,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=sys.stderr.isatty(),
    )
    with live:
        yield shown
