"""Recommendations: what of the rule's advice is for this job, with the job's own names and figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from analyzer.advisor.conditions import EVALUATED, fits
from analyzer.advisor.limits import time_values
from analyzer.advisor.memory import Growth, grown, grown_figures, memory_that_fits
from analyzer.advisor.placeholders import PROCESS, fill, known_values
from analyzer.advisor.scope import scoped
from analyzer.classifier.catalogue import Advice, Catalogue
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding, Recommendation, RecommendationKind, SnippetLanguage
from analyzer.evidence.model import Evidence

LONGER_DUMP = (
    " More memory in use also means a longer dump: about 5 GiB per Gbps of baseline bandwidth go into the window."
)
NEEDS_FIGURES = {"memory": "configuration", "instance": "platform"}
"""Kinds that promise a figure in `proposed`; without one the advice is of the plainer kind."""
MORE_MEMORY = "YOUR-MEMORY"
"""Stands in snippets for what to ask for after a death for want of memory."""


def _advised(
    advice: Advice, docs: tuple[str, ...], values: Mapping[str, str], growth: Growth | None, snapshots: bool
) -> Recommendation:
    snippet = fill(advice.snippet, values) if advice.snippet else None
    if snippet and advice.language == "groovy":
        snippet = scoped(snippet, values.get(PROCESS, PROCESS))
    grows = growth is not None and advice.kind == "memory" and MORE_MEMORY in (advice.snippet or "")
    kind = advice.kind if grows else NEEDS_FIGURES.get(advice.kind, advice.kind)
    return Recommendation(
        kind=cast("RecommendationKind", kind),
        summary=fill(advice.summary, values) + (LONGER_DUMP if grows and snapshots else ""),
        current={"memory_bytes": growth.asked} if growth and grows else {},
        proposed={"memory_bytes": growth.proposed} if growth and grows else {},
        because=grown_figures(growth) if growth and grows else {},
        snippet_language=cast("SnippetLanguage | None", advice.language),
        snippet=snippet,
        docs=docs,
    )


def _outran_window(facts: Facts, root: Finding) -> bool:
    near = root.cause in ("restore.dump_unfinished", "dump.interrupted") and EVALUATED["dump-near-window"](facts)
    return root.cause == "dump.window_exceeded" or near


def recommend(
    facts: Facts, root: Finding, catalogue: Catalogue, evidence: Evidence | None = None
) -> tuple[Recommendation, ...]:
    """What to change, best first; nothing where nothing is wrong.

    `evidence` gives names to fill in: the work directory, the compute environment.
    """
    record = catalogue.rules[root.rule]
    measured = memory_that_fits(facts, root) if _outran_window(facts, root) else None
    growth = grown(facts)
    values = {**known_values(facts, root, evidence), **time_values(facts)}
    if growth:
        values[MORE_MEMORY] = growth.amount
    advised = [
        _advised(advice, record.references[:1], values, growth, facts.snapshots == "on")
        for advice in record.advice
        # the figure says it better than the page does
        if fits(advice, facts, root) and not (measured and advice.kind == "memory")
    ]
    return ((measured,) if measured else ()) + tuple(advised)
