"""Where a report goes: to standard output, or into a file; the same for every command and form."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

from analyzer.reporters.console import Console, console_of


def deliver(text: str, output: Path | None) -> None:
    """Write the text as UTF-8, whatever the locale, with a line end; to standard output where no file is named.

    Raises:
        OSError: it cannot be written, or whoever read standard output has gone.
    """
    data = (text if text.endswith("\n") or not text else f"{text}\n").encode("utf-8", "replace")
    if output is not None:
        from analyzer.reporters.whole_file import whole_file

        with whole_file(output) as stream:
            stream.write(data)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def deliver_page(render: Callable[[Console], None], output: Path | None) -> None:
    """Let a page render itself: on the screen, or without colours into a file.

    Raises:
        OSError: as `deliver`.
    """
    if output is None:
        render(console_of())
        sys.stdout.flush()
        return
    from analyzer.reporters.whole_file import whole_file

    with whole_file(output) as stream:
        page = io.TextIOWrapper(stream, encoding="utf-8")
        render(console_of(page))
        page.detach()
