"""Whatever the rows are, and wherever a program is killed: nothing is lost, nothing is there twice."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.fleet.row import Row
from analyzer.store.schema import COLUMNS, NUMBER, REQUIRED, TEXT, TEXTS, TIME, WHOLE
from analyzer.store.store import Store
from tests.store.places import KilledError, MemoryPlace, row

TEXT_VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(
    lambda when: when.isoformat(timespec="milliseconds" if when.microsecond >= 1000 else "seconds").replace(
        "+00:00", "Z"
    )
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    TEXT: TEXT_VALUES,
    TEXTS: st.lists(TEXT_VALUES, max_size=4).map(tuple),
    TIME: TIMES,
    WHOLE: st.integers(-(2**63), 2**63 - 1),
    NUMBER: st.floats(allow_nan=False),
    "bool": st.booleans(),
}


@st.composite
def jobs(draw: st.DrawFn, ids: st.SearchStrategy[str] = TEXT_VALUES) -> tuple[Row, ...]:
    """A job with its attempts: what is said of the job stands on each row."""
    members: dict[str, Any] = {
        "day": draw(st.one_of(st.just("unknown"), st.dates().map(str))),
        "queue": draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)),
    }
    for name, kind in COLUMNS.items():
        members[name] = draw(VALUES[kind] if name in REQUIRED else st.one_of(st.none(), VALUES[kind]))
    members["job_id"] = draw(ids)
    count = draw(st.integers(1, 3))
    members |= {"diagnosed_at": draw(TIMES)}
    return tuple(Row(**(members | {"attempt": n, "is_last": n == count})) for n in range(1, count + 1))


@settings(max_examples=25)
@given(st.lists(jobs(), max_size=4, unique_by=lambda job: job[0].job_id))
def test_any_rows_come_back_as_they_were(found: list[tuple[Row, ...]]) -> None:
    store = Store(MemoryPlace())
    store.append([one for job in found for one in job])
    back = list(store.rows())
    assert sorted(back, key=repr) == sorted(found, key=repr)
    assert store.notes == ()
    assert all(job[0].job_id in store.done() for job in found)


IDS = st.sampled_from(["a", "b", "c", "d"])
DAYS = st.sampled_from(["2026-11-20", "2026-11-21", "unknown"])
APPENDS = st.lists(
    st.lists(
        st.builds(
            lambda job_id, day, hour, last: tuple(
                row(job_id, n, day=day, diagnosed_at=f"2026-11-22T0{hour}:00:00Z", is_last=n == last)
                for n in range(1, last + 1)
            ),
            IDS,
            DAYS,
            st.integers(0, 9),
            st.integers(1, 3),
        ),
        max_size=4,
        unique_by=lambda job: job[0].job_id,
    ),
    max_size=5,
)


def expected(appends: list[list[tuple[Row, ...]]]) -> dict[str, str]:
    """Job -> the time of its newest diagnosis."""
    best: dict[str, str] = {}
    for job in (job for append in appends for job in append):
        best[job[0].job_id] = max(best.get(job[0].job_id, ""), job[0].diagnosed_at)
    return best


def told(store: Store) -> dict[str, str]:
    found = list(store.rows())
    assert len({job[0].job_id for job in found}) == len(found)
    assert all([one.attempt for one in job] == list(range(1, len(job) + 1)) for job in found)
    assert all([one.is_last for one in job] == [False] * (len(job) - 1) + [True] for job in found)
    assert store.notes == ()
    return {job[0].job_id: job[0].diagnosed_at for job in found}


@settings(max_examples=30)
@given(APPENDS, st.permutations(range(5)))
def test_the_order_of_appends_does_not_matter(appends: list[list[tuple[Row, ...]]], order: list[int]) -> None:
    one, other = MemoryPlace(), MemoryPlace()
    for append in appends:
        Store(one).append(job_row for job in append for job_row in job)
    for number in order:
        if number < len(appends):
            Store(other).append(job_row for job in appends[number] for job_row in job)
    assert told(Store(one)) == expected(appends)
    assert list(Store(one).rows()) == list(Store(other).rows())


@settings(max_examples=30)
@given(APPENDS, st.lists(st.integers(0, 6), max_size=8))
def test_killed_between_any_two_writes_and_started_again(
    appends: list[list[tuple[Row, ...]]], kills: list[int]
) -> None:
    """Each run makes all appends and compacts; only the last one comes to its end."""
    place = MemoryPlace()
    for operations in (*kills, None):
        place.operations = operations
        try:
            for append in appends:
                Store(place).append(job_row for job in append for job_row in job)
            Store(place).compact(2)
        except KilledError:
            known = expected(appends)
            assert all(when <= known[job_id] for job_id, when in told(Store(place)).items())
    assert told(Store(place)) == expected(appends)
    done = Store(place).done()
    assert len(done) == len(expected(appends))
    assert all(job_id in done for job_id in expected(appends))


@pytest.mark.parametrize("operations", range(12))
def test_a_compaction_that_is_killed_anywhere_loses_nothing(operations: int) -> None:
    place = MemoryPlace()
    for n in range(5):
        Store(place).append([row(f"job-{n}"), row("same", diagnosed_at=f"2026-11-22T06:00:0{n}Z")])
        Store(place).append([row(f"job-{n}-q", queue="q")])
    before = told(Store(place))
    place.operations = operations
    with pytest.raises(KilledError):
        Store(place).compact(2)
    assert told(Store(place)) == before
    place.operations = None
    Store(place).compact(2)
    assert told(Store(place)) == before
    assert len(place.files) <= 4


def test_every_member_of_a_row_is_a_column_or_a_folder() -> None:
    members = {one.name: str(one.type) for one in fields(Row)}
    assert [name for name in members if name not in {"day", "queue"}] == list(COLUMNS)
    kinds = {"str": {TEXT, TIME}, "int": {WHOLE}, "float": {NUMBER}, "bool": {"bool"}, "tuple[str, ...]": {TEXTS}}
    for name, kind in COLUMNS.items():
        assert kind in kinds[members[name].removesuffix(" | None")], name
        assert (name in REQUIRED) == (not members[name].endswith("| None")), name
        assert (kind == TIME) == (name.endswith("_at") and name != "looked_at"), name
