"""Rows -> Parquet files, with names that follow from what is in them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import groupby
from typing import TYPE_CHECKING

from analyzer.fleet.row import Row
from analyzer.store.layout import folder_of
from analyzer.store.schema import FORMAT, FORMAT_KEY, arrow_schema
from analyzer.store.values import milliseconds, normal, table_of

if TYPE_CHECKING:
    import pyarrow.parquet as pq

ROWS_A_GROUP = 8192
"""What a reader has in memory at once."""
ROWS_A_FILE = 65_536
_NAME_BYTES = 16


def file_name(folder: str, parts: Iterable[str]) -> str:
    """The same parts, the same name."""
    told = blake2b(digest_size=_NAME_BYTES)
    for part in parts:
        told.update(part.encode("utf-8", "replace") + b"\0")
    return f"{folder}/part-{told.hexdigest()}.parquet"


def jobs_of(rows: Iterable[Row]) -> list[tuple[Row, ...]]:
    """The rows of each job, once, as they can be stored; in an order that does not depend on that of the rows.

    Of a job that is there twice what was diagnosed last counts; all its rows go where its last one belongs.
    """
    best: dict[str, dict[int, Row]] = {}
    for row in sorted((normal(row) for row in rows), key=_when):
        have = best.setdefault(row.job_id, {})
        if have and next(iter(have.values())).diagnosed_at != row.diagnosed_at:
            have.clear()
        other = have.get(row.attempt)
        if other is None or repr(other) < repr(row):
            have[row.attempt] = row
    return [_together(tuple(have[n] for n in sorted(have))) for _, have in sorted(best.items())]


def _when(row: Row) -> int:
    return milliseconds(row.diagnosed_at) or 0


def _together(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    day, queue = rows[-1].day, rows[-1].queue
    return tuple(row if (row.day, row.queue) == (day, queue) else replace(row, day=day, queue=queue) for row in rows)


def files_to_write(jobs: list[tuple[Row, ...]]) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each file, made one after the other."""

    def partition(job: tuple[Row, ...]) -> str:
        return folder_of(job[0].day, job[0].queue)

    for folder, those in groupby(sorted(jobs, key=partition), partition):
        part: list[Row] = []
        for job in those:
            if part and len(part) + len(job) > ROWS_A_FILE:
                yield _file(folder, part)
                part = []
            part += job
        yield _file(folder, part)


def _file(folder: str, rows: Sequence[Row]) -> tuple[str, bytes]:
    sink = io.BytesIO()
    with writer(sink) as out:
        out.write_table(table_of(rows), ROWS_A_GROUP)
    return file_name(folder, map(repr, rows)), sink.getvalue()


def writer(sink: io.BytesIO) -> pq.ParquetWriter:
    """Zstandard, which Athena, Spark, DuckDB and pandas read; checksums, so that damage is seen."""
    import pyarrow.parquet as pq

    # Arrow's own copy of the schema would be most of a small file; the format's key goes in by itself
    made = pq.ParquetWriter(sink, arrow_schema(), compression="zstd", write_page_checksum=True, store_schema=False)
    made.add_key_value_metadata({FORMAT_KEY.decode(): FORMAT})
    return made
