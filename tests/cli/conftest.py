"""The command in this process: its words are what these tests are about. Few need a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import Command, InProcess


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command in an empty directory, with no way to AWS."""
    return InProcess(tmp_path)


@pytest.fixture
def process(tmp_path: Path) -> Command:
    """The same as a process, as users run it."""
    return Command(tmp_path)
