from __future__ import annotations

import io
from dataclasses import replace
from hashlib import shake_128

import pytest

from analyzer.store.store import MOST_NOTES, Store, StoreError
from tests.store.places import MemoryPlace, row


def stored(store: Store, *period: str | None) -> list[tuple[str, int, str]]:
    return [(one.job_id, one.attempt, one.diagnosed_at) for job in store.rows(*period) for one in job]


def test_rows_lie_by_day_and_queue_and_come_back_by_job() -> None:
    store = Store(place := MemoryPlace())
    rows = [
        row("b", 2, queue="a/b c%", day="2026-11-20"),
        row("a", 1),
        row("b", 1, queue="a/b c%", day="2026-11-20", is_last=False),
        row("c", 0, day="unknown", queue="unknown"),
    ]
    names = store.append(rows)
    assert sorted(names) == sorted(place.files)
    folders = [name.rpartition("/part-")[0] for name in names]
    assert folders == [
        "day=2026-11-20/queue=a%2Fb%20c%25",
        "day=2026-11-21/queue=spot",
        "day=unknown/queue=unknown",
    ]
    assert list(store.rows()) == [(rows[2], rows[0]), (rows[1],), (rows[3],)]


def test_the_same_append_in_another_order_is_the_same_files() -> None:
    rows = [row(f"job-{n}", attempt) for n in range(5) for attempt in (1, 2)]
    place, other = MemoryPlace(), MemoryPlace()
    Store(place).append(rows)
    Store(place).append(rows[::-1])
    Store(other).append(rows)
    assert place.files == other.files
    assert len(place.files) == 1


def test_of_two_diagnoses_the_newest_counts_whichever_was_appended_last() -> None:
    older = [row("a", 1, is_last=False), row("a", 2), row("b")]
    newer = [row("a", 1, diagnosed_at="2026-11-23T06:00:00Z", day="2026-11-20", queue="other")]
    for first, second in ((older, newer), (newer, older)):
        store = Store(MemoryPlace())
        store.append(first)
        store.append(second)
        assert stored(store) == [("a", 1, "2026-11-23T06:00:00Z"), ("b", 1, "2026-11-22T06:00:00Z")]


def test_of_two_diagnoses_of_the_same_moment_one_counts() -> None:
    place, other = MemoryPlace(), MemoryPlace()
    for here, order in ((place, (1, 2)), (other, (2, 1))):
        for number in order:
            Store(here).append([row("a", title=f"title {number}"), row(f"b-{number}")])
    assert len(list(Store(place).rows())) == 3
    assert list(Store(place).rows()) == list(Store(other).rows())


def test_of_a_job_twice_in_one_append_the_newest_counts() -> None:
    store = Store(MemoryPlace())
    store.append([row("a", 2, diagnosed_at="2026-11-23T06:00:00Z"), row("a", 1), row("a", 2)])
    assert stored(store) == [("a", 2, "2026-11-23T06:00:00Z")]


def test_a_period_is_read_and_no_other_file() -> None:
    place = MemoryPlace()
    Store(place).append([row(f"j{n}", day=f"2026-11-{n:02}", queue=q) for n in range(1, 21) for q in ("x",)])
    Store(place).append([row("u", day="unknown"), row("y", day="2026-11-05", queue="y")])
    store = Store(place)
    assert [job[0].job_id for job in store.rows("2026-11-05", "2026-11-06")] == ["j5", "y", "j6"]
    assert {name.split("/")[0] for name in place.reads} == {"day=2026-11-05", "day=2026-11-06"}
    assert [job[0].job_id for job in store.rows("2026-11-05T12:00:00Z", "2026-11-06T01:00:00Z", ["x"])] == ["j5", "j6"]
    assert len(list(store.rows("2026-11-19"))) == 2
    assert len(list(store.rows(None, "2026-11-02"))) == 2
    assert len(list(store.rows("2020-01-01", "2026-11-02"))) == 2
    assert list(store.rows("2026-11-06", "2026-11-05")) == []
    assert len(list(store.rows())) == 22


