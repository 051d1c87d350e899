"""Every rule names scenarios, and each of them shows the rule at work."""

from __future__ import annotations

from functools import cache

import pytest

from analyzer.classifier.catalogue import RuleRecord, shipped
from analyzer.diagnosis import Diagnosis
from analyzer.fetchers.local import read_path
from analyzer.pipeline import diagnose
from tests.loopback.scenario import scenario


@cache
def _diagnosis(name: str) -> Diagnosis:
    return diagnose(read_path(scenario(name).capture, name), shipped())


@pytest.mark.parametrize("record", list(shipped()), ids=lambda record: record.id)
def test_a_rule_is_seen_at_work_in_its_scenarios(record: RuleRecord) -> None:
    assert record.scenarios
    for name in record.scenarios:
        diagnosis = _diagnosis(name)
        assert record.id in {diagnosis.verdict.rule, *(finding.rule for finding in diagnosis.findings)}, name
