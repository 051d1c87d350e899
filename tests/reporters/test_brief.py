from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from analyzer.classifier.finding import Finding, Quote, Recommendation, Verdict
from analyzer.cli.app import app
from analyzer.diagnosis import Diagnosis
from analyzer.reporters.brief import MAX_CHARACTERS, format_brief, shortened
from tests.bundle.made import SCENARIOS, diagnosis_of
from tests.reporters.samples import HEALTHY, HOSTILE, OUTRUN, SECRET, SNIPPET, UNKNOWN

RENDERER = MarkdownIt("commonmark").enable("table")
SCENARIO = "fixtures/scenarios/window-exceeded/capture"

HARD_TEXT = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="`~*_[]()<>#|@:!.; \n\\aé\U0001f4a5\ud800\u202e", max_size=3000),
    st.integers(0, 6000).map(lambda n: "`" * n),
    st.integers(0, 3000).map(lambda n: "@a " * n),
)
NAMES = st.sampled_from(["id", "name", "task", "queue", "status", "exit_code", "attempts", "workdir"])


@st.composite
def diagnoses(draw: st.DrawFn) -> Diagnosis:
    text = draw(st.lists(HARD_TEXT, min_size=9, max_size=9))
    cause = draw(st.sampled_from(["ok.completed", "unknown.x", "app.failed", text[0]]))
    advice = Recommendation(
        "memory", text[1], {"memory_bytes": 2**36, "x": text[2]}, {"y": text[3]}, {}, "groovy", draw(HARD_TEXT)
    )
    quote = Quote(text[4], text[5], draw(st.none() | st.integers(1, 10**9)), text[6])
    return Diagnosis(
        target=text[7],
        job=draw(st.dictionaries(NAMES, HARD_TEXT | st.integers())),
        verdict=Verdict(cause, text[8], "certain", draw(HARD_TEXT), draw(HARD_TEXT), "pipeline", "x"),
        findings=(Finding(text[8], cause, "error", "certain", "", (quote,)),),
        recommendations=draw(st.sampled_from([(), (advice,)])),
    )


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def open_fences(text: str) -> bool:
    """Whether a parser runs into the text's end inside a fence: what is written behind it becomes code."""
    return RENDERER.parse(f"{text}\nBEHIND\n")[-1].type == "fence"


@settings(max_examples=150, deadline=None)
@given(st.lists(diagnoses(), min_size=1, max_size=4), st.booleans())
def test_it_is_always_short_and_whole(some: list[Diagnosis], markdown: bool) -> None:
    text = format_brief(some, markdown=markdown)
    assert 0 < units(text) < MAX_CHARACTERS  # encoding fails for a half surrogate
    assert not any("\ud800" <= character <= "\udfff" for character in text)
    assert not markdown or not open_fences(text)


@pytest.mark.parametrize("markdown", [True, False])
def test_what_it_says(markdown: bool) -> None:
    text = format_brief([OUTRUN], markdown=markdown)
    for told in ("The dump outran", "dump.window_exceeded", "FS101", "certain", "dump_3.log:1832", "121.651 s"):
        assert told in text
    assert "(121.65123) fdinfo: pos:      0x40 flags:       0100000/0x1" in text
    assert "NFCORE_RNASEQ:STAR_ALIGN (sample_12)" in text
    assert "memory 128.0 GiB" in text
    assert "memory 56.0 GiB" in text
    assert "m6idn.8xlarge" not in text  # the second recommendation
    for line in SNIPPET.splitlines():
        assert line in text


def test_every_scenario_is_told_in_short() -> None:
    for scenario in sorted(path.name for path in SCENARIOS.iterdir()):
        diagnosis = diagnosis_of(scenario)
        for markdown in (True, False):
            text = format_brief([diagnosis], markdown=markdown)
            assert units(text) < MAX_CHARACTERS, scenario
            assert not markdown or not open_fences(text), scenario
            verdict = diagnosis.verdict
            for told in (
                verdict.cause,
                verdict.rule,
                verdict.confidence,
                "To do: " if diagnosis.recommendations else "",
            ):
                assert told in text, (scenario, told)


def test_a_long_snippet_is_left_out_whole() -> None:
    long = replace(OUTRUN.recommendations[0], snippet="x = 1\n" * 400)
    text = format_brief([replace(OUTRUN, recommendations=(long,))], markdown=True)
    assert "x = 1" not in text
    assert "memory 56.0 GiB" in text


def test_markdown_has_no_links_mentions_or_html() -> None:
    tokens = RENDERER.parse(format_brief([HOSTILE], markdown=True))
    inline = {child.type for t in tokens for child in t.children or []}
    assert inline <= {"text", "code_inline", "softbreak", "strong_open", "strong_close"}
    words = " ".join(c.content for t in tokens for c in t.children or [] if c.type == "text")
    assert "@" not in words
    assert "://" not in words


def test_secrets_are_masked() -> None:
    finding = replace(HOSTILE.findings[0], evidence=HOSTILE.findings[0].evidence[2:])
    text = format_brief([replace(HOSTILE, findings=(finding,))], markdown=False)
    assert "aws_secret_access_key" in text
    assert SECRET not in text


def test_plain_text_has_no_markup() -> None:
    text = format_brief([OUTRUN], markdown=False)
    assert "`" not in text
    assert "**" not in text


def test_several_have_a_line_each_those_with_a_problem_first() -> None:
    lines = format_brief([HEALTHY, UNKNOWN, OUTRUN], markdown=False).splitlines()
    assert lines[0] == "3 targets: 1 with a problem, 1 healthy, 1 undetermined"
    assert [line.split(": ")[-1] for line in lines[2:]] == [
        "The dump outran the reclamation window (dump.window_exceeded, certain)",
        "Not enough evidence (unknown.insufficient_evidence, possible)",
        "Nothing failed (ok.completed, certain)",
    ]


def test_of_too_many_it_says_how_many_more() -> None:
    text = format_brief([OUTRUN] * 500, markdown=True)
    listed = text.count("The dump outran")
    assert text.endswith(f"- and {500 - listed} more\n")
    assert listed > 5


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("One. Two. Three.", 16, "One. Two. Three."),
        ("One. Two. Three.", 12, "One. Two."),
        ("It is 121.6 s long and more", 14, "It is 121.6 …"),
        ("x" * 20, 10, "x" * 8 + " …"),
    ],
)
def test_prose_is_cut_at_sentence_ends(text: str, limit: int, shown: str) -> None:
    assert shortened(text, limit) == shown
    assert len(shortened(text, limit)) <= limit


def test_nothing_examined_is_nothing_said() -> None:
    assert format_brief([], markdown=True) == ""


@pytest.mark.parametrize("arguments", [["--brief"], ["--brief", "--format", "markdown"]])
def test_the_option(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["diagnose", SCENARIO, *arguments])
    assert result.exit_code == 1
    assert units(result.stdout) < MAX_CHARACTERS
    assert "dump.window_exceeded" in result.stdout
    assert "### " not in result.stdout
    assert ("```" in result.stdout) == ("markdown" in arguments)


@pytest.mark.parametrize("arguments", [["--format", "json"], ["--format", "jsonl"], ["--verbose"]])
def test_what_has_no_short_form_is_refused(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["diagnose", SCENARIO, "--brief", *arguments])
    assert result.exit_code == 2
    assert "--brief" in result.stderr
    assert arguments[-1] in result.stderr
    assert result.stdout == ""
