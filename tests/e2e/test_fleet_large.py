"""`fsnap-diagnose report` over 50,000 jobs, week by week killed ten times: all counts are right."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fleet_command import Reporting, assert_true, stored
from tests.loopback.fleet.account import Account, Settings
from tests.loopback.fleet.server import FleetServer, Throttling

DAYS = (6, 12, 18, 24, 30)
"""Batch forgets after seven."""
MOST_CALLS = 900
"""A run makes more."""


@pytest.mark.fleet
def test_fifty_thousand_jobs_in_five_runs_each_killed_twice(tmp_path: Path) -> None:
    settings = Settings()
    account, chance = Account(settings), random.Random(settings.seed)  # noqa: S311 - to be repeated
    assert len(account.jobs) == 50_000
    assert sum(job.status == "FAILED" for job in account.ended(settings.begin, settings.end)) >= 500
    server = FleetServer(account)
    reporting, workers = Reporting.of(server, tmp_path), ("--executor", "processes", "--workers", "2")
    try:
        for day in DAYS:
            now = settings.begin + timedelta(days=day)
            server.serve(now, throttling=Throttling(0.01, seed=day))
            for _ in range(2):
                assert reporting.killed(chance.randint(20, MOST_CALLS), chance.random(), *workers, until=now)
            report = reporting.report(*workers, until=now)
            assert_true(report, account.truth(settings.begin, now))
    finally:
        server.close()
    assert set(stored(reporting.store).values()) == {1}
