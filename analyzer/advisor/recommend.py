"""Recommendations: what of the rule's advice is for this job, with the job's own names and figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from analyzer.advisor.conditions import EVALUATED, architecture, fits, is_graviton
from analyzer.advisor.growth import Growth, grown, grown_figures
from analyzer.advisor.host_advice import fewer_tasks_a_host, fits_by_the_model, held_up_elsewhere, slow_way_out
from analyzer.advisor.instance_advice import ENVIRONMENT, instances_of_several_families, instances_that_fit
from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.advisor.limits import time_values
from analyzer.advisor.memory import memory_that_fits
from analyzer.advisor.placeholders import PROCESS, fill, known_values
from analyzer.advisor.readings import Case
from analyzer.advisor.reckoning import Reckoning, reckon
from analyzer.advisor.retry import with_retry
from analyzer.advisor.scope import scoped
from analyzer.advisor.settings import moot, settle
from analyzer.advisor.window import Window
from analyzer.classifier.catalogue import Advice, Catalogue
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding, Recommendation, RecommendationKind, SnippetLanguage
from analyzer.evidence.model import Evidence

LONGER_DUMP = (
    " More memory in use also means a longer dump: about 5 GiB per Gbps of baseline bandwidth go into the window."
)
NEEDS_FIGURES = {"memory": "configuration", "instance": "platform"}
"""Kinds that promise a figure in `proposed`; without one the advice is of the plainer kind."""
TOLD_BY_FIGURES = (*NEEDS_FIGURES, "network")
"""Kinds that the job's own figures say better than the catalogue does."""
MORE_MEMORY = "YOUR-MEMORY"
"""Stands in snippets for what to ask for after a death for want of memory."""


def _advised(
    advice: Advice, docs: tuple[str, ...], values: Mapping[str, str], growth: Growth | None, case: Case
) -> Recommendation:
    snippet = fill(advice.snippet, values) if advice.snippet else None
    if snippet and advice.language == "groovy":
        snippet = scoped(snippet, values.get(PROCESS, PROCESS))
    grows = growth is not None and advice.kind == "memory" and MORE_MEMORY in (advice.snippet or "")
    kind = advice.kind if grows else NEEDS_FIGURES.get(advice.kind, advice.kind)
    settled = settle(advice, case, values)
    return Recommendation(
        kind=cast("RecommendationKind", kind),
        summary=fill(advice.summary, values) + (LONGER_DUMP if grows and case.facts.snapshots == "on" else ""),
        current={**settled.current, **({"memory_bytes": growth.asked} if growth and grows else {})},
        proposed={**settled.proposed, **({"memory_bytes": growth.proposed} if growth and grows else {})},
        because={**settled.because, **(grown_figures(growth) if growth and grows else {})},
        snippet_language=cast("SnippetLanguage | None", advice.language),
        snippet=snippet,
        docs=docs,
    )


WINDOW_FAMILIES = ("dump", "restore", "host")
"""Where memory, bandwidth and hosts may be the matter."""


def _outran_window(facts: Facts, root: Finding) -> bool:
    near = root.cause in ("restore.dump_unfinished", "dump.interrupted") and EVALUATED["dump-near-window"](facts)
    return root.cause == "dump.window_exceeded" or near


def reckoned(
    facts: Facts, root: Finding, evidence: Evidence | None, instances: InstanceCatalogue | None, window: Window
) -> Reckoning | None:
    """The job's figures, for the families in which they matter."""
    if root.cause.split(".", 1)[0] not in WINDOW_FAMILIES:
        return None
    return reckon(facts, root, instances or shipped_instances(), evidence, window)


def _sized(
    facts: Facts, root: Finding, reckoning: Reckoning, environment: str | None
) -> tuple[tuple[Recommendation, ...], tuple[Recommendation, ...]]:
    """What is said first, because the window is the matter; and what is said last, because it is not, or not yet."""
    memory, fitting = memory_that_fits(facts, reckoning), instances_that_fit(facts, reckoning, environment)
    alone, slow = fewer_tasks_a_host(facts, reckoning), slow_way_out(reckoning)
    if _outran_window(facts, root):
        # a limit below what the task was seen to hold kills it: then another instance is the first thing to try
        order = (memory, fitting) if memory and _lives_with(memory, reckoning) else (fitting, memory)
        return _there(slow, *order, alone, fits_by_the_model(reckoning)), ()
    if reckoning.outruns:
        return (), _there(memory, fitting, alone, slow)
    if root.cause.startswith("host.") and not any(one.not_reclaim for one in facts.attempts):
        return (), _there(instances_of_several_families(facts, reckoning, environment))
    return (), ()


def _refuted(advice: Advice, case: Case, reckoning: Reckoning | None) -> bool:
    """Whether types that the catalogue names are of the wrong architecture, no place for the job, or no cure."""
    if advice.kind != "instance":
        return False
    named = advice.proposed.get("instance_types") if advice.proposed else None
    x86 = isinstance(named, (list, tuple)) and not any(is_graviton(str(name)) for name in named)
    if x86 and architecture(case.facts) == "arm64":
        return True
    if reckoning is None:
        return False
    elsewhere = reckoning.shape is None and case.job is not None and reckoning.held is not None
    useless = reckoning.fits_already or held_up_elsewhere(reckoning.host)
    return elsewhere or (useless and _outran_window(case.facts, case.root))


def _lives_with(memory: Recommendation, reckoning: Reckoning) -> bool:
    held = reckoning.held
    least = max(held.seen_bytes or 0, held.bytes if held.measured else 0) if held else 0
    return least <= cast("int", memory.proposed["memory_bytes"])


def _there(*found: Recommendation | None) -> tuple[Recommendation, ...]:
    return tuple(one for one in found if one is not None)


def recommend(
    facts: Facts,
    root: Finding,
    catalogue: Catalogue,
    evidence: Evidence | None = None,
    reckoning: Reckoning | None = None,
) -> tuple[Recommendation, ...]:
    """What to change, best first; nothing where nothing is wrong.

    `evidence` gives names to fill in: the work directory, the compute environment; `reckoning` the figures.
    """
    record = catalogue.rules[root.rule]
    growth = grown(facts)
    values = {**known_values(facts, root, evidence), **time_values(facts)}
    if growth:
        values[MORE_MEMORY] = growth.amount
    first, last = _sized(facts, root, reckoning, values.get(ENVIRONMENT)) if reckoning else ((), ())
    if any(MORE_MEMORY in (advice.snippet or "") and fits(advice, facts, root) for advice in record.advice):
        last = tuple(one for one in last if one.kind != "memory")  # it died for want of memory: not less of it
    # the figure says it better than the page does
    told = {one.kind for one in (*first, *last)}
    case, docs = Case(facts, root, evidence), record.references[:1]
    advised = tuple(
        _advised(advice, docs, values, growth, case)
        for advice in record.advice
        if fits(advice, facts, root)
        and not (advice.kind in told and advice.kind in TOLD_BY_FIGURES)
        and not moot(advice, case, values)
        and not _refuted(advice, case, reckoning)
    )
    return with_retry((*first, *advised, *last), case, record.repeats)
