"""What holds for any text: nothing changes twice, no line is lost, one stand-in for one thing, time in proportion."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.bundle.disguise import make_disguise
from analyzer.bundle.known import KnownNames
from analyzer.support.alternation import alternation
from analyzer.support.shapes import MASK
from tests.bundle.evidence import ACCOUNT, BUCKET, HASH, INSTANCE, JOB, JOB_ID, PASSWORD, QUEUE, SAMPLE, evidence

PIECES = st.sampled_from(
    (
        *(ACCOUNT, BUCKET, JOB_ID, QUEUE, SAMPLE, PASSWORD, INSTANCE, HASH, "tw-", "TowerForge-", "4kLmN8pQr2sT"),
        *("s3://", "/fusion/s3/", "arn:aws:batch:eu-west-1:", ":job-queue/", "10.4.17.9", "ip-10-4-17-9"),
        *("@acme-bio.org", ".internal", "https://", "%2F", "\\n", "\n", " ", "=", "/", "-", ":", ".", "token"),
        *("password: ", "fe80::1:2", "account-1", "bucket-1"),
    )
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=12).map("".join)
DISGUISE = make_disguise([evidence(f"s3://{BUCKET}/x 10.4.17.9 alice@acme-bio.org")])


# an address that is glued to a name is read as a new one each time
@given(TEXTS.filter(lambda text: "::" not in text))
@settings(max_examples=300, deadline=None)
def test_disguising_twice_changes_nothing_more(text: str) -> None:
    once = DISGUISE.text(text)
    twice = DISGUISE.text(once)
    # "password: <digits>" is a figure to the first pass; a stand-in in its place looks like a password to the second
    assert twice == once or twice.count(MASK) > once.count(MASK)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_lines_stay_as_many(text: str) -> None:
    assert DISGUISE.text(text).count("\n") == text.count("\n")
    lines = text.split("\n")
    assert len(list(DISGUISE.lines(lines))) == len(lines)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_nothing_known_survives(text: str) -> None:
    shown = DISGUISE.text(text)
    assert DISGUISE.survivors(shown.encode("utf-8", "surrogatepass")) == ()


@given(st.lists(TEXTS, max_size=6))
@settings(max_examples=50, deadline=None)
def test_each_thing_has_one_stand_in_and_each_stand_in_one_thing(texts: list[str]) -> None:
    disguise = make_disguise([evidence(*texts)])
    for text in texts:
        disguise.text(text)
    originals = list(disguise.stand_ins.values())
    assert len(set(originals)) == len(originals)
    assert set(disguise.stand_ins).isdisjoint(originals)


def test_the_same_evidence_gives_the_same_stand_ins() -> None:
    first, second = (make_disguise([evidence("s3://b-one/x", "s3://b-two/y")]) for _ in range(2))
    assert dict(first.stand_ins) == dict(second.stand_ins)
    assert first.document(JOB) == second.document(JOB)


@given(st.lists(st.text(alphabet="ab-", min_size=1, max_size=6), min_size=1, max_size=12), st.text("ab- ", max_size=40))
def test_names_are_found_as_words_and_the_longest_first(names: list[str], text: str) -> None:
    known = KnownNames(dict.fromkeys((n for n in names if n[0] != "-"), "#"))
    for start, end, name in known.spans(text):
        assert text[start:end] == name
        assert start == 0 or not text[start - 1].isalnum()
        assert end == len(text) or not text[end].isalnum()
        longer = [n for n in names if n.startswith(name) and n != name and text.startswith(n, start)]
        assert all(text[start + len(n) : start + len(n) + 1].isalnum() for n in longer)


def test_names_that_begin_alike_do_not_nest_without_end() -> None:
    names = ["a" * n for n in range(1, 250)]
    assert list(KnownNames(dict.fromkeys(names, "")).spans("a" * 249 + " ")) == [(0, 249, "a" * 249)]
    assert alternation([]) == ""


HOSTILE = [
    "a",
    "a.",
    "-",
    ":",
    "1.",
    "::",
    "%2",
    "%41",
    "a@",
    "i-",
    "s3://",
    "arn:aws:",
    "/",
    "A1b2",
    "ip-1-",
    "\\n",
    "x.s3.",
    "=",
    "0a:",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    def seconds(characters: int) -> float:
        text = piece * (characters // len(piece))
        start = time.process_time()
        DISGUISE.text(text)
        return time.process_time() - start

    seconds(1_000)
    short, long = min(seconds(20_000) for _ in range(3)), min(seconds(320_000) for _ in range(2))
    # sixteen times the text; 256 times the time would be quadratic
    assert long < 80 * max(short, 0.008)
