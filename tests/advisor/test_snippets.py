"""Whatever the advice gives to paste is read by a parser: the strict reader and a Groovy grammar, bash, JSON."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from itertools import pairwise

import pytest

from analyzer.advisor.placeholders import PROCESS, fill
from analyzer.advisor.readings import Case
from analyzer.advisor.retry import MAX_RETRIES, Strategy
from analyzer.advisor.scope import scoped
from analyzer.classifier.catalogue import Advice, shipped
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding
from analyzer.parsers.command_run import CommandRunHeader
from tests.advisor.cases import NAMES, advice_of
from tests.advisor.config_subset import Closure, ConfigError, parse
from tests.advisor.groovy import complaints

SAMPLES = {
    PROCESS: "NFCORE_RNASEQ:RNASEQ:ALIGN_STAR:STAR_ALIGN",
    "YOUR-MEMORY": "96.GB",
    "YOUR-TIME": "2.h",
    "YOUR-LONGER-TIME": "4.h",
    "YOUR-LARGEST-MEMORY": "240.GB",
    "YOUR-LARGEST-VCPUS": "64",
    "YOUR-MAX-VCPUS": "256",
    "YOUR-MORE-ATTEMPTS": "10",
    "YOUR-QUEUE": "TowerForge-5kQ2vXb7-work",
    "YOUR-ON-DEMAND-QUEUE": "on-demand",
    "YOUR-GPU-QUEUE": "gpu",
    "YOUR-ROLE-ARN": "arn:aws:iam::111122223333:role/nextflow-job",
    "YOUR-ACCOUNT": "111122223333",
    "YOUR-REGION": "eu-west-1",
    "YOUR-SHARE": "lab",
}
"""One value for every placeholder that a snippet of configuration holds."""
ENVIRONMENT_OPTION = re.compile(r"[A-Z][A-Z0-9_]{0,60}=[^=\s]{1,60}")
"""What Nextflow's AwsContainerOptionsMapper makes a variable of: a second `=` would leave it without a value."""


def _snippets(language: str) -> Iterator[tuple[str, Advice, str]]:
    for rule in shipped():
        for n, advice in enumerate(rule.advice, 1):
            if advice.snippet and advice.language == language:
                yield f"{rule.id}-{n}", advice, advice.snippet


GROOVY = [pytest.param(text, id=name) for name, _, text in _snippets("groovy")]
BASH = [pytest.param(text, id=name) for name, _, text in _snippets("bash")]
RECOMMENDED = sorted({(r.snippet_language, r.snippet) for name in NAMES for r in advice_of(name) if r.snippet}, key=str)


def _check_groovy(text: str) -> None:
    parse(text)
    assert complaints(text) == []


def _check_bash(text: str) -> None:
    checked = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("text", GROOVY)
def test_configuration_of_the_catalogue_parses_unfilled_and_filled(text: str) -> None:
    _check_groovy(text)
    for process in (PROCESS, SAMPLES[PROCESS]):
        tied = scoped(fill(text, SAMPLES), process)
        _check_groovy(tied)
        assert not re.search(r"YOUR-[A-Z]", tied), "SAMPLES lacks a placeholder"


@pytest.mark.parametrize("text", BASH)
def test_commands_of_the_catalogue_parse(text: str) -> None:
    _check_bash(text)
    _check_bash(fill(text, SAMPLES))


def test_documents_of_the_catalogue_parse() -> None:
    for name, _, text in _snippets("json"):
        assert json.loads(text), name


@pytest.mark.parametrize(("language", "text"), RECOMMENDED, ids=range(len(RECOMMENDED)))
def test_what_any_scenario_recommends_parses(language: str, text: str) -> None:
    if language == "groovy":
        _check_groovy(text)
    elif language == "bash":
        _check_bash(text)
    else:
        json.loads(text)


@pytest.mark.parametrize(("language", "text"), RECOMMENDED, ids=range(len(RECOMMENDED)))
def test_json_inside_commands_parses(language: str, text: str) -> None:
    words = shlex.split(text, comments=True) if language == "bash" else []
    for word in words:
        if word.startswith(("{", "[")):
            assert json.loads(word)


