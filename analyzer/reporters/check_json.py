"""A pre-flight as JSON (`fsnap-check/1`, docs/check.md), whole or one result a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from analyzer.checks.result import CheckReport, CheckResult
from analyzer.reporters.json_report import dumps
from analyzer.reporters.text import clean, own_prose, safe

SCHEMA = "fsnap-check/1"


def result_document(result: CheckResult) -> dict[str, Any]:
    """One result; texts from outside are masked, the catalogue's own stay as they are."""
    missing = result.missing
    return {
        "id": result.id,
        "title": own_prose(result.title),
        "status": result.status,
        "subject": {"kind": result.subject.kind, "name": safe(result.subject.name)},
        "found": safe(result.found),
        "detail": safe(result.detail),
        "fix": own_prose(result.advice),
        "snippet": asdict(result.snippet) if result.snippet else None,
        "missing": {name: _text(value) for name, value in asdict(missing).items()} if missing else None,
        "docs": list(result.docs),
    }


def _text(value: object) -> str | None:
    return safe(value) if isinstance(value, str) else None


def _head(report: CheckReport) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "target": safe(report.target),
        "kind": report.kind,
        "region": _text(report.region),
        "checked_at": _text(report.checked_at),
        "task": report.task,
        "figures": clean(report.figures),
    }


def report_document(report: CheckReport) -> Mapping[str, Any]:
    """The whole report."""
    return {
        **_head(report),
        "verdict": own_prose(report.verdict),
        "failed": report.failed,
        "counts": dict(report.counts),
        "results": [result_document(result) for result in report.results],
    }


def format_check_json(report: CheckReport) -> str:
    """One indented object, with a line end."""
    return dumps(report_document(report), indent=2) + "\n"


def format_check_jsonl(report: CheckReport) -> str:
    """Each result on a line of its own, with the target before it."""
    head = {
        name: value for name, value in _head(report).items() if name in ("schema", "target", "region", "checked_at")
    }
    return "".join(dumps({**head, **result_document(result)}) + "\n" for result in report.results)
