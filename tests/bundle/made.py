"""What tests of the ticket's pages are made of: scenarios, read and diagnosed once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from analyzer.bundle.places import parts
from analyzer.classifier.catalogue import shipped
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Evidence
from analyzer.fetchers.local import read_path
from analyzer.pipeline import diagnose

SCENARIOS = Path(__file__).parents[2] / "fixtures" / "scenarios"


@cache
def evidence_of(scenario: str) -> Evidence:
    return read_path(SCENARIOS / scenario / "capture", scenario)


@cache
def diagnosis_of(scenario: str) -> Diagnosis:
    return diagnose(evidence_of(scenario), shipped())


def members_of(evidence: Evidence, folder: str = "captures/1-job") -> dict[str, str]:
    return {part: f"{folder}/{part}" for part in parts(evidence)}
