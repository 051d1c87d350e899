"""Diagnoses without identities: in the words of the replay, or disguised, and with no half of a name beside a cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from analyzer.bundle.disguised import bones, disguised_diagnosis, fragments, told_anew
from analyzer.bundle.undisguised import Undisguised
from analyzer.classifier.finding import Quote
from analyzer.diagnosis import Diagnosis
from tests.bundle.made import diagnosis_of


class Names(Undisguised):
    """Knows a few names."""

    @property
    def stand_ins(self) -> Mapping[str, str]:
        return {"bucket-1": "acme-genomics", "user-1": "alice.archer", "job-1": "abc"}

    def text(self, text: str) -> str:
        for stand_in, original in self.stand_ins.items():
            text = text.replace(original, stand_in)
        return text

    def survivors(self, data: bytes) -> tuple[str, ...]:
        return ("name",) if any(name.encode() in data for name in self.stand_ins.values()) else ()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("s3://acme-gen…", "s3://bucket-1…"),
        ("s3://acme-genomics…", "s3://bucket-1…"),
        ("…nomics/work", "…bucket-1/work"),
        ("head…e-genomics/x alice…", "head…bucket-1/x user-1…"),
        ("acme-gen without a cut", "acme-gen without a cut"),
        ("acm…", "acm…"),
        ("ab…", "ab…"),
        ("…", "…"),
    ],
)
def test_halves_of_names_beside_a_cut(text: str, meant: str) -> None:
    assert fragments(Names()).hide(text) == meant


def with_quote(text: str) -> Diagnosis:
    diagnosis = diagnosis_of("window-exceeded")
    first, *others = diagnosis.findings
    return replace(diagnosis, findings=(replace(first, evidence=(Quote("logs/1", text, 3),)), *others))


def test_the_replays_words_are_taken_where_it_says_the_same() -> None:
    original, replayed = with_quote("in acme-genomics"), with_quote("in bucket-1, said the replay")
    told = told_anew(original, replayed, Names())
    assert told.findings[0].evidence[0].text == "in bucket-1, said the replay"
    assert told.verdict.fingerprint == original.verdict.fingerprint


@pytest.mark.parametrize("change", ["line", "confidence", "figure", "finding"])
def test_the_original_stays_disguised_where_the_replay_says_something_else(change: str) -> None:
    original = with_quote("in acme-genomics it was al…")
    other = with_quote("else")
    first, *others = other.findings
    if change == "line":
        other = replace(other, findings=(replace(first, evidence=(Quote("logs/1", "else", 4),)), *others))
    elif change == "confidence":
        other = replace(other, verdict=replace(other.verdict, confidence="possible"))
    elif change == "figure":
        other = replace(other, measurements={**(other.measurements or {}), "dump_bytes": 1})
    else:
        other = replace(other, findings=other.findings[:-1])
    assert bones(other) != bones(original)
    told = told_anew(original, other, Names())
    assert bones(told) == bones(original)
    assert told.findings[0].evidence[0].text == "in bucket-1 it was al…"


def test_a_replay_whose_own_words_are_names_is_disguised_once_more() -> None:
    told = told_anew(with_quote("x"), with_quote("abc"), Names())
    assert told.findings[0].evidence[0].text == "job-1"


def test_what_the_catalogue_says_is_never_touched() -> None:
    diagnosis = diagnosis_of("window-exceeded")
    verdict = replace(diagnosis.verdict, fingerprint="abc123abc123", title="abc")
    told = disguised_diagnosis(replace(diagnosis, verdict=verdict), Names())
    assert (told.verdict.fingerprint, told.verdict.title, told.verdict.rule) == ("abc123abc123", "abc", "FS101")
    assert bones(told) == bones(replace(diagnosis, verdict=verdict))
