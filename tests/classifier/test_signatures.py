"""Every signature against lines that it must know, and near misses that its rule must not."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analyzer.classifier.catalogue import Signature, shipped
from analyzer.classifier.facts import Facts, Hit
from analyzer.classifier.finding import RANK, Quote
from analyzer.classifier.rules.common import counting, counting_hits

SAMPLES = Path(__file__).parents[2] / "fixtures" / "signatures"
GENERIC = ("failed", "io_error", "killed", "startup_failed")
"""Causes that give way to one that says why (analyzer/classifier/rules/task.py does so for Fusion's start)."""
SOURCES = ("reason", "task", "fusion")


@dataclass(frozen=True)
class Sample:
    rule: str
    source: str
    text: str
    exit_code: int | None

    def __str__(self) -> str:
        return f"{self.rule} {self.text[:60]}"


def read(kind: str) -> Iterator[Sample]:
    for file in sorted(SAMPLES.glob("*.toml")):
        entries: list[dict[str, Any]] = tomllib.loads(file.read_text("utf-8"))[kind]
        for entry in entries:
            yield Sample(entry["rule"], entry["source"], entry["text"], entry.get("exit_code"))


def hits(sample: Sample) -> list[Hit]:
    """What is seen in the sample, exit codes considered."""
    found = []
    for signature in shipped().signatures(sample.source):
        groups = signature.search(sample.text)
        if groups is not None:
            found.append(Hit(signature, Quote("log", sample.text), groups, None))
    facts = Facts("x", "log", hits=tuple(found), exit_file_code=sample.exit_code)
    return [hit for rule in sorted({h.signature.rule for h in found}) for hit in counting_hits(facts, rule)]


def rank(hit: Hit) -> tuple[int, bool]:
    cause = shipped().rules[hit.signature.rule].cause
    return RANK[hit.signature.confidence], cause.rsplit(".", 1)[-1] in GENERIC


@pytest.mark.parametrize("sample", list(read("sample")), ids=str)
def test_the_rule_knows_the_line_and_wins(sample: Sample) -> None:
    best = min(hits(sample), key=rank, default=None)
    assert best is not None, "no rule knows this line"
    rivals = sorted({h.signature.rule for h in hits(sample) if rank(h) == rank(best)})
    assert sample.rule == best.signature.rule, f"{rivals} say the same"


@pytest.mark.parametrize("sample", list(read("near_miss")), ids=str)
def test_the_rule_does_not_fall_for_a_near_miss(sample: Sample) -> None:
    assert sample.rule not in {hit.signature.rule for hit in hits(sample)}


def own_signatures() -> list[Signature]:
    """Those of the families that these samples are about."""
    return [s for s in shipped().signatures(*SOURCES) if s.rule.startswith(("FS3", "FS4", "FS5", "FS6", "FS7"))]


def test_every_signature_has_a_sample() -> None:
    samples = list(read("sample"))
    without = [
        f"{signature.rule} {signature.source} {signature.text!r} {signature.exit_codes}"
        for signature in own_signatures()
        if not any(matches(signature, sample) for sample in samples)
    ]
    assert without == []


def matches(signature: Signature, sample: Sample) -> bool:
    if (signature.rule, signature.source) != (sample.rule, sample.source):
        return False
    groups = signature.search(sample.text)
    facts = Facts("x", "log", exit_file_code=sample.exit_code)
    return groups is not None and counting(facts, Hit(signature, Quote("log", sample.text), groups, None))


def test_every_rule_with_signatures_has_a_near_miss() -> None:
    assert {s.rule for s in own_signatures()} - {sample.rule for sample in read("near_miss")} == set()


def test_reasons_are_no_longer_than_batch_keeps_them() -> None:
    assert [s.text for s in (*read("sample"), *read("near_miss")) if s.source == "reason" and len(s.text) > 255] == []