def test_what_is_done_is_known_by_the_column_of_ids_alone() -> None:
    place = MemoryPlace()
    rows = [row(f"job-{n}", quote=shake_128(str(n).encode()).hexdigest(100)) for n in range(20_000)]
    Store(place).append(rows)
    Store(place).append([row("late", day="2026-11-22"), row("u", day="unknown")])
    place.read_bytes = 0
    done = Store(place).done("2026-11-21", "2026-11-21", ["spot"])
    assert all(f"job-{n}" in done for n in range(20_000))
    assert len(done) == 20_001
    assert "u" in done
    assert "late" not in done
    assert "job-20000" not in done
    assert 7 not in done
    assert place.read_bytes < sum(map(len, place.files.values())) / 5
    assert len(Store(MemoryPlace()).done()) == 0
    assert "x" not in Store(MemoryPlace()).done()


def test_small_files_become_one_and_nothing_is_lost_or_twice() -> None:
    store = Store(place := MemoryPlace())
    for n in range(10):
        store.append([row(f"job-{n}"), row("again", diagnosed_at=f"2026-11-22T06:00:{n:02}Z"), row("q", queue="q")])
    before = sorted(stored(store))
    assert store.compact() == 10
    assert len(place.files) == 2
    assert sorted(stored(Store(place))) == before
    assert len(before) == 12
    assert store.compact() == 0


def test_large_files_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(place := MemoryPlace())
    for n in range(4):
        store.append([row(f"job-{n}")])
    size = max(map(len, place.files.values()))
    with monkeypatch.context() as patch:
        patch.setattr("analyzer.store.compaction.SMALL_BYTES", 10)
        assert store.compact(2) == 0
    monkeypatch.setattr("analyzer.store.compaction.MOST_BYTES", 2 * size)
    assert store.compact(2) == 4
    assert len(place.files) == 2


def test_an_append_of_more_rows_than_a_file_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.store.writing.ROWS_A_FILE", 5)
    monkeypatch.setattr("analyzer.store.reading.ROWS_AT_ONCE", 2)
    monkeypatch.setattr("analyzer.store.reading.IDS_AT_ONCE", 2)
    rows = [row(f"job-{n}", attempt) for n in range(7) for attempt in (1, 2, 3)]
    store = Store(place := MemoryPlace())
    store.append(rows)
    assert len(place.files) == 7
    assert sorted(len(job) for job in store.rows()) == [3] * 7
    monkeypatch.setattr("analyzer.store.writing.ROWS_A_GROUP", 2)
    monkeypatch.setattr("analyzer.store.compaction.ROWS_A_GROUP", 2)
    store.compact(2)
    assert len(place.files) == 1
    assert sorted(store.rows(), key=lambda job: job[0].job_id) == [tuple(rows[n : n + 3]) for n in range(0, 21, 3)]
    assert len(store.done()) == 7


def spoilt(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]


def test_what_is_no_file_of_ours_is_passed_over_with_its_reason() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def parquet(table: pa.Table) -> bytes:
        sink = io.BytesIO()
        pq.write_table(table, sink)
        return sink.getvalue()

    place = MemoryPlace()
    Store(place).append([row("a")])
    (good,) = place.files
    table = pq.read_table(io.BytesIO(place.files[good]))
    folder = "day=2026-11-21/queue=spot"
    wrong_type = table.drop_columns(["is_last"]).append_column("is_last", pa.array(["perhaps"]))
    nulls = table.drop_columns(["job_id"]).append_column("job_id", pa.array([None], pa.string()))
    other = table.set_column(0, table.schema.field(0), [["b"]])
    apart = pa.concat_tables([table, other, table])
    place.files |= {
        f"{folder}/part-0.parquet": b"PAR1 nothing PAR1",
        f"{folder}/part-1.parquet": b"",
        f"{folder}/part-2.parquet": place.files[good][:-100],
        f"{folder}/part-3.parquet": parquet(pa.table({"x": [1]})),
        f"{folder}/part-4.parquet": parquet(table.replace_schema_metadata({"fsnap.schema": "fsnap-rows/2"})),
        f"{folder}/part-5.parquet": parquet(table.drop_columns(["cause"])),
        f"{folder}/part-6.parquet": parquet(wrong_type.replace_schema_metadata(table.schema.metadata)),
        f"{folder}/part-7.parquet": parquet(nulls.replace_schema_metadata(table.schema.metadata)),
        f"{folder}/part-8.parquet": parquet(apart.replace_schema_metadata(table.schema.metadata)),
        "elsewhere.parquet": place.files[good],
        f"{folder}/_temporary/part-9.parquet": place.files[good],
        f"{folder}/notes.txt": b"mine",
    }
    store = Store(place)
    assert stored(store) == [("a", 1, "2026-11-22T06:00:00Z")]
    damaged = "it is damaged, or no Parquet file"
    reasons = [damaged] * 3 + ["it was not written by fsnap-diagnose"]
    reasons += ["it was written by a newer fsnap-diagnose (fsnap-rows/2; this one knows fsnap-rows/1)"]
    reasons += ["it has no column cause", "its column is_last has the type string, and not bool"]
    reasons += ["its column job_id has nulls"]
    reasons += ["the rows of a job are not side by side"]
    told = [f"memory/{folder}/part-{n}.parquet was passed over: {reason}" for n, reason in enumerate(reasons)]
    outside = "memory/elsewhere.parquet was passed over: it lies outside of the folders day=.../queue=.../"
    assert sorted(store.notes) == sorted([*told, outside])
    before = dict(place.files)
    store.append([row("b")])
    assert store.compact(2) in {0, 2, 3}
    assert before.items() - {(good, before[good])} <= place.files.items()
    assert sorted(stored(store)) == [("a", 1, "2026-11-22T06:00:00Z"), ("b", 1, "2026-11-22T06:00:00Z")]


