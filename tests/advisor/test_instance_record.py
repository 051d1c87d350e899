from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.advisor.instance_record import MEMBERS, checked_type, checked_types
from analyzer.advisor.instance_types import InstanceType
from tests.advisor.test_instance_types import JSON

GOOD: list[Any] = [
    "r6id.large",
    2,
    16384,
    ["x86_64"],
    "Intel",
    0.781,
    12.5,
    1,
    118,
    81.25,
    True,
    True,
    False,
    False,
    False,
]


def test_values_in_the_order_of_the_members() -> None:
    assert checked_type(GOOD).name == "r6id.large"
    assert checked_type(GOOD).architectures == ("x86_64",)
    assert len(MEMBERS) == len(GOOD)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", "r6id"),
        ("name", 7),
        ("vcpus", 0),
        ("vcpus", True),
        ("vcpus", 2.5),
        ("memory_mib", -1),
        ("memory_mib", 10**30),
        ("memory_mib", "16384"),
        ("architectures", "x86_64"),
        ("architectures", ["x86_64\x1b[31m"]),
        ("architectures", ["x86_64"] * 99),
        ("processor", "=cmd()"),
        ("baseline_gbps", float("nan")),
        ("baseline_gbps", float("inf")),
        ("baseline_gbps", -0.5),
        ("peak_gbps", {}),
        ("network_cards", 0),
        ("nvme_gb", None),
        ("ebs_baseline_mb_per_second", "fast"),
        ("spot", 1),
        ("accelerated", None),
    ],
)
def test_a_value_that_is_none_of_a_types_is_named(member: str, value: object) -> None:
    values = [value if name == member else good for name, good in zip(MEMBERS, GOOD, strict=True)]
    with pytest.raises(ValueError, match=f"its {member} is not"):
        checked_type(values)


@given(st.integers(0, len(GOOD) - 1), JSON)
def test_many_types_are_refused_for_what_one_is_refused_for(place: int, value: Any) -> None:
    row = [*GOOD[:place], value, *GOOD[place + 1 :]]
    try:
        alone: InstanceType | str = checked_type(row)
    except ValueError as error:
        alone = f"type 2 cannot be used, {error}"
    try:
        among: InstanceType | str = checked_types([GOOD, row, GOOD])[1]
    except ValueError as error:
        among = str(error)
    assert among == alone


@pytest.mark.parametrize("value", [1, 1.0, 0])
def test_a_number_is_no_truth_even_where_others_are_true(value: object) -> None:
    with pytest.raises(ValueError, match="type 2 cannot be used, its spot"):
        checked_types([GOOD, [*GOOD[:10], value, *GOOD[11:]]])


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="14 values instead of 15"):
        checked_type(GOOD[:-1])


def test_no_rows_are_no_types() -> None:
    assert checked_types([]) == []
