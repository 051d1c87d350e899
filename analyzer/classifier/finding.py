"""What the classifier says: findings with their proof, the verdict, and the chain that leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from analyzer.frozen import frozen

Severity = Literal["error", "warning", "info"]
Confidence = Literal["certain", "likely", "possible"]
RANK: Mapping[Confidence, int] = {"certain": 0, "likely": 1, "possible": 2}
"""Confidences by their weight, the heaviest first: to sort by, and to compare."""
RecommendationKind = Literal["memory", "instance", "network", "configuration", "retry", "platform", "application"]
SnippetLanguage = Literal["groovy", "bash", "json"]
Owner = Literal["pipeline", "platform", "aws", "vendor", "unclear"]


@frozen
class Quote:
    """A line that proves something, literally."""

    source: str
    """`logs/2`, `workdir/.fusion/dump/3/dump_3.log`, `workdir.listing.jsonl`, `job.attempts[1].statusReason`."""
    text: str
    """As it stands in the source, at most a few hundred characters."""
    line: int | None = None
    """From 1; None where the source has no lines or the number cannot be known."""
    at: str | None = None
    """RFC 3339, or seconds since the checkpoint began (`119.975 s`)."""


@frozen
class Finding:
    """A rule's answer: this is so, and here is the line that shows it."""

    rule: str
    cause: str
    severity: Severity
    confidence: Confidence
    summary: str
    """One or two sentences with this job's own figures."""
    evidence: tuple[Quote, ...]
    attempt: int | None = None
    docs: tuple[str, ...] = ()


@frozen
class NotApplicable:
    """A rule's answer: it looked, and this is not so."""


@frozen
class Skipped:
    """A rule's answer: it could not look, for want of `missing`."""

    missing: tuple[str, ...]


Outcome = Finding | NotApplicable | Skipped


@frozen
class Examined:
    """A rule that had nothing to say, and why."""

    rule: str
    result: Literal["not_applicable", "skipped"]
    missing: tuple[str, ...] = ()


@frozen
class ChainStep:
    """One step of the story, oldest first."""

    event: str
    attempt: int | None = None
    at: str | None = None
    cause: str | None = None
    led_to: str | None = None


@frozen
class Verdict:
    """The one answer."""

    cause: str
    rule: str
    confidence: Confidence
    title: str
    summary: str
    owner: Owner
    fingerprint: str
    """Equal for jobs that failed alike: no id, time or size goes into it."""


@frozen
class Recommendation:
    """What to change, and why."""

    kind: RecommendationKind
    summary: str
    current: Mapping[str, object] = field(default_factory=dict)
    proposed: Mapping[str, object] = field(default_factory=dict)
    because: Mapping[str, object] = field(default_factory=dict)
    """Figures with their units in their names, and where each came from."""
    snippet_language: SnippetLanguage | None = None
    snippet: str | None = None
    docs: tuple[str, ...] = ()
