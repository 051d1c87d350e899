from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from markdown_it import MarkdownIt

from analyzer import __version__
from analyzer.reporters.markdown import format_markdown
from tests.reporters.samples import HEALTHY, HOSTILE, OUTRUN, SECRET, SNIPPET, UNKNOWN

GOLDEN = Path(__file__).parent / "golden"
RENDERER = MarkdownIt("commonmark").enable("table")


def test_what_is_written() -> None:
    text = format_markdown([OUTRUN], verbose=False)
    golden = (GOLDEN / "outrun.md").read_text("utf-8")
    assert text == golden.replace("VERSION", __version__)


def test_hostile_text_makes_no_structure() -> None:
    tokens = RENDERER.parse(format_markdown([HOSTILE], verbose=True))
    assert {t.type for t in tokens if t.type.startswith("html")} == set()
    inline = {child.type for t in tokens for child in t.children or []}
    assert inline <= {"text", "code_inline", "softbreak", "strong_open", "strong_close"}
    headings = [tokens[n + 1].content for n, t in enumerate(tokens) if t.type == "heading_open"]
    assert headings == ["`[red]title[/red]`", "What happened", "Evidence", "What to do", "What could not be seen"]


def test_every_table_row_has_its_columns() -> None:
    rows: list[int] = []
    columns: list[int] = []
    for token in RENDERER.parse(format_markdown([HOSTILE, OUTRUN], verbose=True)):
        if token.type == "table_open":
            columns.append(0)
        if token.type == "th_open":
            columns[-1] += 1
        if token.type == "tr_open":
            rows.append(0)
        if token.type == "td_open":
            rows[-1] += 1
    assert set(rows) <= {0, *columns}


def test_quotes_stand_literally_in_fences() -> None:
    fences = [t.content for t in RENDERER.parse(format_markdown([HOSTILE], verbose=False)) if t.type == "fence"]
    assert any("[bold red]markup[/] ``` # heading <script>alert(1)</script> @everyone" in f for f in fences)
    assert "````\n[red]\\x1b]0;t\\x07\n```\n" in fences
    assert SNIPPET in [t.content for t in RENDERER.parse(format_markdown([OUTRUN], verbose=False)) if t.type == "fence"]


def test_no_control_characters_and_no_secrets() -> None:
    text = format_markdown([HOSTILE], verbose=True)
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs"}} == {"\n"}
    for secret in (SECRET, "hunter2", "abc123secret", "IOSFODNN7EXAMPLE"):
        assert secret not in text


def test_several_targets_have_a_section_each() -> None:
    text = format_markdown([OUTRUN, HEALTHY, UNKNOWN], verbose=False)
    assert text.startswith("**3 targets: 1 with a problem, 1 healthy, 1 undetermined**\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [d.verdict.title for d in (OUTRUN, HEALTHY, UNKNOWN)]


def test_only_plain_addresses_become_links() -> None:
    text = format_markdown([OUTRUN], verbose=False)
    assert "<https://docs.seqera.io/fusion/guide/snapshots/aws>" in text
