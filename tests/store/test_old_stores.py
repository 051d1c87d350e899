"""Stores that older versions wrote stay readable."""

from __future__ import annotations

import shutil
from pathlib import Path

from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import place_of
from analyzer.store.store import Store
from tests.command import REPOSITORY

OLD = REPOSITORY / "fixtures" / "store"


def test_columns_that_are_missing_read_as_none_and_others_are_left_out() -> None:
    store = Store(place_of(str(OLD), FetchOptions()))
    ((first, last),) = store.rows()
    assert store.notes == ()
    assert (first.job_id, first.attempt, first.is_last, last.attempt, last.is_last) == ("old-1", 1, False, 2, True)
    assert (first.day, first.queue) == ("2026-01-05", "spot/old")
    assert (first.stopped_at, first.diagnosed_at) == ("2026-01-05T11:00:00Z", "2026-01-06T06:00:00.250Z")
    assert (first.cost_usd, first.window_seconds, first.advice_kind) == (None, None, None)
    assert (first.predump_count, first.looked_at, first.proposed_instance_types) == (0, "", ())
    assert (first.exit_code, first.vcpus, first.gaps) == (175, 4.0, ("logs:GetLogEvents",))
    assert "old-1" in store.done()


def test_they_are_compacted_with_newer_files(tmp_path: Path) -> None:
    shutil.copytree(OLD, tmp_path / "store")
    store = Store(place_of(str(tmp_path / "store"), FetchOptions()))
    ((first, last),) = store.rows()
    store.append([first, last])
    assert store.compact(2) == 2
    assert list(store.rows()) == [(first, last)]
    assert len(list((tmp_path / "store").rglob("*.parquet"))) == 1
