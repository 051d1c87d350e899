"""The worked example: every command of the page answers what the page says."""

from __future__ import annotations

import pytest

from tests.command import REPOSITORY, Command
from tests.documented import documented


@pytest.mark.parametrize(("written", "lines"), documented("worked-example.md"))
def test_the_page_shows_what_the_command_answers(written: str, lines: list[str], command: Command) -> None:
    words = [str(REPOSITORY / word) if word.endswith(".zip") else word for word in written.split()]
    outcome = command(*words)
    assert outcome.status in (0, 1)
    told = " ".join(outcome.out.split())
    assert [line for line in lines if " ".join(line.split()) not in told] == []
