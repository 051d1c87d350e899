"""What an attempt cost: its share of its host, times the host's price, times the time that it ran.

The price is EC2's Spot price where it was asked for (`--prices`); else an estimate of the on-demand price in us-east-1,
fitted to AWS's price list of January 2026 (`analyzer.advisor.placement.cost_units`; off by 6 to 10 % for types with
NVMe storage). Neither is a bill: discounts, storage, network and what a host costs while it is empty are not in it.
"""

from __future__ import annotations

import math

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import cost_units, registrable_mib
from analyzer.advisor.prices import SpotPrices
from analyzer.classifier.units import MIB

UNITS_PER_USD_HOUR = 240.0
"""Of `cost_units`: so many make one US dollar an hour, on demand."""
HOUR = 3600.0
SENTENCE = (
    "Money is an estimate, not a bill: the larger of an attempt's shares of its host's vCPUs and memory, times the "
    "host's price, times its hours. The price is the Spot price where prices were asked for (--prices) and one is "
    "known, else an estimate of the on-demand price in us-east-1, fitted to AWS's price list of January 2026; where "
    "the instance type is not known, so is the price, and the attempt is left out."
)


def on_demand_usd_per_hour(kind: InstanceType) -> float:
    """An estimate of the type's on-demand price."""
    return cost_units(kind) / UNITS_PER_USD_HOUR


def share_of_host(kind: InstanceType, vcpus: float | None, memory_bytes: int | None) -> float | None:
    """The larger of the shares of vCPUs and of memory, at most 1; None where the job tells neither."""
    usable = max(registrable_mib(kind), 1) * MIB
    shares = [
        *([vcpus / kind.vcpus] if vcpus and math.isfinite(vcpus) and vcpus > 0 else []),
        *([memory_bytes / usable] if memory_bytes and memory_bytes > 0 else []),
    ]
    return min(max(shares), 1.0) if shares else None


def cost_usd(
    instance_type: str | None,
    lifecycle: str | None,
    seconds: float | None,
    asked: tuple[float | None, int | None],
    instances: InstanceCatalogue,
    prices: SpotPrices | None = None,
) -> float | None:
    """US dollars for an attempt; None where its type, its time or what it asks for is not known.

    Args:
        instance_type: of its host.
        lifecycle: `on-demand` hosts have no Spot price.
        seconds: how long it ran.
        asked: vCPUs and bytes of memory that the job asks for.
        instances: what types have.
        prices: of the Spot market, where they were asked for.
    """
    kind = instances.get(instance_type) if instance_type else None
    share = share_of_host(kind, *asked) if kind else None
    if kind is None or share is None or seconds is None or seconds < 0:
        return None
    spot = prices.of(kind.name) if prices and lifecycle != "on-demand" else None
    per_hour = spot.per_hour_usd if spot else on_demand_usd_per_hour(kind)
    return share * per_hour * seconds / HOUR
