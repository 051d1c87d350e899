"""`advise --prices`: today's prices order the plan; a refusal is said, and the plan stands."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.planning import Request, plan
from analyzer.advisor.planning_choice import pasted_rows
from analyzer.advisor.window import Window
from tests.command import Command
from tests.e2e.test_prices import PERMISSIONS, PRICES, SCORES, ZONES, row
from tests.loopback.market import listed

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

PLAN = ("advise", "--memory", "60GB", "--cpus", "16")


@pytest.fixture(scope="module")
def dearer() -> tuple[str, ...]:
    """Three that can be pasted, the likely dearest of them first."""
    found = plan(Request(Window(), memory_bytes=60 * 2**30, vcpus=16), shipped_instances())
    return tuple(row.kind.name for row in pasted_rows(found, found.shown(10, everything=False), 10)[:-4:-1])


def priced(loopback: Loopback, names: tuple[str, ...]) -> None:
    """In the order given, the first the cheapest."""
    market = loopback.serve().market
    for place, name in enumerate(names):
        market.prices += [row(name, 0.3 + place / 10, ZONES[0]), row(name, 5.0, ZONES[1])]
    market.scores = {"euw1-az1": 3, "euw1-az2": 9}


def answered(command: Command, *arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(command(*PLAN, *arguments, "--format", "json").out)
    return document


def names(document: dict[str, Any]) -> list[str]:
    return [one["instance_type"] for one in document["types"]]


def test_what_has_a_price_comes_first_by_it(live: Command, loopback: Loopback, dearer: tuple[str, ...]) -> None:
    priced(loopback, dearer)
    document = answered(live, "--prices")
    assert tuple(names(document)[:3]) == dearer
    assert [one["spot_price_usd_per_hour"] for one in document["types"][:4]] == [0.3, 0.4, 0.5, None]
    assert document["types"][0]["spot_price_zone"] == ZONES[0]
    assert document["spot_placement"]["spot_placement_score"] == 9
    assert "by Spot price" in document["summary"]
    assert loopback.operations() == [PRICES, SCORES]
    assert len(listed(loopback.calls[0], "InstanceType")) <= 40
    scored = listed(loopback.calls[1], "InstanceType")
    assert scored == list(dearer), "a type that has no price here may not be here"
    assert any(all(name in snippet["text"] for name in scored) for snippet in document["snippets"])


def test_the_region_is_that_of_the_option(inside: Command, loopback: Loopback, dearer: tuple[str, ...]) -> None:
    priced(loopback, dearer)
    answered(inside, "--prices", "--region", "us-west-2")
    assert listed(loopback.calls[-1], "RegionName") == ["us-west-2"]


def test_every_form_has_the_prices(inside: Command, loopback: Loopback, dearer: tuple[str, ...]) -> None:
    priced(loopback, dearer)
    terminal = inside(*PLAN, "--prices", environment={"COLUMNS": "80"}).out
    table = terminal.split("\n\n")[1].splitlines()
    assert "USD/h" in table[0]
    assert "0.300" in table[1]
    assert max(map(len, table)) <= 80
    assert "9 of 10" in " ".join(terminal.split())
    first, *_ = csv.DictReader(io.StringIO(inside(*PLAN, "--prices", "--format", "csv").out))
    assert (first["spot_price_usd_per_hour"], first["spot_price_zone"]) == ("0.3", ZONES[0])
    assert "| USD/h |" in inside(*PLAN, "--prices", "--format", "markdown").out


@pytest.mark.parametrize("operation", [PRICES, SCORES])
def test_a_refusal_is_said_with_its_permission(
    operation: str, inside: Command, loopback: Loopback, dearer: tuple[str, ...]
) -> None:
    priced(loopback, dearer)
    plain = answered(inside)
    assert loopback.calls == []
    loopback.faults.add(operation, "UnauthorizedOperation", 403)
    document = answered(inside, "--prices")
    (caution,) = [one for one in document["cautions"] if PERMISSIONS[operation] in one]
    assert caution.endswith(".")
    if operation == PRICES:
        assert names(document) == names(plain)
    else:
        assert tuple(names(document)[:3]) == dearer


def test_named_types_keep_their_order(inside: Command, loopback: Loopback, dearer: tuple[str, ...]) -> None:
    priced(loopback, dearer)
    chosen = [word for name in dearer[::-1] for word in ("--instance", name)]
    document = answered(inside, *chosen, "--prices")
    assert names(document) == list(dearer[::-1])
    assert [one["spot_price_usd_per_hour"] for one in document["types"]] == [0.5, 0.4, 0.3]


def test_where_nothing_fits_nothing_is_asked(inside: Command, loopback: Loopback, dearer: tuple[str, ...]) -> None:
    priced(loopback, dearer)
    outcome = inside("advise", "--memory", "60GB", "--cpus", "2000", "--prices")
    assert outcome.status == 1
    assert loopback.calls == []


def test_without_a_network_the_plan_stands(command: Command) -> None:
    plain, asked = answered(command), answered(command, "--prices", "--timeout", "20")
    assert names(asked) == names(plain)
    assert any("127.0.0.1:9" in one for one in asked["cautions"])
