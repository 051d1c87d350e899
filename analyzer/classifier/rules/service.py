"""What the services say, and what their figures say without words: time limits, terminations, jobs that wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from analyzer.classifier.finding import Finding, NotApplicable, Outcome, Quote
from analyzer.classifier.rules.common import RuleFunction, by_signature, clean, hits_by_attempt, nothing_found

if TYPE_CHECKING:
    from analyzer.classifier.catalogue import RuleRecord
    from analyzer.classifier.facts import AttemptFacts, Facts

TIMEOUT, OUT_OF_MEMORY = "FS439", "FS438"
BY_USER, BY_NEXTFLOW, WAITING = "FS551", "FS552", "FS510"
KILLED_CODES = (None, 137, 143)
"""How an attempt ends at its limit: SIGTERM, then SIGKILL, or no code at all (AWS Batch user guide, job time-outs)."""
WAITING_STATES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING")
_SERVICE_CANCELS = ("JobStateTimeLimit", "duration exceeded timeout", "ependent Job", "hild Job failed")
"""Reasons of the service's own for ending a job: nobody called TerminateJob."""
_SAYS_NOTHING = ("Essential container in task exited", "Host EC2")


def timeout(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """The attempt ran past its limit: the service says so, or its duration and its end do."""
    said = by_signature(facts, record)
    found = list(said) if isinstance(said, tuple) else []
    told = {finding.attempt for finding in found}
    for attempt in facts.attempts:
        if attempt.attempt.number not in told and None not in told and (quotes := _ran_out(facts, attempt)):
            found.append(_timed_out(record, attempt, quotes))
    return tuple(found) or nothing_found(facts, record)


def timed_out(facts: Facts) -> frozenset[int]:
    """The attempts that ended at their time limit."""
    groups = hits_by_attempt(facts, TIMEOUT)
    numbers = {number for number in groups if number is not None}
    if None in groups and facts.attempts:
        numbers.add(facts.attempts[-1].attempt.number)
    return frozenset(numbers | {a.attempt.number for a in facts.attempts if _ran_out(facts, a)})


def _ran_out(facts: Facts, attempt: AttemptFacts) -> tuple[Quote, ...]:
    one, limit = attempt.attempt, facts.job.timeout_seconds if facts.job else None
    if not limit or limit <= 0 or one.started_at is None or one.stopped_at is None:
        return ()
    killed = one.exit_code in KILLED_CODES and not attempt.host_lost and not ended_by_call(facts, attempt)
    out_of_memory = any(number == one.number for number in hits_by_attempt(facts, OUT_OF_MEMORY))
    seconds = (one.stopped_at - one.started_at) / 1000
    if not killed or out_of_memory or seconds < limit:
        return ()
    lasted = Quote(f"{one.source}.stoppedAt", f"{seconds:.0f} s after {one.source}.startedAt")
    return lasted, Quote("job.timeout.attemptDurationSeconds", str(limit))


def _timed_out(record: RuleRecord, attempt: AttemptFacts, quotes: tuple[Quote, ...]) -> Finding:
    return Finding(
        rule=record.id,
        cause=record.cause,
        severity=record.severity,
        confidence="likely",
        summary=f"Attempt {attempt.attempt.number} was ended after {quotes[0].text.split(' after')[0]}, "
        f"its limit being {quotes[1].text} s.",
        evidence=quotes,
        attempt=attempt.attempt.number,
        docs=record.references,
    )


def ended_by_call(facts: Facts, attempt: AttemptFacts) -> bool:
    """Whether somebody's TerminateJob or CancelJob ended this, the last attempt."""
    last = bool(facts.attempts) and facts.attempts[-1].attempt.number == attempt.attempt.number
    return last and (_called_off(facts) or bool(facts.hits_of(BY_NEXTFLOW)) or bool(facts.hits_of(BY_USER)))


def _called_off(facts: Facts) -> bool:
    job = facts.job
    if job is None or not (job.is_terminated or job.is_cancelled):
        return False
    return not any(words in (job.status_reason or "") for words in _SERVICE_CANCELS)


def terminated_by_user(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """Batch marks the job as terminated or cancelled, and neither Nextflow nor the service did it."""
    if facts.hits_of(BY_NEXTFLOW):
        return NotApplicable()
    job = facts.job
    if job is None or not _called_off(facts):
        return by_signature(facts, record)
    flag = "isTerminated" if job.is_terminated else "isCancelled"
    reason = job.status_reason or ""
    silent = not reason or any(words in reason for words in _SAYS_NOTHING)
    marked = Quote(f"job.{flag}", "true")
    said = f"with the words: {reason}" if not silent else "without a reason that is still to be seen"
    return Finding(
        rule=record.id,
        cause=record.cause,
        severity=record.severity,
        confidence="likely" if silent else "certain",
        summary=clean(f"The job was {'terminated' if job.is_terminated else 'cancelled'} by a call, {said}."),
        evidence=(marked,) if silent else (Quote("job.statusReason", reason), marked),
        docs=record.references,
    )


def waiting(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """Not placed yet, and no reason that another rule knows."""
    job = facts.job
    if job is None:
        return nothing_found(facts, record)
    reasoned = any(hit.signature.rule.startswith(("FS50", "FS55")) for hit in facts.hits)
    if job.status not in WAITING_STATES or reasoned:
        return NotApplicable()
    quotes = [Quote("job.status", job.status)]
    if job.status_reason:
        quotes.append(Quote("job.statusReason", job.status_reason))
    earlier = f" {len(facts.attempts)} earlier attempt(s) have ended." if facts.attempts else ""
    behind = f" It depends on {len(job.depends_on)} other job(s)." if job.depends_on else ""
    return Finding(
        rule=record.id,
        cause=record.cause,
        severity=record.severity,
        confidence="possible" if job.status_reason and not facts.attempts else "likely",
        summary=f"The job is {job.status} and Batch gives no reason that is known.{behind}{earlier}",
        evidence=tuple(quotes),
        docs=record.references,
    )


RULES: Mapping[str, RuleFunction] = {
    TIMEOUT: timeout,
    BY_USER: terminated_by_user,
    WAITING: waiting,
}
"""Rule id -> function, for the rules of the services that need more than a text."""
