from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.fetchers.places import FolderPlace
from analyzer.publish import publish
from tests.store.places import KilledError, MemoryPlace

FILES = {"report.html": b"<p>", "report.json": b"{}"}


def test_a_dated_folder_and_the_latest(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "reports")
    names = publish(FILES, place, "2026-11-22T06:00:00Z")
    assert names == (
        "2026-11-22T060000Z/report.html",
        "2026-11-22T060000Z/report.json",
        "latest/report.html",
        "latest/report.json",
    )
    publish({"report.html": b"<p>2"}, place, "2026-11-23T06:00:00Z")
    read = {name: place.read(name) for name in place.names()}
    assert read == {
        **{f"2026-11-22T060000Z/{name}": data for name, data in FILES.items()},
        "2026-11-23T060000Z/report.html": b"<p>2",
        "latest/report.html": b"<p>2",
        "latest/report.json": b"{}",
    }


@pytest.mark.parametrize("operations", range(4))
def test_the_latest_changes_last(operations: int) -> None:
    place = MemoryPlace()
    publish(FILES, place, "2026-11-22T06:00:00Z")
    place.operations = operations
    with pytest.raises(KilledError):
        publish(dict.fromkeys(FILES, b"new"), place, "2026-11-23T06:00:00Z")
    dated = [name for name in place.files if name.startswith("2026-11-23")]
    changed = [name for name in place.files if name.startswith("latest/") and place.files[name] == b"new"]
    assert (len(dated), len(changed)) == (min(operations, 2), max(operations - 2, 0))