@pytest.mark.parametrize("text", GROOVY)
def test_container_options_survive_nextflow_s_own_reader(text: str) -> None:
    config = parse(fill(text, SAMPLES))
    for setting in config.settings:
        if setting.path.endswith("containerOptions"):
            assert isinstance(setting.value, str)
            words = shlex.split(setting.value)
            given = [v for o, v in pairwise(words) if o in ("-e", "--env")]
            assert all(ENVIRONMENT_OPTION.fullmatch(v) for v in given), given
            limits = [v for o, v in pairwise(words) if o == "--ulimit"]
            assert all(re.fullmatch(r"[a-z]+=\d+:\d+", v) for v in limits), limits
            assert len(words) == 2 * len(given + limits), "an option that the mapper does not know"


@pytest.mark.parametrize(
    "broken",
    [
        "process {\n    memory = 47.GB\n",
        "process.memory = = 47.GB",
        "process.memory = 47.GB }",
        "process { withName: 'A { memory = 47.GB } }",
        "process.errorStrategy = { task.exitStatus in [175 ? 'retry' : 'finish' }",
        "process.errorStrategy = { if (task.exitStatus == ) { return 'retry' } }",
        "process.errorStrategy = { task.exitStatus == 175 ? 'retry' : }",
    ],
)
def test_a_parser_of_groovy_refuses_what_is_broken(broken: str) -> None:
    assert complaints(broken)


def test_a_number_with_a_unit_glued_to_it_is_refused() -> None:
    with pytest.raises(ConfigError, match="47GB"):
        parse("process.memory = 47GB")


# the retry strategy: read back, and walked through


def _strategy(cause: str, repeats: bool, process: str | None = "A:B") -> Strategy:
    header = CommandRunHeader(task_name=process, process=process) if process else None
    root = Finding("FS199", cause, "error", "certain", "It failed.", ())
    return Strategy(Case(Facts("x", "workdir", command_run=header), root), repeats)


def _decision(strategy: Strategy, exit_status: int, attempt: int) -> str:
    """What the closure answers, walked through branch by branch."""
    closure = parse(strategy.snippet).get("process.errorStrategy", "A:B")
    assert isinstance(closure, Closure)
    rest = closure.text
    while branch := re.match(r"if \( task \. exitStatus (==|in) (\[[^\]]*\]|\d+) \) \{ return (.+?) \} ", rest):
        codes = [int(code) for code in re.findall(r"\d+", branch[2])]
        rest = rest[branch.end() :]
        if exit_status in codes:
            return _answer(branch[3], attempt)
    last = re.fullmatch(r"return '(\w+)'", rest)
    assert last, rest
    return last[1]


def _answer(expression: str, attempt: int) -> str:
    once = re.fullmatch(r"task \. attempt == 1 \? '(\w+)' : '(\w+)'", expression)
    if once:
        return once[1] if attempt == 1 else once[2]
    plain = re.fullmatch(r"'(\w+)'", expression)
    assert plain, expression
    return plain[1]


@pytest.mark.parametrize(
    ("cause", "repeats", "exit_status", "answers"),
    [
        ("dump.failed", False, 175, ("retry", "finish")),
        ("dump.device", True, 175, ("finish", "finish")),
        ("dump.device", True, 176, ("retry", "retry")),
        ("restore.failed", False, 176, ("retry", "retry")),
        ("restore.manifest_mismatch", False, 177, ("retry", "retry")),
        ("host.terminated", False, 143, ("retry", "retry")),
        ("host.terminated", False, 137, ("retry", "retry")),
        ("host.terminated", False, 2147483647, ("retry", "retry")),
        ("dump.failed", False, 1, ("finish", "finish")),
        ("dump.failed", False, 174, ("finish", "finish")),
        ("fusion.io_error", False, 174, ("retry", "finish")),
        ("fusion.io_error", False, 175, ("retry", "finish")),
    ],
)
def test_codes_are_told_apart(cause: str, repeats: bool, exit_status: int, answers: tuple[str, str]) -> None:
    strategy = _strategy(cause, repeats)
    assert (_decision(strategy, exit_status, 1), _decision(strategy, exit_status, 2)) == answers


@pytest.mark.parametrize("process", ["A:B", None])
@pytest.mark.parametrize(
    ("cause", "repeats"), [("dump.device", True), ("dump.failed", False), ("fusion.io_error", False)]
)
def test_the_strategy_parses_and_its_retries_are_bounded(cause: str, repeats: bool, process: str | None) -> None:
    snippet = _strategy(cause, repeats, process).snippet
    _check_groovy(snippet)
    assert parse(snippet).get("process.maxRetries", process or PROCESS) == MAX_RETRIES
    assert "maxSpotAttempts = 0 means 5 attempts" in snippet
    assert "switch" not in snippet  # Nextflow's strict syntax has none
