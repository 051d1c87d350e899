"""The page of the store says what is so, and what it shows runs, on a store of the fixtures' scenarios."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import place_of
from analyzer.fleet.row import Row
from analyzer.store.schema import COLUMNS, FORMAT, FORMAT_KEY, REQUIRED
from analyzer.store.store import Store
from analyzer.store.values import LONGEST_QUEUE, LONGEST_TEXT
from tests.command import REPOSITORY
from tests.fleet.made import rows_for
from tests.store.places import row

PAGE = (REPOSITORY / "docs" / "store.md").read_text("utf-8")
ATHENA = {
    "string": "string",
    "int64": "bigint",
    "double": "double",
    "bool": "boolean",
    "timestamp[ms, UTC]": "timestamp",
    "list<string>": "array<string>",
}
SCENARIOS = ("window-exceeded", "survived-reclaim", "tool-java-heap", "dump-tcp-connection")


def blocks(language: str, section: str) -> list[str]:
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """`rows` in an empty folder: four jobs, one of them twice, and one of a queue with an odd name."""
    found = Store(place_of(str(tmp_path / "rows"), FetchOptions()))
    older: list[Row] = []
    for number, name in enumerate(SCENARIOS):
        found.append(rows_for(name))
        older.append(
            row(rows_for(name)[0].job_id, 1, diagnosed_at="2020-01-01T00:00:00Z", queue="old", status="FAILED")
        )
        assert rows_for(name)[0].job_id not in {one.job_id for one in older[:number]}
    found.append(older)
    found.append([row("another", queue="a/b c%d", status="SUCCEEDED", day="unknown")])
    return found


def counted(store: Store) -> tuple[dict[str, int], float]:
    causes: dict[str, int] = {}
    saved = 0.0
    for job in store.rows():
        if job[-1].status == "FAILED":
            causes[job[-1].cause] = causes.get(job[-1].cause, 0) + 1
        saved += sum(one.saved_seconds for one in job)
    return causes, saved / 3600


def test_pandas(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made: dict[str, Any] = {}
    (program,) = blocks("python", "pandas")
    exec(program, made)  # noqa: S102 - the page's own
    causes, saved = counted(store)
    assert dict(made["failed"]) == causes
    assert made["hours_saved"] == pytest.approx(saved)
    assert saved > 0
    assert len(made["jobs"]) == len(SCENARIOS) + 1 == len(list(store.rows()))
    assert set(made["rows"].queue) >= {"a/b c%d", "old"}
    assert str(made["rows"].diagnosed_at.dtype) == "datetime64[ms, UTC]"


def test_duckdb(store: Store, tmp_path: Path) -> None:
    import duckdb

    view, newest, failures, saved, closest = blocks("sql", "DuckDB")
    with duckdb.connect() as connection:
        connection.execute(view.replace("'rows/", f"'{tmp_path}/rows/"))
        connection.execute(newest)
        rows = connection.execute("SELECT job_id, attempt, queue FROM newest ORDER BY job_id, attempt").fetchall()
        causes, hours = counted(store)
        found = connection.execute(failures).fetchall()
        totals = connection.execute(saved).fetchall()
        near = connection.execute(closest).fetchall()
    assert rows == sorted((one.job_id, one.attempt, one.queue) for job in store.rows() for one in job)
    counts: dict[str, int] = {}
    for cause, _, jobs, _ in found:
        counts[cause] = counts.get(cause, 0) + jobs
    assert counts == causes
    lost = {job[-1].cause: sum(one.lost_seconds for one in job) / 3600 for job in store.rows()}
    assert all(hours_lost == pytest.approx(lost[cause], abs=0.06) for cause, _, _, hours_lost in found), (found, lost)
    assert sum(total[3] for total in totals) == pytest.approx(hours, abs=0.1)
    assert sum(total[2] for total in totals) == sum(job[-1].survived for job in store.rows()) > 0
    assert "a/b c%d" in {total[0] for total in totals}
    shares = [
        one.dump_seconds / one.window_seconds
        for job in store.rows()
        for one in job
        if one.dump_completed and one.dump_seconds and one.window_seconds
    ]
    assert len(shares) > 0
    assert sum(one[2] for one in near) <= len(shares)
    assert [one[3] for one in near] == sorted((one[3] for one in near), reverse=True)


def test_the_table_is_the_schema() -> None:
    told = re.findall(r"^\| `(\w+)` \| ([^|]+) \| (yes|no) \| \S", PAGE, re.MULTILINE)
    assert told == [(name, kind, "no" if name in REQUIRED else "yes") for name, kind in COLUMNS.items()]


def test_athena_has_the_same_columns() -> None:
    (statement,) = blocks("sql", "Athena")
    columns = statement.split("(", 1)[1].split("\n)")[0]
    assert re.findall(r"^  (\w+) (\S+?),?$", columns, re.MULTILINE) == [(n, ATHENA[k]) for n, k in COLUMNS.items()]
    assert "PARTITIONED BY (day string, queue string)" in statement


def test_the_page_names_the_format_and_the_limits() -> None:
    assert f"`{FORMAT_KEY.decode()}` = `{FORMAT}`" in PAGE
    assert f"{LONGEST_TEXT:,} characters, queue names at {LONGEST_QUEUE}" in PAGE
