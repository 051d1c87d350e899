"""Links between the pages of this repository, and the files that they name, resolve."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from tests.command import REPOSITORY

PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"), REPOSITORY / "benchmarks" / "README.md"]
)
RENDERER = MarkdownIt("commonmark").enable("table")
_NAMED = re.compile(r"(?:docs|benchmarks|fixtures|analyzer/data)/[\w./-]*[\w/]")


def _anchor(heading: str) -> str:
    """As forges make it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _anchors(page: Path) -> set[str]:
    tokens = RENDERER.parse(page.read_text("utf-8"))
    return {_anchor(tokens[n + 1].content) for n, token in enumerate(tokens) if token.type == "heading_open"}


def _inline(page: Path, kind: str) -> list[str]:
    tokens = [c for token in RENDERER.parse(page.read_text("utf-8")) for c in token.children or []]
    if kind == "link_open":
        return [str(token.attrGet("href")) for token in tokens if token.type == kind]
    return [token.content for token in tokens if token.type == kind]


def test_there_are_pages_and_links() -> None:
    assert len(PAGES) > 10
    assert sum(len(_inline(page, "link_open")) for page in PAGES) > 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_resolve(page: Path) -> None:
    for link in _inline(page, "link_open"):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(REPOSITORY), link
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_files_that_are_named_exist(page: Path) -> None:
    for code in _inline(page, "code_inline"):
        if _NAMED.fullmatch(code):
            assert (REPOSITORY / code).exists(), code
