"""One job in several captures counts once, in whatever order they are met."""

from __future__ import annotations

from itertools import permutations

import pytest

from analyzer.captured import Captures, Identity, identity_of
from analyzer.evidence.model import Evidence
from tests.fleet.made import job

STAMPS = (None, "2026-11-20T10:00:00Z", "2026-11-20T10:30:00Z", "2026-11-20T12:00:00+01:00", "rubbish")


@pytest.mark.parametrize("order", list(permutations(STAMPS)))
def test_the_last_taken_wins_in_any_order(order: tuple[str | None, ...]) -> None:
    rows = {}
    with Captures() as captures:
        for stamp in order:
            identity = identity_of(Evidence("x", "job", job={"jobId": "a"}, captured_at=stamp, replayed=True))
            assert identity
            kept = captures.newest(identity, [job("a", job_name=str(stamp), diagnosed_at="2026-11-22T00:00:00Z")])
            for row in kept:
                assert row.diagnosed_at not in rows, "a store could not tell which is newer"
                rows[row.diagnosed_at] = row.job_name
    # 12:00+01:00 is 11:00 in UTC
    assert rows[max(rows, key=lambda stamp: stamp.replace("Z", ".000Z") if "." not in stamp else stamp)] == STAMPS[3]


def test_what_an_identity_is() -> None:
    assert identity_of(Evidence("x", "job", job={"jobId": "a"})) is None
    of_workdir = Evidence("x", "workdir", workdir_uri="s3://b/w/aa/bb", captured_at=None, replayed=True)
    assert identity_of(of_workdir) == Identity("s3://b/w/aa/bb", "")
    assert identity_of(Evidence("x", "log", replayed=True, job={"jobId": 7})) == Identity("x", "")


def test_different_jobs_are_kept_apart() -> None:
    with Captures() as captures:
        for name in ("a", "b"):
            (row,) = captures.newest(Identity(name, ""), [job("x")])
            assert row.job_id == name
