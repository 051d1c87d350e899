"""Hosts that went away: proven Spot reclaims, losses that nothing proves, and jobs that lost every attempt."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.classifier.catalogue import RuleRecord
from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.finding import Finding, NotApplicable, Outcome, Quote, Severity
from analyzer.classifier.rules.common import RuleFunction


def _severity(facts: Facts, lost: AttemptFacts) -> Severity:
    """A loss that a later attempt, or the end of a good job, made up for is only a warning."""
    final = lost is facts.attempts[-1]
    ended_well = facts.job is not None and facts.job.status == "SUCCEEDED"
    return "error" if final and not ended_well else "warning"


def _machine(lost: AttemptFacts) -> str:
    name = lost.instance.instance_id or "(its name is not known)"
    return f"{name} ({lost.instance.instance_type})" if lost.instance.instance_type else name


def spot_reclaimed(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """A lost host with proof that EC2 took the Spot instance back."""
    found = [
        Finding(
            rule=record.id,
            cause=record.cause,
            severity=_severity(facts, lost),
            confidence="certain",
            attempt=lost.attempt.number,
            summary=f"EC2 took the Spot instance {_machine(lost)} back during attempt {lost.attempt.number}.",
            evidence=(lost.host_lost, lost.reclaim),
            docs=record.references,
        )
        for lost in facts.attempts
        if lost.host_lost and lost.reclaim
    ]
    return tuple(found) or NotApplicable()


def _loss(facts: Facts, lost: AttemptFacts) -> tuple[str, tuple[Quote, ...]]:
    where = f"The host {_machine(lost)} went away during attempt {lost.attempt.number}"
    quotes = tuple(q for q in (lost.host_lost, lost.not_reclaim) if q)
    if lost.not_reclaim:
        return f"{where}; it was no Spot reclaim: {lost.not_reclaim.text}.", quotes
    spot = " The queue's environments are Spot, so a reclaim is the usual reason." if facts.queue_is_spot else ""
    return f"{where}; nothing that could be seen proves that it was a Spot reclaim.{spot}", quotes


def terminated(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """A lost host without that proof."""
    found = []
    for lost in facts.attempts:
        if lost.host_lost and not lost.reclaim:
            summary, quotes = _loss(facts, lost)
            found.append(
                Finding(
                    rule=record.id,
                    cause=record.cause,
                    severity=_severity(facts, lost),
                    confidence="certain" if lost.not_reclaim else "likely",
                    attempt=lost.attempt.number,
                    summary=summary,
                    evidence=quotes,
                    docs=record.references,
                )
            )
    return tuple(found) or NotApplicable()


def attempts_exhausted(facts: Facts, record: RuleRecord) -> Outcome:
    """A failed job all of whose attempts lost their hosts, as many as the retry strategy allowed."""
    job, attempts = facts.job, facts.attempts
    if job is None or job.status != "FAILED" or len(attempts) < 2:  # noqa: PLR2004 - one attempt is no series
        return NotApplicable()
    quotes = tuple(a.host_lost for a in attempts if a.host_lost)
    if len(quotes) < len(attempts):
        return NotApplicable()
    allowed = job.attempts_allowed
    used_up = allowed is not None and len(attempts) >= allowed
    of = f" of {allowed} allowed" if allowed else ""
    return Finding(
        rule=record.id,
        cause=record.cause,
        severity="error",
        confidence="certain" if used_up else "likely",
        attempt=attempts[-1].attempt.number,
        summary=f"All {len(attempts)} attempts{of} lost their host; the job had none left.",
        evidence=quotes[-5:],
        docs=record.references,
    )


RULES: Mapping[str, RuleFunction] = {"FS301": spot_reclaimed, "FS302": terminated, "FS303": attempts_exhausted}
