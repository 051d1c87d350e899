"""What instance types cost on the Spot market, and how likely they are to be had: from EC2's answers, if anybody asked.

Prices are in US dollars an hour, for Linux; scores are EC2's Spot placement scores, 1 to 10. Both were true when they
were asked for, and are no more than a hint: EC2 guarantees neither.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from analyzer.advisor.instance_types import is_type_name
from analyzer.classifier.clock import from_milliseconds, to_milliseconds
from analyzer.evidence.job import items, mapping, number, text, texts, whole
from analyzer.evidence.model import Document, Evidence
from analyzer.frozen import frozen

LINUX = ("Linux/UNIX", "Linux/UNIX (Amazon VPC)")
"""EC2's two names for the same: the second is that of accounts from before 2013."""
MOST_USD_PER_HOUR = 10_000.0
"""No instance costs this much; a larger figure is no price."""
BEST_SCORE = 10
_ZONE = re.compile(r"[a-z0-9-]{1,40}")


@frozen
class Price:
    """The price of one type in one zone."""

    type_name: str
    per_hour_usd: float
    """US dollars an hour of one instance; always finite and above zero."""
    zone: str
    """The availability zone's name, or its id where EC2 gave no name."""
    since: str | None
    """RFC 3339: when the price became this."""


@frozen
class Placement:
    """The answer to one question for placement scores: the best zone's."""

    score: int
    """1 to 10."""
    zone_id: str | None
    """The zone's id (`euc1-az2`), the same place in every account; None where the score is the region's."""
    instance_types: tuple[str, ...]
    """Asked about together: the score is that of a fleet that may use any of them."""
    target_capacity: int | None
    """So many instances were asked for."""


@frozen
class SpotPrices:
    """What is known of the Spot market; empty where nobody asked."""

    prices: Mapping[str, Price] = field(default_factory=lambda: MappingProxyType({}))
    """Type -> its cheapest price: in a zone where the job's hosts were, where one of those has a price, else in any."""
    placement: Placement | None = None
    """The best answer for placement."""

    def of(self, type_name: str) -> Price | None:
        """The price of a type; None where there is none."""
        return self.prices.get(type_name)

    @property
    def score(self) -> int | None:
        """The best placement score, 1 to 10; None where there is none."""
        return self.placement.score if self.placement else None


def _zone(value: object) -> str | None:
    name = text(value)
    return name if name and _ZONE.fullmatch(name) else None


def _price(row: Document) -> Price | None:
    name, told = text(row.get("InstanceType")), number(row.get("SpotPrice"))
    zone = _zone(row.get("AvailabilityZone")) or _zone(row.get("AvailabilityZoneId"))
    if name is None or not is_type_name(name) or zone is None or row.get("ProductDescription") not in LINUX:
        return None
    if told is None or not 0 < told < MOST_USD_PER_HOUR:
        return None
    return Price(name, told, zone, from_milliseconds(to_milliseconds(row.get("Timestamp"))))


def _in_force(rows: Iterable[Document]) -> dict[str, dict[str, Price]]:
    """Type -> zone -> the last price there; of two at the same time, the higher."""
    last: dict[str, dict[str, Price]] = {}
    for price in filter(None, map(_price, rows)):
        known = last.setdefault(price.type_name, {}).get(price.zone)
        if known is None or _age(price) > _age(known):
            last[price.type_name][price.zone] = price
    return last


def _age(price: Price) -> tuple[int, float]:
    return (to_milliseconds(price.since) or 0, price.per_hour_usd)


def _cheapest(by_zone: Mapping[str, Price], own: frozenset[str]) -> Price:
    at_home = [price for zone, price in by_zone.items() if zone in own]
    return min(at_home or by_zone.values(), key=lambda price: (price.per_hour_usd, price.zone))


