from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analyzer.reporters.text import (
    MAX_QUOTE_CHARACTERS,
    clean,
    code_block,
    code_cell,
    code_span,
    escape_markdown,
    own_lines,
    own_markdown,
    prose,
    quote,
    safe,
)

ANY_LINE = st.text(max_size=200).filter(lambda s: "\n" not in s and "\r" not in s)
PUNCTUATION = st.text(alphabet=" \\`*_[]<>#|~$&!-+=.:@{}()ab1;w/", max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31;1mred\x1b[0m", "red"),
        ("\x1b[2K\x1b[1Aup", "up"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\x1bPsixel\x1b\\", "\\x1bPsixel\\x1b\\"),
        ("a\tb", "a b"),
        ("10%\r20%\r\n", "10%\\r20%"),
        ("\x9b2J\x00", "\\x9b2J\\x00"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("ze\u200bro", "ze\\u200bro"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("[bold red]x[/] naïve 日本 \\n", "[bold red]x[/] naïve 日本 \\n"),
    ],
)
def test_clean_shows_what_controls_and_keeps_the_rest(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_lone_escape_swallows_nothing() -> None:
    assert clean("\x1b[" + "1;" * 200 + "text").endswith("text")


def test_no_character_that_controls_or_hides_gets_through() -> None:
    # number signs and the like of category Cf that are to be seen, and joiners of hieroglyphs, are text
    visible = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13456)}
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and code not in visible:
            assert character not in clean(f"a{character}b"), hex(code)


@given(st.text(max_size=300))
def test_clean_makes_one_line_that_can_be_encoded(text: str) -> None:
    shown = clean(text)
    assert len(shown.splitlines()) <= 1
    shown.encode()
    assert clean(shown) == shown


def test_limit_says_what_was_cut() -> None:
    assert clean("x" * 30, 10) == "xxxxxxxxxx … (20 characters more)"
    assert quote("x" * 5000).startswith("x" * MAX_QUOTE_CHARACTERS + " …")


def test_secrets_are_masked_before_the_text_is_cut() -> None:
    assert "AKIA" not in safe("x" * 10 + " AKIAIOSFODNN7EXAMPLE", 11)
    assert "IOSFO" not in safe("x" * 10 + " AKIAIOSFODNN7EXAMPLE", 20)


def test_a_secret_in_two_colours_is_masked() -> None:
    assert "abc123" not in safe("TOWER_ACCESS_\x1b[1mTOKEN=abc123")


def test_quote_keeps_leading_blanks_and_prose_does_not() -> None:
    assert quote("   a   b  ") == "   a   b"
    assert prose("   a \n  b  ") == "a b"


def test_snippet_keeps_lines_and_indents() -> None:
    assert own_lines("\n\na {\r\n\tb\x1b[1m\n}\n\n") == ["a {", "    b", "}"]


@given(PUNCTUATION)
def test_markdown_shows_prose_as_it_stands(text: str) -> None:
    line = " ".join(text.split())
    tokens = MarkdownIt("commonmark").parse(escape_markdown(line))
    shown = "".join(
        child.content for token in tokens for child in token.children or [] if child.type in {"text", "code_inline"}
    )
    assert shown == line.strip()
    assert {t.type for t in tokens} <= {"paragraph_open", "inline", "paragraph_close"}


@given(PUNCTUATION)
def test_markdown_table_cells_hold(text: str) -> None:
    line = " ".join(text.split())
    table = f"| a | b |\n| --- | --- |\n| {escape_markdown(line, cell=True)} | {code_cell(line)} |\n"
    tokens = MarkdownIt("commonmark").enable("table").parse(table)
    shown = ["".join(c.content for c in t.children or []) for t in tokens if t.type == "inline"][2:]
    assert shown == [line, line]
    assert sum(t.type == "tr_open" for t in tokens) == 2


@pytest.mark.parametrize(
    "word",
    [
        "@everyone",
        "http://evil.example",
        "www.evil.example",
        "#12",
        ":boom:",
        "a@b.example",
        "GH-12",
        "!7",
        "a/b#3",
        "&4",
    ],
)
def test_what_a_forge_makes_live_stands_as_code(word: str) -> None:
    assert escape_markdown(f"see {word} now") == f"see `{word}` now"


@pytest.mark.parametrize("name", ["job__1", "_svc", "sample*1", "a~b", "cost$1", "run[3].bam", "a_-b"])
def test_a_name_stays_in_one_piece(name: str) -> None:
    assert name in escape_markdown(f"of {name} now")


@pytest.mark.parametrize("word", ["10 %", "Host EC2", "snake_case", "121.6 s", "a & b", "well!"])
def test_ordinary_words_stay_as_they_are(word: str) -> None:
    assert escape_markdown(f"see {word} now") == f"see {word} now"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("(see a/*.img);", "(see `a/*.img`);"),
        ("(@everyone)", "(`@everyone`)"),
        ('"a__b",', '"`a__b`",'),
        ("run[3]_.bam: gone", "`run[3]_.bam`: gone"),
        ("f(a__b).", "`f(a__b)`."),
        (":boom:", "`:boom:`"),
        ("[a]x_[b]", "`[a]x_[b]`"),
    ],
)
def test_stops_and_brackets_around_a_name_are_no_part_of_it(written: str, shown: str) -> None:
    assert escape_markdown(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("so `memory` is a limit", "so `memory` is a limit"),
        ("(`a|b`)", "(`a|b`)"),
        ("one ` alone", "one \\` alone"),
        ("`a``b`", "\\`a\\`\\`b\\`"),
        ("`<b>`, not <b>", "`<b>`, not \\<b>"),
        ("nothing", "nothing"),
    ],
)
def test_code_in_the_tools_own_sentences_is_code(written: str, shown: str) -> None:
    assert own_markdown(written) == shown
    assert "|" not in own_markdown(written, cell=True).replace("\\|", "")


@given(PUNCTUATION)
def test_own_sentences_make_nothing_but_code_either(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(own_markdown(" ".join(text.split())))
    assert {t.type for t in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    assert {c.type for t in tokens for c in t.children or []} <= {"text", "code_inline", "text_special"}


@given(st.text(alphabet="`~ab \\", max_size=40))
def test_code_spans_hold_their_text(text: str) -> None:
    if not text.strip():
        return
    tokens = MarkdownIt("commonmark").parse(f"a {code_span(text)} b")
    children = tokens[1].children or []
    assert [c.content for c in children if c.type == "code_inline"] == [text]


@given(st.lists(st.text(alphabet="`~ab \t<", max_size=12).map(lambda s: s.expandtabs()), min_size=1, max_size=5))
def test_code_blocks_cannot_be_closed_from_within(lines: list[str]) -> None:
    tokens = MarkdownIt("commonmark").parse("\n".join(code_block(lines, "text")))
    assert [t.type for t in tokens] == ["fence"]
    assert tokens[0].content.splitlines() == [line.rstrip() for line in lines]


def test_a_language_that_is_none_is_left_out() -> None:
    assert code_block(["x"], "bash\n# x")[0] == "```"


@given(ANY_LINE)
def test_prose_and_quote_never_fail(text: str) -> None:
    assert "\x1b" not in prose(text) + quote(text)
