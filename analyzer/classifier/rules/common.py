"""What the rules share: the form of a rule function, the answer by signatures alone, attempts and their ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.classifier.finding import RANK, Confidence, Finding, NotApplicable, Outcome, Quote, Skipped
from analyzer.parsers.fusion_log import parse_fusion_line

if TYPE_CHECKING:
    from analyzer.classifier.catalogue import RuleRecord
    from analyzer.classifier.facts import AttemptFacts, Facts, Hit

RuleFunction = Callable[["Facts", "RuleRecord"], "Outcome | tuple[Finding, ...]"]
"""A rule: facts and its own record in, findings or the reason for none out. No clock, no network."""

SUMMARY_CHARACTERS = 300
MAX_EVIDENCE = 3
"""Quotes that one finding by signature carries."""
WEAKER: Mapping[Confidence, Confidence] = {"certain": "likely", "likely": "possible", "possible": "possible"}
SHELL_CODES = frozenset({126, 127})
"""A shell's codes for a command that cannot be started or found."""
BURST_BYTES = 16 * 1024
"""Errors that lie no further apart in a log belong together."""
_SOURCE_ORDER: Mapping[str, int] = {"reason": 0, "runtime": 1, "fusion": 2, "task": 3}
_FIELD = re.compile(r"\{(\w+)\}")
_CLOCK = re.compile(r"[\x1b0-9]")
_JSON_LEVEL = re.compile(r'^\s{0,8}\{.{0,200}?"level": ?"(\w{1,16})"')
_SOFT_WORDS = re.compile(
    r"(?i:\b(?:warn(?:ing)?|debug|retry(?:ing)?|retries|falling back|falls? back|ignor(?:ed|ing)"
    r"|skipp(?:ed|ing)|continuing|instead|attempt \d{1,3}(?:/| of ))(?:\b|\d))"
)
_ERROR_WORDS = re.compile(r"(?i:\b(?:error|exception|fatal|traceback|abort(?:ed)?|panic)\b)")
FUSION_ERROR = 174
"""Fusion's own exit code: then its warnings count, too."""
FAR_LINES = 200
"""A stack trace is shorter; what stands further from a log's end was survived."""
FUSION_ERRORS = ("error", "fatal", "panic")
RECOVERABLE = ("FS65", "FS705", "FS706", "FS707")
"""Rules whose texts stand in many a log that ended well."""
_JSON_MEMBER = re.compile(r'"(provider_error|error|message|path)": ?"([^"\\]{1,300})"')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")


def by_signature(facts: Facts, record: RuleRecord) -> Outcome | tuple[Finding, ...]:
    """The answer of a rule that needs no more than its texts: one finding an attempt, with the most telling lines."""
    groups = hits_by_attempt(facts, record.id)
    return tuple(finding_of(record, hits, attempt) for attempt, hits in groups.items()) or nothing_found(facts, record)


def hits_by_attempt(facts: Facts, rule: str) -> dict[int | None, list[Hit]]:
    """The rule's counting hits by attempt, in order; those that name no attempt join the last one's, if it has any."""
    groups: dict[int | None, list[Hit]] = {}
    for hit in counting_hits(facts, rule):
        groups.setdefault(hit.attempt, []).append(hit)
    last = facts.attempts[-1].attempt.number if facts.attempts else None
    if last in groups and None in groups and last is not None:
        groups[last] += groups.pop(None)
    return dict(sorted(groups.items(), key=lambda group: (group[0] is None, group[0] or 0)))


def nothing_found(facts: Facts, record: RuleRecord) -> NotApplicable | Skipped:
    """ "Looked, and it is not so" where any of the rule's sources was there, else "could not look"."""
    if not record.reads or facts.have & set(record.reads):
        return NotApplicable()
    return Skipped(record.reads)


def finding_of(
    record: RuleRecord, hits: list[Hit], attempt: int | None, confidence: Confidence | None = None
) -> Finding:
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
        attempt=attempt,
        docs=record.references,
    )


def summary_of(record: RuleRecord, hit: Hit) -> str:
    """The signature's own summary with what the line tells filled in, else the rule's title and the line."""
    template = hit.signature.summary
    if template is None or any(name not in hit.groups for name in _FIELD.findall(template)):
        return clean(f"{record.title}: {_words(hit.quote.text)}")
    return clean(_FIELD.sub(lambda field: hit.groups[field[1]], template))


def _words(text: str) -> str:
    """What a line says: of one of Fusion's JSON lines, which may be cut, its message and its path."""
    if not text.startswith("{"):
        return text
    members = dict(_JSON_MEMBER.findall(text))
    told = next((members[name] for name in ("provider_error", "error", "message") if name in members), None)
    if told is None:
        return text
    return f"{told} ({members['path']})" if "path" in members else told


