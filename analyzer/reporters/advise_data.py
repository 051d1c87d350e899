"""An advice for programs: one JSON object (`fsnap-advice/1`), or one line of CSV a type (docs/advise.md)."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from analyzer.advisor.planning import Capacity, Request, TypeRow
from analyzer.advisor.planning_answer import FORMULA, Answer
from analyzer.advisor.prices import SpotPrices, placement_figures, price_figures
from analyzer.advisor.window import Prediction, Window
from analyzer.reporters.text import field

SCHEMA = "fsnap-advice/1"
DIGITS = 3
"""Of seconds and ratios: a thousandth is below anything that is known."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula."""


def format_json(shown: Answer) -> str:
    """The one object."""
    plan = shown.plan
    document = {
        "schema": SCHEMA,
        "fits": plan.fits,
        "summary": shown.summary,
        "request": _request(plan.request),
        "model": {
            "formula": FORMULA,
            "efficiency_share": {
                "low": plan.request.efficiency.low,
                "expected": plan.request.efficiency.expected,
                "high": plan.request.efficiency.high,
                "source": plan.request.efficiency.source,
            },
            "usable_seconds": round(plan.request.window.usable_seconds, DIGITS),
            "instances": {
                "source": plan.catalogue.source,
                "date": plan.catalogue.date,
                "region": plan.catalogue.region,
                "types": len(plan.catalogue.types),
            },
        },
        "counts": {"considered": len(plan.rows), "fitting": len(plan.fitting), "shown": len(shown.shown)},
        "types": [_type(row, plan.request.window) | _price(row, plan.prices) for row in shown.shown],
        "spot_placement": placement_figures(plan.prices.placement if plan.prices else None) or None,
        "cautions": list(shown.cautions),
        "assumptions": list(shown.assumptions),
        "advice": list(shown.advice),
        "snippets": [{"title": one.title, "language": one.language, "text": one.text} for one in shown.snippets],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _request(request: Request) -> dict[str, Any]:
    values = {
        "memory_bytes": request.memory_bytes,
        "vcpus": request.vcpus,
        "architecture": request.architecture,
        "tasks_per_host": "packed" if request.packed else request.tasks_per_host or 1,
        "window_seconds": request.window.seconds,
        "margin_share": request.window.margin_share,
        "dirty_share": request.dirty_share,
        "instances": list(request.instances),
    }
    return {name: {"value": value, "source": request.sources.get(name, "default")} for name, value in values.items()}


def _prediction(prediction: Prediction | None) -> dict[str, float] | None:
    if prediction is None:
        return None
    return {
        "fastest": round(prediction.fastest, DIGITS),
        "expected": round(prediction.expected, DIGITS),
        "slowest": round(prediction.slowest, DIGITS),
    }


def _type(row: TypeRow, window: Window) -> dict[str, Any]:
    kind, packing = row.kind, row.packing
    return {
        "instance_type": kind.name,
        "vcpus": kind.vcpus,
        "memory_bytes": kind.memory_bytes,
        "memory_for_tasks_bytes": row.host_memory_bytes,
        "baseline_gbps": kind.baseline_gbps,
        "peak_gbps": kind.peak_gbps,
        "gib_per_gbps": kind.gib_per_gbps and round(kind.gib_per_gbps, DIGITS),
        "tasks_per_host": row.tasks,
        "dump_seconds": _prediction(row.prediction),
        "verdict": row.verdict,
        "reason": row.reason or None,
        "packed": packing
        and {
            "tasks_per_host": packing.tasks,
            "dump_seconds": _prediction(packing.prediction),
            "verdict": packing.verdict,
        },
        "largest_footprints": [_capacity(one) for one in row.capacities],
        "full_host": row.full_host
        and {"dump_seconds": _prediction(row.full_host), "verdict": row.full_host.fit(window)},
    }


def _capacity(one: Capacity) -> dict[str, Any]:
    return {"tasks_per_host": one.tasks, "footprint_bytes": one.footprint_bytes, "bound_by": one.limit}


def _cell(value: object) -> object:
    if value is None or isinstance(value, (int, float)):
        return value
    said = field(value)
    return f"'{said}" if said.startswith(_FORMULA_STARTS) else said


def _price(row: TypeRow, prices: SpotPrices | None) -> dict[str, object]:
    return dict.fromkeys(PRICE_MEMBERS) | price_figures(prices.of(row.kind.name) if prices else None)


def _flat(row: TypeRow, window: Window, prices: SpotPrices | None) -> dict[str, object]:
    told = _type(row, window)
    most = next((one for one in row.capacities if one.tasks == row.tasks), None)
    packed = told["packed"] or {}
    dump, together, full = (
        one or {} for one in (told["dump_seconds"], packed.get("dump_seconds"), _prediction(row.full_host))
    )
    return {
        "instance_type": row.kind.name,
        "vcpus": row.kind.vcpus,
        "memory_bytes": row.kind.memory_bytes,
        "memory_for_tasks_bytes": row.host_memory_bytes,
        "baseline_gbps": row.kind.baseline_gbps,
        "gib_per_gbps": told["gib_per_gbps"],
        "tasks_per_host": row.tasks,
        "dump_seconds_fastest": dump.get("fastest"),
        "dump_seconds_expected": dump.get("expected"),
        "dump_seconds_slowest": dump.get("slowest"),
        "verdict": row.verdict,
        "reason": row.reason,
        "packed_tasks_per_host": packed.get("tasks_per_host"),
        "packed_dump_seconds_expected": together.get("expected"),
        "packed_verdict": packed.get("verdict"),
        "largest_footprint_bytes": most.footprint_bytes if most else None,
        "largest_footprint_bound_by": most.limit if most else None,
        "full_host_dump_seconds_expected": full.get("expected"),
        **_price(row, prices),
    }


def format_csv(shown: Answer) -> str:
    """A head, and one line a type; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    lines = [_flat(row, shown.plan.request.window, shown.plan.prices) for row in shown.shown]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for line in lines:
        writer.writerow([_cell(line[name]) for name in CSV_COLUMNS])
    return stream.getvalue()


PRICE_MEMBERS = ("spot_price_usd_per_hour", "spot_price_zone", "spot_price_since")
CSV_COLUMNS = (
    "instance_type",
    "vcpus",
    "memory_bytes",
    "memory_for_tasks_bytes",
    "baseline_gbps",
    "gib_per_gbps",
    "tasks_per_host",
    "dump_seconds_fastest",
    "dump_seconds_expected",
    "dump_seconds_slowest",
    "verdict",
    "reason",
    "packed_tasks_per_host",
    "packed_dump_seconds_expected",
    "packed_verdict",
    "largest_footprint_bytes",
    "largest_footprint_bound_by",
    "full_host_dump_seconds_expected",
    *PRICE_MEMBERS,
)
"""The head of the CSV; every figure's unit is in its name."""
