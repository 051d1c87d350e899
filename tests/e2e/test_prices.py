"""`--prices`: the types that are proposed come in the order of what they cost; a refusal costs the order, no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.fetchers.local import read_path
from analyzer.pipeline import diagnose
from tests.command import Command
from tests.e2e.expectations import has_gap
from tests.e2e.test_capture import contents, without_target
from tests.loopback.faults import Fault
from tests.loopback.market import listed
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback
    from tests.loopback.world import World

RICH = scenario("window-exceeded")
ALIKE = scenario("window-exceeded-as-175")
LOST = scenario("host-reclaimed-cloudtrail")
WELL = scenario("well")
PRICES, SCORES = "DescribeSpotPriceHistory", "GetSpotPlacementScores"
PERMISSIONS = {PRICES: "ec2:DescribeSpotPriceHistory", SCORES: "ec2:GetSpotPlacementScores"}
ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")


def row(name: str, price: float, zone: str, at: str = "2026-08-20T06:00:00+00:00") -> dict[str, Any]:
    return {
        "AvailabilityZone": zone,
        "InstanceType": name,
        "ProductDescription": "Linux/UNIX",
        "SpotPrice": f"{price:.6f}",
        "Timestamp": at,
    }


def proposed(diagnosis: dict[str, Any]) -> list[str]:
    """The types of the one recommendation that names instances."""
    (names,) = [r["proposed"]["instance_types"] for r in diagnosis["recommendations"] if r["kind"] == "instance"]
    return list(names)


def priced_backwards(world: World, names: list[str]) -> None:
    """The later in the stated order, the cheaper; a little dearer where the hosts were, and much dearer before."""
    for place, name in enumerate(names):
        price = 2.0 - place / 10
        world.market.prices += [row(name, price, ZONES[0]), row(name, price + 0.01, ZONES[1])]
        world.market.prices.append(row(name, 9.0, ZONES[0], "2026-08-01T06:00:00+00:00"))
    world.market.scores = {"euw1-az1": 3, "euw1-az2": 8, "euw1-az3": 5}


@pytest.fixture(scope="module")
def stated() -> list[str]:
    """What is proposed where no price is known, best first."""
    diagnosis = diagnose(read_path(RICH.capture, RICH.target), shipped())
    return proposed({"recommendations": [{"kind": r.kind, "proposed": r.proposed} for r in diagnosis.recommendations]})


def test_without_the_option_nobody_asks(inside: Command, loopback: Loopback) -> None:
    loopback.serve([RICH])
    inside.json(RICH.target)
    assert {PRICES, SCORES} & set(loopback.operations()) == set()


def test_the_cheapest_come_first_and_each_question_is_asked_once(
    live: Command, loopback: Loopback, stated: list[str]
) -> None:
    world = loopback.serve([RICH])
    priced_backwards(world, stated)
    diagnosis = live.json(RICH.target, "--prices").document()
    assert proposed(diagnosis) == stated[::-1]
    assert diagnosis["gaps"] == []
    (advice,) = [r for r in diagnosis["recommendations"] if r["kind"] == "instance"]
    assert [row["spot_price_usd_per_hour"] for row in advice["because"]["types"]] == [1.61, 1.71, 1.81, 1.91, 2.01]
    assert {row["spot_price_zone"] for row in advice["because"]["types"]} == {ZONES[1]}, "where its hosts were"
    assert (advice["because"]["spot_placement_score"], advice["because"]["spot_placement_zone_id"]) == (8, "euw1-az2")
    assert "1.6100 USD/h" in advice["summary"]
    assert "8 of 10" in advice["summary"]
    operations = loopback.operations()
    assert (operations.count(PRICES), operations.count(SCORES)) == (1, 1)
    (question,) = [call for call in loopback.calls if call.operation == PRICES]
    asked = listed(question, "InstanceType")
    assert set(stated) <= set(asked)
    assert len(asked) <= 40
    assert "StartTime" in question.parameters


def test_the_score_is_asked_for_what_is_proposed_then(inside: Command, loopback: Loopback, stated: list[str]) -> None:
    world = loopback.serve([RICH])
    priced_backwards(world, stated)
    diagnosis = inside.json(RICH.target, "--prices").document()
    (question,) = [call for call in loopback.calls if call.operation == SCORES]
    assert listed(question, "InstanceType") == proposed(diagnosis)
    assert listed(question, "RegionName") == ["eu-west-1"]
    assert question.parameters["SingleAvailabilityZone"] == "true"


def test_several_jobs_of_a_kind_are_priced_at_once(inside: Command, loopback: Loopback, stated: list[str]) -> None:
    world = loopback.serve([RICH, ALIKE])
    priced_backwards(world, stated)
    outcome = inside("diagnose", RICH.target, ALIKE.target, "--prices", "-f", "jsonl")
    assert [proposed(diagnosis) for diagnosis in outcome.lines()] == [stated[::-1]] * 2
    operations = loopback.operations()
    assert (operations.count(PRICES), operations.count(SCORES)) == (1, 1)


def test_a_job_that_ran_well_needs_no_prices(inside: Command, loopback: Loopback) -> None:
    loopback.serve([WELL])
    assert inside.json(WELL.target, "--prices").status == 0
    assert {PRICES, SCORES} & set(loopback.operations()) == set()


@pytest.mark.parametrize("operation", [PRICES, SCORES])
def test_a_refusal_is_a_gap_with_the_permission(
    operation: str, inside: Command, loopback: Loopback, stated: list[str]
) -> None:
    world = loopback.serve([RICH], [Fault(operation, "UnauthorizedOperation", status=403)])
    priced_backwards(world, stated)
    outcome = inside.json(RICH.target, "--prices")
    diagnosis = outcome.document()
    assert outcome.status == 1
    assert diagnosis["verdict"]["cause"] == "dump.window_exceeded"
    assert [gap["permission"] for gap in diagnosis["gaps"]] == [PERMISSIONS[operation]]
    assert proposed(diagnosis) == (stated if operation == PRICES else stated[::-1])
    assert loopback.operations().count(operation) == 1, "what was refused is not asked again"


def test_both_refused_leaves_the_stated_order(inside: Command, loopback: Loopback, stated: list[str]) -> None:
    loopback.serve([RICH], [Fault(o, "UnauthorizedOperation", status=403) for o in (PRICES, SCORES)])
    diagnosis = inside.json(RICH.target, "--prices").document()
    assert {gap["permission"] for gap in diagnosis["gaps"]} == set(PERMISSIONS.values())
    assert proposed(diagnosis) == stated


def test_a_region_that_has_no_prices_says_so(inside: Command, loopback: Loopback, stated: list[str]) -> None:
    loopback.serve([RICH]).market.scores = {"euw1-az1": 3}
    diagnosis = inside.json(RICH.target, "--prices").document()
    assert proposed(diagnosis) == stated
    assert any(has_gap(gap, {"what": "the Spot prices", "why": "none"}) for gap in diagnosis["gaps"])


@pytest.mark.parametrize("form", ["folder", "archive.zip"])
def test_a_capture_with_prices_replays_to_the_same(
    form: str, inside: Command, loopback: Loopback, tmp_path: Path, stated: list[str]
) -> None:
    world = loopback.serve([RICH])
    priced_backwards(world, stated)
    fetched = inside.json(RICH.target, "--prices")
    written = inside("capture", RICH.target, "--prices", "-o", tmp_path / form)
    assert written.status == 0, written.err
    assert '"SpotPrice"' in contents(tmp_path / form)
    offline = Command(tmp_path)
    for options in ((), ("--prices",)):
        replayed = offline.json(tmp_path / form, *options)
        assert without_target(replayed.out) == without_target(fetched.out)
        assert replayed.status == fetched.status
    assert offline("capture", tmp_path / form, "-o", tmp_path / "again").status == 0
    assert without_target(offline.json(tmp_path / "again").out) == without_target(fetched.out)


def test_a_capture_with_refused_prices_replays_to_the_same(inside: Command, loopback: Loopback, tmp_path: Path) -> None:
    loopback.serve([RICH], [Fault(o, "UnauthorizedOperation", status=403) for o in (PRICES, SCORES)])
    fetched = inside.json(RICH.target, "--prices")
    assert inside("capture", RICH.target, "--prices", "-o", tmp_path / "c").status == 0
    assert without_target(Command(tmp_path).json(tmp_path / "c").out) == without_target(fetched.out)


def test_a_capture_without_prices_is_not_priced_today(inside: Command, loopback: Loopback, stated: list[str]) -> None:
    loopback.serve([RICH])
    diagnosis = inside.json(RICH.capture, "--prices").document()
    assert loopback.operations() == []
    assert proposed(diagnosis) == stated
    assert [g["what"] for g in diagnosis["gaps"] if "--prices" in g["why"]] == ["the Spot prices"]


def test_a_capture_of_a_capture_says_that_it_is_not_priced(command: Command, tmp_path: Path) -> None:
    outcome = command("capture", RICH.capture, "--prices", "-o", tmp_path / "c")
    assert outcome.status == 0
    assert "live jobs only" in outcome.err
    assert without_target(command.json(tmp_path / "c").out) == without_target(command.json(RICH.capture).out)


def test_a_described_job_is_priced_in_the_region_of_its_arn(
    inside: Command, loopback: Loopback, tmp_path: Path
) -> None:
    loopback.serve([RICH])
    job = {**LOST.document("job"), "jobArn": "arn:aws:batch:eu-central-1:123456789012:job/x"}
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "job.json").write_text(json.dumps(job))
    inside.json(folder / "job.json", "--prices")
    regions = [listed(call, "RegionName") for call in loopback.calls if call.operation == SCORES]
    assert regions == [["eu-central-1"]]


LOG = RICH.capture / "workdir/.fusion/dump/6/dump_6.log"


def test_a_log_is_priced_in_the_region_of_the_options(inside: Command, loopback: Loopback) -> None:
    loopback.serve()
    inside.json(LOG, "--prices", "--region", "us-west-2")
    assert [listed(call, "RegionName") for call in loopback.calls if call.operation == SCORES] == [["us-west-2"]]


def test_prices_from_nowhere_are_a_gap_and_the_diagnosis_stands(command: Command, stated: list[str]) -> None:
    outcome = command.json(LOG, LOG, "--prices", "--timeout", "20")
    assert outcome.status == 1, outcome.err
    for diagnosis in json.loads(outcome.out):
        (gap,) = [gap for gap in diagnosis["gaps"] if "Spot p" in gap["what"]]
        assert "127.0.0.1:9" in gap["why"]
        assert len(proposed(diagnosis)) == len(stated)


def test_without_a_region_the_gap_says_so(command: Command) -> None:
    diagnosis = command.json(LOG, "--prices", environment={"AWS_REGION": None}).document()
    assert any(has_gap(gap, {"what": "the Spot prices", "why": "region"}) for gap in diagnosis["gaps"])
