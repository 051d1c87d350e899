"""The engine and the plain search give the same answer; where the engine cannot be used the plain one is."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.parsers.literals import ENGINE_FROM_BYTES, engine_gate, literal_gate, plain_gate

PIECES = st.lists(st.sampled_from([b"a", b"b", b"ab", b"\n", b".", b"\\", b"(", b"\xc3\xa9", b"\xff"]), min_size=1)
LITERALS = st.lists(PIECES.map(b"".join), min_size=1, max_size=40, unique=True)


@given(LITERALS, st.lists(st.binary(max_size=100) | PIECES.map(b"".join), max_size=8))
def test_both_ways_agree(literals: list[bytes], blocks: list[bytes]) -> None:
    engine = engine_gate(literals)
    assert engine is not None
    for block in (*blocks, b"".join(blocks), *literals):
        assert engine(block) == plain_gate(literals)(block)


def test_a_literal_that_ends_in_another_or_holds_it_is_seen() -> None:
    literals = [b" Killed ", b"Killed", b"ille", b"never"]
    engine = engine_gate(literals)
    assert engine is not None
    assert engine(b"line 7:  12 Killed  STAR") == [0, 1, 2]


def test_a_literal_with_a_nul_is_searched_the_plain_way() -> None:
    assert engine_gate([b"a\0b", b"c"]) is None
    assert literal_gate([b"a\0b", b"c"], ENGINE_FROM_BYTES)(b"xa\0bx") == [0]


def test_without_the_engine_the_plain_way_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert engine_gate([b"a"]) is None
    assert literal_gate([b"b", b"a"], 10 * ENGINE_FROM_BYTES)(b"xax") == [1]
