"""What an attempt costs, reckoned by hand."""

from __future__ import annotations

import pytest

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.prices import spot_prices
from analyzer.fleet.cost import cost_usd, on_demand_usd_per_hour, share_of_host

GIB = 2**30
M6ID = shipped_instances().types["m6id.4xlarge"]
"""16 vCPUs, 64 GiB, 6.25 Gbps, 950 GB: 16 * 8 + 64 + 25 + 9.5 units."""
ON_DEMAND = 226.5 / 240
SPOT = [
    {
        "InstanceType": "m6id.4xlarge",
        "SpotPrice": "0.40",
        "AvailabilityZone": "eu-west-1a",
        "ProductDescription": "Linux/UNIX",
        "Timestamp": "2026-11-20T00:00:00Z",
    }
]


def test_units_are_turned_into_dollars() -> None:
    assert on_demand_usd_per_hour(M6ID) == pytest.approx(ON_DEMAND)


@pytest.mark.parametrize(
    ("vcpus", "memory", "share"),
    [(4, 8 * GIB, 0.25), (None, 30 * GIB, 30 / (64 * 0.95 - 300 / 1024)), (99, 8 * GIB, 1.0), (None, None, None)],
)
def test_the_larger_share_counts(vcpus: float | None, memory: int | None, share: float | None) -> None:
    found = share_of_host(M6ID, vcpus, memory)
    assert found == (share if share is None else pytest.approx(share, rel=1e-3))


def test_an_estimate_where_no_price_is_known() -> None:
    assert cost_usd("m6id.4xlarge", "spot", 1800, (4, None), shipped_instances()) == pytest.approx(ON_DEMAND / 8)


def test_a_spot_price_counts_for_spot_hosts_only() -> None:
    market = spot_prices(SPOT)
    assert cost_usd("m6id.4xlarge", "spot", 7200, (8, None), shipped_instances(), market) == pytest.approx(0.40)
    on_demand = cost_usd("m6id.4xlarge", "on-demand", 7200, (8, None), shipped_instances(), market)
    assert on_demand == pytest.approx(ON_DEMAND)


@pytest.mark.parametrize(
    ("name", "seconds", "asked"),
    [
        (None, 60.0, (1, 1)),
        ("zz9.metal", 60.0, (1, 1)),
        ("m6id.4xlarge", None, (1, 1)),
        ("m6id.4xlarge", 60.0, (None, None)),
    ],
)
def test_what_is_not_known_costs_nothing_known(
    name: str | None, seconds: float | None, asked: tuple[float | None, int | None]
) -> None:
    assert cost_usd(name, "spot", seconds, asked, shipped_instances()) is None
