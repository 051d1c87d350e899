from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib
import pytest

from analyzer.advisor.drawing import Curve
from analyzer.fleet.report import Cell, Dump, Period, Span, Timeline
from analyzer.reporters.html.canvas import Sketch, draw
from analyzer.reporters.html.plots import Plot, ticks
from analyzer.reporters.html.plots_attempts import attempts
from analyzer.reporters.html.plots_days import OTHERS, failures_by_day
from analyzer.reporters.html.plots_dumps import bytes_over_time, dumps_against_window
from analyzer.reporters.text import clean
from tests.reporters.html.fleet import build, empty
from tests.reporters.samples import HOSTILE_TEXT

GIB = 2**30


def _drawn(plot: Plot) -> ElementTree.Element:
    assert plot.picture is not None
    return ElementTree.fromstring(plot.picture)  # noqa: S314  # our own


def _figures(plot: Plot, column: int) -> list[str]:
    assert plot.table is not None
    return [row[column].text for row in plot.table.rows]


def test_a_picture_has_a_name_for_those_who_do_not_see_it() -> None:
    picture = _drawn(failures_by_day(build(30)))
    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == "days-title days-desc"
    assert [child.get("id") for child in picture[:2]] == ["days-title", "days-desc"]
    assert "30 failed jobs in 30 days" in (picture[1].text or "")


def test_no_style_no_colour_and_no_address_is_in_a_picture() -> None:
    report = build(60)
    for plot in (failures_by_day(report), dumps_against_window(report), attempts("a", report.timelines)):
        text = str(plot.picture)
        assert "style=" not in text
        assert "http" not in text
        assert not re.search(r"#[0-9a-fA-F]{6}\b", text)
        ids = re.findall(r'\bid="([^"]*)"', text)
        assert len(ids) == len(set(ids))
        assert all(one.startswith(f"{plot.name}-") for one in ids)
        assert set(re.findall(r'(?:href="|url\()#([^")]*)', text)) <= set(ids)


def test_days_without_a_failure_have_their_place() -> None:
    cells = (Cell("2026-11-01", "a.b", 2), Cell("2026-11-04", "a.b", 1), Cell("2026-11-04", "c.d", 4))
    report = replace(empty(), causes_by_day=cells, period=Period("2026-11-01T00:00:00Z", "2026-11-06T00:00:00Z"))
    plot = failures_by_day(report)
    assert _figures(plot, 0) == [f"2026-11-0{day}" for day in range(1, 6)]
    assert _figures(plot, 1) == ["2", "0", "0", "5", "0"]
    assert plot.says == "7 failed jobs in 5 days; most on 4 Nov: 5."
    assert [sign.label for sign in plot.signs] == ["c.d", "a.b"]


def test_many_causes_and_many_days_are_put_together() -> None:
    cells = tuple(Cell(f"2026-0{month}-01", f"cause.{n}", 12 - n) for n in range(12) for month in range(1, 10))
    report = replace(empty(), causes_by_day=cells, period=Period("2026-01-01T00:00:00Z", "2026-10-01T00:00:00Z"))
    plot = failures_by_day(report)
    assert [sign.label for sign in plot.signs] == [*(f"cause.{n}" for n in range(6)), OTHERS]
    assert plot.table is not None
    assert len(plot.table.rows) == 39
    assert sum(int(one) for one in _figures(plot, 1)) == 9 * sum(range(1, 13))


def test_every_dump_is_drawn_and_those_that_did_not_complete_are_crosses() -> None:
    dumps = (
        Dump("a", 1, "P", "r6id.large", 20 * GIB, 40.0, True, 120.0),
        Dump("b", 1, "P", None, 60 * GIB, 110.0, True, 120.0),
        Dump("c", 2, None, None, 90 * GIB, 121.0, False, 120.0),
    )
    plot = dumps_against_window(replace(empty(), dumps=dumps, dumps_total=5))
    assert plot.says == (
        "2 dumps completed, 1 of them with less than a fifth of the window to spare; 1 did not complete. "
        "Drawn are 3 of 5."
    )
    uses = [use.get("class") or "" for use in _drawn(plot).iter("use")]
    assert sum("f-good" in one for one in uses) == 2
    assert sum("k-bad" in one for one in uses) == 1
    assert {sign.shape for sign in plot.signs} == {"dot", "cross", "dashes"}
    assert _figures(plot, 5) == ["120", "120", "120"]
    assert _figures(plot, 6) == ["100.8 %", "91.7 %", "33.3 %"]


