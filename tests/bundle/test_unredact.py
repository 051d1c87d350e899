"""Stand-ins turned back: exactly, wherever they stand, in a text of any size and in pieces of any size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bundle.deliver import map_bytes
from analyzer.bundle.disguise import make_disguise
from analyzer.bundle.unredact import HELD_CHARACTERS, MapError, Unredaction, read_map
from analyzer.evidence.content import read_all
from tests.bundle.made import evidence_of

NAMES = {
    "bucket-1": "acme-genomics",
    "bucket-12": "acme-archive",
    "account-1": "123456789012",
    "192.0.2.1": "10.0.4.17",
    "00000000-0000-4000-8000-00000000000a": "8f1c2c1e-6a43-4d0c-9a0e-0c8b4d2f7a11",
    "user-1@example.com": "alice@acme.example",
}
TURNED = Unredaction(NAMES)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("s3://bucket-1/work", "s3://acme-genomics/work"),
        ("bucket-12, bucket-1.", "acme-archive, acme-genomics."),
        ("bucket-123 and mybucket-1 and bucket-1x", "bucket-123 and mybucket-1 and bucket-1x"),
        ("%2Fbucket-1%2F", "%2Facme-genomics%2F"),
        ("one\\nbucket-1", "one\\nacme-genomics"),
        ("arn:aws:batch:eu-west-1:account-1:job/x", "arn:aws:batch:eu-west-1:123456789012:job/x"),
        ("192.0.2.1:443 192.0.2.10", "10.0.4.17:443 192.0.2.10"),
        ("mail user-1@example.com", "mail alice@acme.example"),
        ("job 00000000-0000-4000-8000-00000000000a died", "job 8f1c2c1e-6a43-4d0c-9a0e-0c8b4d2f7a11 died"),
        ("nothing", "nothing"),
        ("", ""),
    ],
)
def test_words(text: str, meant: str) -> None:
    assert TURNED.text(text) == meant


def test_what_was_turned_back_is_not_turned_again() -> None:
    assert Unredaction({"job-1": "job-2", "job-2": "job-1"}).text("job-1 job-2") == "job-2 job-1"


def test_no_names_change_nothing() -> None:
    assert "".join(Unredaction({}).stream([b"bucket-1"])) == "bucket-1"


@given(
    st.lists(st.sampled_from([*NAMES, "x", " ", "\n", "-", "é", "bucket-", "y" * 5_000, '{"a":"']), max_size=60),
    st.integers(1, 9_000),
)
def test_pieces_say_the_same_as_the_whole(words: list[str], size: int) -> None:
    text = "".join(words)
    data = text.encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert "".join(TURNED.stream(pieces)) == TURNED.text(text)


@pytest.mark.parametrize("between", [" ", ",", "\n", "é", ";;"])
def test_a_long_line_is_turned_back_piece_by_piece(between: str) -> None:
    text = between.join(["bucket-12"] * 40_000)
    pieces = list(TURNED.stream(text.encode()[start : start + 1_000] for start in range(0, len(text.encode()), 1_000)))
    assert "".join(pieces) == between.join(["acme-archive"] * 40_000)
    assert max(map(len, pieces)) < 2 * HELD_CHARACTERS


def test_bytes_that_are_no_text_come_back_as_they_were() -> None:
    assert (
        "".join(TURNED.stream([b"\xff\xfe bucket-1"])).encode("utf-8", "surrogateescape") == b"\xff\xfe acme-genomics"
    )


def test_a_disguised_document_comes_back(tmp_path: Path) -> None:
    evidence = evidence_of("window-exceeded")
    disguise = make_disguise([evidence])
    plain = read_all(evidence.workdir[".command.run"], 2**20).decode()
    hidden = disguise.text(plain)
    path = tmp_path / "ticket.map.json"
    path.write_bytes(map_bytes(disguise.stand_ins))
    assert hidden != plain
    assert read_map(path).text(hidden) == plain


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xff", "not JSON"),
        (b"[]", "format"),
        (b'{"format": "fsnap-bundle/1"}', "format"),
        (b'{"format": "fsnap-bundle-map/1"}', "no texts"),
        (b'{"format": "fsnap-bundle-map/1", "stand_ins": {"a": 1}}', "no texts"),
        (b'{"format": "fsnap-bundle-map/1", "stand_ins": {"": "x"}}', "no texts"),
        (json.dumps({"format": "fsnap-bundle-map/1", "stand_ins": {"a" * 600: "x"}}).encode(), "no texts"),
    ],
)
def test_a_map_that_is_none(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_bytes(content)
    with pytest.raises(MapError, match=f"is no map of a bundle: .*{why}"):
        read_map(path)


def test_a_map_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(MapError, match="cannot be read"):
            read_map(path)
