"""Sizes, shares, durations and counts as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.advisor.quantities import (
    LEAST_MEMORY,
    MOST_MEMORY,
    QuantityError,
    count,
    seconds,
    share,
    size_bytes,
)

SIZES = [
    ("60GB", 60 * 1024**3),
    ("60 GB", 60 * 1024**3),
    ("60.GB", 60 * 1024**3),
    ("60 GiB", 60 * 1024**3),
    ("60g", 60 * 1024**3),
    ("  60gb ", 60 * 1024**3),
    ("61440MB", 60 * 1024**3),
    ("61440.MB", 60 * 1024**3),
    ("1.5TB", 1536 * 1024**3),
    ("0.5 GB", 512 * 1024**2),
    ("64424509440B", 60 * 1024**3),
    ("62914560KB", 60 * 1024**3),
]


@pytest.mark.parametrize(("written", "size"), SIZES)
def test_sizes_are_powers_of_1024_as_nextflow_counts_them(written: str, size: int) -> None:
    assert size_bytes(written, "--memory") == size


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("60", "has no unit"),
        ("60.5", "has no unit"),
        ("", "is no size"),
        ("-5GB", "is no size"),
        ("-5", "is no size"),
        ("nan", "is no size"),
        ("infGB", "is no size"),
        ("1e3GB", "is no size"),
        ("6 0GB", "is no size"),
        ("60XB", "is no size"),
        ("60GBB", "is no size"),
        ("\u0666\u0660GB", "is no size"),
        ("9" * 500 + "GB", "is no size"),
        ("0GB", "no memory of a task"),
        ("1KB", "no memory of a task"),
        ("65TB", "no memory of a task"),
        ("999999999999999PB", "no memory of a task"),
    ],
)
def test_what_is_no_size_is_refused_by_name_and_with_an_example(written: str, why: str) -> None:
    with pytest.raises(QuantityError) as refused:
        size_bytes(written, "--memory")
    said = str(refused.value)
    assert said.startswith("--memory: ")
    assert why in said
    assert "60GB" in said
    assert len(said) < 200


@given(st.text(max_size=60))
def test_no_text_is_more_than_a_size_or_refused(written: str) -> None:
    try:
        size = size_bytes(written, "--memory")
    except QuantityError:
        return
    assert LEAST_MEMORY <= size <= MOST_MEMORY


@given(st.integers(1, 60_000))
def test_a_size_is_the_same_in_every_unit(gib: int) -> None:
    sizes = {size_bytes(text, "x") for text in (f"{gib}GB", f"{gib * 1024} MB", f"{gib}.0 GiB", f"{gib * 1024**3}B")}
    assert sizes == {gib * 1024**3}


@pytest.mark.parametrize(
    ("written", "value"), [("15%", 0.15), ("0.15", 0.15), (".5", 0.5), ("15 %", 0.15), ("5.", None)]
)
def test_a_share_is_a_percentage_or_a_fraction(written: str, value: float | None) -> None:
    if value is None:
        with pytest.raises(QuantityError, match="out of bounds"):
            share(written, "--margin", "--margin 15%")
    else:
        assert share(written, "--margin", "--margin 15%") == pytest.approx(value)


@pytest.mark.parametrize("written", ["", "%", ".", "15", "100%", "1", "-0.1", "nan", "inf", "0", "0%", "1e-3", "ten"])
def test_what_is_no_share_is_refused(written: str) -> None:
    with pytest.raises(QuantityError, match=r"^--margin: .*--margin 15%$"):
        share(written, "--margin", "--margin 15%")


def test_the_ends_of_a_share_are_allowed_where_they_make_sense() -> None:
    assert share("0%", "x", "x", zero=True) == 0
    assert share("100%", "x", "x", one=True) == 1


@pytest.mark.parametrize(
    ("written", "value"),
    [("120", 120), ("120s", 120), ("2m", 120), ("2 min", 120), ("90.5 s", 90.5), ("30 seconds", 30)],
)
def test_a_window_is_in_seconds_or_minutes(written: str, value: float) -> None:
    assert seconds(written, "--window", "--window 120s") == value


@pytest.mark.parametrize("written", ["", "0", "0s", "-1", "2h", "nan", "inf", "1e2", "3601", "99999999999s", "m"])
def test_what_is_no_window_is_refused(written: str) -> None:
    with pytest.raises(QuantityError, match=r"^--window: .*--window 120s$"):
        seconds(written, "--window", "--window 120s")


@pytest.mark.parametrize("written", ["", "0", "-1", "1.5", "nan", "many", "10001", "9" * 30, "9" * 300])
def test_what_is_no_count_is_refused(written: str) -> None:
    with pytest.raises(QuantityError, match=r"^--cpus: .*--cpus 16$"):
        count(written, "--cpus", "--cpus 16")


def test_a_count_is_a_whole_number() -> None:
    assert count(" 16 ", "--cpus", "--cpus 16") == 16
