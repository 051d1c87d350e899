"""An advice for programs: one JSON object (`fsnap-advice/1`), or one line of CSV a type (docs/advise.md)."""

from __future__ import annotations

from typing import Any

from analyzer.advisor.planning import Capacity, Plan, Request, TypeRow
from analyzer.advisor.planning_answer import FORMULA, Answer
from analyzer.advisor.planning_choice import Choice, choices, processors_text
from analyzer.advisor.planning_hosts import hosts_needed, max_vcpus, vcpus_needed
from analyzer.advisor.prices import SpotPrices, placement_figures, price_figures
from analyzer.advisor.window import Prediction
from analyzer.reporters.csv_table import format_rows
from analyzer.reporters.instance_figures import DIGITS, figures
from analyzer.reporters.json_report import dumps
from analyzer.reporters.text import field

SCHEMA = "fsnap-advice/1"


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
                "source": field(plan.catalogue.source),
                "date": plan.catalogue.date,
                "region": plan.catalogue.region,
                "types": len(plan.catalogue.types),
            },
        },
        "counts": {"considered": len(plan.rows), "fitting": len(plan.fitting), "shown": len(shown.shown)},
        "pasted": {
            "processor_generation": processors_text(shown.pasted[0]) or None if shown.pasted else None,
            "instance_types": [row.kind.name for row in shown.pasted],
            "max_vcpus": max_vcpus(plan, shown.pasted),
        },
        "choices": [_choice(one) for one in choices(plan)],
        "types": [_type(row, plan) | _price(row, plan.prices) for row in shown.shown],
        "spot_placement": placement_figures(plan.prices.placement if plan.prices else None) or None,
        "cautions": list(shown.cautions),
        "assumptions": list(shown.assumptions),
        "advice": list(shown.advice),
        "snippets": [{"title": one.title, "language": one.language, "text": one.text} for one in shown.snippets],
    }
    return dumps(document, indent=2) + "\n"


def _request(request: Request) -> dict[str, Any]:
    values = {
        "memory_bytes": request.memory_bytes,
        "vcpus": request.vcpus,
        "architecture": request.architecture,
        "tasks_per_host": "packed" if request.packed else request.tasks_per_host or 1,
        "window_seconds": request.window.seconds,
        "margin_share": request.window.margin_share,
        "dirty_share": request.dirty_share,
        "tasks_at_once": request.tasks_at_once,
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


def _choice(one: Choice) -> dict[str, Any]:
    return {
        "processor_generation": one.processors or None,
        "types": len(one.rows),
        "first": one.rows[0].kind.name,
    }


def _type(row: TypeRow, plan: Plan) -> dict[str, Any]:
    packing = row.packing
    return figures(row.kind) | {
        "processor_generation": processors_text(row) or None,
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
        "hosts_needed": hosts_needed(plan, row),
        "vcpus_needed": vcpus_needed(plan, row),
        "largest_footprints": [_capacity(one) for one in row.capacities],
        "full_host": row.full_host
        and {"dump_seconds": _prediction(row.full_host), "verdict": row.full_host.fit(plan.request.window)},
    }


def _capacity(one: Capacity) -> dict[str, Any]:
    return {"tasks_per_host": one.tasks, "footprint_bytes": one.footprint_bytes, "bound_by": one.limit}


def _price(row: TypeRow, prices: SpotPrices | None) -> dict[str, object]:
    return dict.fromkeys(PRICE_MEMBERS) | price_figures(prices.of(row.kind.name) if prices else None)


def _flat(row: TypeRow, most: Capacity | None, plan: Plan) -> dict[str, object]:
    told = _type(row, plan)
    packed = told["packed"] or {}
    dump, together, full = (
        one or {} for one in (told["dump_seconds"], packed.get("dump_seconds"), _prediction(row.full_host))
    )
    return told | {
        "tasks_per_host": most.tasks if most else row.tasks,
        "dump_seconds_fastest": dump.get("fastest"),
        "dump_seconds_expected": dump.get("expected"),
        "dump_seconds_slowest": dump.get("slowest"),
        "packed_tasks_per_host": packed.get("tasks_per_host"),
        "packed_dump_seconds_expected": together.get("expected"),
        "packed_verdict": packed.get("verdict"),
        "largest_footprint_bytes": most.footprint_bytes if most else None,
        "largest_footprint_bound_by": most.limit if most else None,
        "full_host_dump_seconds_expected": full.get("expected"),
        **_price(row, plan.prices),
    }


def _lines(row: TypeRow, plan: Plan) -> list[dict[str, object]]:
    """One with a task; without one a line for each number of tasks on the host."""
    if plan.request.memory_bytes is None and row.capacities:
        return [_flat(row, one, plan) for one in row.capacities]
    return [_flat(row, next((one for one in row.capacities if one.tasks == row.tasks), None), plan)]


def format_csv(shown: Answer) -> str:
    """A head, and one line a type; where no task is planned, one for each number of tasks on a host of that type."""
    return format_rows(CSV_COLUMNS, (line for row in shown.shown for line in _lines(row, shown.plan)))


PRICE_MEMBERS = ("spot_price_usd_per_hour", "spot_price_zone", "spot_price_since")
CSV_COLUMNS = (
    "instance_type",
    "processor",
    "generation",
    "vcpus",
    "memory_bytes",
    "memory_for_tasks_bytes",
    "baseline_gbps",
    "peak_gbps",
    "gib_per_gbps",
    "nvme_gb",
    "processor_generation",
    "tasks_per_host",
    "dump_seconds_fastest",
    "dump_seconds_expected",
    "dump_seconds_slowest",
    "verdict",
    "reason",
    "packed_tasks_per_host",
    "packed_dump_seconds_expected",
    "packed_verdict",
    "hosts_needed",
    "vcpus_needed",
    "largest_footprint_bytes",
    "largest_footprint_bound_by",
    "full_host_dump_seconds_expected",
    *PRICE_MEMBERS,
)
"""The head of the CSV; every figure's unit is in its name."""
