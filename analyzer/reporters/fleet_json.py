"""A report over a period as JSON (`fsnap-report/1`, docs/report.md): every figure's unit is in its name."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

from analyzer import __version__
from analyzer.fleet.report import SCHEMA, Configuration, Dump, FleetReport, Totals
from analyzer.reporters.json_report import dumps
from analyzer.reporters.text import clean, own_lines, safe

_NAMES = MappingProxyType(
    {
        "hours": "lost_hours",
        "usd": "lost_usd",
        "hours_lost": "lost_hours",
        "hours_saved": "saved_hours",
        "usd_lost": "lost_usd",
        "usd_saved": "saved_usd",
        "seconds": "dump_seconds",
    }
)
"""Members whose unit does not stand at the end of their names -> what they are called here."""
_OWN = frozenset({"title", "advice"})
"""Sentences of the catalogue and of the advisor, which are never masked."""


def fleet_document(report: FleetReport) -> dict[str, Any]:
    """The report: texts on one line and without secrets, numbers that JSON has."""
    document: dict[str, Any] = {"schema": SCHEMA, "tool_version": __version__}
    for name, value in _members(report).items():
        document["period_before" if name == "before" else name] = value
    document["gaps"] = [{"permission": safe(permission), "jobs": jobs} for permission, jobs in report.gaps]
    return document


def format_fleet_json(report: FleetReport) -> str:
    """One indented object, with a line end."""
    return dumps(fleet_document(report), indent=2) + "\n"


def _members(value: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for member in fields(value):
        content = getattr(value, member.name)
        own = member.name in _OWN and isinstance(content, str)
        told[_NAMES.get(member.name, member.name)] = clean(content) if own else _plain(content)
    return told | _derived(value)


def _derived(value: Any) -> dict[str, Any]:
    """What follows from the members, so that no reader has to reckon, and what is told otherwise here."""
    if isinstance(value, Totals):
        return {"failed_share": _plain(value.rate)}
    if isinstance(value, Dump):
        return {"window_share": _plain(value.share if value.window_seconds else None)}
    if isinstance(value, Configuration):
        queues = [{"queue": safe(queue), "instance_types": list(map(safe, types))} for queue, types in value.queues]
        return {"nextflow": "\n".join(own_lines(value.nextflow)), "queues": queues}
    return {}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _members(value)
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value
