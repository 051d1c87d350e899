"""Where every command's output goes, and how it ends where that cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analyzer.cli.app import app
from tests.command import Command

FULL = Path("/dev/full")
WRITING = {
    "advise": ["advise", "--memory", "60GB"],
    "instances": ["instances", "r6id"],
    "rules": ["rules"],
    "explain": ["explain", "176"],
}
FORMS = {
    "advise": ["terminal", "json", "csv", "markdown"],
    "instances": ["terminal", "json", "csv", "markdown"],
    "rules": ["terminal", "json"],
}
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")


def run_into(command: Command, redirection: str, *arguments: str) -> tuple[int, str]:
    """Exit status and what was said, with the shell's redirection behind it."""
    finished = subprocess.run(
        ["sh", "-c", f'"$@" {redirection}', "sh", sys.executable, "-m", "analyzer", *arguments],
        env=command.environment(),
        cwd=command.directory,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return finished.returncode, finished.stderr


@needs_full
@pytest.mark.parametrize("arguments", [*WRITING.values(), ["demo"], ["--version"], ["advise", "--help"]])
def test_a_full_disk_is_one_sentence(command: Command, arguments: list[str]) -> None:
    assert run_into(command, ">/dev/full", *arguments) == (
        2,
        "fsnap-diagnose: standard output cannot be written: No space left on device\n",
    )


@needs_full
@pytest.mark.parametrize("form", FORMS["advise"])
def test_a_file_on_a_full_disk_is_one_sentence(form: str) -> None:
    outcome = CliRunner().invoke(app, [*WRITING["advise"], "--format", form, "-o", str(FULL)])
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert outcome.stderr == "fsnap-diagnose: --output: /dev/full cannot be written: No space left on device\n"


@pytest.mark.parametrize("arguments", [WRITING["advise"], WRITING["instances"], ["tests"]])
def test_a_place_that_is_no_file_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    words = arguments if arguments[0] != "tests" else ["diagnose", str(tmp_path)]
    for place, why in ((tmp_path, "Is a directory"), (tmp_path / "no" / "such", "No such file or directory")):
        outcome = CliRunner().invoke(app, [*words, "-o", str(place)])
        assert (outcome.exit_code, outcome.stdout) == (2, ""), words
        assert outcome.stderr.splitlines()[0] == f"fsnap-diagnose: --output: {place} cannot be written: {why}"


def test_a_file_that_is_there_is_written_over(tmp_path: Path) -> None:
    place = tmp_path / "advice"
    place.write_text("x" * 100_000)
    outcome = CliRunner().invoke(app, [*WRITING["advise"], "--format", "json", "-o", str(place)])
    assert (outcome.exit_code, outcome.output) == (0, "")
    assert place.read_text().startswith("{")
    assert "xxx" not in place.read_text()


@pytest.mark.parametrize("arguments", [WRITING["rules"], WRITING["instances"]])
def test_closed_streams_are_no_crash(command: Command, arguments: list[str]) -> None:
    assert run_into(command, ">&-", *arguments) == (0, "")
    assert run_into(command, "2>&- >/dev/null", "explain", "FS999") == (2, "")


def test_a_reader_that_goes_is_no_crash(command: Command) -> None:
    assert run_into(command, "| true", "advise", "--memory", "1GB", "--all")[1] == ""


@pytest.mark.parametrize(("name", "form"), [(name, form) for name, forms in FORMS.items() for form in forms])
def test_every_form_ends_with_one_line_end(name: str, form: str) -> None:
    told = CliRunner().invoke(app, [*WRITING[name], "--format", form]).stdout
    assert told.endswith("\n")
    assert not told.endswith("\n\n")


def test_output_is_utf_8_whatever_the_locale(process: Command) -> None:
    environment = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    for arguments in WRITING.values():
        outcome = process(*arguments, environment=environment)
        assert (outcome.status, outcome.err) == (0, "")
