"""Rules on checkpoints: why a dump failed (FS1xx), why a restore failed (FS2xx).

Each failed operation has one explanation; a rule's findings are the explanations that name it, and what the job's exit
code, the dump metadata and the runtime's own lines add (module job_signs).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from analyzer.classifier.catalogue import RuleRecord
from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.finding import Finding, NotApplicable, Outcome, Severity
from analyzer.classifier.operations import Operation, attempt_of, attempts_of_dumps, operations
from analyzer.classifier.rules.common import RuleFunction
from analyzer.classifier.rules.dump_story import explain_dump, with_attempt
from analyzer.classifier.rules.explanation import Explanation
from analyzer.classifier.rules.job_signs import job_explanations
from analyzer.classifier.rules.restore_story import explain_restore


@lru_cache(maxsize=1)
def explanations(facts: Facts) -> tuple[Explanation, ...]:
    """Why operations on checkpoints failed, oldest first, then what only the job's end tells."""
    every = operations(facts)
    dumps = attempts_of_dumps(facts)
    found: list[Explanation] = []
    for position, operation in enumerate(every):
        attempt = _attempt(facts, attempt_of(facts, operation, dumps))
        explain = explain_restore if operation.kind == "restore" else explain_dump
        explanation = explain(facts, operation, attempt)
        if explanation:
            made_up_for = _made_up_for(operation, every[position + 1 :])
            found.append(replace(with_attempt(explanation, attempt), superseded=made_up_for))
    return (*found, *job_explanations(facts, found))


def _attempt(facts: Facts, number: int | None) -> AttemptFacts | None:
    return next((a for a in facts.attempts if a.attempt.number == number), None)


def _made_up_for(operation: Operation, later: Sequence[Operation]) -> bool:
    """Whether a later operation shows that the failure did no lasting harm."""
    if operation.kind == "pre-dump":
        return any(one.outcome == "complete" for one in later)
    return any(one.outcome == "complete" and one.checkpoint.number > operation.checkpoint.number for one in later)


def _severity(record: RuleRecord, explanation: Explanation) -> Severity:
    return "warning" if explanation.superseded and record.severity == "error" else record.severity


def _findings(facts: Facts, record: RuleRecord) -> Iterator[Finding]:
    for explanation in explanations(facts):
        if explanation.rule == record.id:
            yield Finding(
                rule=record.id,
                cause=record.cause,
                severity=_severity(record, explanation),
                confidence=explanation.confidence,
                summary=explanation.summary,
                evidence=explanation.evidence,
                attempt=explanation.attempt,
                docs=record.references,
            )


def from_root(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """What a rule has to say of the checkpoints; also for a user's rules with signatures for CRIU's logs."""
    return tuple(_findings(facts, record)) or NotApplicable()


_DUMP_RULES = ("FS101", "FS102", *(f"FS{number}" for number in range(110, 139)), "FS199")
_RESTORE_RULES = (
    *(f"FS{number}" for number in range(201, 206)),
    *(f"FS{number}" for number in range(210, 233)),
    "FS299",
)

RULES: Mapping[str, RuleFunction] = dict.fromkeys((*_DUMP_RULES, *_RESTORE_RULES), from_root)
