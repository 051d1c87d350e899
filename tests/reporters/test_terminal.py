from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from analyzer.diagnosis import Diagnosis
from analyzer.reporters.terminal import render_terminal
from tests.reporters.samples import HEALTHY, HOSTILE, HOSTILE_TEXT, OUTRUN, SECRET, SNIPPET, UNKNOWN

GOLDEN = Path(__file__).parent / "golden"


def piped(*diagnoses: Diagnosis, verbose: bool = False, width: int = 80) -> str:
    stream = io.StringIO()
    render_terminal(diagnoses, Console(file=stream, width=width), verbose=verbose)
    return stream.getvalue()


def in_terminal(*diagnoses: Diagnosis, no_color: bool = False, width: int = 80) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, color_system="standard", no_color=no_color)
    render_terminal(diagnoses, console)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("outrun.txt", piped(OUTRUN)),
        ("outrun-verbose.txt", piped(OUTRUN, verbose=True)),
        ("several.txt", piped(OUTRUN, HEALTHY, UNKNOWN)),
    ],
)
def test_what_is_shown(name: str, text: str) -> None:
    assert text == (GOLDEN / name).read_text("utf-8")


def test_nothing_trails_and_nothing_is_drawn() -> None:
    text = piped(OUTRUN, HEALTHY, UNKNOWN, verbose=True)
    assert [line for line in text.split("\n") if line != line.rstrip()] == []
    assert not re.search(r"[─-╿\x1b]", text)
    assert "\n\n\n" not in text


def test_prose_keeps_within_the_width() -> None:
    assert max(map(len, piped(OUTRUN).splitlines())) <= 80


def test_quotes_are_whole_in_a_pipe_and_folded_in_a_terminal() -> None:
    long = "x" * 1000
    assert long in piped(HOSTILE)
    folded = re.sub(r"\x1b\[[0-9;]*m", "", in_terminal(HOSTILE))
    assert long not in folded
    quoted = [line for line in folded.splitlines() if line.startswith("    | x")]
    assert {cell_len(line) for line in quoted[:-1]} == {80}


def test_snippets_can_be_copied() -> None:
    text = piped(OUTRUN, width=40)
    block = "".join(f"     {line}\n" for line in SNIPPET.rstrip().splitlines())
    assert block in text


@pytest.mark.parametrize("text", [piped(HOSTILE), in_terminal(HOSTILE), in_terminal(HOSTILE, no_color=True)])
def test_hostile_text_is_literal_and_harmless(text: str) -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "\x1b" not in plain
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u200b]", plain)
    assert "[red]title[/red]" in plain
    assert "[bold red]markup[/]" in plain
    assert ":boom:" in plain
    assert "\\u202egnp.exe" in plain


@pytest.mark.parametrize("text", [piped(HOSTILE, verbose=True), in_terminal(HOSTILE)])
def test_secrets_are_masked(text: str) -> None:
    for secret in (SECRET, "hunter2", "abc123secret", "IOSFODNN7EXAMPLE"):
        assert secret not in re.sub(r"\n *\| ", "", text)


def test_colours_are_the_terminals_own_codes_only() -> None:
    # what a log holds makes no style: only ours are there, and each is ended
    codes = re.findall(r"\x1b\[([0-9;]*)m", in_terminal(HOSTILE))
    assert codes.count("0") == len(codes) - codes.count("0")
    assert HOSTILE_TEXT not in in_terminal(HOSTILE)


def test_without_colour_no_colour_code_comes() -> None:
    codes = {c for code in re.findall(r"\x1b\[([0-9;]*)m", in_terminal(OUTRUN, no_color=True)) for c in code.split(";")}
    assert codes <= {"0", "1", "2"}


def test_a_terminal_that_has_only_ascii_gets_ascii() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    render_terminal([OUTRUN, HOSTILE, HEALTHY], Console(file=stream, width=80))
    stream.flush()
    text = stream.buffer.getvalue().decode("ascii")
    assert text.startswith(f"== {OUTRUN.target}\n\nx The dump outran")
    assert "\nok Nothing failed\n" in text


@pytest.mark.parametrize("width", [1, 20, 40, 200])
def test_any_width_will_do(width: int) -> None:
    assert "reclamation" in piped(OUTRUN, HOSTILE, width=width)


def test_summary_line_counts() -> None:
    assert piped(OUTRUN, OUTRUN, HEALTHY).splitlines()[-1] == "3 targets: 2 with a problem, 1 healthy"
    assert piped(HEALTHY, UNKNOWN).splitlines()[-1] == "2 targets: 0 with a problem, 1 healthy, 1 undetermined"
    assert "targets:" not in piped(OUTRUN)
