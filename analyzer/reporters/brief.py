"""The short form, for chat: below 2,000 characters. Prose is cut at a sentence's end, a block of code never.

The dump outran the reclamation window (dump.window_exceeded, FS101, certain)
The full dump 6 was still going after 121.6 s with 56.7 GiB written when m6id.4xlarge of attempt 2 went away.
task STAR_ALIGN (WT_REP1); id eba59299-…; status FAILED; exit code 176; attempts 3
workdir/.fusion/dump/6/dump_6.log:372 at 121.625 s:
    (121.62504) page-xfer:  p 0x7f36992fe000 - 0x7f36993fe000
To do: give the dump more bandwidth. Now: …; proposed: …
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.classifier.finding import Recommendation
from analyzer.diagnosis import Diagnosis
from analyzer.reporters import view
from analyzer.reporters.text import (
    code_block,
    code_span,
    escape_markdown,
    field,
    own_lines,
    own_markdown,
    own_prose,
    prose,
)

MAX_CHARACTERS = 2000
"""As chats count them, in UTF-16 units; the whole text stays below, its line end included."""
TITLE_CHARACTERS = 160
NAME_CHARACTERS = 100
SHORT_NAME_CHARACTERS = 60
"""Where each of several targets has a line."""
SUMMARY_CHARACTERS = 400
QUOTE_CHARACTERS = 300
FIGURES_CHARACTERS = 200
IDENTITY = ("id", "status", "exit code", "attempts", "workdir")
"""Rows of the job that tell which one it is; what it is called comes first."""

_SENTENCE_END = re.compile(r"[.!?](?= )")
_ORDER: dict[view.Mood, int] = {"problem": 0, "unknown": 1, "ok": 2}


@dataclass(frozen=True)
class _Marks:
    """How parts are marked up."""

    strong: Callable[[str], str]
    code: Callable[[str], str]
    plain: Callable[[str], str]
    own: Callable[[str], str]
    """Of the tool's own sentences, in which code stands between backticks."""
    block: Callable[[Sequence[str], str], list[str]]


_MARKDOWN = _Marks(lambda text: f"**{escape_markdown(text)}**", code_span, escape_markdown, own_markdown, code_block)
_PLAIN = _Marks(str, str, str, str, lambda lines, _: [f"    {line}".rstrip() for line in lines])


def format_brief(diagnoses: Sequence[Diagnosis], *, markdown: bool) -> str:
    """One diagnosis in a few lines; of several a line each, as many as have room, those with a problem first."""
    marks = _MARKDOWN if markdown else _PLAIN
    if not diagnoses:
        return ""
    lines = _one(diagnoses[0], marks) if len(diagnoses) == 1 else _several(diagnoses, marks)
    return "\n".join(lines) + "\n"


