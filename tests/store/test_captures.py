"""Captures in a store."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.capture_mask import Masks
from analyzer.evidence.content import MemoryContent
from analyzer.evidence.model import Evidence
from analyzer.fetchers.place_names import checked
from analyzer.store.capture_layout import capture_name, job_of_marker, marker_name
from analyzer.store.captures import SavedCaptures, has_ended
from analyzer.store.store import Store
from tests.store.places import MemoryPlace, row

DAY = 1_790_000_000_000  # 2026-09-21
PLAIN = Masks(str, dict)
INSTANCE = "i-0abc1234def567890"


def evidence(job_id: str = "a", at: str = "2026-09-21T14:00:00Z", **job: Any) -> Evidence:
    return Evidence(
        "t", "job", captured_at=at, job={"jobId": job_id, **job}, logs={1: MemoryContent(b'{"message":""}\n')}
    )


def test_a_moment_is_saved_once_and_all_come_oldest_first() -> None:
    saved = SavedCaptures(place := MemoryPlace())
    assert not saved.has_any()
    for moment, at in (("attempt-2.failed", "2026-09-21T15:00:00+02:00"), ("attempt-1.ended", "2026-09-21T12:00:00Z")):
        assert saved.save(evidence(at=at), moment, PLAIN)
    assert saved.save(evidence(at="2027-01-01T00:00:00Z"), "attempt-1.ended", PLAIN) is None
    assert saved.has("a", "attempt-1.ended")
    assert not saved.has("b", "attempt-1.ended")
    assert [one.captured_at for one in saved.of("a")] == ["2026-09-21T12:00:00Z", "2026-09-21T15:00:00+02:00"]
    assert len(place.files) == 2


def test_the_capture_of_the_end_comes_last_even_if_it_was_taken_first() -> None:
    saved = SavedCaptures(MemoryPlace())
    saved.save(evidence(at="2026-09-21T12:00:00Z", status="FAILED"), "attempt-2.failed", PLAIN)
    saved.save(evidence(at="2026-09-21T12:00:01Z", status="RUNNABLE"), "attempt-1.ended", PLAIN)
    assert [has_ended(one) for one in saved.of("a")] == [False, True]


def test_jobs_that_ended_are_found_by_day() -> None:
    saved = SavedCaptures(MemoryPlace())
    saved.mark_ended({"jobId": "a:7", "stoppedAt": DAY})
    saved.mark_ended({"jobId": "b", "stoppedAt": DAY + 86_400_000})
    saved.mark_ended({"jobId": "c"})
    saved.mark_ended({"jobId": "d", "stoppedAt": 2**62})
    assert saved.mark_ended({"stoppedAt": DAY}) is None
    assert list(saved.ended("2026-09-21", "2026-09-21T23:59:59Z")) == ["a:7"]
    assert list(saved.ended("2026-09-21", "2026-09-30")) == ["a:7", "b"]
    assert list(saved.ended("2020-01-01", "2030-01-01")) == ["a:7", "b"]
    assert set(saved.ended()) == {"a:7", "b", "c", "d"}


def test_an_instance_keeps_what_was_seen_of_it() -> None:
    saved = SavedCaptures(place := MemoryPlace())
    assert saved.host(INSTANCE) is None
    assert saved.save_host("../x", {}, {}, "now", dict) is None
    saved.save_host(INSTANCE, {"InstanceType": "m6id.large"}, None, "1", dict)
    saved.save_host(INSTANCE, None, {"id": "e"}, "2", dict)
    host = saved.host(INSTANCE)
    assert host is not None
    assert (host.instance, host.interruption, host.saved_at) == ({"InstanceType": "m6id.large"}, {"id": "e"}, "2")
    for damaged in (
        b"",
        b"[]",
        b"{",
        b'{"format": "fsnap-host/2"}',
        json.dumps({"format": "fsnap-host/1", "instance": 3}).encode(),
    ):
        (name,) = place.files
        place.files[name] = damaged
        found = saved.host(INSTANCE)
        assert found is None or found.instance is None


@pytest.mark.parametrize("selection", [("2026-11-01", "2026-11-30"), ("2020-01-01", "2030-01-01"), (None, None)])
def test_the_rows_part_never_looks_through_captures(selection: tuple[str | None, str | None]) -> None:
    store, saved = Store(place := MemoryPlace()), None
    store.append([row()])
    saved = SavedCaptures(place)
    saved.save(evidence(), "attempt-1.failed", PLAIN)
    place.files["_captures/jobs/a/x.parquet"] = b"PAR1"
    place.reads.clear()
    list(store.rows(*selection))
    assert store.notes == ()
    assert not [name for name in place.reads if name.startswith("_captures")]


@given(st.text(min_size=1))
def test_any_id_is_a_plain_name(job_id: str) -> None:
    name = capture_name(job_id, "attempt-1.ended")
    assert checked(name, "st") == name
    marker = marker_name("2026-09-21", job_id)
    assert checked(marker, "st") == marker
    told = job_of_marker(marker)
    storable = job_id.encode("utf-8", "replace").decode()
    assert told == storable or len(marker) > 200


def test_another_job_s_name_or_moment_is_refused() -> None:
    saved = SavedCaptures(MemoryPlace())
    for moment in ("", "../x", "a/b", "x" * 80, ".hidden"):
        with pytest.raises(ValueError, match="no name"):
            saved.save(evidence(), moment, PLAIN)
    with pytest.raises(ValueError, match="without an id"):
        saved.save(Evidence("t", "job"), "attempt-1.ended", PLAIN)
