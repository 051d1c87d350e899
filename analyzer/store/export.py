"""Rows as one Parquet file, for whoever wants a table and no data set: `fsnap-diagnose report --format parquet`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from analyzer.fleet.row import Row
from analyzer.store.schema import FORMAT, FORMAT_KEY, arrow_schema
from analyzer.store.values import normal, table_of
from analyzer.store.writing import ROWS_A_GROUP

FOLDERS = ("day", "queue")
"""What the folders' names hold in a store are columns here, the first two."""


def write_rows(jobs: Iterable[tuple[Row, ...]], sink: IO[bytes]) -> int:
    """Write the rows of jobs, in the order in which they come; how many there were. No job is a file without rows.

    No more than a row group is in memory at once. The columns are those of the store, and before them `day`, which is
    text as it may be `unknown`, and `queue`.

    Raises:
        OSError: as `sink` does.
        ValueError: a row's `diagnosed_at` is no time.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folders = [pa.field(name, pa.string(), nullable=False) for name in FOLDERS]
    schema = pa.schema([*folders, *arrow_schema()])
    count = 0
    with pq.ParquetWriter(sink, schema, compression="zstd", write_page_checksum=True, store_schema=False) as out:
        out.add_key_value_metadata({FORMAT_KEY.decode(): FORMAT})
        for part in _groups(jobs):
            columns = [pa.array([getattr(row, name) for row in part], pa.string()) for name in FOLDERS]
            out.write_table(pa.Table.from_arrays([*columns, *table_of(part).columns], schema=schema), ROWS_A_GROUP)
            count += len(part)
    return count


def _groups(jobs: Iterable[tuple[Row, ...]]) -> Iterable[list[Row]]:
    part: list[Row] = []
    for job in jobs:
        part += map(normal, job)
        if len(part) >= ROWS_A_GROUP:
            yield part
            part = []
    if part:
        yield part