def test_damage_in_the_data_is_seen() -> None:
    place = MemoryPlace()
    rows = [row(f"job-{n}", summary=f"summary {n}") for n in range(50)]
    Store(place).append(rows)
    ((name, data),) = place.files.items()
    expected = {one.job_id: one for one in rows}
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    for at in range(0, footer, 13):
        place.files[name] = spoilt(data, at)
        store = Store(place)
        found = [one for job in store.rows() for one in job]
        if len(found) < len(rows):
            assert len(store.notes) == 1
        for one in found:
            assert one == expected[one.job_id]


def test_notes_do_not_grow_without_end() -> None:
    place = MemoryPlace()
    place.files = {f"day=2026-11-21/queue=q/{n}.parquet": b"" for n in range(MOST_NOTES + 5)}
    store = Store(place)
    assert list(store.rows()) == []
    assert len(store.notes) == MOST_NOTES + 1
    assert store.notes[-1] == "5 more files of the store were passed over"


class Moving(MemoryPlace):
    """Files that go once they were listed."""

    moves = 1

    def read(self, name: str, span: range | None = None) -> bytes:
        if self.moves and name in self.files:
            self.moves -= 1
            self.files[name.replace("part-", "part-0")] = self.files.pop(name)
        return super().read(name, span)


def test_a_compaction_in_the_meantime_is_not_noticed() -> None:
    place = Moving()
    Store(place).append([row("a")])
    assert len(list(Store(place).rows())) == 1
    place.moves = 1
    assert len(Store(place).done()) == 0


def test_a_store_that_never_settles_is_told() -> None:
    place = Moving()
    Store(place).append([row("a")])
    place.moves = 99
    with pytest.raises(StoreError, match="the store memory was compacted while it was read; repeat the command"):
        list(Store(place).rows())


class Refusing(MemoryPlace):
    def read(self, name: str, span: range | None = None) -> bytes:
        raise PermissionError(f"AccessDenied on s3:GetObject: {name} {span}")


def test_what_the_place_says_is_not_taken_for_damage() -> None:
    place = Refusing()
    Store(place).append([row("a")])
    for call in (lambda: list(Store(place).rows()), lambda: Store(place).done()):
        with pytest.raises(PermissionError, match="s3:GetObject"):
            call()


def test_a_row_without_a_time_of_diagnosis_is_refused() -> None:
    with pytest.raises(ValueError, match="diagnosed_at is no RFC 3339 time: 'soon'"):
        Store(MemoryPlace()).append([row(diagnosed_at="soon")])


def test_nothing_to_append_writes_nothing() -> None:
    place = MemoryPlace()
    assert Store(place).append([]) == ()
    assert place.files == {}


def test_what_cannot_be_stored_is_made_storable() -> None:
    odd = row(
        "a", summary="x" * 9000, exit_code=2**70, created_at="yesterday", started_at="2026-11-21T10:00:00.1234+01:00"
    )
    odd = replace(odd, queue="q" * 500, day="21.11.2026", title="\ud800")
    store = Store(MemoryPlace())
    store.append([odd])
    ((read,),) = store.rows()
    assert (read.exit_code, read.created_at, read.started_at) == (None, None, "2026-11-21T09:00:00.123Z")
    assert (len(read.summary), read.summary[-3:], read.title) == (4096, "...", "?")
    assert (read.queue, read.day) == ("q" * 128, "unknown")
