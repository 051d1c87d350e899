"""A report over a period in short, for chat and mail: below 2,000 characters, whatever the names are.

202 of 12,480 jobs failed (1.6 %), in the period before 131 of 11,902 (1.1 %)
queue TowerForge-*; 2026-10-23 to 2026-11-21 (30 days)
412 hosts were lost, 356 of them survived ...

To change first:
1. The dump outran the reclamation window, process STAR_ALIGN: cost 80 failed jobs, 444 h and 138 USD. ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.fleet.report import Change, FleetReport, Trend
from analyzer.reporters import fleet_view as view
from analyzer.reporters.brief import MAX_CHARACTERS, shortened
from analyzer.reporters.text import code_span, escape_markdown, field, own_markdown, own_prose, prose

MOST_CHANGES = 3
MOST_TRENDS = 4
SCOPE_CHARACTERS = 120
TITLE_CHARACTERS = 100
NAME_CHARACTERS = 100
ADVICE_CHARACTERS = 220
SENTENCE_CHARACTERS = 200
LINK_CHARACTERS = 600
_NOT_IN_LINKS = frozenset(" <>()[]`\\|\"'")


@dataclass(frozen=True)
class _Marks:
    strong: Callable[[str], str]
    plain: Callable[[str], str]
    own: Callable[[str], str]
    """Of the tool's own sentences, in which code stands between backticks."""
    name: Callable[[str], str]
    link: Callable[[str], str]


def _markdown_link(address: str) -> str:
    plain = address.startswith("https://") and not _NOT_IN_LINKS & set(address)
    return f"<{address}>" if plain else code_span(address)


def _strong(text: str) -> str:
    return f"**{escape_markdown(text)}**" if text.strip() else ""


_MARKDOWN = _Marks(_strong, escape_markdown, own_markdown, code_span, _markdown_link)
_PLAIN = _Marks(str, str, str, str, str)


def format_fleet_brief(
    report: FleetReport, *, markdown: bool = False, broken: Sequence[str] = (), link: str | None = None
) -> str:
    """The headline, what to change first, what is new or worse, and where to read on; with a line end.

    Args:
        report: all figures.
        markdown: with markup; else plain text.
        broken: what `--fail-on` found, sentences.
        link: where the whole report is: an address, a path or an `s3://` URI; one that is too long is left out.
    """
    marks = _MARKDOWN if markdown else _PLAIN
    lines = [marks.strong(view.headline(report))]
    end = _end(link, marks)
    for part in _parts(report, broken, marks):
        if _length([*lines, *part, *end]) < MAX_CHARACTERS:
            lines += part
    return "\n".join([*lines, *end]) + "\n"


def _length(lines: Sequence[str]) -> int:
    """As chats count, in UTF-16 units, with the line end."""
    return len("\n".join(lines).encode("utf-16-le", "surrogatepass")) // 2 + 1


def _end(link: str | None, marks: _Marks) -> list[str]:
    address = field(link) if link else ""
    return ["", f"Full report: {marks.link(address)}"] if 0 < len(address) <= LINK_CHARACTERS else []


def _parts(report: FleetReport, broken: Sequence[str], marks: _Marks) -> Iterator[list[str]]:
    """Lines that stay together, in the order in which they are read; those without room are left out."""
    for sentence in broken:
        yield [f"! {marks.plain(shortened(prose(sentence), SENTENCE_CHARACTERS))}"]
    scope = shortened(", ".join(map(field, report.scope)), SCOPE_CHARACTERS)
    yield ["; ".join(filter(None, (marks.plain(scope), marks.plain(view.period_text(report.period)))))]
    for sentence in view.balance(report):
        yield [marks.plain(sentence)]
    for number, change in enumerate(report.changes[:MOST_CHANGES], 1):
        heading = ["", "To change first:"] if number == 1 else []
        yield [*heading, _change(number, change, marks)]
    for number, trend in enumerate(report.trends[:MOST_TRENDS]):
        yield [*(["", "New or worse:"] if not number else []), _trend(trend, marks)]
    more = len(report.trends) - MOST_TRENDS
    if more > 0:
        yield [f"- and {more:,} more"]


def _change(number: int, change: Change, marks: _Marks) -> str:
    title = marks.plain(shortened(own_prose(change.title), TITLE_CHARACTERS))
    kind, _, name = shortened(field(change.scope), NAME_CHARACTERS).partition(" ")
    scope = f"{marks.plain(kind)} {marks.name(name)}" if name else marks.plain(kind)
    advice = marks.own(shortened(own_prose(change.advice), ADVICE_CHARACTERS))
    return f"{number}. {title}, {scope}: {view.cost(change)}. {advice}"


def _trend(trend: Trend, marks: _Marks) -> str:
    kind = marks.plain(shortened(field(f"{trend.kind} {trend.dimension}"), NAME_CHARACTERS))
    return f"- {kind}: {marks.plain(shortened(view.trend_text(trend), SENTENCE_CHARACTERS))}"
