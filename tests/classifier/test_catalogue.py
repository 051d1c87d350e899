"""The shipped catalogue as a whole: complete, well formed, safe to run on hostile text."""

from __future__ import annotations

import json
import re
import time
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from analyzer.classifier.catalogue import CatalogueError, RuleRecord, Signature, read_user_rules, shipped
from analyzer.classifier.catalogue_read import MAX_PATTERN_CHARACTERS, read_rules
from analyzer.classifier.facts import SOURCE_NAMES
from analyzer.parsers.literals import engine_gate

FAMILY_IDS = {
    "unknown": r"FS000",
    "ok": r"FS00[1-9]",
    "dump": r"FS1\d\d",
    "restore": r"FS2\d\d",
    "host": r"FS30[1-9]",
    "image": r"FS4[0-2]\d",
    "container": r"FS4[3-6]\d",
    "schedule": r"FS5[0-4]\d",
    "job": r"FS55\d",
    "fusion": r"FS6[0-2]\d",
    "storage": r"FS65\d",
    "app": r"FS7\d\d",
    "config": r"FS8\d\d",
}
RULES = tuple(shipped())
SIGNATURES = [signature for rule in RULES for signature in rule.signatures]
FAR_MORE_THAN_LINEAR = 12
"""Four times the text may take this many times as long: 4 for linear, 16 for quadratic."""
LONGEST_LINE = 64 * 1024


def causes() -> set[str]:
    text = resources.files("analyzer.data").joinpath("causes.toml").read_text("utf-8")
    return {f"{family}.{name}" for family, names in tomllib.loads(text).items() for name in names}


def name_of(value: RuleRecord | Signature) -> str:
    return value.id if isinstance(value, RuleRecord) else f"{value.rule}-{value.source}-{value.text[:30]}"


def test_every_cause_of_the_vocabulary_has_a_rule() -> None:
    assert causes() - {rule.cause for rule in RULES} == set()


def test_every_cause_is_of_the_vocabulary_or_finer() -> None:
    known = causes()
    own = {rule.cause for rule in RULES} - known
    families = {cause.split(".")[0] for cause in known} | {"config"}
    assert {cause for cause in own if cause.split(".")[0] not in families} == set()


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_rule_is_whole(rule: RuleRecord) -> None:
    family = rule.cause.split(".")[0]
    assert re.fullmatch(FAMILY_IDS[family], rule.id), f"{rule.cause} has an id of another family"
    assert rule.title
    assert len(rule.title) <= 80
    assert rule.title[0].isupper() or rule.title.startswith("/")
    assert not rule.title.endswith(".")
    assert set(rule.reads) <= set(SOURCE_NAMES)
    for part in ("means", "recognised", "what_to_do", "wrong_when"):
        assert len(getattr(rule, part)) >= 30, f"{part} says next to nothing"
    assert rule.references
    assert all(reference.startswith("https://") for reference in rule.references)
    assert all(bool(advice.snippet) == bool(advice.language) for advice in rule.advice)


def test_titles_tell_rules_apart() -> None:
    titles = [rule.title for rule in RULES]
    assert sorted(titles) == sorted(set(titles))


@pytest.mark.parametrize("rule", [r for r in RULES if r.id.startswith(("FS4", "FS5", "FS6", "FS7"))], ids=name_of)
def test_a_rule_has_advice_that_can_be_pasted(rule: RuleRecord) -> None:
    """That of checkpoints and hosts depends on figures, and is not asked for here."""
    assert rule.advice
    for advice in rule.advice:
        if advice.language == "json":
            json.loads(advice.snippet or "")


@pytest.mark.parametrize("signature", SIGNATURES, ids=name_of)
def test_a_signature_can_be_found_in_json_lines(signature: Signature) -> None:
    """Logs from CloudWatch are JSON lines, and the literal is looked for before they are parsed."""
    if signature.source in ("task", "fusion", "runtime"):
        assert json.dumps(signature.text)[1:-1] == signature.text
        assert not set(signature.text) & set("<>&"), "some writers of JSON escape these"


@pytest.mark.parametrize("signature", SIGNATURES, ids=name_of)
def test_a_signature_s_literal_is_telling(signature: Signature) -> None:
    assert len(signature.text) >= 3
    assert "\n" not in signature.text
    assert signature.confidence != "certain" or len(signature.text) >= 5 or signature.pattern


@pytest.mark.parametrize("signature", [s for s in SIGNATURES if s.pattern], ids=name_of)
def test_a_pattern_is_cheap_to_start(signature: Signature) -> None:
    assert signature.pattern is not None
    text = signature.pattern.pattern
    assert not text.startswith((r"\d", ".", r"\s", r"\w", "[^")), "every character would be a place to start"
    assert not (signature.pattern.flags & re.IGNORECASE and text.count("|") > 8)


