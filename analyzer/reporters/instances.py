"""Instance types as a table, JSON, CSV or Markdown.

r6id.4xlarge        16    128   x86_64     6.25   12.50      20.48     950      625   yes   6
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_types import InstanceType
from analyzer.reporters.csv_table import format_rows
from analyzer.reporters.instance_figures import figures
from analyzer.reporters.json_report import dumps
from analyzer.reporters.text import code_span, escape_markdown, field, markdown_table, prose

SCHEMA = "fsnap-instance-list/1"
_NONE = "-"


def _figure(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2f}"


def _whole(value: float | None) -> str:
    return _NONE if value is None else f"{value:.0f}"


def _generation(kind: InstanceType) -> str:
    number = _NONE if kind.generation is None else str(kind.generation)
    return number if kind.current_generation else f"{number} (previous)"


_COLUMNS: tuple[tuple[str, Callable[[InstanceType], str]], ...] = (
    ("type", lambda kind: kind.name),
    ("vCPU", lambda kind: str(kind.vcpus)),
    ("GiB", lambda kind: f"{kind.memory_mib / 1024:g}"),
    ("architecture", lambda kind: " ".join(kind.architectures) or _NONE),
    ("Gbps", lambda kind: _figure(kind.baseline_gbps)),
    ("peak Gbps", lambda kind: _figure(kind.peak_gbps)),
    ("GiB/Gbps", lambda kind: _figure(kind.gib_per_gbps)),
    ("NVMe GB", lambda kind: str(kind.nvme_gb) if kind.nvme_gb else _NONE),
    ("EBS MB/s", lambda kind: _whole(kind.ebs_baseline_mb_per_second)),
    ("Spot", lambda kind: "yes" if kind.spot else "no"),
    ("generation", _generation),
)
_LEFT = {"type", "architecture", "Spot", "generation"}


def provenance(catalogue: InstanceCatalogue) -> str:
    """Where the figures come from, and when, as a sentence."""
    where = catalogue.region or "several regions (yours may lack some)"
    return prose(f"Figures of {catalogue.date or 'an unknown date'}, of {where}: {catalogue.source}.")


def format_instances(catalogue: InstanceCatalogue, kinds: Sequence[InstanceType], output_format: str) -> str:
    """The types in the form that was asked for: `terminal`, `json`, `csv` or `markdown`."""
    formats = {"json": _as_json, "csv": _as_csv, "markdown": _as_markdown}
    return formats.get(output_format, _as_table)(catalogue, kinds)


def record(kind: InstanceType) -> dict[str, Any]:
    """One type with units in the names of its figures."""
    return figures(kind) | {
        "family": kind.family,
        "current_generation": kind.current_generation,
        "architectures": list(kind.architectures),
        "network_cards": kind.network_cards,
        "ebs_baseline_mb_per_second": kind.ebs_baseline_mb_per_second,
        "spot": kind.spot,
        "bare_metal": kind.bare_metal,
        "burstable": kind.burstable,
        "accelerated": kind.accelerated,
    }


def _as_json(catalogue: InstanceCatalogue, kinds: Sequence[InstanceType]) -> str:
    document = {
        "schema": SCHEMA,
        "source": field(catalogue.source),
        "date": catalogue.date or None,
        "region": catalogue.region,
        "types": [record(kind) for kind in kinds],
    }
    return dumps(document, indent=2)


def _as_csv(catalogue: InstanceCatalogue, kinds: Sequence[InstanceType]) -> str:
    provenances = {"date": catalogue.date, "source": catalogue.source}
    rows = [record(kind) | {"architectures": " ".join(kind.architectures)} | provenances for kind in kinds]
    return format_rows(tuple(rows[0]), rows) if rows else ""


def _as_markdown(catalogue: InstanceCatalogue, kinds: Sequence[InstanceType]) -> str:
    head = [name for name, _ in _COLUMNS]
    rows = [[code_span(kind.name), *(cell(kind) for _, cell in _COLUMNS[1:])] for kind in kinds]
    table = markdown_table(head, rows, [name for name in head if name not in _LEFT])
    return "\n".join([*table, "", f"{_count(kinds)}. {escape_markdown(provenance(catalogue))}"])


def _as_table(catalogue: InstanceCatalogue, kinds: Sequence[InstanceType]) -> str:
    rows = [[name for name, _ in _COLUMNS], *([cell(kind) for _, cell in _COLUMNS] for kind in kinds)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if name in _LEFT else cell.rjust(width)
            for (name, _), cell, width in zip(_COLUMNS, row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
    note = f"{_count(kinds)}. GiB: built in; Gbps: baseline and peak of network card 0."
    return "\n".join([*(lines if kinds else []), *([""] if kinds else []), note, provenance(catalogue)])


def _count(kinds: Sequence[InstanceType]) -> str:
    return "1 type" if len(kinds) == 1 else f"{len(kinds)} types"
