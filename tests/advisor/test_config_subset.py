"""The strict reader accepts what advice is written in, hands it back as data, and refuses the rest with its place."""

from __future__ import annotations

import pytest

from tests.advisor.config_subset import (
    Closure,
    ConfigError,
    Duration,
    Placeholder,
    Reference,
    Size,
    Value,
    parse,
)

GIB = 2**30
SAMPLE = """
// a comment; { with ' everything
aws.batch.maxSpotAttempts = 5
process {
    resourceLimits = [cpus: 16, memory: 64.GB, time: 2.h]   /* and
        another */
    memory = 1.GB
    withLabel: 'big|huge' {
        memory = 8.GB
    }
    withName: 'A:B' {
        memory        = 47.GB
        time          = 90.min
        errorStrategy = { task.exitStatus in [175] ? 'retry' : "no ${task.name}" }
    }
    withName: '!C' { cpus = 2; scratch = false }
}
"""


@pytest.mark.parametrize(
    ("path", "process", "labels", "value"),
    [
        ("process.memory", "A:B", (), Size(47 * GIB)),
        ("process.memory", "A:B", ("big",), Size(47 * GIB)),
        ("process.memory", "X", ("big",), Size(8 * GIB)),
        ("process.memory", "X", (), Size(GIB)),
        ("process.time", "A:B", (), Duration(5400)),
        ("process.cpus", "X:B", (), 2),
        ("process.scratch", "B", (), False),
        ("aws.batch.maxSpotAttempts", None, (), 5),
        ("process.resourceLimits", None, (), {"cpus": 16, "memory": Size(64 * GIB), "time": Duration(7200)}),
    ],
)
def test_settings_are_read_back(path: str, process: str | None, labels: tuple[str, ...], value: Value) -> None:
    assert parse(SAMPLE).get(path, process, labels) == value


def test_closures_keep_their_text_and_lose_their_comments() -> None:
    strategy = parse("process.errorStrategy = {\n  // why\n  task.attempt == 1 ? 'retry' : 'finish'\n}")
    assert strategy.get("process.errorStrategy") == Closure("task . attempt == 1 ? 'retry' : 'finish'")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x = 'it\\'s'", "it's"),
        ("x = 0.5", 0.5),
        ("x = true", True),
        ("x = []", []),
        ("x = [:]", {}),
        ("x = ['a', 'b']", ["a", "b"]),
        ("x = [\n  'a',\n  'b'\n]", ["a", "b"]),
        ("x = null", None),
        ("x = 10.ms", Duration(0.01)),
        ("x = 1.5.GB", Size(3 * 2**29)),
        ("x = YOUR-MEMORY", Placeholder("YOUR-MEMORY")),
        ("x = secrets.TOKEN", Reference("secrets.TOKEN")),
    ],
)
def test_values(text: str, value: Value) -> None:
    assert parse(text).get("x") == value


def test_what_is_not_set_for_a_process_is_an_error() -> None:
    config = parse(SAMPLE)
    with pytest.raises(KeyError, match="is not set for X"):
        config.get("process.time", "X")
    assert "process.time" in config.paths


@pytest.mark.parametrize(
    ("text", "line", "column", "why"),
    [
        ("process {", 1, 10, "'}' is missing"),
        ("process {\n    memory = 1.GB\n", 3, 1, "'}' is missing"),
        ("process.memory = 47.GB }", 1, 24, "opens nothing"),
        ("process {\n    memory = 47GB\n}", 2, 14, "'47GB'"),
        ("memory = = 3", 1, 10, "a value is expected, not '='"),
        ("memory == 3", 1, 8, "'=' or '{' is expected"),
        ("memory 3.GB", 1, 8, "'=' or '{' is expected"),
        ("memory = ", 1, 10, "a value is expected, not 'the end'"),
        ("= 3", 1, 1, "a setting, a scope or a selector is expected"),
        ("a = 'x", 1, 5, '"\'x"'),
        ("a = x'", 1, 6, '"\'"'),
        ("a = retry", 1, 5, "a string stands in quotes"),
        ("a = 3 4", 1, 7, "follows a statement on its line"),
        ("a = 3 b = 4", 1, 7, "follows a statement on its line"),
        ("process { withName: 'A { memory = 1.GB } }", 1, 21, "'A { memory"),
        ("process { withName 'A' { memory = 1.GB } }", 1, 20, "':' is expected"),
        ("process { withName: { memory = 1.GB } }", 1, 21, "a name is expected"),
        ("process { withName: 'A' { withName: 'B' { cpus = 1 } } }", 1, 27, "outside of 'process'"),
        ("withName: 'A' { cpus = 1 }", 1, 1, "outside of 'process'"),
        ("process { withName: 'A' { aws { x = 1 } } }", 1, 27, "inside a selector"),
        ("process = 3", 1, 1, "takes no value"),
        ("a = 48.GX", 1, 5, "no unit"),
        ("a = {}", 1, 5, "empty"),
        ("a = { b( }", 1, 10, "does not close"),
        ("a = { b ", 1, 5, "not closed"),
        ("a = [1, 2", 1, 10, "',' is expected"),
        ("a = [x: 1, 2]", 1, 12, "a key is expected"),
        ("a = [1,, 2]", 1, 8, "a value is expected"),
        ('a = "${b}"', 1, 5, "put together"),
        ("a. = 3", 1, 4, "after '.'"),
        ("/* never closed\na = 3", 1, 1, "not '/'"),
        ("a = 3 # x", 1, 7, "'# x'"),
        ("includeConfig 'x.config'", 1, 15, "'=' or '{' is expected"),
    ],
)
def test_what_is_broken_is_refused_with_its_place(text: str, line: int, column: int, why: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(text)
    assert why in str(error.value)
    assert (error.value.line, error.value.column) == (line, column)


@pytest.mark.parametrize(
    "text", ["{" * 50_000, "[" * 5_000 + "x", "'" * 50_000, "a" * 50_000, "/*" * 50_000, "1." * 50_000]
)
def test_hostile_text_takes_no_time_and_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(f"a = {text}")
