"""Many small files of a partition -> few larger ones; to be killed at any time, and beside readers and writers.

A larger file is there before those that it replaces go: what is there twice in between counts once (see Winners).
Its name follows from the names of those, so two programs that do the same at the same time write one file.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

from analyzer.fleet.row import Row
from analyzer.store.layout import StoreFile
from analyzer.store.place import Place
from analyzer.store.reading import UnusableError, read_jobs
from analyzer.store.values import normal, table_of
from analyzer.store.winners import Winners
from analyzer.store.writing import ROWS_A_GROUP, file_name, writer

MANY_FILES = 8
"""Small files of one partition; fewer are left as they are."""
SMALL_BYTES = 8 * 2**20
MOST_BYTES = 32 * 2**20
"""Of the files that become one."""

PassedOver = Callable[[StoreFile, str], None]


def groups(files: Sequence[StoreFile], many: int) -> Iterator[tuple[StoreFile, ...]]:
    """The small files of one partition, those together that become one."""
    small = [file for file in files if file.size < SMALL_BYTES]
    if len(small) < many:
        return
    group: list[StoreFile] = []
    for file in small:
        if group and sum(one.size for one in group) + file.size > MOST_BYTES:
            yield tuple(group)
            group = []
        group.append(file)
    yield tuple(group)


def compact_group(place: Place, group: Sequence[StoreFile], passed_over: PassedOver) -> int:
    """Put one file in the place of several; how many went. Files that cannot be used stay."""
    try:
        winners = Winners(place, group, passed_over)
        usable = [file for index, file in enumerate(group) if index not in winners.unusable]
        if len(usable) < 2:  # noqa: PLR2004 - one file is as compact as can be
            return 0
        data = _merged(place, group, winners)
    except FileNotFoundError:
        return 0  # another program does the same
    except UnusableError:
        return 0  # damaged in its midst: the next reader tells
    folder = group[0].name.rpartition("/")[0]
    place.write(file_name(folder, (file.name for file in usable)), data)
    for file in usable:
        place.delete(file.name)
    return len(usable)


def _merged(place: Place, group: Sequence[StoreFile], winners: Winners) -> bytes:
    sink = io.BytesIO()
    with writer(sink) as out:
        rows: list[Row] = []
        for row in _counting(place, group, winners):
            rows.append(normal(row))
            if len(rows) == ROWS_A_GROUP:
                out.write_table(table_of(rows))
                rows.clear()
        if rows:
            out.write_table(table_of(rows))
    return sink.getvalue()


def _counting(place: Place, group: Sequence[StoreFile], winners: Winners) -> Iterator[Row]:
    for index, file in enumerate(group):
        if index not in winners.unusable:
            for job in read_jobs(place, file):
                if winners.counts(job[0].job_id, index):
                    yield from job
