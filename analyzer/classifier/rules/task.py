"""The task's own end and Fusion's: exit codes weighed against the texts, never by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.classifier.finding import Confidence, Finding, NotApplicable, Outcome, Quote
from analyzer.classifier.rules.common import (
    FUSION_ERROR,
    RuleFunction,
    by_signature,
    clean,
    exit_quote,
    explained,
    finding_of,
    hits_by_attempt,
    nothing_found,
)
from analyzer.classifier.rules.service import OUT_OF_MEMORY, ended_by_call, timed_out
from analyzer.classifier.snapshots import uses_fusion
from analyzer.frozen import frozen

if TYPE_CHECKING:
    from analyzer.classifier.catalogue import RuleRecord
    from analyzer.classifier.facts import AttemptFacts, Facts

__all__ = ["RULES", "RuleFunction", "by_signature"]

SNAPSHOT_CODES = (175, 176, 177)
SIGKILL_CODE = 137
STOPPED_CODES = (129, 130, 143)
"""128 + SIGHUP, SIGINT, SIGTERM: somebody asked the task to stop."""
NEAR_LIMIT = 0.95
"""Measured memory from this share of the limit on speaks for a kill for memory …"""
FAR_BELOW_LIMIT = 0.8
"""… and below this share against it."""
CRASH_CODES: Mapping[int, Confidence] = {139: "likely", 135: "likely", 132: "likely", 136: "likely", 134: "possible"}
MISSING_CODES: Mapping[int, Confidence] = {127: "possible", 126: "possible"}
PIPE_CODES: Mapping[int, Confidence] = {141: "likely"}
MAX_LAST_LINES = 3
_DEEPER = ("FS4", "FS6", "FS7")
_SIGKILL_WORDS = re.compile(r"Killed|SIGKILL|signal 9|status 137")
_ERROR_WORDS = re.compile(
    r"(?i:\b(?:error|exception|fatal|fail(?:ed|ure)|traceback|abort(?:ed)?|panic|cannot|can't|denied|invalid|killed)\b)"
)
_HARMLESS = re.compile(r"(?i:(?<!\w)(?:0|no) (?:errors?|failures?)\b|\bINF\b|--[\w-]{0,30}error)")


@frozen
class OwnEnd:
    """An attempt that ended with an exit code of the container's, and not by the hand of host, limit or caller."""

    code: int
    number: int | None
    """The attempt; None for a work directory or log alone."""
    quote: Quote
    """Where the code stands."""
    last: bool


def own_ends(facts: Facts) -> Iterator[OwnEnd]:
    """The attempts whose exit code is the container's own, 0 left out."""
    late = timed_out(facts)
    for attempt in facts.attempts:
        code = attempt.attempt.exit_code
        quote = exit_quote(facts, attempt)
        if code and quote and not _ended_from_outside(facts, attempt) and attempt.attempt.number not in late:
            yield OwnEnd(code, attempt.attempt.number, quote, attempt is facts.attempts[-1])
    if not facts.attempts and facts.exit_file_code and facts.exit_file:
        yield OwnEnd(facts.exit_file_code, None, facts.exit_file, last=True)


def _ended_from_outside(facts: Facts, attempt: AttemptFacts) -> bool:
    return attempt.host_lost is not None or ended_by_call(facts, attempt)


def fusion_seen(facts: Facts) -> bool:
    """Any trace of Fusion: the job's command or environment, a log of Fusion's, a checkpoint."""
    if (facts.job and uses_fusion(facts.job)) or "fusion log" in facts.have:
        return True
    return snapshots_seen(facts) or any(hit.signature.source == "fusion" for hit in facts.hits)


def snapshots_seen(facts: Facts) -> bool:
    """Any trace of a snapshot."""
    return bool(facts.checkpoints) or facts.metadata is not None or facts.snapshots == "on"


def telling_lines(facts: Facts, end: OwnEnd) -> tuple[Quote, ...]:
    """The last lines of the output that look like an error, else the very last; only the last attempt's are known."""
    if not end.last:
        return ()
    errors = [q for q in facts.last_log_lines if _ERROR_WORDS.search(q.text) and not _HARMLESS.search(q.text)]
    return tuple(errors[-MAX_LAST_LINES:] or facts.last_log_lines[-1:])


def _finding(
    record: RuleRecord, end: OwnEnd, confidence: Confidence, summary: str, evidence: tuple[Quote, ...]
) -> Finding:
    return Finding(
        rule=record.id,
        cause=record.cause,
        severity=record.severity,
        confidence=confidence,
        summary=clean(summary),
        evidence=(end.quote, *evidence),
        attempt=end.number,
        docs=record.references,
    )


def _signed(facts: Facts, record: RuleRecord) -> list[Finding]:
    found = by_signature(facts, record)
    return list(found) if isinstance(found, tuple) else []


def _has_one(found: list[Finding], end: OwnEnd) -> bool:
    return any(f.attempt == end.number or (f.attempt is None and end.last) for f in found)


