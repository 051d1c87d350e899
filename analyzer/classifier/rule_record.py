"""A rule as the catalogue has it: frozen records, and the words that they may use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache

from analyzer.classifier.finding import Confidence, Owner, Severity
from analyzer.classifier.setting_names import Value
from analyzer.frozen import frozen

SOURCES = ("criu", "runtime", "fusion", "task", "reason")
"""Where a signature may be looked for; docs/rules-file.md says what each is."""
SOURCE_NAMES = (
    "job",
    "reasons",
    "task log",
    "fusion log",
    "dump log",
    "restore log",
    "dump metadata",
    "work directory listing",
    "instance",
    "cloudtrail",
    "job queue",
    "compute environments",
)
"""What a rule may say that it reads, and what it may say that it lacked."""
READS_OF = {
    "criu": ("dump log", "restore log"),
    "runtime": ("task log",),
    "fusion": ("fusion log", "task log"),
    "task": ("task log",),
    "reason": ("reasons", "compute environments"),
}
"""What a rule reads whose signatures are of these sources."""
OPERATIONS = ("dump", "pre-dump", "restore")
ADVICE_KINDS = ("memory", "instance", "network", "configuration", "retry", "platform", "application")
LANGUAGES = ("groovy", "bash", "json")
CONDITIONS = (
    "job-known",
    "job-unknown",
    "running",
    "bare-log",
    "time-limit",
    "no-time-limit",
    "x86_64",
    "arm64",
    "snapshots-on",
    "snapshots-not-seen",
    "pre-dumps",
    "no-pre-dumps",
    "full-dumps",
    "no-full-dumps",
    "dump-near-window",
    "dump-far-from-window",
    "host-lost",
    "host-end-known",
    "host-end-unknown",
    "memory-known",
    "memory-unknown",
)
"""What an advice may be bound to by `only`; analyzer.advisor.conditions evaluates them, docs/rules-file.md has them."""


class CatalogueError(Exception):
    """A catalogue, or a user's rules file, that cannot be used; the text says where and why."""


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@frozen
class Signature:
    """A text that shows a cause."""

    rule: str
    source: str
    """One of SOURCES."""
    text: str
    """A literal that the line must hold; the gate before the pattern."""
    pattern_text: str | None = None
    """Searched in the line; its named groups may be used in `summary`."""
    operations: tuple[str, ...] = ()
    """For `criu`: the operations whose logs count; empty: all."""
    exit_codes: tuple[int, ...] = ()
    """For `task`: where the attempt's exit code is known, it must be one of these; empty: any but 0."""
    confidence: Confidence = "certain"
    summary: str | None = None
    """Template for the finding's summary, with `{group}` for the pattern's named groups."""

    @property
    def pattern(self) -> re.Pattern[str] | None:
        """Compiled when it is first needed: of a thousand patterns a diagnosis needs a handful."""
        return _compiled(self.pattern_text) if self.pattern_text else None

    def search(self, line: str) -> Mapping[str, str] | None:
        """The named groups where the line matches, else None."""
        if self.text not in line:
            return None
        pattern = self.pattern
        if pattern is None:
            return {}
        match = pattern.search(line)
        return None if match is None else {k: v for k, v in match.groupdict().items() if v is not None}


@frozen
class Advice:
    """A recommendation that goes with a rule, before the advisor's arithmetic."""

    kind: str
    summary: str
    language: str | None = None
    snippet: str | None = None
    """May hold placeholders that the advisor fills in: analyzer.advisor.placeholders."""
    when: tuple[str, ...] = ()
    """Literals of which one must stand in the finding's evidence or summary, in whatever case; empty: always."""
    unless: tuple[str, ...] = ()
    """Literals of which none may stand there."""
    only: tuple[str, ...] = ()
    """Names of CONDITIONS that must all hold for the job."""
    proposed: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """Setting -> what it should be: names of analyzer.classifier.setting_names.SETTINGS."""
    holds: str | None = None
    """When this advice is good, in a sentence, where `when`, `unless` and `only` do not say it."""


@frozen
class RuleRecord:
    """One rule, all that is written about it."""

    id: str
    cause: str
    title: str
    severity: Severity
    owner: Owner
    reads: tuple[str, ...]
    """The sources it looks at: names of analyzer.classifier.facts.SOURCE_NAMES."""
    since: str
    means: str
    recognised: str
    what_to_do: str
    wrong_when: str
    references: tuple[str, ...]
    scenarios: tuple[str, ...]
    advice: tuple[Advice, ...] = ()
    signatures: tuple[Signature, ...] = ()
    repeats: bool = False
    """The cause meets every new job of this task again until it is cured: a retry alone is wasted."""