def clean(text: str, limit: int = SUMMARY_CHARACTERS) -> str:
    """One line without control characters, at most `limit` characters."""
    text = _CONTROL.sub(" ", text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def counting_hits(facts: Facts, rule: str) -> Iterator[Hit]:
    """The rule's hits that no exit code speaks against, each with the confidence that it earns."""
    hits = [hit for hit in facts.hits_of(rule) if counting(facts, hit)]
    roots = _root_offsets(facts) if any(map(_may_be_root, hits)) else {}
    for hit in hits:
        unproven = bool(hit.signature.exit_codes) and exit_code_of(facts, hit.attempt) is None
        echo = _may_be_root(hit) and hit.offset != roots.get(hit.quote.source, hit.offset)
        earned = hit
        for _ in range((unproven or echo) + _doubts(facts, hit)):
            earned = weaker(earned)
        yield earned


def _doubts(facts: Facts, hit: Hit) -> int:
    """How many steps less sure a log's line is for what it calls itself, and for what came after it."""
    if hit.signature.source not in {"task", "fusion"} or not hit.signature.rule.startswith(("FS6", "FS7")):
        return 0
    end_unknown = exit_code_of(facts, hit.attempt) is None and hit.signature.rule.startswith(RECOVERABLE)
    softer = _SOFT_WORDS.search(hit.quote.text) or _fusion_goes_on(hit.quote.text)
    return end_unknown + bool(softer) + _outlived(facts, hit)


def _outlived(facts: Facts, hit: Hit) -> int:
    """1 where the task ended with an error that is another, 2 where it had also written on for long before."""
    line = hit.quote.line
    tail = [q for q in facts.last_log_lines if q.source == hit.quote.source and q.line is not None]
    if line is None or not tail:
        return 0
    known = {(h.quote.source, h.quote.line) for h in facts.hits}
    later = [q for q in tail if q.line is not None and q.line > line and (q.source, q.line) not in known]
    if not any(_ERROR_WORDS.search(q.text) for q in later):
        return 0
    if (tail[-1].line or line) - line > FAR_LINES:
        return 2
    return int(hit.signature.confidence == "certain")  # an error often draws others after it


def weaker(hit: Hit) -> Hit:
    """The hit with a confidence one step lower."""
    return replace(hit, signature=replace(hit.signature, confidence=WEAKER[hit.signature.confidence]))


def _root_offsets(facts: Facts) -> dict[str, int]:
    """Where in each log the root of the task's failure stands, of the lines that are certain by themselves.

    A log's last burst of errors is what ended the task, and of that burst the first line is the cause: what stands long
    before it was survived, what stands after it is a consequence. A shell's 126 or 127 speaks of the very last command.
    """
    by_source: dict[str, list[Hit]] = {}
    for hit in facts.hits:
        if _may_be_root(hit) and counting(facts, hit):
            by_source.setdefault(hit.quote.source, []).append(hit)
    return {source: _root_offset(facts, hits) for source, hits in by_source.items()}


def _root_offset(facts: Facts, hits: list[Hit]) -> int:
    shells = [h.offset for h in hits if SHELL_CODES & {*h.signature.exit_codes}]
    if shells and exit_code_of(facts, hits[0].attempt) in SHELL_CODES:
        return max(shells)
    offsets = sorted(hit.offset for hit in hits)
    root = offsets.pop()
    while offsets and root - offsets[-1] <= BURST_BYTES:
        root = offsets.pop()
    return root


def _may_be_root(hit: Hit) -> bool:
    return (
        hit.signature.confidence == "certain"
        and hit.signature.source in {"task", "fusion"}
        and hit.signature.rule.startswith(("FS6", "FS7"))
    )


def counting(facts: Facts, hit: Hit) -> bool:
    """Whether neither the attempt's exit code, where it is known, nor the line's own level speaks against the hit."""
    if hit.signature.source in {"reason", "criu"}:
        return True
    code = exit_code_of(facts, hit.attempt)
    if hit.signature.source in {"task", "fusion"} and _fusion_goes_on(hit.quote.text):
        return hit.signature.source == "fusion" and code == FUSION_ERROR
    if code is None:
        return True
    allowed = hit.signature.exit_codes
    return code in allowed if allowed else code != 0


def _fusion_goes_on(text: str) -> bool:
    """Whether the line is one of Fusion's below the level of an error: it tries again, or only tells."""
    if level := _JSON_LEVEL.search(text):  # a quoted line may be cut, so that it is no JSON any more
        return level[1].lower() not in FUSION_ERRORS
    line = parse_fusion_line(text) if _CLOCK.match(text) else None
    return line is not None and not line.is_error


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


def explained(facts: Facts, attempt: int | None, families: tuple[str, ...], apart_from: str) -> bool:
    """Whether a text that is more than `possible` names another cause of these families for the attempt."""
    last = facts.attempts[-1].attempt.number if facts.attempts else None
    others = {h.signature.rule for h in facts.hits if h.signature.rule.startswith(families)} - {apart_from}
    for hit in (hit for rule in sorted(others) for hit in counting_hits(facts, rule)):
        counts = hit.attempt == attempt or (hit.attempt is None and attempt == last) or attempt is None
        if counts and hit.signature.confidence != "possible":
            return True
    return False


def exit_quote(facts: Facts, attempt: AttemptFacts | None) -> Quote | None:
    """Where the exit code stands."""
    end = attempt.attempt.main if attempt else None
    if end and end.exit_code is not None:
        return Quote(f"{end.source}.exitCode", str(end.exit_code))
    return facts.exit_file


def _telling(hit: Hit) -> tuple[int, int, int]:
    return RANK[hit.signature.confidence], _SOURCE_ORDER.get(hit.signature.source, 9), hit.offset


def _distinct(quotes: list[Quote]) -> tuple[Quote, ...]:
    by_text = {quote.text: quote for quote in reversed(quotes)}
    kept = [quote for quote in quotes if by_text[quote.text] is quote]
    return tuple(kept[:MAX_EVIDENCE])
