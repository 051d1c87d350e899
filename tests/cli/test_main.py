"""The command line's own manners: commands, help, versions, and words that are wrong."""

from __future__ import annotations

import json

import pytest
import typer

from analyzer import __version__
from analyzer.cli import front
from analyzer.cli.app import app
from analyzer.cli.front import COMMANDS
from analyzer.cli.main import known_answer, with_default_command
from tests.command import REPOSITORY, Command


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], []),
        (["--help"], ["--help"]),
        (["rules"], ["rules"]),
        (["some-job"], ["diagnose", "some-job"]),
        (["--format", "json", "some-job"], ["diagnose", "--format", "json", "some-job"]),
        (["-"], ["diagnose", "-"]),
    ],
)
def test_a_bare_target_is_diagnosed(given: list[str], meant: list[str]) -> None:
    assert with_default_command(given) == meant


def test_the_version_is_the_packages(process: Command) -> None:
    outcome = process("--version")
    assert (outcome.status, outcome.out) == (0, f"fsnap-diagnose {__version__}\n")


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_every_command_has_help_that_fits_80_columns(arguments: list[str], command: Command) -> None:
    outcome = command(*arguments, environment={"COLUMNS": "80"})
    assert outcome.status == 0
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert outcome.err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_the_front_page_says_of_a_command_what_its_own_help_begins_with(name: str, command: Command) -> None:
    described = command(name, "--help").out.split("\n\n")[1]
    assert described.splitlines()[0].strip() == COMMANDS[name]


def test_the_front_page_has_every_option() -> None:
    group = typer.main.get_command(app)
    with typer.Context(group, help_option_names=["-h", "--help"]) as context:
        named = [set(option.opts) for option in group.get_params(context)]
    assert named == [set(names.split(", ")) for names in front.OPTIONS]


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"]])
def test_what_is_answered_without_typer_is_what_typer_answers(arguments: list[str], command: Command) -> None:
    assert command(*arguments).out == known_answer(arguments)


def test_every_command_is_in_the_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    assert all(f"fsnap-diagnose {name}" in readme for name in COMMANDS if name != "diagnose")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "yaml", "x"],
        ["--no-such-option", "x"],
        ["capture", "x"],
        ["explain"],
        ["diagnose"],
        ["check", "q", "--timeout", "nan"],
        ["instances", "--refresh", "--timeout", "nan"],
        ["instances", "--max-gib-per-gbps", "nan"],
    ],
)
def test_wrong_words_end_with_two_and_no_traceback(arguments: list[str], command: Command) -> None:
    outcome = command(*arguments)
    assert outcome.status == 2
    assert "Traceback" not in outcome.err
    assert outcome.err.strip()


def test_the_catalogue_is_listed_as_text_and_as_json(command: Command) -> None:
    listed = json.loads(command("rules", "--format", "json").out)
    text = command("rules").out
    assert {"FS101", "FS201", "FS301"} <= {rule["id"] for rule in listed}
    assert all(rule["id"] in text for rule in listed)


@pytest.mark.parametrize("subject", ["FS101", "dump.window_exceeded", "176", "177"])
def test_rules_causes_and_exit_codes_are_explained(subject: str, command: Command) -> None:
    outcome = command("explain", subject)
    assert outcome.status == 0
    assert subject in outcome.out


def test_what_cannot_be_explained_is_said(command: Command) -> None:
    outcome = command("explain", "FS199999")
    assert outcome.status == 2
    assert "fsnap-diagnose rules" in outcome.err


def test_the_demo_ends_with_diagnoses_of_four_kinds(command: Command) -> None:
    outcome = command("demo", "--format", "json")
    causes = [one["verdict"]["cause"] for one in json.loads(outcome.out)]
    assert outcome.status == 0
    assert causes == ["dump.window_exceeded", "dump.tcp_connection", "ok.survived_reclaim", "app.java_heap"]


def test_own_rules_are_used_and_bad_ones_refused(command: Command) -> None:
    rules = command.directory / "mine.toml"
    rules.write_text(
        "[[rule]]\nid = 'FS900'\ncause = 'app.licence_server'\ntitle = 'The licence server said no'\nmeans = 'm'\n"
        "what_to_do = 'w'\n[[rule.signature]]\nsource = 'task'\ntext = 'no licence left'\n"
    )
    log = command.directory / ".command.log"
    log.write_text("starting\nERROR: no licence left for vendor_tool\n")
    document = command.json(log, "--rules", rules).document()
    assert (document["verdict"]["cause"], document["verdict"]["rule"]) == ("app.licence_server", "FS900")
    rules.write_text(rules.read_text().replace("FS900", "FS101"))
    outcome = command(log, "--rules", rules)
    assert outcome.status == 2
    assert "FS900 to FS999" in outcome.err
