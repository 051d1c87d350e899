"""What the tests of hostile input share."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.command import Outcome
from tests.loopback.scenario import scenario

RICH = scenario("window-exceeded")
OUTSIDE = "outside-of-the-capture std::bad_alloc"
DOCUMENTS = [
    "job.json",
    "job_queue.json",
    "compute_environments.json",
    "container_instances.json",
    "instances.json",
    "cloudtrail.json",
]


def copied(tmp_path: Path, name: str = "capture") -> Path:
    return Path(shutil.copytree(RICH.capture, tmp_path / name))


def members(capture: Path) -> list[str]:
    return sorted(p.relative_to(capture).as_posix() for p in capture.rglob("*") if p.is_file())


def assert_clear(outcome: Outcome) -> None:
    """An answer, or one sentence a target; no traceback in either case."""
    assert "Traceback" not in outcome.err
    assert outcome.status in (0, 1, 3), outcome.err
    assert (outcome.status == 3) == bool(outcome.err.strip()), outcome.err


def assert_each_answers(outcome: Outcome, count: int) -> list[dict[str, Any]]:
    assert outcome.err == ""
    assert outcome.status == 1
    diagnoses = outcome.lines()
    assert len(diagnoses) == count
    return diagnoses
