"""One bad target never stops the others, whoever is at fault."""

from __future__ import annotations

from pathlib import Path

from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Evidence
from analyzer.examine import Failure, examine, exit_status
from analyzer.fetchers.options import FetchOptions


def _broken(evidence: Evidence) -> Diagnosis:
    raise KeyError(evidence.target)


def test_a_fault_of_ours_becomes_a_failure_that_says_where(tmp_path: Path) -> None:
    log = tmp_path / "dump_1.log"
    log.write_text("")
    results = list(examine([str(log), "no-such-thing"], FetchOptions(), _broken, lambda _: None))
    assert [isinstance(result, Failure) for result in results] == [True, True]
    assert isinstance(results[0], Failure)
    assert "KeyError at test_examine.py:" in results[0].message
    assert exit_status(results) == 3
