"""A trace file of Nextflow's on this machine, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from analyzer.fetchers.errors import FetchError
from analyzer.parsers.nextflow_trace import MAX_LINE_BYTES, TraceEntry, TraceError, TraceReader


def read_trace(path: Path, reader: TraceReader) -> Iterator[TraceEntry]:
    """The tasks that ran as Batch jobs; `reader` counts what is passed over, and its notes say so at the end.

    Raises:
        FetchError: the file is missing, unreadable, or no trace that names Batch jobs.
    """
    try:
        with path.open("rb") as stream:
            yield from reader.entries(_lines(stream))
    except TraceError as error:
        raise FetchError(str(error)) from error
    except IsADirectoryError as error:
        raise FetchError(f"{reader.where}: a folder; give the trace file in it") from error
    except FileNotFoundError as error:
        raise FetchError(f"{reader.where}: no such file") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FetchError(f"{reader.where}: cannot be read ({reason})") from error


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines, of one that is too long its beginning alone, which is too long still."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        rest = line
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES + 1)
        yield line
