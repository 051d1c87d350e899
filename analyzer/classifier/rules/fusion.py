"""Fusion's own errors that count only beside the task's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.classifier.finding import Finding, Outcome, Quote
from analyzer.classifier.rules.common import RuleFunction, by_signature

if TYPE_CHECKING:
    from analyzer.classifier.catalogue import RuleRecord
    from analyzer.classifier.facts import Facts


def _complaint(facts: Facts, path: str) -> Quote | None:
    """The line among the task's last ones that names the path."""
    return next((quote for quote in reversed(facts.last_log_lines) if path in quote.text), None)


def object_missing(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """Tools ask for many files that need not exist: it matters where the task itself complains of the same path."""
    outcome = by_signature(facts, record)
    for hit in facts.hits_of(record.id):
        path = hit.groups.get("path")
        complaint = _complaint(facts, path) if path else None
        if complaint and isinstance(outcome, tuple):
            summary = f"The task asked for {path}, which Fusion did not find in the bucket, and said so at its end."
            first = replace(outcome[0], confidence="likely", summary=summary, evidence=(hit.quote, complaint))
            return (first, *outcome[1:])
    return outcome


RULES: Mapping[str, RuleFunction] = {"FS608": object_missing}
