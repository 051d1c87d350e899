"""`--prices`: Evidence with what the Spot market says of the instance types that may be proposed for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from analyzer.advisor.prices import spot_prices, types_to_score, zones_of
from analyzer.evidence.model import Document, Evidence, Gap
from analyzer.fetchers.permissions import permission_of
from analyzer.fetchers.prices import PRICES, WHAT, SpotMarket

Candidates = Callable[[Evidence], Sequence[str]]
"""Evidence -> the types that may be proposed, best first; none where no instance is the cure."""


def with_prices(evidence: Evidence, candidates: Candidates, market: SpotMarket) -> Evidence:
    """The same, with prices, placement scores, and a gap for what could not be had.

    A capture is never added to: it has the prices of its own day, or a gap says that it has none.
    """
    if evidence.spot_prices or evidence.placement_scores:
        return evidence
    types = candidates(evidence)
    if not types:
        return evidence
    if evidence.replayed:
        return replace(evidence, gaps=(*evidence.gaps, _not_live()))
    zones = zones_of(evidence)

    def to_score(rows: Sequence[Document]) -> tuple[str, ...]:
        return types_to_score(types, spot_prices(rows, own_zones=zones))

    found = market.ask(types, evidence.region, to_score, evidence.target)
    return replace(
        evidence,
        spot_prices=found.spot_prices,
        placement_scores=found.placement_scores,
        gaps=(*evidence.gaps, *found.gaps),
    )


def _not_live() -> Gap:
    return Gap(
        what=WHAT[PRICES],
        why="this is a capture without them, and prices are asked for only when a job is looked up: "
        "capture it with --prices",
        matters=permission_of(PRICES).matters,
    )
