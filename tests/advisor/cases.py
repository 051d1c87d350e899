"""The scenarios, diagnosed once, for tests of what is recommended."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from analyzer.classifier.catalogue import shipped
from analyzer.classifier.finding import Recommendation
from analyzer.diagnosis import Diagnosis
from analyzer.fetchers.local import read_path
from analyzer.pipeline import diagnose

SCENARIOS = Path(__file__).parents[2] / "fixtures" / "scenarios"
NAMES = sorted(folder.name for folder in SCENARIOS.iterdir() if (folder / "capture").exists())


@cache
def diagnosis_of(name: str) -> Diagnosis:
    """What is said of a scenario."""
    return diagnose(read_path(SCENARIOS / name / "capture", name), shipped())


def advice_of(name: str) -> tuple[Recommendation, ...]:
    """What is recommended in a scenario."""
    return diagnosis_of(name).recommendations


def text_of(name: str) -> str:
    """All sentences and snippets of a scenario's recommendations."""
    return "\n".join(f"{r.summary}\n{r.snippet or ''}" for r in advice_of(name))
