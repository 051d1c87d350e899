"""What the rules share: the form of a rule function, the answer by signatures alone, attempts and their ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from analyzer.classifier.finding import Finding, NotApplicable, Outcome, Quote, Skipped

if TYPE_CHECKING:
    from analyzer.classifier.catalogue import RuleRecord
    from analyzer.classifier.facts import AttemptFacts, Facts, Hit
    from analyzer.classifier.finding import Confidence

RuleFunction = Callable[["Facts", "RuleRecord"], "Outcome | tuple[Finding, ...]"]
"""A rule: facts and its own record in, findings or the reason for none out. No clock, no network."""

SUMMARY_CHARACTERS = 300
MAX_EVIDENCE = 3
"""Quotes that one finding by signature carries."""
EARNED: Mapping[str, int] = {"certain": 0, "likely": 1, "possible": 2}
"""Confidences, the best first."""
_SOURCE_ORDER: Mapping[str, int] = {"reason": 0, "runtime": 1, "fusion": 2, "task": 3}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")


def by_signature(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """The answer of a rule that needs no more than its texts: one finding an attempt, with the most telling lines."""
    by_attempt: dict[int | None, list[Hit]] = {}
    for hit in counting_hits(facts, record.id):
        by_attempt.setdefault(hit.attempt, []).append(hit)
    if not by_attempt:
        return nothing_found(facts, record)
    order = sorted(by_attempt, key=lambda attempt: (attempt is None, attempt or 0))
    return tuple(finding_of(record, by_attempt[attempt]) for attempt in order)


def nothing_found(facts: Facts, record: RuleRecord) -> NotApplicable | Skipped:
    """"Looked, and it is not so" where any of the rule's sources was there, else "could not look"."""
    if not record.reads or facts.have & set(record.reads):
        return NotApplicable()
    return Skipped(record.reads)


def finding_of(record: RuleRecord, hits: list[Hit], confidence: Confidence | None = None) -> Finding:
    """A finding from hits of one attempt: the best tells the summary, further ones are evidence."""
    ranked = sorted(hits, key=_telling)
    best = ranked[0]
    return Finding(
        rule=record.id,
        cause=record.cause,
        severity=record.severity,
        confidence=confidence or best.signature.confidence,
        summary=summary_of(record, best),
        evidence=_distinct([hit.quote for hit in ranked]),
        attempt=best.attempt,
        docs=record.references,
    )


def summary_of(record: RuleRecord, hit: Hit) -> str:
    """The signature's own summary with what the line tells filled in, else the rule's title and the line."""
    template = hit.signature.summary
    if template is None:
        return clean(f"{record.title}: {hit.quote.text}")
    return clean(re.sub(r"\{(\w+)\}", lambda field: hit.groups.get(field[1], "?"), template))


def clean(text: str, limit: int = SUMMARY_CHARACTERS) -> str:
    """One line without control characters, at most `limit` characters."""
    text = _CONTROL.sub(" ", text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def counting_hits(facts: Facts, rule: str) -> Iterator[Hit]:
    """The rule's hits that the attempt's exit code does not speak against."""
    for hit in facts.hits_of(rule):
        if hit.signature.source in {"reason", "criu"} or _code_allows(hit, exit_code_of(facts, hit.attempt)):
            yield hit


def _code_allows(hit: Hit, code: int | None) -> bool:
    if code is None:
        return True
    allowed = hit.signature.exit_codes
    return code in allowed if allowed else code != 0


def exit_code_of(facts: Facts, attempt: int | None) -> int | None:
    """The exit code of an attempt; of the whole (the last attempt, or `.exitcode`) where the attempt is not known."""
    found = attempt_of(facts, attempt)
    if found is None:
        return facts.exit_code
    if found.attempt.exit_code is None and is_last(facts, found) and facts.job and facts.job.status == "SUCCEEDED":
        return 0
    return found.attempt.exit_code


def attempt_of(facts: Facts, number: int | None) -> AttemptFacts | None:
    """The facts of attempt `number`."""
    return next((a for a in facts.attempts if a.attempt.number == number), None)


def is_last(facts: Facts, attempt: AttemptFacts) -> bool:
    """Whether it is the job's last attempt."""
    return bool(facts.attempts) and facts.attempts[-1].attempt.number == attempt.attempt.number


def reason_quotes(attempt: AttemptFacts) -> tuple[Quote, ...]:
    """What the services say of an attempt's end: the reasons of its containers, then of its task."""
    one = attempt.attempt
    quotes = [Quote(f"{end.source}.reason", end.reason) for end in one.containers if end.reason]
    if one.status_reason:
        quotes.append(Quote(f"{one.source}.statusReason", one.status_reason))
    return tuple(quotes)


def exit_quote(facts: Facts, attempt: AttemptFacts | None) -> Quote | None:
    """Where the exit code stands."""
    end = attempt.attempt.main if attempt else None
    if end and end.exit_code is not None:
        return Quote(f"{end.source}.exitCode", str(end.exit_code))
    return facts.exit_file


def _telling(hit: Hit) -> tuple[int, int, int]:
    return EARNED[hit.signature.confidence], _SOURCE_ORDER.get(hit.signature.source, 9), hit.offset


def _distinct(quotes: list[Quote]) -> tuple[Quote, ...]:
    by_text = {quote.text: quote for quote in reversed(quotes)}
    kept = [quote for quote in quotes if by_text[quote.text] is quote]
    return tuple(kept[:MAX_EVIDENCE])