IN_LARGE_LOGS = [s for s in SIGNATURES if s.source in ("task", "fusion", "runtime")]
"""Looked for in logs of any size, all of them; the others in lines and sentences that were picked out already."""
SHORTEST_LITERAL = 6
ORDINARY_LINES = """
Nov 22 09:30:12 ..... started mapping, 81.20% uniquely mapped reads
[bam_sort_core] merging from 12 files and 8 in-memory blocks...
09:30:12.345 INFO  ProgressMeter -  chr7:55019017  12.3  1200000  97560.9
[8f/ab12cd] process > NFCORE_RNASEQ:STAR_ALIGN (SAMPLE_12) [ 42%] 168 of 400
INFO  2026-11-22 09:30:12  MarkDuplicates  Read 12,000,000 records. Last read position: chr1:1,234,567
+ STAR --genomeDir /fusion/s3/bucket/genome --readFilesIn /fusion/s3/bucket/work/8f/ab12cd/S12_R1.fastq.gz
{"level":"debug","time":1767225600000000000,"message":"upload part","path":"/bucket/work/8f/ab12cd/out.bam","error":""}
(00.140547) page-xfer: \tp 0x7f630e9fe000 - 0x7f630eafe000
"""
"""Of which tasks print thousands."""


def test_a_literal_of_a_large_log_is_long_enough_to_be_rare() -> None:
    assert [name_of(s) for s in IN_LARGE_LOGS if len(s.text) < SHORTEST_LITERAL] == []
    assert [name_of(s) for s in IN_LARGE_LOGS if s.text in ORDINARY_LINES] == []


def test_the_engine_takes_all_literals_of_the_table() -> None:
    texts = sorted({s.text.encode() for s in SIGNATURES})
    engine = engine_gate(texts)
    assert engine is not None
    assert engine(b"\n".join(texts)) == list(range(len(texts)))


def test_patterns_for_large_logs_heed_case() -> None:
    assert [name_of(s) for s in IN_LARGE_LOGS if s.pattern and s.pattern.flags & re.IGNORECASE] == []


def test_a_pattern_is_one_pattern_not_many() -> None:
    """Named groups are the finding's words, not the branches of an alternation: of those Python has no fast search."""
    patterns = [s.pattern for s in SIGNATURES if s.pattern]
    assert max(len(pattern.groupindex) for pattern in patterns) <= 3
    assert max(len(pattern.pattern) for pattern in patterns) <= MAX_PATTERN_CHARACTERS


def test_repetition_of_anything_is_bounded_in_large_logs() -> None:
    """Or it stands behind `^`, where it begins only once."""
    free = re.compile(r"(?<!\\)(?:\.|\[\^[^\]]*\])(?:[*+]|\{[0-9]*,\})")
    patterns = [s.pattern_text for s in IN_LARGE_LOGS if s.pattern_text]
    assert [pattern for pattern in patterns if free.search(pattern) and not pattern.startswith("^")] == []


def adversaries(signature: Signature, size: int) -> list[str]:
    """Texts that make careless patterns slow: the pattern's own words over and over, and almost matches."""
    assert signature.pattern is not None
    words = re.findall(r"[A-Za-z][A-Za-z :'\[(-]{2,}", signature.pattern.pattern)[:4]
    pieces = [
        signature.text,
        signature.text + " ",
        *words,
        *[w + " x" for w in words],
        " ",
        "a",
        "0",
        ": ",
        '"',
        "\\",
        "1 ",
    ]
    return [(signature.text + piece * (size // len(piece) + 1))[:size] for piece in pieces]


def seconds(signature: Signature, text: str) -> float:
    start = time.thread_time()  # what other programs take does not count
    signature.search(text)
    return time.thread_time() - start


@pytest.mark.parametrize("signature", [s for s in SIGNATURES if s.pattern], ids=name_of)
def test_a_pattern_is_not_slower_than_linear(signature: Signature) -> None:
    for small, large in zip(
        adversaries(signature, LONGEST_LINE // 4), adversaries(signature, LONGEST_LINE), strict=True
    ):
        slow = min(seconds(signature, large) for _ in range(3))
        if slow > 0.02:  # below this nobody is hurt, and the clock says little
            assert slow < FAR_MORE_THAN_LINEAR * min(seconds(signature, small) for _ in range(3))
            assert slow < 1


def test_ids_are_unique_over_all_files() -> None:
    folder = resources.files("analyzer.data").joinpath("catalogue")
    ids: list[str] = []
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            ids += read_rules(file.read_text("utf-8"), file.name)
    assert sorted(ids) == sorted(set(ids))


GOOD = """
[[rule]]
id = "FS901"
cause = "app.our_tool"
title = "Our tool gave up"
means = "It gave up."
what_to_do = "Ask us."

  [[rule.signature]]
  source = "task"
  text = "OURTOOL-17"
"""


def test_a_user_s_own_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(GOOD)
    rules = read_user_rules(file)
    assert list(rules) == ["FS901"]
    assert "FS901" in shipped().with_rules(rules).rules


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("FS901", "FS101", "FS900"),
        ("FS901", "X1", "three digits"),
        ('"task"', '"tasks"', "must be one of"),
        ('text = "OURTOOL-17"', 'text = ""', "must not be empty"),
        ('text = "OURTOOL-17"', 'text = "O"\n  pattern = "("', "no regular expression"),
        ('text = "OURTOOL-17"', 'text = "O"\n  summary = "{x}"', "no group"),
        ('text = "OURTOOL-17"', 'text = "O"\n  regex = "x"', "not a member"),
        ("Our tool gave up", "x" * 81, "80 characters"),
        ('means = "It gave up."', "", "missing"),
        ("[[rule]]", "[[rule", "not TOML"),
    ],
)
def test_mistakes_in_a_user_s_rules_are_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(CatalogueError, match=complaint):
        read_user_rules(file)
