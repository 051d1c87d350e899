"""No scenario and no command calls AWS more often than fixtures/calls.csv says: the least, but for stated reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.calls import table
from tests.calls.commands import COMMANDS
from tests.loopback.scenario import all_scenarios

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

NEVER_LESS = "a reckoning of the least that is more than what is made is wrong"
ABOVE = {"check ENVIRONMENT"}
"""Where more calls are made than the least; the reasons stand in tests/calls/commands.py."""


@pytest.fixture(scope="module")
def kept() -> list[str]:
    return table.PATH.read_text().splitlines()


def _of(lines: list[str], names: Iterator[str]) -> list[str]:
    wanted = set(names)
    return [line for line in lines if line.split(",", 1)[0] in wanted]


def test_a_diagnosis_makes_the_calls_of_the_table(kept: list[str], models: None) -> None:
    del models
    wanted = _of(kept, (s.name for s in all_scenarios() if s.live))
    assert table.text_of(table.scenario_rows()) == wanted, "python -m tests.calls.table writes the table again"
    assert len(wanted) > 100


def test_a_command_makes_the_calls_of_the_table(kept: list[str], loopback: Loopback) -> None:
    wanted = _of(kept, (one.name for one in COMMANDS))
    assert table.text_of(table.command_rows(loopback)) == wanted, "python -m tests.calls.table writes the table again"
    assert len(wanted) == len(COMMANDS)


def test_more_than_the_least_is_called_only_where_a_reason_is_given(kept: list[str]) -> None:
    assert kept[0] == table.head()
    assert {line.split(",", 1)[0] for line in kept if ">" in line} == ABOVE
    assert [line for line in kept if "<" in line] == [], NEVER_LESS
