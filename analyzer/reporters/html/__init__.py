"""HTML: one file that opens from a ticket or a mail, with no network and no script needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.diagnosis import Diagnosis
    from analyzer.fleet.report import FleetReport


def format_report_html(report: FleetReport) -> str:
    """A report over a period as one HTML file: the same report gives the same bytes."""
    from analyzer.reporters.html.report import page_of

    return page_of(report)


def format_diagnosis_html(diagnoses: Sequence[Diagnosis], verbose: bool = False) -> str:
    """Diagnoses as one HTML file, in their order: the same diagnoses give the same bytes."""
    from analyzer.reporters.html.diagnosis import page_of

    return page_of(diagnoses, verbose=verbose)
