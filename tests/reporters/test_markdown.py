from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from markdown_it import MarkdownIt

from analyzer import __version__
from analyzer.reporters.markdown import format_markdown, proof
from tests.reporters.samples import HEALTHY, HOSTILE, OUTRUN, SECRET, SNIPPET, UNKNOWN

GOLDEN = Path(__file__).parent / "golden"
RENDERER = MarkdownIt("commonmark").enable("table")
FORGE = MarkdownIt("gfm-like")
"""As GitHub and GitLab read it: tables, strikethrough, and addresses that become links by themselves."""
assert FORGE.linkify is not None
FORGE.linkify.set({"fuzzy_link": False, "fuzzy_email": True})


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


def test_a_forge_makes_no_link_of_what_was_quoted() -> None:
    tokens = FORGE.parse(format_markdown([HOSTILE, OUTRUN], verbose=True))
    links = {child.attrGet("href") for t in tokens for child in t.children or [] if child.type == "link_open"}
    assert links == {"https://docs.seqera.io/fusion/guide/snapshots/aws"}
    words = " ".join(c.content for t in tokens for c in t.children or [] if c.type == "text")
    assert not re.search(r"@|#\d|www\.|(?<!\w)[!&]\d", words)


def test_every_row_is_cut_into_the_cells_of_its_heading() -> None:
    """A forge cuts at every bar that is not escaped, in code as well; markdown-it fills up and drops cells silently."""
    text = re.sub(r"(?ms)^ *(```+).*?^ *\1$", "", format_markdown([HOSTILE, OUTRUN], verbose=True))
    tables = re.findall(r"(?m)(?:^ *\|.*\n)+", text)
    assert len(tables) == 7
    for one in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in one.splitlines()}) == 1


def test_a_quote_names_the_file_of_a_bundle_that_it_stands_in() -> None:
    lines = proof(OUTRUN, verbose=False, stands_in={"workdir/.fusion/dump/3/dump_3.log": "case/dump_3.log"}.get)
    assert "`workdir/.fusion/dump/3/dump_3.log:1832` in `case/dump_3.log` at 121.651 s:" in lines
    inside = proof(OUTRUN, verbose=False, stands_in=lambda source: f"case/{source}")
    assert "`case/workdir/.fusion/dump/3/dump_3.log:1832` at 121.651 s:" in inside
