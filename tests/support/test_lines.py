"""Many lines at once are masked as each of them is, and what is skipped for speed holds nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzer.support.encoded import replace_encoded
from analyzer.support.forms import hide_in_forms
from analyzer.support.named_values import hide_named
from analyzer.support.redaction import MASK, MAX_ENCODED_DEPTH, mask_lines, mask_secrets
from analyzer.support.shapes import hide_private_keys, hide_random, hide_tokens
from tests.bundle.planted_secrets import secrets_of_every_kind

PLANTED = [line for written in secrets_of_every_kind(5) for line in written.line.split("\n")]
WRITTEN = (
    "License key: ABCD-1234-EFGH-5678",
    "the passphrase is correct horse battery",
    "using password hunter2",
    "GET /a?key=abcd1234 GET /a?jwt=x&code=abcdef12 ?Policy=abc&GoogleAccessId=x",
    "Basic bWU6cHc=",
    "redis-cli -a hunter",
    "mongosh -p hunter db",
    "ldapsearch -w hunter",
    "zip -P hunter x.zip",
    "7z x -phunter x.7z",
    "smbclient -U me%hunter //h/x",
    "openssl enc -k hunter",
    "curl -sSu me:pw",
    "IDENTIFIED BY 'hunter2'",
    "db.example.com:5432:x:me:hunter22",
    "pw=hunter2",
    "dGhlIHB3PWFiYzEyMw==",
    "a%3Fkey%3Dhunter22",
)
PIECES = st.sampled_from(
    (
        *(
            "pa\u017fsword=a1",
            "toKen=a1",
            "--",
            "-p ",
            "-u ",
            "a:b",
            "?",
            "&",
            "key=",
            "Key: ",
            "A1b2C3d4E5f6",
            "\\u003d",
            "=",
        ),
        *("my", "sql ", "redis", "-cli ", "lo", "gin ", "://", "@h", "eyJ", "AKIA", "H4sI", "%3D", "%", "\n", '"', "'"),
        *(":5432:", "sig", "is ", "pass", "word ", "license ", "x", " ", "==", "bWU6cHc", "serial number "),
    )
)
LINES = st.one_of(
    st.sampled_from(PLANTED),
    st.sampled_from(WRITTEN),
    st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=10).map("".join),
    st.builds("(00.{:06}) Error (criu/mem.c:{}): page {:#x}".format, *[st.integers(0, 2**40)] * 3),
)


def _with_nothing_skipped(text: str, depth: int = 0) -> str:
    text = hide_named(hide_in_forms(hide_private_keys(text, lambda _: MASK), lambda _: MASK), lambda _: MASK)
    text = hide_random(hide_tokens(text, lambda _: MASK), lambda _: MASK)
    if depth < MAX_ENCODED_DEPTH:
        text = replace_encoded(text, lambda inner: _with_nothing_skipped(inner, depth + 1), MASK)
    return text


@given(LINES)
@example("pa\u017fsword=a1")
@settings(max_examples=1000, deadline=None)
def test_a_text_that_is_skipped_holds_no_secret(line: str) -> None:
    assert mask_secrets(line) == _with_nothing_skipped(line)


@pytest.mark.parametrize("line", [*WRITTEN, *PLANTED])
def test_what_is_known_to_be_masked_is_not_skipped(line: str) -> None:
    assert mask_secrets(line) == _with_nothing_skipped(line)
    filler = ["(00.000001) Dumping pages"] * 700
    assert mask_lines([*filler, line, *filler]) == [*filler, mask_secrets(line), *filler]


@given(st.lists(LINES, max_size=40), st.integers(0, 300))
@settings(max_examples=300, deadline=None)
def test_lines_are_masked_as_each_of_them_is(lines: list[str], fill: int) -> None:
    lines = ["(00.000001) Will dump page 7f0c1000"] * fill + lines
    assert mask_lines(lines) == [mask_secrets(line) for line in lines]


def test_a_log_of_ordinary_lines_costs_little() -> None:
    lines = [f"(00.{n:06}) page-pipe: Add iov to page pipe ({n} iovs, {n * 3}/{n * 7} total)" for n in range(100_000)]
    start = time.process_time()
    assert mask_lines(lines) == lines
    together = time.process_time() - start
    start = time.process_time()
    assert [mask_secrets(line) for line in lines[:20_000]] == lines[:20_000]
    assert together < (time.process_time() - start) * 5 / 1.5