def _by_code(codes: Mapping[int, Confidence], meaning: str) -> RuleFunction:
    """A rule that knows texts and, where there is none, falls back on an exit code."""

    def rule(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
        found = _signed(facts, record)
        for end in own_ends(facts):
            if end.code in codes and not _has_one(found, end):
                deeper = explained(facts, end.number, _DEEPER, record.id)
                confidence: Confidence = "possible" if deeper else codes[end.code]
                summary = f"Exit code {end.code}: {meaning}. No line of the log says more."
                found.append(_finding(record, end, confidence, summary, telling_lines(facts, end)))
        return tuple(found) or nothing_found(facts, record)

    return rule


def memory_share(facts: Facts) -> tuple[float, Quote] | None:
    """Measured peak over the limit, and the figures to quote; None where either is unknown."""
    trace, spec = facts.trace, facts.job.main if facts.job else None
    asked = spec.memory_mib * 2**20 if spec and spec.memory_mib else None
    limit = asked or (trace.cgroup_limit_bytes if trace else None)
    peak = (trace.cgroup_peak_bytes or trace.peak_rss_bytes) if trace else None
    if trace is None or not limit or not peak:
        return None
    member = "cgroup_peak_bytes" if trace.cgroup_peak_bytes else "peak_rss_bytes"
    source = trace.sources.get(member, "workdir/.command.trace")
    return peak / limit, Quote(source, f"peak {peak / 2**30:.2f} GiB of {limit / 2**30:.2f} GiB")


def out_of_memory(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """The tool's own words; or a kill by signal 9, weighed by the memory that was measured."""
    share = memory_share(facts)
    late = timed_out(facts)
    found: list[Finding] = []
    for attempt, hits in hits_by_attempt(facts, record.id).items():
        finding = finding_of(record, hits, attempt)
        by_signal = all(_SIGKILL_WORDS.search(hit.quote.text) for hit in hits)
        if by_signal and (attempt in late or _from_outside(facts, attempt)):
            continue
        if by_signal and share and share[0] < FAR_BELOW_LIMIT:
            finding = replace(finding, confidence="possible", evidence=(*finding.evidence, share[1]))
        found.append(finding)
    for end in own_ends(facts):
        near = share is not None and share[0] >= NEAR_LIMIT and end.last
        if end.code == SIGKILL_CODE and near and share and not _has_one(found, end):
            summary = f"Killed by signal 9 with its memory at the limit ({share[1].text})."
            found.append(_finding(record, end, "likely", summary, (share[1], *telling_lines(facts, end))))
    return tuple(found) or nothing_found(facts, record)


def _from_outside(facts: Facts, number: int | None) -> bool:
    if not facts.attempts:
        return False
    attempt = next((a for a in facts.attempts if a.attempt.number == number), facts.attempts[-1])
    return _ended_from_outside(facts, attempt)


def killed(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """137 and nothing that shows by whom."""
    found: list[Finding] = []
    for end in own_ends(facts):
        if end.code != SIGKILL_CODE or end.number in hits_by_attempt(facts, OUT_OF_MEMORY):
            continue
        share = memory_share(facts)
        deeper = explained(facts, end.number, _DEEPER, record.id) or (share is not None and share[0] >= NEAR_LIMIT)
        against = share is not None and share[0] < FAR_BELOW_LIMIT
        confidence: Confidence = "possible" if deeper and not against else "likely"
        figures = (share[1],) if share else ()
        summary = "Exit code 137: something sent signal 9, and nothing that could be seen shows who."
        found.append(_finding(record, end, confidence, summary, (*figures, *telling_lines(facts, end))))
    return tuple(found) or nothing_found(facts, record)


def io_error(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """174 under Fusion, where nothing deeper is shown."""
    found = _signed(facts, record)
    for end in own_ends(facts):
        if end.code == FUSION_ERROR and fusion_seen(facts) and not _has_one(found, end):
            summary = "Fusion ended the task with its code for an input/output error (174)."
            found.append(_finding(record, end, "likely", summary, telling_lines(facts, end)))
    weighed = [
        replace(f, confidence="possible") if explained(facts, f.attempt, ("FS6",), record.id) else f for f in found
    ]
    return tuple(weighed) or nothing_found(facts, record)


def startup_failed(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """A fatal line of Fusion's; where its reason is named as well, that rule answers."""
    found = [
        replace(f, confidence="possible") if explained(facts, f.attempt, ("FS6",), record.id) else f
        for f in _signed(facts, record)
    ]
    return tuple(found) or nothing_found(facts, record)


def failed(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """A status other than 0, of the tool's own as far as can be seen."""
    found: list[Finding] = []
    for end in own_ends(facts):
        confidence = _own_failure(facts, end, record.id)
        if confidence:
            lines = telling_lines(facts, end)
            said = f" Its last words: {lines[-1].text}" if lines else " Its log could not be seen."
            found.append(_finding(record, end, confidence, f"The task ended with exit code {end.code}.{said}", lines))
    if found:
        return tuple(found)
    return NotApplicable() if facts.attempts else nothing_found(facts, record)


def _own_failure(facts: Facts, end: OwnEnd, rule: str) -> Confidence | None:
    """How sure it is that the status is the tool's own; None where it is not."""
    if end.code in SNAPSHOT_CODES:
        return None if fusion_seen(facts) else "possible"
    if end.code == FUSION_ERROR and fusion_seen(facts):
        return None
    if end.code == SIGKILL_CODE:
        return None
    weak = end.code in {*STOPPED_CODES, *CRASH_CODES, *PIPE_CODES, *MISSING_CODES}
    return "possible" if weak or explained(facts, end.number, _DEEPER, rule) else "likely"


RULES: Mapping[str, RuleFunction] = {
    "FS601": io_error,
    "FS602": startup_failed,
    "FS701": out_of_memory,
    "FS703": _by_code(CRASH_CODES, "a signal that a crash sends"),
    "FS705": _by_code(MISSING_CODES, "what a shell gives for a command that it cannot find or start"),
    "FS706": _by_code(PIPE_CODES, "128 + SIGPIPE, a pipe whose reader had gone"),
    "FS709": killed,
    "FS710": failed,
}
"""Rule id -> function, for the rules on the task's end that need more than a text."""
