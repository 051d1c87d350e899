"""A report over a period in the form that was asked for, on the screen or in a file; its rows are analyzer.store's."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from analyzer.fleet.report import FleetReport
from analyzer.reporters.delivery import deliver, deliver_page


def write_fleet(report: FleetReport, output_format: str, output: Path | None, *, table: str | None = None) -> None:
    """Write to a file, or to standard output: `terminal`, or a form of `fleet_text`.

    Raises:
        OSError: the file cannot be written, or the reader of standard output has gone.
        KeyError: there is no such table.
    """
    if output_format == "terminal":
        from analyzer.reporters.fleet_terminal import render_fleet_terminal

        deliver_page(partial(render_fleet_terminal, report), output)
    else:
        deliver(fleet_text(report, output_format, table=table), output)


def fleet_text(report: FleetReport, output_format: str, *, table: str | None = None) -> str:
    """The report as `markdown`, `json`, `html` or `csv`; `table` is one of `fleet_csv.TABLES`, the failed jobs if None.

    Raises:
        KeyError: there is no such table.
    """
    if output_format == "html":
        from analyzer.reporters.html import format_report_html

        return format_report_html(report)
    if output_format == "json":
        from analyzer.reporters.fleet_json import format_fleet_json

        return format_fleet_json(report)
    if output_format == "csv":
        from analyzer.reporters.fleet_csv import FAILURES, format_fleet_csv

        return format_fleet_csv(report, table or FAILURES)
    from analyzer.reporters.fleet_markdown import format_fleet_markdown

    return format_fleet_markdown(report)
