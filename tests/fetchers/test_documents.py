from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from analyzer.fetchers.documents import plain, plain_all, rfc3339


def test_times_are_rfc_3339_in_utc() -> None:
    assert rfc3339(datetime(2026, 8, 21, 10, 0, 0, tzinfo=UTC)) == "2026-08-21T10:00:00Z"
    assert (
        rfc3339(datetime(2026, 8, 21, 12, 0, 0, 5000, tzinfo=timezone(timedelta(hours=2))))
        == "2026-08-21T10:00:00.005Z"
    )
    assert rfc3339(datetime(2026, 8, 21, 10, 0, 0)) == "2026-08-21T10:00:00Z"


def test_whatever_comes_can_be_written_as_json() -> None:
    strange = {
        "ResponseMetadata": {"RequestId": "x"},
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "set": {1},
        "bytes": b"\xff",
        "nan": float("nan"),
        "deep": [{"ResponseMetadata": 1, "n": None, "ok": True, "big": 2**70}],
        7: object,
    }
    written = json.loads(json.dumps(plain(strange), allow_nan=False))
    assert "ResponseMetadata" not in written
    assert written["at"] == "2026-01-01T00:00:00Z"
    assert written["deep"] == [{"n": None, "ok": True, "big": 2**70}]
    assert written["nan"] is None


def test_only_objects_are_documents() -> None:
    assert plain_all([{"a": 1}, None, "x", 3]) == ({"a": 1},)
