"""Pages that were made once, and the browser that opens them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.fetchers.local import read_all_of
from analyzer.fleet.report import FleetReport
from analyzer.pipeline import diagnose
from analyzer.reporters.html import format_diagnosis_html, format_report_html
from tests.loopback.scenario import scenario
from tests.reporters.html import browser as browsers
from tests.reporters.html.fleet import build, empty, hostile
from tests.reporters.samples import HEALTHY, HOSTILE, HOSTILE_TEXT, OUTRUN, UNKNOWN

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCENARIOS = ("window-exceeded", "survived-reclaim", "dump-tcp-connection")


def small(report: FleetReport) -> FleetReport:
    """The report with less of everything: an accessibility checker takes its time over each cell."""
    return replace(
        report,
        failures=report.failures[:12],
        dumps=report.dumps[:12],
        survivors=report.survivors[:4],
        by_day=report.by_day[:5],
        causes_by_day=report.causes_by_day[-8:],
        period=replace(report.period, since="2026-11-15T00:00:00Z"),
        timelines=report.timelines[:3],
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a worker."""
    with browsers.started() as one:
        yield one


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> a page that is written to disk."""
    made = [
        diagnose(evidence, shipped()) for name in SCENARIOS for evidence in read_all_of(scenario(name).capture, name)
    ]
    texts = {
        "report": format_report_html(small(build(14))),
        "empty": format_report_html(empty()),
        "hostile": format_report_html(small(hostile(HOSTILE_TEXT))),
        "one": format_diagnosis_html(made[:1]),
        "several": format_diagnosis_html([*made, OUTRUN, HEALTHY, UNKNOWN], verbose=True),
        "hostile-one": format_diagnosis_html([HOSTILE], verbose=True),
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: folder / f"{name}.html" for name in texts}
