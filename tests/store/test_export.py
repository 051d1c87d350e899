"""Rows as one Parquet file: what the store has, with the folders' names as columns, and never much in memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from analyzer.fleet.row import Row
from analyzer.store.export import write_rows
from analyzer.store.schema import COLUMNS, FORMAT, FORMAT_KEY
from analyzer.store.store import Store
from analyzer.store.writing import ROWS_A_GROUP
from tests.fleet.made import job, rows_for
from tests.store.places import MemoryPlace


def written(jobs: Iterator[tuple[Row, ...]] | list[tuple[Row, ...]]) -> pq.ParquetFile:
    sink = io.BytesIO()
    write_rows(jobs, sink)
    sink.seek(0)
    return pq.ParquetFile(sink)


def test_a_file_has_every_member_of_a_row() -> None:
    jobs = [rows_for("window-exceeded"), rows_for("survived-reclaim"), (job("a", day="unknown", queue="unknown"),)]
    file = written(jobs)
    table = file.read()
    assert table.column_names == ["day", "queue", *COLUMNS]
    assert set(table.column_names) == {member.name for member in fields(Row)}
    assert table.num_rows == sum(map(len, jobs))
    assert table.column("job_id").to_pylist() == [row.job_id for rows in jobs for row in rows]
    assert table.column("queue").to_pylist() == [row.queue for rows in jobs for row in rows]
    assert table.column("day").to_pylist()[-1] == "unknown"
    assert (file.schema_arrow.metadata or {})[FORMAT_KEY] == FORMAT.encode()


def test_what_a_store_has_comes_out_as_it_went_in() -> None:
    store = Store(MemoryPlace())
    rows = [*rows_for("window-exceeded"), job("b", summary="é" * 10)]
    store.append(rows)
    table = written(store.rows()).read()
    for row in rows:
        (found,) = [one for one in table.to_pylist() if (one["job_id"], one["attempt"]) == (row.job_id, row.attempt)]
        assert (found["cause"], found["summary"], found["day"]) == (row.cause, row.summary, row.day)
        assert tuple(found["proposed_instance_types"]) == row.proposed_instance_types


def test_no_job_is_a_file_without_rows() -> None:
    table = written([]).read()
    assert (table.num_rows, table.column_names[:2]) == (0, ["day", "queue"])


def test_rows_are_written_while_they_come() -> None:
    sink, held = io.BytesIO(), []

    def jobs() -> Iterator[tuple[Row, ...]]:
        for number in range(3 * ROWS_A_GROUP + 5):
            if number % ROWS_A_GROUP == 0:
                held.append(sink.tell())
            yield (job(f"job {number}"),)

    assert write_rows(jobs(), sink) == 3 * ROWS_A_GROUP + 5
    assert held == sorted(set(held)), "the file grew with each group"
    file = pq.ParquetFile(io.BytesIO(sink.getvalue()))
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [ROWS_A_GROUP] * 3 + [5]


def test_a_row_that_cannot_be_held_is_made_to_fit() -> None:
    odd = job("\ud800", summary="x" * 10_000, exit_code=2**70, day="\x00")
    (found,) = written([(odd,)]).read().to_pylist()
    assert (found["job_id"], found["exit_code"], found["day"]) == ("?", None, "unknown")
    assert len(found["summary"]) < 5_000


def test_a_row_without_its_time_is_refused() -> None:
    with pytest.raises(ValueError, match="diagnosed_at"):
        written([(replace(job("a"), diagnosed_at="never"),)])


def test_a_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    with path.open("wb") as sink:
        assert write_rows([(job("a"),)], sink) == 1
    assert pq.read_table(path).num_rows == 1
