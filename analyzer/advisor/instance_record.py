"""One instance type as a row of a catalogue file: anybody's, so every value is looked at before it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from analyzer.advisor.instance_types import (
    MOST,
    MOST_ARCHITECTURES,
    InstanceType,
    is_architecture,
    is_maker,
    is_type_name,
)


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST


def _is_rate(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= MOST


def _are_architectures(value: object) -> bool:
    return isinstance(value, list) and len(value) <= MOST_ARCHITECTURES and all(map(is_architecture, value))


_Rule = tuple[Callable[[Any], bool], str]
_NAMED: _Rule = (lambda value: isinstance(value, str) and is_type_name(value), "the name of an instance type")
_FROM_0: _Rule = (lambda value: _is_whole(value, 0), f"a whole number from 0 to {MOST}")
_FROM_1: _Rule = (lambda value: _is_whole(value, 1), f"a whole number from 1 to {MOST}")
_RATE: _Rule = (_is_rate, f"null or a number above 0 and up to {MOST}")
_TRUTH: _Rule = (lambda value: isinstance(value, bool), "true or false")
_RULES: Mapping[str, _Rule] = {
    "name": _NAMED,
    "vcpus": _FROM_1,
    "memory_mib": _FROM_1,
    "architectures": (_are_architectures, "a short list of architectures, such as x86_64"),
    "processor": (lambda value: value is None or is_maker(value), "null or the name of a maker"),
    "baseline_gbps": _RATE,
    "peak_gbps": _RATE,
    "network_cards": _FROM_1,
    "nvme_gb": _FROM_0,
    "ebs_baseline_mb_per_second": _RATE,
    "spot": _TRUTH,
    "current_generation": _TRUTH,
    "bare_metal": _TRUTH,
    "burstable": _TRUTH,
    "accelerated": _TRUTH,
}
"""Member of InstanceType -> what its value in a file must be, and that in words."""
MEMBERS = tuple(_RULES)
"""In the order of InstanceType's own."""
_ARCHITECTURES = MEMBERS.index("architectures")


def checked_type(values: Sequence[object]) -> InstanceType:
    """The type whose members, in the order of MEMBERS, were read from a file of anybody's.

    Raises:
        ValueError: a value is not what it must be; the text names the member.
    """
    if len(values) != len(MEMBERS):
        raise ValueError(f"it has {len(values)} values instead of {len(MEMBERS)}")
    for (member, (suits, wanted)), value in zip(_RULES.items(), values, strict=True):
        if not suits(value):
            raise ValueError(f"its {member} is not {wanted}")
    return made_type(values)


def checked_types(rows: Sequence[object]) -> list[InstanceType]:
    """`checked_type` of many, quickly: most of their values are the same.

    Raises:
        ValueError: a value is not what it must be; the text names the first such row, from 1, and its member.
    """
    if _all_suit(rows):
        return [made_type(cast("list[object]", row)) for row in rows]
    found: list[InstanceType] = []
    for place, row in enumerate(rows, 1):
        try:
            found.append(checked_type(row if isinstance(row, list) else []))
        except ValueError as error:
            raise ValueError(f"type {place} cannot be used, {error}") from None
    return found


def _all_suit(rows: Sequence[object]) -> bool:
    if not rows or not all(isinstance(row, list) and len(row) == len(MEMBERS) for row in rows):
        return False
    columns = zip(*cast("Sequence[list[object]]", rows), strict=True)
    return all(all(map(suits, _distinct(column))) for (suits, _), column in zip(_RULES.values(), columns, strict=True))


def _distinct(column: tuple[Any, ...]) -> Sequence[Any]:
    try:
        # by type and value, since True is 1 and 1 is 1.0
        return [value for _, value in set(zip(map(type, column), column, strict=True))]
    except TypeError:
        return column


def made_type(values: Sequence[object]) -> InstanceType:
    """The type whose members these are, in the order of MEMBERS, and known to be sound."""
    members: list[Any] = [*values]
    members[_ARCHITECTURES] = tuple(members[_ARCHITECTURES])
    return InstanceType(*members)
