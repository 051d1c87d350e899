"""The last look over the finished bytes."""

from __future__ import annotations

import base64
import gzip
import json
import time
from urllib.parse import quote

import pytest

from analyzer.bundle.survivors import BLOCK_CHARACTERS, Survivors

SECRET = "7Hq2vT9xLmPz4wKd"  # noqa: S105 - made up
BUCKET = "acme-onco-data"


@pytest.fixture
def search() -> Survivors:
    return Survivors([SECRET, 'p"ss wörd 7'], [("bucket", BUCKET), ("account", "481516234201")], lambda _: False)


@pytest.mark.parametrize(
    "wrapped",
    [
        SECRET.encode(),
        SECRET.lower().encode(),
        f"x{SECRET}y".encode(),
        json.dumps('p"ss wörd 7').encode(),
        quote('p"ss wörd 7').encode(),
        b"\xff\xfe" + SECRET.encode() + b"\x00",
        *(base64.b64encode(b"z" * n + SECRET.encode() + b"tail" * 3) for n in range(4)),
        base64.urlsafe_b64encode(b"?>?" + SECRET.encode()),
        SECRET.encode().hex().encode(),
        SECRET.encode().hex().upper().encode(),
        base64.b64encode(gzip.compress(b"a script with " + SECRET.encode(), mtime=0)),
    ],
)
def test_a_secret_is_seen_in_every_wrapping(search: Survivors, wrapped: bytes) -> None:
    assert search.kinds(b"before " + wrapped + b" after") == ("secret",)


@pytest.mark.parametrize(
    "form", ["acme-onco-data", "ACME-ONCO-DATA", "s3%3A%2F%2Facme-onco-data%2F", "\\nacme-onco-data"]
)
def test_an_identity_is_seen_as_a_word(search: Survivors, form: str) -> None:
    assert search.kinds(form.encode()) == ("bucket",)


@pytest.mark.parametrize("innocent", [b"", b"acme-onco-database", b"x481516234201", b"9481516234201", b"\x00\xff" * 50])
def test_what_only_resembles_it_is_not(search: Survivors, innocent: bytes) -> None:
    assert search.kinds(innocent) == ()


def test_several_kinds_are_told_sorted(search: Survivors) -> None:
    assert search.kinds(f"{SECRET} {BUCKET} 481516234201".encode()) == ("account", "bucket", "secret")


def test_what_lies_across_two_blocks_is_seen(search: Survivors) -> None:
    data = b"." * (BLOCK_CHARACTERS - 8) + SECRET.encode() + b"." * 100
    assert search.kinds(data) == ("secret",)


def test_a_stand_in_is_no_survivor() -> None:
    assert Survivors([], [("bucket", "bucket-1")], lambda v: v == "bucket-1").kinds(b"bucket-1") == ()


def test_nothing_known_finds_nothing() -> None:
    assert Survivors([], [], lambda _: False).kinds(b"anything") == ()


def test_many_things_are_searched_in_one_pass() -> None:
    identities = [("folder", f"cohort-{n:06d}-x") for n in range(1_000)]
    search = Survivors([], identities, lambda _: False)
    data = b"(00.047943)   3263: mnt: 0x7f5511122200 cohort-x\n" * 20_000
    start = time.perf_counter()
    assert search.kinds(data) == ()
    assert time.perf_counter() - start < 10
