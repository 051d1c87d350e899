"""Runs the catalogue over the facts: every rule answers, and every answer is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.classifier.catalogue import Catalogue, RuleRecord
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Examined, Finding, NotApplicable, Outcome, Skipped
from analyzer.classifier.rules import checkpoint, fusion, host, service, task
from analyzer.classifier.rules.common import RuleFunction, by_signature

CODED: Mapping[str, RuleFunction] = {**checkpoint.RULES, **service.RULES, **task.RULES, **fusion.RULES, **host.RULES}
"""Rules that need more than a text. Every other rule is as good as its signatures."""


def _answer(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    missing = tuple(source for source in record.reads if source not in facts.have)
    if record.reads and len(missing) == len(record.reads):
        return Skipped(missing)
    if record.id in CODED:
        return CODED[record.id](facts, record)
    found = [*_findings(checkpoint.from_root(facts, record)), *_findings(by_signature(facts, record))]
    return tuple(found) or NotApplicable()


def _findings(outcome: Outcome | tuple[Finding, ...]) -> tuple[Finding, ...]:
    if isinstance(outcome, Finding):
        return (outcome,)
    return outcome if isinstance(outcome, tuple) else ()


def evaluate(facts: Facts, catalogue: Catalogue) -> tuple[tuple[Finding, ...], tuple[Examined, ...]]:
    """The findings in the order of the rules' ids, and the rules that had none, with the reason."""
    findings: list[Finding] = []
    examined: list[Examined] = []
    for record in catalogue:
        outcome = _answer(facts, record)
        found = tuple(f for f in _findings(outcome) if f.evidence)
        findings += found
        if isinstance(outcome, Skipped):
            examined.append(Examined(record.id, "skipped", outcome.missing))
        elif not found:
            examined.append(Examined(record.id, "not_applicable"))
    return tuple(_without_repeats(findings)), tuple(examined)


def _without_repeats(findings: list[Finding]) -> Iterator[Finding]:
    """A line stands in CloudWatch and in the work directory: what names no attempt gives way to the same that does."""
    placed = {(f.rule, f.cause, f.evidence[0].text) for f in findings if f.attempt is not None}
    for finding in findings:
        if finding.attempt is not None or (finding.rule, finding.cause, finding.evidence[0].text) not in placed:
            yield finding
