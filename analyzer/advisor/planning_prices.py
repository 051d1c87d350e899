"""Spot prices in a plan: which types to ask about, the plan with the answers, and what is said of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from analyzer.advisor.planning import Plan, TypeRow
from analyzer.advisor.planning_choice import pasted_rows
from analyzer.advisor.prices import SpotPrices, market_sentences, spot_prices
from analyzer.advisor.sizing import PRICED
from analyzer.evidence.model import Document, Gap


def types_to_price(plan: Plan) -> tuple[str, ...]:
    """The named types, or 40 of those that fit, by likely cost: half of them fit however Batch packs its hosts."""
    if plan.request.instances:
        return _names(plan.rows)[:PRICED]
    packed = [row for row in plan.fitting if row.fits_packed]
    chosen = [*packed[: PRICED // 2], *plan.fitting]
    return tuple(dict.fromkeys(_names(chosen)))[:PRICED]


def _names(rows: Iterable[TypeRow]) -> tuple[str, ...]:
    return tuple(row.kind.name for row in rows)


def with_market(plan: Plan, prices: SpotPrices, gaps: Sequence[Gap] = ()) -> Plan:
    """The plan with prices: types with one come first, by it, unless they were named in an order of their own."""
    rows = plan.rows
    if not plan.request.instances:
        rows = tuple(sorted(rows, key=lambda row: p.per_hour_usd if (p := prices.of(row.kind.name)) else math.inf))
    return replace(plan, rows=rows, prices=prices, price_gaps=tuple(gaps))


def types_to_score(plan: Plan, top: int | None) -> Callable[[Sequence[Document]], tuple[str, ...]]:
    """From prices to the types to ask a placement score for: those that are pasted together then."""

    def chosen(rows: Sequence[Document]) -> tuple[str, ...]:
        prices = spot_prices(rows)
        priced = with_market(plan, prices)
        names = _names(pasted_rows(priced, priced.shown(top, everything=False), top))
        # a type that the region lacks spoils the question
        return tuple(name for name in names if prices.of(name) or not prices.prices)

    return chosen


def order_text(plan: Plan) -> str:
    """How the types are ordered, where they were not named."""
    return "by Spot price" if plan.prices and plan.prices.prices else "by likely cost"


def price_cautions(plan: Plan) -> list[str]:
    """What could not be had of the prices that were asked for."""
    return [
        f"No answer on {gap.what}: {gap.why}{f' (allow {gap.permission})' if gap.permission else ''}; {gap.matters}."
        for gap in plan.price_gaps
    ]


def price_assumptions(plan: Plan, pasted: Sequence[TypeRow]) -> list[str]:
    """What the market says of the types to paste."""
    said = market_sentences(plan.prices, _names(pasted))
    if not said:
        return []
    return [f"{' '.join(said)} For a host an hour, Linux, as it was when it was asked for; neither is a promise."]
