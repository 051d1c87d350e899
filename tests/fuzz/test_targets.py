"""Every entry for outside data takes whatever comes: real bytes, those that fuzzing found, and mangled ones."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import CORPUS, TARGETS

SLOW = frozenset({"archive", "diagnosis", "environment", "job_file", "log_file", "page", "store"})
"""A diagnosis of each input takes its time: fewer of them."""


@cache
def inputs(name: str) -> tuple[bytes, ...]:
    """The seeds of a target, and what fuzzing found."""
    return (*TARGETS[name].seeds(), *(path.read_bytes() for path in sorted((CORPUS / name).glob("*"))))


@st.composite
def mangled(draw: st.DrawFn, name: str) -> bytes:
    """One of the inputs, parts of it taken out, told twice, or replaced by what the entry looks for, or by noise."""
    data = draw(st.sampled_from(inputs(name)))
    pieces = st.one_of(st.sampled_from(TARGETS[name].words or (b"x",)), st.binary(max_size=8), st.just(b""))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.sampled_from((0, 0, 1, 8, 200))))
        piece = draw(st.one_of(pieces, st.just(data[at : at + 200])))
        data = data[:at] + piece * draw(st.sampled_from((1, 1, 1, 2, 300))) + data[end:]
    return data[: TARGETS[name].largest]


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_known(name: str) -> None:
    found = inputs(name)
    assert found
    for data in (b"", b"\0", b"\xff" * 9, *found):
        TARGETS[name].run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_anything(name: str) -> None:
    @settings(
        max_examples=6 if name in SLOW else 40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(mangled(name))
    def holds(data: bytes) -> None:
        TARGETS[name].run(data)

    holds()


def test_kept_inputs_belong_to_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir() if path.is_dir()} <= set(TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 1_000_000
