"""Markdown filled to a width for a terminal: paragraphs and list items; headings, tables and code stay as they are."""

from __future__ import annotations

import re
import textwrap

WIDTH = 80

_ITEM = re.compile(r"(?:[-*]|\d{1,3}[.)]) ")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_AS_IT_IS = re.compile(r"#{1,6} |\||    |\t")


def reflow(markdown: str, width: int = WIDTH) -> str:
    """The same text with its prose filled to `width` columns; words longer than that are not broken."""
    lines: list[str] = []
    paragraph: list[str] = []
    fence = ""
    for line in markdown.split("\n"):
        mark = _FENCE.match(line)
        if fence or mark:
            lines += _fill(paragraph, width)
            paragraph = []
            lines.append(line)
            closes = bool(fence and mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]))
            fence = "" if closes else fence or (mark[1] if mark else "")
        elif not line.strip() or _AS_IT_IS.match(line):
            lines += [*_fill(paragraph, width), line]
            paragraph = []
        elif _ITEM.match(line.lstrip()):
            lines += _fill(paragraph, width)
            paragraph = [line]
        else:
            paragraph.append(line)
    return "\n".join([*lines, *_fill(paragraph, width)])


def _fill(paragraph: list[str], width: int) -> list[str]:
    if not paragraph:
        return []
    first = paragraph[0]
    indent = " " * (len(first) - len(first.lstrip()))
    item = _ITEM.match(first.lstrip())
    hanging = indent + " " * (len(item[0]) if item else 0)
    words = " ".join(line.strip() for line in paragraph)
    return textwrap.wrap(
        words,
        width,
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