def subject_of(diagnoses: Sequence[Diagnosis], count: int) -> str:
    """What a message about `count` jobs that need somebody is called; `diagnoses` are one or more of theirs."""
    what = diagnoses[0].verdict.title if count == 1 else f"{count:,} jobs failed or cannot be placed"
    return f"fsnap-diagnose: {what}"


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters: whole sentences where there are any, else words, else characters, and a mark."""
    if len(text) <= limit:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text[:limit])]
    if ends:
        return text[: ends[-1]]
    head = text[: limit - 2]
    return f"{head.rsplit(' ', 1)[0]} …"


def _length(lines: Sequence[str]) -> int:
    return len("\n".join(lines).encode("utf-16-le", "surrogatepass")) // 2 + 1


def _fits(lines: Sequence[str], room: int = 0) -> bool:
    return _length(lines) + room < MAX_CHARACTERS


def _one(diagnosis: Diagnosis, marks: _Marks) -> list[str]:
    lines = [_heading(diagnosis, marks)]
    for part in _parts(diagnosis, marks):
        if _fits([*lines, "", *part]):
            lines += ["", *part]
    return lines


def _heading(diagnosis: Diagnosis, marks: _Marks) -> str:
    verdict = diagnosis.verdict
    cause, rule = (marks.code(shortened(field(name), NAME_CHARACTERS)) for name in (verdict.cause, verdict.rule))
    return (
        f"{marks.strong(shortened(own_prose(verdict.title), TITLE_CHARACTERS))} ({cause}, {rule}, {verdict.confidence})"
    )


def _parts(diagnosis: Diagnosis, marks: _Marks) -> Iterator[list[str]]:
    """What follows the heading, in the order in which it is read; the longer the less."""
    yield [marks.plain(shortened(prose(diagnosis.verdict.summary), SUMMARY_CHARACTERS))]
    if identity := _identity(diagnosis, marks):
        yield [identity]
    if recalled := view.recalled_line(diagnosis):
        yield [marks.plain(shortened(recalled, SUMMARY_CHARACTERS))]
    if quote := _quote(diagnosis):
        at = f" at {marks.plain(shortened(quote.at, NAME_CHARACTERS))}" if quote.at else ""
        place = marks.code(shortened(quote.place, NAME_CHARACTERS * 2))
        yield [f"{place}{at}:", "", *marks.block([_cut(quote.text, QUOTE_CHARACTERS)], "text")]
    if diagnosis.recommendations:
        yield from _first_advice(diagnosis.recommendations[0], marks)


def _cut(text: str, limit: int) -> str:
    """A quoted line is no prose: its beginning, and a mark."""
    return text if len(text) <= limit else f"{text[:limit]} …"


def _identity(diagnosis: Diagnosis, marks: _Marks) -> str:
    rows = view.job_rows(diagnosis, verbose=False)
    wanted = [(name, value) for name, value in rows if name in IDENTITY or name in view.NAMES]
    return "; ".join(f"{name} {marks.code(shortened(value, NAME_CHARACTERS * 2))}" for name, value in wanted) or (
        f"target {marks.code(shortened(field(diagnosis.target), NAME_CHARACTERS * 2))}"
    )


def _quote(diagnosis: Diagnosis) -> view.QuoteView | None:
    findings, _ = view.finding_views(diagnosis, verbose=False)
    return next((quote for finding in findings for quote in finding.quotes if quote.text), None)


def _first_advice(advice: Recommendation, marks: _Marks) -> Iterator[list[str]]:
    lines = [f"To do: {marks.own(shortened(own_prose(advice.summary), SUMMARY_CHARACTERS))}"]
    for name, figures in (("now", advice.current), ("proposed", advice.proposed)):
        if figures:
            lines.append(f"- {name}: {marks.plain(shortened(view.joined(view.pairs(figures)), FIGURES_CHARACTERS))}")
    yield lines
    if advice.snippet:
        yield marks.block(own_lines(advice.snippet), advice.snippet_language or "")


def _several(diagnoses: Sequence[Diagnosis], marks: _Marks) -> list[str]:
    lines = [marks.strong(view.summary_line(diagnoses)), ""]
    ordered = sorted(diagnoses, key=lambda d: _ORDER[view.mood(d)])
    for number, diagnosis in enumerate(ordered):
        more, line = f"- and {len(ordered) - number} more", _line(diagnosis, marks)
        if not _fits([*lines, line], len(more) + 1):
            return [*lines, more]
        lines.append(line)
    return lines


def _line(diagnosis: Diagnosis, marks: _Marks) -> str:
    named = next((field(diagnosis.job[n]) for n in view.NAMES if diagnosis.job.get(n)), field(diagnosis.target))
    verdict = diagnosis.verdict
    title = marks.plain(shortened(own_prose(verdict.title), TITLE_CHARACTERS))
    cause = marks.code(shortened(field(verdict.cause), NAME_CHARACTERS))
    return f"- {marks.code(shortened(named, SHORT_NAME_CHARACTERS))}: {title} ({cause}, {verdict.confidence})"
