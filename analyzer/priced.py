"""`--prices`: Evidence with what the Spot market says of the instance types that may be proposed for it.

The way stays one way: a first, pure look at the evidence names the types, the fetcher asks what they cost, the answers
become evidence, and the diagnosis is made of that. A capture keeps the answers, so that a replay says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.prices import SpotPrices, spot_prices, zones_of
from analyzer.advisor.reckoning import Reckoning
from analyzer.advisor.recommend import reckoned, recommend
from analyzer.advisor.sizing import PRICED, best_of_each_family
from analyzer.advisor.window import Window
from analyzer.classifier.catalogue import Catalogue
from analyzer.classifier.engine import evaluate
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding, Recommendation
from analyzer.classifier.gather import gather
from analyzer.classifier.verdict import decide
from analyzer.evidence.model import Document, Evidence, Gap
from analyzer.fetchers.permissions import permission_of
from analyzer.fetchers.prices import PRICES, WHAT, SpotMarket


@dataclass(frozen=True)
class FirstLook:
    """What a diagnosis would propose, before prices are known and once they are; pure."""

    facts: Facts
    root: Finding
    catalogue: Catalogue
    evidence: Evidence
    reckoning: Reckoning

    def proposed(self, prices: SpotPrices | None = None) -> tuple[str, ...]:
        """The types that are proposed, best first; none where no other instance is the cure."""
        reckoning = replace(self.reckoning, prices=prices)
        return _types_in(recommend(self.facts, self.root, self.catalogue, self.evidence, reckoning))

    def candidates(self) -> tuple[str, ...]:
        """The types whose prices matter: what is proposed without prices, and what may be with them; 40 at most."""
        options = self.reckoning.options
        cheapest, families = options[: PRICED // 2], best_of_each_family(options)
        names = [one.kind.name for one in (*cheapest, *families, *options)]
        proposed = self.proposed()
        return tuple(dict.fromkeys([*proposed, *names]))[:PRICED] if proposed else ()


def _types_in(recommendations: Iterable[Recommendation]) -> tuple[str, ...]:
    named = (one.proposed.get("instance_types") for one in recommendations)
    return tuple(dict.fromkeys(name for names in named if isinstance(names, (list, tuple)) for name in names))


def look(
    evidence: Evidence, catalogue: Catalogue, instances: InstanceCatalogue | None = None, window: Window | None = None
) -> FirstLook | None:
    """What may be proposed; None where instances are not the matter."""
    facts, _ = gather(evidence, catalogue)
    findings, _ = evaluate(facts, catalogue)
    root = decide(facts, findings)
    reckoning = reckoned(facts, root, evidence, instances, window or Window())
    return FirstLook(facts, root, catalogue, evidence, reckoning) if reckoning else None


def with_prices(
    evidence: Evidence,
    market: SpotMarket,
    catalogue: Catalogue,
    instances: InstanceCatalogue | None = None,
    window: Window | None = None,
) -> Evidence:
    """The same, with prices, placement scores, and a gap for what could not be had.

    A capture is never added to: it has the prices of its own day, or a gap says that it has none.
    """
    if evidence.spot_prices or evidence.placement_scores:
        return evidence
    first = look(evidence, catalogue, instances, window)
    types = first.candidates() if first else ()
    if first is None or not types:
        return evidence
    if evidence.replayed:
        return replace(evidence, gaps=(*evidence.gaps, _not_live()))
    zones = zones_of(evidence)

    def to_score(rows: Sequence[Document]) -> tuple[str, ...]:
        prices = spot_prices(rows, own_zones=zones)
        # a type that the region lacks spoils the question
        return tuple(name for name in first.proposed(prices) if prices.of(name) or not prices.prices)

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
