"""Markup, terminal codes and formulas, planted in every string of a capture: no form of any report lets one through."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from analyzer.classifier.catalogue import shipped
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.capture import read_capture
from analyzer.evidence.content import MemoryContent
from analyzer.evidence.store import Files
from analyzer.fleet.aggregate import Aggregate
from analyzer.fleet.report import FleetReport, Period
from analyzer.fleet.rows import rows_of
from analyzer.pipeline import study
from analyzer.reporters.brief import format_brief
from analyzer.reporters.fleet_brief import format_fleet_brief
from analyzer.reporters.fleet_csv import TABLES, format_fleet_csv
from analyzer.reporters.fleet_json import format_fleet_json
from analyzer.reporters.fleet_markdown import format_fleet_markdown
from analyzer.reporters.fleet_terminal import render_fleet_terminal
from analyzer.reporters.html import format_diagnosis_html, format_report_html
from analyzer.reporters.json_report import format_json
from analyzer.reporters.jsonl import format_jsonl
from analyzer.reporters.markdown import format_markdown
from analyzer.reporters.terminal import render_terminal
from tests.fuzz.words import FORMULA_STARTS
from tests.fuzz.world import assert_shown
from tests.loopback.scenario import SCENARIOS

SIGN = "PLANT"
EVIL = "evil.example"
MARK = (
    f"{SIGN}[bold]\x1b[31m\x1b]8;;http://{EVIL}\x1b\\\x9b1m\u202e\u200b\0<script>alert(1)</script>"
    f"![x](http://{EVIL})[link=http://{EVIL}]y[/link]<img src=x onerror=alert(1)>`|\r\n# {SIGN}[bold]"
)
FORMULA = f"=HYPERLINK({SIGN}[bold])"
GROUPS = 5
"""In each run one string in so many is planted: where all were, nothing would be understood any more."""
CHOSEN = ("window-exceeded", "survived-reclaim", "tool-java-heap")
WHEN = "2026-11-22T00:00:00Z"
_SGR = re.compile(r"\x1b\[[0-9;]{1,20}m")


def _planted(value: Any, plant: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return plant(value)
    if isinstance(value, dict):
        return {key: _planted(one, plant) for key, one in value.items()}
    return [_planted(one, plant) for one in value] if isinstance(value, list) else value


def _member(name: str, data: bytes, plant: Callable[[str], str]) -> bytes:
    if name.endswith(".json"):
        return json.dumps(_planted(json.loads(data), plant)).encode()
    if name.endswith(".jsonl"):
        return b"\n".join(json.dumps(_planted(json.loads(line), plant)).encode() for line in data.splitlines())
    return "\n".join(map(plant, data.decode("utf-8", "replace").split("\n"))).encode()


class Planter:
    """Counts the strings that it is given, and plants in some of them."""

    def __init__(self, group: int) -> None:
        self.group, self.seen, self.planted = group, 0, 0

    def __call__(self, text: str) -> str:
        self.seen += 1
        if self.seen % GROUPS != self.group:
            return text
        self.planted += 1
        return FORMULA + text if self.seen % (2 * GROUPS) == self.group else text + MARK


@cache
def planted(scenario: str, group: int) -> tuple[Diagnosis, FleetReport]:
    folder, planter = SCENARIOS / scenario / "capture", Planter(group)
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        data = path.read_bytes() if name == "manifest.json" else _member(name, path.read_bytes(), planter)
        files[name] = MemoryContent(data)
    assert planter.planted > 5
    evidence = read_capture(Files("planted", files), f"target{MARK}")
    made = study(evidence, shipped())
    rows = rows_of(evidence, made.diagnosis, made.facts, diagnosed_at=WHEN, tool_version="1.0")
    aggregate = Aggregate(Period("2020-01-01T00:00:00Z", WHEN), None, (f"queue {MARK}",))
    aggregate.add(rows)
    return made.diagnosis, aggregate.report(made_at=WHEN, notes=(f"a note {MARK}",))


def _rendered(render: Callable[[Console], None], *, colours: bool) -> str:
    stream = io.StringIO()
    system = {"force_terminal": True, "color_system": "standard"} if colours else {}
    render(Console(file=stream, width=4000, **system))  # type: ignore[arg-type]  # they are what it takes
    return stream.getvalue()


def _texts(diagnosis: Diagnosis, report: FleetReport) -> Iterator[str]:
    for colours in (False, True):
        yield _rendered(lambda console: render_terminal([diagnosis], console, verbose=True), colours=colours)
        yield _rendered(lambda console: render_fleet_terminal(report, console), colours=colours)
    yield format_brief([diagnosis], markdown=False)


def _pages(diagnosis: Diagnosis, report: FleetReport) -> Iterator[str]:
    yield format_markdown([diagnosis], verbose=True)
    yield format_brief([diagnosis], markdown=True)
    yield format_fleet_markdown(report)
    yield format_fleet_brief(report)


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


CASES = [(scenario, group) for scenario in CHOSEN for group in range(GROUPS)]


@pytest.mark.parametrize(("scenario", "group"), CASES)
def test_a_terminal_shows_it_and_no_more(scenario: str, group: int) -> None:
    texts = [_SGR.sub("", text) for text in _texts(*planted(scenario, group))]
    assert SIGN in texts[0]
    for plain in texts:
        assert_shown(plain)
        for after in plain.split(SIGN)[1:]:
            assert after.lstrip()[:1] in {"[", "…", ""}, after[:80]


@pytest.mark.parametrize(("scenario", "group"), CASES)
def test_markdown_makes_nothing_of_it(scenario: str, group: int) -> None:
    for text in _pages(*planted(scenario, group)):
        assert_shown(text)
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
        for token in (one for block in tokens for one in (block, *(block.children or ()))):
            assert not token.type.startswith(("html", "image")), token.content[:200]
            assert EVIL not in str(token.attrs)
            assert token.type != "heading_open" or token.markup


@pytest.mark.parametrize(("scenario", "group"), CASES[::2])
def test_pages_hold_it_as_text(scenario: str, group: int) -> None:
    diagnosis, report = planted(scenario, group)
    for page in (format_diagnosis_html([diagnosis], verbose=True), format_report_html(report)):
        assert_shown(page)
        for tag, attributes in Tags(page).found:
            assert not [name for name in attributes if name.startswith("on")]
            for name in ("href", "src", "action"):
                assert EVIL not in (urlsplit(attributes.get(name) or "").netloc)
                assert urlsplit(attributes.get(name) or "").scheme in {"", "https", "data"}
            assert tag != "img" or attributes.get("src") != "x"
        assert "<script>alert" not in page
        assert SIGN in page


@pytest.mark.parametrize(("scenario", "group"), CASES)
def test_json_means_the_same(scenario: str, group: int) -> None:
    diagnosis, report = planted(scenario, group)
    for text in (
        format_json([diagnosis], verbose=True),
        format_jsonl([diagnosis], verbose=True),
        format_fleet_json(report),
    ):
        assert_shown(text)
        assert SIGN in str(json.loads(text))


@pytest.mark.parametrize(("scenario", "group"), CASES)
def test_no_cell_is_a_formula(scenario: str, group: int) -> None:
    _, report = planted(scenario, group)
    for table in TABLES:
        text = format_fleet_csv(report, table)
        assert_shown(text)
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                assert not cell.startswith(FORMULA_STARTS) or re.fullmatch(r"-[0-9.]+", cell), cell
