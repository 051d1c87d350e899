"""An advice for people, on the terminal or as Markdown; and the way to every form.

A task of 60.0 GiB and 16 vCPU fits 153 of 258 types; the 10 that are likely to cost least

type           vCPU  GiB   Gbps  GiB/Gbps     dump, s  verdict  if packed
m5dn.4xlarge     16   64  16.25       3.9  50 (38-63)  fits     1
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.advisor.planning_answer import Answer
from analyzer.reporters.advise_table import Column, host_lines, table
from analyzer.reporters.delivery import deliver, deliver_page
from analyzer.reporters.text import clean, code_block, code_cell, escape_markdown, markdown_table, own_lines, own_prose

if TYPE_CHECKING:
    from analyzer.reporters.console import Console
    from analyzer.reporters.terminal import Screen

_STYLES = {"fits": "green", "tight": "yellow", "outruns": "red", "no room": "dim", "unknown": "yellow"}
_GAPS = ("  ", " ")
"""Between columns; the narrow one where the wide one does not fit, and then the ranges go."""
_FOLDED = 12
"""Characters that the last column has at least where it is folded."""


def write(shown: Answer, output_format: str, output: Path | None) -> None:
    """Write to a file, or to standard output; `terminal`, `markdown`, `json` or `csv`.

    Raises:
        OSError: the file cannot be written, or the reader of standard output has gone.
    """
    if output_format == "terminal":
        deliver_page(partial(render_terminal, shown), output)
    else:
        deliver(_formatted(shown, output_format), output)


def _formatted(shown: Answer, output_format: str) -> str:
    if output_format == "markdown":
        return format_markdown(shown)
    from analyzer.reporters.advise_data import format_csv, format_json

    return format_json(shown) if output_format == "json" else format_csv(shown)


def render_terminal(shown: Answer, console: Console) -> None:
    """The result, the table, what to beware of, what was assumed, what else to do, and what to paste."""
    from analyzer.reporters.terminal import Screen

    screen = Screen(console)
    screen.paragraph(own_prose(shown.summary), "bold", indent=0)
    _table(screen, shown, console.width)
    for heading, lines in _sections(shown):
        screen.heading(heading)
        for line in lines:
            screen.paragraph(own_prose(line), indent=4, lead=(("  - ", "dim"),))
    for snippet in shown.snippets:
        screen.heading(snippet.title)
        for line in own_lines(snippet.text):
            screen.line(("    ", ""), (line, "cyan"))


def _sections(shown: Answer) -> list[tuple[str, Sequence[str]]]:
    parts: list[tuple[str, Sequence[str]]] = [
        ("The whole host", host_lines(shown)),
        ("Beware", shown.cautions),
        ("Assumed", shown.assumptions),
        ("Also", shown.advice),
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def _table(screen: Screen, shown: Answer, room: int) -> None:
    columns, gap = _layout(shown, room)
    if not columns[0].cells:
        return
    widths = _widths(columns)
    # only the last one, which says why a type does not fit, is ever folded
    widths[-1] = max(min(widths[-1], room - sum(widths[:-1]) - len(gap) * (len(widths) - 1)), _FOLDED)
    screen.line()
    screen.line((gap.join(_padded(c.head, w, c) for c, w in zip(columns, widths, strict=True)), "dim"))
    for number in range(len(columns[0].cells)):
        *cells, last = (column.cells[number] for column in columns)
        first, *rest = textwrap.wrap(last, widths[-1]) or [""]
        parts: list[tuple[str, str]] = []
        for column, cell, width in zip(columns, (*cells, first), widths, strict=True):
            style = _STYLES.get(cell, "") if column.head == "verdict" else ""
            parts += [(gap if parts else "", ""), (_padded(cell, width, column), style)]
        screen.line(*parts)
        for more in rest:
            screen.line((" " * (sum(widths[:-1]) + len(gap) * (len(widths) - 1)), ""), (more, ""))


def _layout(shown: Answer, room: int) -> tuple[Sequence[Column], str]:
    whole, brief = table(shown), table(shown, ranges=False)
    layouts = ((whole, _GAPS[0]), (whole, _GAPS[1]), (brief, _GAPS[1]))
    fitting = (one for one in layouts if sum(_widths(one[0])) + len(one[1]) * (len(one[0]) - 1) <= room)
    return next(fitting, layouts[-1])


def _widths(columns: Sequence[Column]) -> list[int]:
    return [max(map(len, (column.head, *column.cells))) for column in columns]


def _padded(text: str, width: int, column: Column) -> str:
    return text.rjust(width) if column.right else text.ljust(width)


def format_markdown(shown: Answer) -> str:
    """The same, for a ticket or a wiki."""
    lines = [f"**{escape_markdown(clean(shown.summary))}**", ""]
    columns = table(shown)
    if columns[0].cells:
        numbers = [column.head for column in columns if column.right]
        rows = (_cells(columns, number) for number in range(len(columns[0].cells)))
        lines += markdown_table([column.head for column in columns], rows, numbers)
    for heading, said in _sections(shown):
        lines += ["", f"### {heading}", "", *(f"- {escape_markdown(own_prose(line))}" for line in said)]
    for snippet in shown.snippets:
        lines += ["", f"### {snippet.title}", "", *code_block(own_lines(snippet.text), snippet.language)]
    return "\n".join(lines) + "\n"


def _cells(columns: Sequence[Column], number: int) -> list[str]:
    name, *rest = (column.cells[number] for column in columns)
    return [code_cell(name) if name else "", *(escape_markdown(cell, cell=True) for cell in rest)]
