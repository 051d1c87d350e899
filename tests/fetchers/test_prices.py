"""The Spot market asked: few calls, each once; whatever EC2 says, an answer or a gap, and never a wait without end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest

from analyzer.advisor.prices import spot_prices
from analyzer.evidence.model import Document
from analyzer.fetchers import prices
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.permissions import PERMISSIONS
from analyzer.fetchers.prices import PRICES, SCORES, SpotMarket, fetch_prices
from tests.fetchers.endpoint import Endpoint, Hang, Parameters, Refusal

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
OPTIONS = FetchOptions(timeout_seconds=20, now=NOW)
TYPES = ("r6id.4xlarge", "m6id.8xlarge", "c6id.16xlarge", "i4i.4xlarge")
REFUSED = Refusal("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)


def silent(_: str) -> None:
    pass


def item(name: str, price: str = "0.512300", zone: str = "eu-west-1a", product: str = "Linux/UNIX") -> str:
    """A row as EC2 writes it."""
    return (
        f"<item><instanceType>{escape(name)}</instanceType><productDescription>{product}</productDescription>"
        f"<spotPrice>{price}</spotPrice><timestamp>2026-11-22T09:16:04.000Z</timestamp>"
        f"<availabilityZone>{zone}</availabilityZone><availabilityZoneId>euw1-az1</availabilityZoneId></item>"
    )


def history(*rows: str, more: str = "") -> str:
    return (
        "<DescribeSpotPriceHistoryResponse><requestId>r</requestId>"
        f"<spotPriceHistorySet>{''.join(rows)}</spotPriceHistorySet><nextToken>{more}</nextToken>"
        "</DescribeSpotPriceHistoryResponse>"
    )


def scores(**by_zone: int) -> str:
    rows = "".join(
        f"<item><region>eu-west-1</region><availabilityZoneId>{zone.replace('_', '-')}</availabilityZoneId>"
        f"<score>{score}</score></item>"
        for zone, score in by_zone.items()
    )
    return (
        "<GetSpotPlacementScoresResponse><requestId>r</requestId>"
        f"<spotPlacementScoreSet>{rows}</spotPlacementScoreSet></GetSpotPlacementScoresResponse>"
    )


def values(parameters: Parameters, name: str) -> list[str]:
    return [value for key, value in parameters.items() if key.startswith(f"{name}.")]


def as_given(types: Sequence[str]) -> Callable[[Sequence[Document]], Sequence[str]]:
    return lambda _: types


@pytest.fixture
def market(aws: Endpoint) -> Endpoint:
    """A market with a price for each type."""
    aws.answers |= {
        PRICES: lambda asked: history(*(item(name) for name in values(asked, "InstanceType"))),
        SCORES: scores(euw1_az2=7, euw1_az1=3),
    }
    return aws


def test_one_call_for_prices_and_one_for_scores(market: Endpoint) -> None:
    found = fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES), silent)
    assert market.operations() == [PRICES, SCORES]
    assert found.gaps == ()
    assert sorted(str(row["InstanceType"]) for row in found.spot_prices) == sorted(TYPES)
    assert found.spot_prices[0]["SpotPrice"] == "0.512300"
    assert found.spot_prices[0]["Timestamp"] == "2026-11-22T09:16:04Z"
    assert [(s["AvailabilityZoneId"], s["Score"]) for s in found.placement_scores] == [("euw1-az1", 3), ("euw1-az2", 7)]
    assert all(s["InstanceTypes"] == list(TYPES) and s["TargetCapacity"] == 10 for s in found.placement_scores)


def test_what_is_asked_is_the_price_in_force_of_these_types_under_linux(market: Endpoint) -> None:
    fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES), silent)
    (asked,) = market.parameters(PRICES)
    assert asked["StartTime"] == "2026-11-22T09:30:00Z"
    assert sorted(values(asked, "InstanceType")) == sorted(TYPES)
    assert set(values(asked, "ProductDescription")) == {"Linux/UNIX", "Linux/UNIX (Amazon VPC)"}
    (asked,) = market.parameters(SCORES)
    assert values(asked, "InstanceType") == list(TYPES)
    assert values(asked, "RegionName") == ["eu-west-1"]
    assert (asked["TargetCapacity"], asked["TargetCapacityUnitType"]) == ("10", "units")
    assert asked["SingleAvailabilityZone"] == "true"


def test_the_pages_are_read_to_the_last(aws: Endpoint) -> None:
    def page(asked: Parameters) -> str:
        number = int(asked.get("NextToken", 0))
        return history(item(TYPES[number]), more=str(number + 1) if number < 3 else "")

    aws.answers |= {PRICES: page, SCORES: scores(euw1_az1=5)}
    found = fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES), silent)
    assert aws.operations().count(PRICES) == 4
    assert {row["InstanceType"] for row in found.spot_prices} == set(TYPES)
    assert found.gaps == ()


def test_pages_without_end_are_left(aws: Endpoint) -> None:
    aws.answers |= {
        PRICES: lambda asked: history(item(TYPES[0]), more=asked.get("NextToken", "") + "x"),
        SCORES: scores(euw1_az1=5),
    }
    found = fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES), silent)
    assert aws.operations().count(PRICES) == prices.MAX_PAGES
    assert [gap.why for gap in found.gaps] == ["only a part of them was read"]


def test_a_token_that_comes_back_ends_it(aws: Endpoint) -> None:
    aws.answers |= {PRICES: lambda _: history(item(TYPES[0]), more="same"), SCORES: scores(euw1_az1=5)}
    assert fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES), silent).gaps == ()
    assert aws.operations().count(PRICES) == 2


def test_rows_of_other_types_are_not_kept(aws: Endpoint) -> None:
    aws.answers |= {PRICES: history(item("t3.micro"), item(TYPES[0])), SCORES: scores(euw1_az1=5)}
    found = fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES), silent)
    assert [row["InstanceType"] for row in found.spot_prices] == [TYPES[0]]


def test_no_type_no_call(market: Endpoint) -> None:
    assert fetch_prices((), OPTIONS, "eu-west-1", as_given(()), silent).gaps == ()
    assert market.calls == []


def test_scores_are_asked_for_what_the_prices_lead_to(market: Endpoint) -> None:
    def dearest_three(rows: Sequence[Document]) -> list[str]:
        return sorted((str(row["InstanceType"]) for row in rows), reverse=True)[:3]

    fetch_prices(TYPES, OPTIONS, "eu-west-1", dearest_three, silent)
    assert values(market.parameters(SCORES)[0], "InstanceType") == sorted(TYPES, reverse=True)[:3]


def test_two_types_are_not_scored_as_the_score_would_be_low_whatever_they_are(market: Endpoint) -> None:
    found = fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES[:2]), silent)
    assert market.operations() == [PRICES]
    assert [gap.what for gap in found.gaps] == ["the Spot placement scores"]
    assert found.gaps[0].permission is None


@pytest.mark.parametrize(("operation", "left"), [(PRICES, SCORES), (SCORES, PRICES)])
def test_one_refused_the_other_is_asked_and_the_refusal_is_remembered(
    operation: str, left: str, market: Endpoint
) -> None:
    market.answers[operation] = REFUSED
    with SpotMarket(OPTIONS, silent) as open_market:
        first = open_market.ask(TYPES, "eu-west-1", as_given(TYPES))
        second = open_market.ask(("r6id.8xlarge", *TYPES), "eu-west-1", as_given(("r6id.8xlarge", *TYPES)))
    assert market.operations().count(operation) == 1
    assert market.operations().count(left) == 2
    for found in (first, second):
        assert [gap.permission for gap in found.gaps] == [PERMISSIONS[operation].action]
        assert bool(found.spot_prices) is (operation == SCORES)
        assert bool(found.placement_scores) is (operation == PRICES)


def test_types_that_ec2_refuses_do_not_close_the_market(market: Endpoint) -> None:
    market.answers[PRICES] = Refusal("InvalidParameterValue", "Invalid instance type: [nope.large]")
    with SpotMarket(OPTIONS, silent) as open_market:
        assert open_market.ask(("nope.large",), "eu-west-1", as_given(())).gaps
        market.answers[PRICES] = history(item(TYPES[0]))
        assert open_market.ask(TYPES, "eu-west-1", as_given(TYPES)).spot_prices


def test_nothing_is_asked_twice_in_a_region(market: Endpoint) -> None:
    with SpotMarket(OPTIONS, silent) as open_market:
        for types in (TYPES, TYPES[::-1], TYPES[:3]):
            found = open_market.ask(types, "eu-west-1", as_given(TYPES))
            assert {row["InstanceType"] for row in found.spot_prices} == set(types)
        assert market.operations() == [PRICES, SCORES]
        open_market.ask((*TYPES, "r6id.8xlarge"), "eu-west-1", as_given(TYPES))
        assert values(market.parameters(PRICES)[-1], "InstanceType") == ["r6id.8xlarge"]
        open_market.ask(TYPES, "us-east-1", as_given(TYPES))
    assert market.operations() == [PRICES, SCORES, PRICES, PRICES, SCORES]


def test_a_region_without_prices_says_so_to_everybody(market: Endpoint) -> None:
    market.answers[PRICES] = history()
    with SpotMarket(OPTIONS, silent) as open_market:
        for _ in range(2):
            found = open_market.ask(TYPES, "eu-west-1", as_given(TYPES))
            assert [gap.why for gap in found.gaps] == ["EC2 has none for these types in this region"]
    assert market.operations() == [PRICES, SCORES]


def test_the_number_of_questions_for_scores_is_bounded(market: Endpoint) -> None:
    with SpotMarket(OPTIONS, silent) as open_market:
        for number in range(prices.MAX_SCORE_QUESTIONS + 2):
            types = (*TYPES, f"r{number}id.large")
            found = open_market.ask(types, "eu-west-1", as_given(types))
    assert market.operations().count(SCORES) == prices.MAX_SCORE_QUESTIONS
    assert "asked about already" in found.gaps[0].why


def test_throttling_is_waited_out(market: Endpoint) -> None:
    answers = iter([Refusal("RequestLimitExceeded", status=503)])
    market.answers[PRICES] = lambda _: next(answers, history(item(TYPES[0])))
    assert fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES), silent).gaps == ()


def test_no_answer_in_time_is_a_gap_and_nobody_waits_for_it_again(market: Endpoint) -> None:
    seconds = 5
    market.answers[PRICES] = Hang(4 * seconds)
    with SpotMarket(FetchOptions(timeout_seconds=seconds), silent) as open_market:
        first = open_market.ask(TYPES, "eu-west-1", as_given(TYPES))
        began = time.monotonic()
        again = [open_market.ask(TYPES, "eu-west-1", as_given(TYPES)) for _ in range(3)]
    assert time.monotonic() - began < seconds, "no one of the three waited"
    assert all(any("time limit" in gap.why for gap in found.gaps) for found in (first, *again))
    assert market.operations().count(PRICES) <= 1


def test_an_endpoint_that_is_not_there_is_asked_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    environment.setenv("AWS_MAX_ATTEMPTS", "1")
    found = fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES), silent)
    (gap,) = found.gaps
    assert (gap.what, gap.permission) == ("the Spot prices", None)
    assert "127.0.0.1:9" in gap.why


def test_no_region_is_a_gap(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_DEFAULT_REGION")
    (gap,) = fetch_prices(TYPES, OPTIONS, None, as_given(TYPES), silent).gaps
    assert "no AWS region is set" in gap.why


def test_a_region_that_is_no_regions_name_never_becomes_a_host(market: Endpoint) -> None:
    found = fetch_prices(TYPES, OPTIONS, "evil.example/x", as_given(TYPES), silent)
    assert found.gaps == ()
    assert values(market.parameters(SCORES)[0], "RegionName") == ["eu-west-1"]


@pytest.mark.parametrize("body", ["<html>", "", "not xml at all", "<DescribeSpotPriceHistoryResponse/>"])
def test_an_answer_that_is_none_of_ec2s_is_a_gap(body: str, market: Endpoint) -> None:
    market.answers[PRICES] = body
    found = fetch_prices(TYPES, OPTIONS, "eu-west-1", as_given(TYPES), silent)
    assert found.spot_prices == ()
    assert found.gaps


def test_against_moto_prices_are_read_and_the_scores_it_lacks_are_a_gap(environment: pytest.MonkeyPatch) -> None:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    environment.setenv("AWS_MAX_ATTEMPTS", "1")
    try:
        found = fetch_prices(TYPES[:2], OPTIONS, "eu-west-1", as_given(TYPES), silent)
    finally:
        server.stop()
    read = spot_prices(found.spot_prices)
    assert {name: price.per_hour_usd for name, price in read.prices.items()} == dict.fromkeys(TYPES[:2], 0.00001)
    assert [gap.what for gap in found.gaps] == ["the Spot placement scores"]
