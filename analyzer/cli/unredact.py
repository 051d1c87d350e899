"""`fsnap-diagnose unredact FILE|- --map ticket.map.json`: an answer of support in one's own names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from analyzer.cli.options import EXIT_USAGE, fail, interruptible, writing

CHUNK_BYTES = 64 * 1024


def unredact(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A text with stand-ins; - is standard input.")],
    names: Annotated[Path, typer.Option("--map", help="The .map.json beside the bundle.", metavar="FILE")],
) -> None:
    """Turn the stand-ins of a text back.

    The text is an answer from support, or a report out of the bundle. It goes to standard output, piece by piece.
    Masked secrets stay masked: nothing knows them.
    """
    from analyzer.bundle.unredact import MapError, read_map

    try:
        turned = read_map(names)
    except MapError as error:
        fail(f"--map: {error}", EXIT_USAGE)
    with interruptible(), ExitStack() as stack:
        chunks = _chunks(_opened(file, stack), file)
        with writing(None):
            for text in turned.stream(chunks):
                _show(text)
            sys.stdout.buffer.flush()


def _opened(file: str, stack: ExitStack) -> BinaryIO:
    if file == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(Path(file).open("rb"))
    except (OSError, ValueError) as error:
        fail(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}", EXIT_USAGE)


def _chunks(stream: BinaryIO, file: str) -> Iterator[bytes]:
    first = True
    while True:
        try:
            chunk = stream.read1(CHUNK_BYTES) if hasattr(stream, "read1") else stream.read(CHUNK_BYTES)
        except OSError as error:
            fail(f"{file} cannot be read: {error.strerror or error}", EXIT_USAGE)
        if first and chunk.startswith(b"PK\x03\x04"):
            fail(f"{file} is an archive; unpack it, and give one of its texts", EXIT_USAGE)
        if not chunk:
            return
        first = False
        yield chunk


def _show(text: str) -> None:
    if sys.stdout.isatty():
        from analyzer.reporters.text import clean

        # what support wrote is not ours: on a terminal nothing of it may do more than show itself
        text = "\n".join(clean(line) for line in text.split("\n"))
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
