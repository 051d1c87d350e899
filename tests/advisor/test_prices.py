"""EC2's answers read: the price in force, in the zone that counts; nothing malformed ever becomes a price."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.advisor.prices import (
    Price,
    market_sentences,
    placement_figures,
    placement_of,
    price_figures,
    read_spot_prices,
    spot_prices,
    zones_of,
)
from analyzer.evidence.model import Evidence


def row(price: object = "0.4512", zone: object = "eu-west-1a", **members: Any) -> dict[str, Any]:
    """One element of DescribeSpotPriceHistory, as EC2 gives it."""
    return {
        "AvailabilityZone": zone,
        "InstanceType": "r6id.4xlarge",
        "ProductDescription": "Linux/UNIX",
        "SpotPrice": price,
        "Timestamp": "2026-11-22T09:16:04Z",
        **members,
    }


def score(value: object, zone: str = "euw1-az1", **members: Any) -> dict[str, Any]:
    """One element of GetSpotPlacementScores, with what was asked about."""
    asked = ["r6id.4xlarge", "m6id.8xlarge", "c6id.16xlarge"]
    return {"Region": "eu-west-1", "AvailabilityZoneId": zone, "Score": value, "InstanceTypes": asked, **members}


def test_the_cheapest_zone_counts() -> None:
    found = spot_prices([row("0.51", "eu-west-1a"), row("0.43", "eu-west-1b"), row("0.47", "eu-west-1c")])
    assert found.of("r6id.4xlarge") == Price("r6id.4xlarge", 0.43, "eu-west-1b", "2026-11-22T09:16:04Z")
    assert found.of("r6id.8xlarge") is None


def test_the_last_entry_of_a_zone_is_the_price_in_force_whatever_the_order() -> None:
    rows = [row("0.60", Timestamp="2026-11-22T11:00:00+02:00"), row("0.30", Timestamp="2026-11-22T08:00:00Z")]
    for order in (rows, rows[::-1]):
        price = spot_prices(order).of("r6id.4xlarge")
        assert price is not None
        assert (price.per_hour_usd, price.since) == (0.60, "2026-11-22T09:00:00Z")


def test_a_zone_of_the_jobs_own_counts_before_a_cheaper_one() -> None:
    rows = [row("0.51", "eu-west-1a"), row("0.43", "eu-west-1b"), row("0.2", "eu-west-1b", InstanceType="m6id.4xlarge")]
    found = spot_prices(rows, own_zones=["eu-west-1a"])
    assert {name: (p.per_hour_usd, p.zone) for name, p in found.prices.items()} == {
        "r6id.4xlarge": (0.51, "eu-west-1a"),
        "m6id.4xlarge": (0.2, "eu-west-1b"),  # none at home: any is better than no price
    }


def test_the_zones_of_the_jobs_hosts() -> None:
    evidence = Evidence(
        target="t",
        kind="job",
        instances=({"Placement": {"AvailabilityZone": "eu-west-1c"}}, {"Placement": "odd"}),
        container_instances=(
            {"attributes": [{"name": "ecs.ami-id"}, {"name": "ecs.availability-zone", "value": "eu-west-1a"}]},
            {"attributes": [{"name": "ecs.availability-zone", "value": "\x1b[31mred"}]},
        ),
        spot_prices=(row("0.51", "eu-west-1a"), row("0.43", "eu-west-1b")),
    )
    assert zones_of(evidence) == ("eu-west-1a", "eu-west-1c")
    price = read_spot_prices(evidence).of("r6id.4xlarge")
    assert price is not None
    assert price.zone == "eu-west-1a"


@pytest.mark.parametrize("product", ["Windows", "SUSE Linux", "Red Hat Enterprise Linux", None, ["Linux/UNIX"]])
def test_only_linux_counts(product: object) -> None:
    assert spot_prices([row(ProductDescription=product)]).of("r6id.4xlarge") is None


def test_linux_under_its_older_name_counts() -> None:
    assert spot_prices([row(ProductDescription="Linux/UNIX (Amazon VPC)")]).of("r6id.4xlarge")


@pytest.mark.parametrize("price", ["0", "-1", "nan", "inf", "1e9", "", "free", None, True, [], math.nan, 10**400])
def test_what_is_no_price_is_dropped(price: object) -> None:
    assert not spot_prices([row(price)]).prices


@pytest.mark.parametrize("member", [{"InstanceType": "\x1b[2J"}, {"AvailabilityZone": "a b"}, {"InstanceType": 7}])
def test_a_row_of_no_type_or_zone_is_dropped(member: dict[str, Any]) -> None:
    assert not spot_prices([row(**member)]).prices


def test_a_price_without_a_time_is_older_than_one_with_it() -> None:
    price = spot_prices([row("0.9", Timestamp="yesterday"), row("0.4")]).of("r6id.4xlarge")
    assert price is not None
    assert price.per_hour_usd == 0.4


def test_the_best_score_counts() -> None:
    found = spot_prices([], [score(3), score(9, "euw1-az3", TargetCapacity=10), score(7)])
    assert found.score == 9
    assert found.placement is not None
    assert (found.placement.zone_id, found.placement.target_capacity) == ("euw1-az3", 10)
    assert found.placement.instance_types == ("r6id.4xlarge", "m6id.8xlarge", "c6id.16xlarge")


@pytest.mark.parametrize("value", [0, 11, -3, "high", None, math.inf, True])
def test_what_is_no_score_is_dropped(value: object) -> None:
    assert spot_prices([], [score(value)]).score is None


def test_where_nobody_asked_nothing_is_known_and_nothing_is_said() -> None:
    found = read_spot_prices(Evidence(target="t", kind="job"))
    assert (dict(found.prices), found.score) == ({}, None)
    assert market_sentences(found, ["r6id.4xlarge"]) == market_sentences(None, ["r6id.4xlarge"]) == ()
    assert price_figures(None) == placement_figures(placement_of(None, ["r6id.4xlarge"])) == {}


def test_the_market_in_sentences() -> None:
    rows = [row("0.5"), row("0.2", "eu-west-1b", InstanceType="m6id.8xlarge")]
    names = ["m6id.8xlarge", "r6id.4xlarge", "c6id.16xlarge"]
    found = spot_prices(rows, [score(7, TargetCapacity=10)])
    assert market_sentences(found, names) == (
        "Spot prices: 0.2000 USD/h (m6id.8xlarge, eu-west-1b) to 0.5000 (r6id.4xlarge, eu-west-1a).",
        "EC2's placement score of these types for 10 instances: 7 of 10, in euw1-az1.",
    )
    assert market_sentences(found, ["r6id.4xlarge"])[0] == "Spot prices: 0.5000 USD/h (r6id.4xlarge, eu-west-1a)."


def test_a_score_for_other_types_is_not_told_as_one_for_these() -> None:
    found = spot_prices([], [score(7)])
    assert placement_of(found, ["r6id.4xlarge", "m6id.8xlarge"]) is found.placement
    assert placement_of(found, ["r6id.4xlarge", "i4i.large"]) is None
    some = ["r6id.4xlarge", "m6id.8xlarge", "c6id.16xlarge", "i4i.large"]
    assert "of 3 of these types: 7 of 10" in market_sentences(found, some)[0]
    assert market_sentences(found, ["r6id.4xlarge", "i4i.large"]) == ()


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ("AvailabilityZone", "InstanceType", "ProductDescription", "SpotPrice", "Timestamp", "Score", "InstanceTypes")


@given(st.lists(st.dictionaries(st.sampled_from(MEMBERS), ODD), max_size=6))
def test_no_document_breaks_it(documents: list[dict[str, Any]]) -> None:
    rows = [{**row(), **document} for document in documents]
    found = spot_prices(rows, documents)
    assert all(math.isfinite(p.per_hour_usd) and p.per_hour_usd > 0 for p in found.prices.values())
    assert found.score is None or 1 <= found.score <= 10
    json.dumps([p.per_hour_usd for p in found.prices.values()], allow_nan=False)
