"""Reading the files of a store: the ids of their jobs alone, or all of their rows, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from analyzer.fleet.row import Row
from analyzer.store.layout import StoreFile
from analyzer.store.place import Place, PlacedFile
from analyzer.store.schema import COLUMNS, ESSENTIAL, FORMAT, FORMAT_KEY, arrow_type, can_hold
from analyzer.store.values import rows_of_batch

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    Keys = np.ndarray[Any, np.dtype[np.uint64]]
    Times = np.ndarray[Any, np.dtype[np.int64]]

KEY_BYTES = 8
"""Of a job's id only a hash is kept: of a million jobs two are taken for one in one store of 37 million."""
ROWS_AT_ONCE = 1024
IDS_AT_ONCE = 16_384
AHEAD_FOR_ROWS = 4 * 2**20
"""Bytes that are read at once, at least."""
AHEAD_FOR_IDS = 64 * 2**10
DAMAGED = "it is damaged, or no Parquet file"
MOST_ATTEMPTS = 1_000
"""Rows of one job; Batch makes ten at most."""


class UnusableError(Exception):
    """A file that cannot be used; the text is the reason."""


def keys_of(ids: list[str]) -> Keys:
    """The hashes of job ids."""
    import numpy as np

    digests = b"".join(blake2b(one.encode("utf-8", "replace"), digest_size=KEY_BYTES).digest() for one in ids)
    return np.frombuffer(digests, np.uint64)


def distinct(parts: list[Keys]) -> Keys:
    """All of them, sorted, each once; empties the list. numpy's own `unique` takes several times the memory."""
    import numpy as np

    keys = np.concatenate(parts)
    parts.clear()
    keys.sort()
    return cast("Keys", keys[np.insert(keys[1:] != keys[:-1], 0, True)]) if len(keys) else keys


def read_keys(place: Place, file: StoreFile) -> Keys:
    """The hashes of the jobs of a file, in its order, each once.

    Raises:
        UnusableError: the file is damaged, foreign, or newer than this program.
        FileNotFoundError: it is not there any more.
    """
    import numpy as np

    parts = [keys_of([one for one, _ in groupby(ids)]) for ids, _ in _job_columns(place, file, times=False)]
    # a job at the border of two batches
    keys = np.concatenate(parts) if parts else keys_of([])
    return cast("Keys", keys[np.insert(keys[1:] != keys[:-1], 0, True)]) if len(keys) else keys


def read_times(place: Place, file: StoreFile) -> tuple[Keys, Times]:
    """The hashes of the jobs of a file and when each row was diagnosed, in milliseconds since the epoch.

    Raises:
        As `read_keys`.
    """
    import numpy as np

    found = [(keys_of(ids), times) for ids, times in _job_columns(place, file, times=True)]
    if not found:
        return keys_of([]), np.zeros(0, np.int64)
    return np.concatenate([keys for keys, _ in found]), np.concatenate([times for _, times in found])


def read_jobs(place: Place, file: StoreFile) -> Iterator[tuple[Row, ...]]:
    """The rows of one job after the other.

    Raises:
        As `read_keys`.
    """
    for _, rows in groupby(_rows(place, file), attrgetter("job_id")):
        yield tuple(islice(rows, MOST_ATTEMPTS))


def _rows(place: Place, file: StoreFile) -> Iterator[Row]:
    with _opened(place, file, AHEAD_FOR_ROWS) as parquet:
        names = set(parquet.schema_arrow.names)
        there = [name for name in COLUMNS if name in names]
        for batch in _batches(parquet, ROWS_AT_ONCE, there):
            yield from rows_of_batch(batch, file.day, file.queue)


def _job_columns(place: Place, file: StoreFile, *, times: bool) -> Iterator[tuple[list[str], Times]]:
    import numpy as np
    import pyarrow as pa

    columns = ["job_id", "diagnosed_at"] if times else ["job_id"]
    with _opened(place, file, AHEAD_FOR_IDS) as parquet:
        for batch in _batches(parquet, IDS_AT_ONCE, columns):
            ids: list[str] = _cast(batch, "job_id").to_numpy(zero_copy_only=False).tolist()
            when = _cast(batch, "diagnosed_at").cast(pa.int64()).to_numpy() if times else np.zeros(0, np.int64)
            yield ids, when


def _cast(batch: pa.RecordBatch, name: str) -> pa.Array[Any]:
    return batch.column(name).cast(arrow_type(COLUMNS[name]))


def _batches(parquet: pq.ParquetFile, rows: int, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """All of them: a damaged page may just be skipped."""
    count = 0
    for batch in parquet.iter_batches(rows, columns=columns, use_threads=False):
        for name in ESSENTIAL & set(columns):
            if batch.column(name).null_count:
                raise UnusableError(f"its column {name} has nulls")
        count += len(batch)
        yield batch
    if count != parquet.metadata.num_rows:
        raise UnusableError(DAMAGED)


@contextmanager
def _opened(place: Place, file: StoreFile, ahead: int) -> Iterator[pq.ParquetFile]:
    """What is wrong with the file becomes UnusableError, also while it is read; what the place raises stays itself."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = PlacedFile(place, file.name, file.size, ahead)
    try:
        parquet = pq.ParquetFile(pa.PythonFile(source, mode="r"), pre_buffer=False, page_checksum_verification=True)
        _check_format(parquet)
        yield parquet
    except (pa.ArrowException, OSError, UnicodeError) as error:  # a column's name may be no text
        if source.trouble is not None:
            raise source.trouble from None
        raise UnusableError(DAMAGED) from error


def _check_format(parquet: pq.ParquetFile) -> None:
    told = (parquet.metadata.metadata or {}).get(FORMAT_KEY, b"").decode("utf-8", "replace")
    name, _, version = told.partition("/")
    ours, _, newest = FORMAT.partition("/")
    if name != ours or not version.isdecimal():
        raise UnusableError("it was not written by fsnap-diagnose")
    if int(version[:9]) > int(newest):
        raise UnusableError(f"it was written by a newer fsnap-diagnose ({told[:40]}; this one knows {FORMAT})")
    schema = parquet.schema_arrow
    if missing := sorted(ESSENTIAL - set(schema.names)):
        raise UnusableError(f"it has no column {missing[0]}")
    for field in schema:
        kind = COLUMNS.get(field.name)
        if kind is not None and not can_hold(field.type, kind):
            raise UnusableError(f"its column {field.name} has the type {str(field.type)[:60]}, and not {kind}")
