"""A user's own rules: what they do, and how a bad one is refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from analyzer.bundle.disguise import make_disguise
from analyzer.bundle.own_rules import MAX_PATTERNS, OwnRules, OwnRulesError, read_own_rules
from tests.bundle.evidence import BUCKET, JOB, PASSWORD, QUEUE, evidence


def test_what_is_kept_stays() -> None:
    disguise = make_disguise([evidence(f"s3://{BUCKET}/x {QUEUE}")], OwnRules(keep=("acme-onco-*",)))
    assert disguise.text(f"s3://{BUCKET} {QUEUE}") == f"s3://{BUCKET} {QUEUE}"
    assert disguise.document(JOB)["jobQueue"].endswith(f"job-queue/{QUEUE}")
    assert disguise.survivors(BUCKET.encode()) == ()


def test_a_secret_is_never_kept() -> None:
    disguise = make_disguise([evidence()], OwnRules(keep=(PASSWORD, "*correct*")))
    assert disguise.text(f"it is {PASSWORD}") == "it is [masked]"


def test_what_is_to_go_goes_everywhere() -> None:
    disguise = make_disguise([evidence("study NCT-0417 begins")], OwnRules(redact=("NCT-*",)))
    assert disguise.text("study NCT-0417, NCT-0418 and NCT-0417.") == "study redacted-1, redacted-2 and redacted-1."
    assert disguise.text("redacted-1") == "redacted-1"
    assert disguise.stand_ins["redacted-1"] == "NCT-0417"
    assert disguise.survivors(b"NCT-0417") == ("redacted",)


@pytest.mark.parametrize("pattern", ["*", "**", "ab", "a*", " * ", "x" * 201, "a*b*c*d*e*f", "two\nlines"])
def test_a_pattern_that_cannot_be_used_is_one_sentence(pattern: str) -> None:
    with pytest.raises(OwnRulesError) as caught:
        OwnRules(redact=(pattern,))
    assert "cannot be used" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pattern", ["eu-west-1", "us-gov-west-1a", "dump", "Error", "jobName", "work*", "*manifest"])
def test_what_a_bundle_is_read_by_cannot_go(pattern: str) -> None:
    with pytest.raises(OwnRulesError, match="needs what it stands for"):
        OwnRules(redact=(pattern,))
    assert OwnRules(keep=(pattern,)).keep == (pattern,)


def test_other_capitals_may_stay_and_are_no_leak() -> None:
    disguise = make_disguise([evidence("STAR begins")], OwnRules(redact=("STAR",)))
    assert disguise.text("STAR 2.7, a star") == "redacted-1 2.7, a star"
    assert disguise.survivors(b"biocontainers/star:2.7") == ()
    assert disguise.survivors(b"biocontainers/STAR:2.7") == ("redacted",)


def test_too_many_patterns() -> None:
    with pytest.raises(OwnRulesError, match="at most"):
        OwnRules(keep=tuple(f"name-{n}" for n in range(MAX_PATTERNS + 1)))


def test_characters_of_regular_expressions_mean_themselves() -> None:
    disguise = make_disguise([evidence()], OwnRules(redact=("(a+)+$",)))
    assert disguise.text("aaaa (a+)+$ b") == "aaaa redacted-1 b"


def test_stars_take_time_in_proportion() -> None:
    disguise = make_disguise([evidence()], OwnRules(redact=("aaa*b*b*b*c",)))
    start = time.perf_counter()
    disguise.text("a" * 100_000)
    assert time.perf_counter() - start < 20


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('keep = ["acme-public-*"]\nredact = ["NCT-*", "Project Zeta"]\n')
    assert read_own_rules(path) == OwnRules(keep=("acme-public-*",), redact=("NCT-*", "Project Zeta"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("keep = 'a'", "no list of texts"),
        ("keep = [1]", "no list of texts"),
        ("other = []", "only keep and redact"),
        ("keep = [", "not valid TOML"),
        ("redact = ['*']", "nearly everything"),
    ],
)
def test_a_bad_file_is_one_sentence_with_its_name(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(OwnRulesError, match=says) as caught:
        read_own_rules(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OwnRulesError, match="cannot be read"):
        read_own_rules(tmp_path / "none.toml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(OwnRulesError, match="not valid TOML"):
        read_own_rules(tmp_path / "binary")