def _placement(document: Document) -> Placement | None:
    score = whole(document.get("Score"))
    if score is None or not 1 <= score <= BEST_SCORE:
        return None
    return Placement(
        score=score,
        zone_id=_zone(document.get("AvailabilityZoneId")),
        instance_types=tuple(name for name in texts(document.get("InstanceTypes")) if is_type_name(name)),
        target_capacity=whole(document.get("TargetCapacity")),
    )


def spot_prices(
    prices: Iterable[Document], placement_scores: Iterable[Document] = (), own_zones: Iterable[str] = ()
) -> SpotPrices:
    """Read the elements of DescribeSpotPriceHistory and GetSpotPlacementScores; what is malformed is passed over.

    Args:
        prices: elements of DescribeSpotPriceHistory.
        placement_scores: elements of GetSpotPlacementScores, with the `InstanceTypes` that were asked about.
        own_zones: names of the zones that count before all others.
    """
    own = frozenset(own_zones)
    best = {name: _cheapest(by_zone, own) for name, by_zone in _in_force(prices).items()}
    scored = [one for one in map(_placement, placement_scores) if one]
    scored.sort(key=lambda one: (-one.score, one.zone_id or ""))
    return SpotPrices(MappingProxyType(dict(sorted(best.items()))), scored[0] if scored else None)


def zones_of(evidence: Evidence) -> tuple[str, ...]:
    """The zones in which the job's hosts were, as EC2 and ECS tell."""
    told: list[object] = [mapping(one.get("Placement")).get("AvailabilityZone") for one in evidence.instances]
    for host in evidence.container_instances:
        attributes = items(host.get("attributes"))
        told += [one.get("value") for one in attributes if one.get("name") == "ecs.availability-zone"]
    return tuple(sorted({zone for zone in map(_zone, told) if zone}))


def read_spot_prices(evidence: Evidence) -> SpotPrices:
    """The Spot market as the evidence tells; the zones of the job's own hosts count before all others."""
    return spot_prices(evidence.spot_prices, evidence.placement_scores, zones_of(evidence))


def price_figures(price: Price | None) -> dict[str, object]:
    """A price as members of a document; none where there is none."""
    if price is None:
        return {}
    return {
        "spot_price_usd_per_hour": price.per_hour_usd,
        "spot_price_zone": price.zone,
        "spot_price_since": price.since,
    }


def placement_of(prices: SpotPrices | None, type_names: Collection[str]) -> Placement | None:
    """The placement score, where it is one for these types: for some of them, or for these among others."""
    placement = prices.placement if prices else None
    asked, named = set(placement.instance_types if placement else ()), set(type_names)
    return placement if asked and named and (asked <= named or named <= asked) else None


def placement_figures(placement: Placement | None) -> dict[str, object]:
    """A placement score as members of a document; none where there is none."""
    if placement is None:
        return {}
    return {
        "spot_placement_score": placement.score,
        "spot_placement_zone_id": placement.zone_id,
        "spot_placement_instances": placement.target_capacity,
        "spot_placement_types": list(placement.instance_types),
    }


def market_sentences(prices: SpotPrices | None, type_names: Sequence[str]) -> tuple[str, ...]:
    """What the market says of types that are proposed together; nothing where nobody asked."""
    known = [price for name in type_names if prices and (price := prices.of(name))]
    said = []
    if known:
        least, most = (choose(known, key=lambda one: one.per_hour_usd) for choose in (min, max))
        dearest = "" if least is most else f" to {most.per_hour_usd:.4f} ({most.type_name}, {most.zone})"
        said.append(f"Spot prices: {least.per_hour_usd:.4f} USD/h ({least.type_name}, {least.zone}){dearest}.")
    if placement := placement_of(prices, type_names):
        instances = f" for {placement.target_capacity} instances" if placement.target_capacity else ""
        zone = f", in {placement.zone_id}" if placement.zone_id else ""
        count = len(placement.instance_types)
        these = "these types" if count >= len(set(type_names)) else f"{count} of these types"
        said.append(f"EC2's placement score of {these}{instances}: {placement.score} of {BEST_SCORE}{zone}.")
    return tuple(said)