@pytest.mark.parametrize("complete", [True, False])
def test_the_curve_of_a_dump(complete: bool) -> None:
    points = tuple((float(second), second * GIB // 2) for second in range(0, 122, 2))
    plot = bytes_over_time("c", [Curve("workdir/.fusion/dump/3/dump_3.log", complete, points)], 120.0)
    ended = "and was completed" if complete else "and was not completed"
    assert plot.says == f"The last dump had written 60.0 GiB after 120.0 s {ended}; the window is 120 s."
    assert any(sign.shape == "cross" for sign in plot.signs) is not complete
    assert _figures(plot, 2)[-1] == "60.00"
    assert bytes_over_time("c", [], 120.0).picture is None


def test_attempts_are_bars_with_an_end_of_their_own() -> None:
    spans = (
        Span(1, "2026-11-01T00:00:00Z", "2026-11-01T03:00:00Z", "r6id.large", "host lost", saved=True),
        Span(2, "2026-11-01T03:10:00+00:00", "2026-11-01T05:10:00Z", None, "went well", saved=False),
        Span(3, "never", "2026-11-01T05:10:00Z", None, "failed", saved=False),
    )
    plot = attempts(
        "a", [Timeline("id", "A:B:STAR", "A:B:STAR (one)", "x", spans), Timeline("none", None, None, "x", ())]
    )
    assert plot.says == "1 job with 2 attempts: 1 went well and 1 lost their host; 1 went on in a later attempt."
    assert _figures(plot, 4) == ["3.0", "2.0"]
    assert len(list(_drawn(plot).iter("pattern"))) == 1
    assert "STAR (one)" in [text.text for text in _drawn(plot).iter("text")]


def test_words_from_outside_never_pass_through_matplotlib() -> None:
    hostile = f"$\\frac{{1}}{{0}}$ \u4e2d\u6587 {HOSTILE_TEXT}"
    span = Span(1, "2026-11-01T00:00:00Z", "2026-11-01T03:00:00Z", None, "failed", saved=False)
    plot = attempts("a", [Timeline(hostile, None, hostile, hostile, (span,))])
    shown = [text.text or "" for text in _drawn(plot).iter("text")]
    assert any(text.startswith("$\\frac{1}{0}$ \u4e2d\u6587 red") for text in shown)
    assert all(clean(text) == text for text in shown)


def test_the_users_own_settings_of_matplotlib_are_neither_used_nor_changed() -> None:
    def paint(sketch: Sketch) -> None:
        sketch.axes.plot([0, 1], [0, 1])

    plain = draw("x", "t", "d", paint)
    with matplotlib.rc_context({"svg.fonttype": "path", "font.size": 40, "text.usetex": True, "axes.grid": False}):
        assert draw("x", "t", "d", paint) == plain
        assert matplotlib.rcParams["font.size"] == 40


@pytest.mark.parametrize(
    ("top", "last"), [(0, 1.0), (0.7, 0.8), (7, 8.0), (99, 100.0), (101, 150.0), (12_345, 15_000.0)]
)
def test_ticks_are_round_and_reach_the_top(top: float, last: float) -> None:
    marks = ticks(top)
    assert marks[0] == 0
    assert marks[-1] == pytest.approx(last)
    assert len(marks) <= 6


def test_nothing_to_draw_is_said() -> None:
    for plot in (failures_by_day(empty()), dumps_against_window(empty()), attempts("a", ())):
        assert plot.picture is None
        assert plot.says.endswith("so there is nothing to draw.")
