"""Recommendations: what the rule's page advises, with this job's own figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from analyzer.advisor.measurements import WINDOW_SECONDS, last_of
from analyzer.classifier.catalogue import Advice, Catalogue
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding, Recommendation, RecommendationKind, SnippetLanguage
from analyzer.classifier.units import GIB, bytes_text, seconds_text

MARGIN = 0.15
"""Share of the window that is kept free: a notice may come late, and freezing and uploading the end take time."""
PLACEHOLDER = "YOUR_PROCESS"
"""What the catalogue's snippets call the process."""
_SELECTOR = re.compile(r"[A-Za-z0-9_:]{1,200}")
NEEDS_FIGURES = {"memory": "configuration", "instance": "platform"}
"""Kinds that promise a figure in `proposed`; without one the advice is of the plainer kind."""


def _advised(advice: Advice, docs: tuple[str, ...], process: str) -> Recommendation:
    kind = NEEDS_FIGURES.get(advice.kind, advice.kind)
    return Recommendation(
        kind=cast("RecommendationKind", kind),
        summary=advice.summary,
        snippet_language=cast("SnippetLanguage | None", advice.language),
        snippet=advice.snippet.replace(PLACEHOLDER, process) if advice.snippet else None,
        docs=docs,
    )


def _memory_that_fits(facts: Facts) -> Recommendation | None:
    """The largest memory that this job's own measured rate writes within the window less the margin."""
    operation = last_of(facts, "dump")
    if operation is None or operation.log is None or operation.outcome == "complete":
        return None
    seconds, written = operation.log.last_seconds, operation.checkpoint.written_bytes
    if not seconds or not written or seconds < 1:
        return None
    rate = written / seconds
    usable = WINDOW_SECONDS * (1 - MARGIN)
    fits = int(rate * usable)
    spec = facts.job.main if facts.job else None
    current: Mapping[str, object] = {"memory_bytes": spec.memory_mib * 2**20} if spec and spec.memory_mib else {}
    gib = max(fits // GIB, 1)
    return Recommendation(
        kind="memory",
        summary=f"Keep what the task holds in memory below {bytes_text(fits)}, or give the dump more bandwidth: "
        f"this job's own dump wrote {bytes_text(written)} in {seconds_text(seconds)}.",
        current=current,
        proposed={"memory_bytes": fits},
        because={
            "dump_bytes": written,
            "dump_seconds": round(seconds, 3),
            "dump_bytes_per_second": round(rate),
            "window_seconds": WINDOW_SECONDS,
            "margin_share": MARGIN,
            "measured_in": operation.log.source,
            "formula": "memory_bytes = dump_bytes / dump_seconds * window_seconds * (1 - margin_share)",
        },
        snippet_language="groovy",
        snippet=_memory_snippet(_process(facts), gib),
    )


def _process(facts: Facts) -> str:
    """The process' name as a `withName:` selector takes it; where it is not known, the placeholder."""
    name = facts.command_run.process if facts.command_run else None
    return name if name and _SELECTOR.fullmatch(name) else PLACEHOLDER


def _memory_snippet(process: str, gib: int) -> str:
    return f"process {{\n  withName: '{process}' {{\n    memory = {gib}.GB\n  }}\n}}"


def recommend(facts: Facts, root: Finding, catalogue: Catalogue) -> tuple[Recommendation, ...]:
    """What to change, best first; nothing where nothing is wrong."""
    record = catalogue.rules[root.rule]
    found = [_memory_that_fits(facts)] if root.cause == "dump.window_exceeded" else []
    process = _process(facts)
    advised = [_advised(advice, record.references[:1], process) for advice in record.advice]
    return tuple(r for r in [*found, *advised] if r is not None)
