"""What is proposed for a dump that outran its window fits into it, by the same model and the same evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

import pytest

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.placement import cost_order, registrable_mib
from analyzer.advisor.reckoning import Reckoning, reckon
from analyzer.advisor.window import Window, line_of, predict
from analyzer.classifier.catalogue import shipped
from analyzer.classifier.engine import evaluate
from analyzer.classifier.finding import Recommendation
from analyzer.classifier.gather import gather
from analyzer.classifier.verdict import decide
from analyzer.evidence.model import Evidence
from analyzer.fetchers.local import read_path
from analyzer.pipeline import diagnose
from tests.advisor.cases import NAMES, SCENARIOS, advice_of, diagnosis_of
from tests.advisor.config_subset import Size, parse

GIB = 2**30
OUTRAN = [name for name in NAMES if diagnosis_of(name).verdict.cause == "dump.window_exceeded"]
PROPOSING = [(name, r) for name in NAMES for r in advice_of(name) if r.kind == "instance"]


def _evidence(name: str) -> Evidence:
    return read_path(SCENARIOS / name / "capture", name)


def _reckoning(evidence: Evidence) -> Reckoning:
    facts, _ = gather(evidence, shipped())
    root = decide(facts, evaluate(facts, shipped())[0])
    return reckon(facts, root, shipped_instances(), evidence, Window())


def _of_kind(name: str, kind: str) -> Recommendation:
    return next(r for r in advice_of(name) if r.kind == kind)


def _types(advice: Recommendation) -> list[str]:
    return cast("list[str]", advice.proposed["instance_types"])


def _rows(advice: Recommendation) -> Iterator[Mapping[str, float]]:
    yield from cast("list[Mapping[str, float]]", advice.because["types"])


def test_there_are_scenarios_of_it() -> None:
    assert len(OUTRAN) >= 5


@pytest.mark.parametrize("name", OUTRAN)
def test_the_proposed_memory_fits_the_window_on_the_same_host(name: str) -> None:
    advice, reckoning = _of_kind(name, "memory"), _reckoning(_evidence(name))
    proposed = cast("int", advice.proposed["memory_bytes"])
    after = reckoning.with_memory(proposed)
    assert after is not None
    assert after.fit(reckoning.window) == "fits"
    assert reckoning.now is not None
    assert reckoning.now.fit(reckoning.window) != "fits"


@pytest.mark.parametrize("name", OUTRAN)
def test_a_task_that_asked_for_the_proposed_memory_is_predicted_to_fit(name: str) -> None:
    """The whole way again, with the job's request changed as the snippet would change it."""
    proposed = cast("int", _of_kind(name, "memory").proposed["memory_bytes"])
    evidence = _evidence(name)
    reckoning = _reckoning(evidence)
    assert reckoning.held is not None
    assert reckoning.line is not None
    held = replace(
        reckoning.held.transfer, footprint_bytes=replace(reckoning.held.transfer.footprint_bytes, value=proposed)
    )
    assert predict(held, reckoning.line).expected <= 120 * 0.85


@pytest.mark.parametrize("name", OUTRAN)
def test_what_is_pasted_is_what_is_proposed(name: str) -> None:
    advice = _of_kind(name, "memory")
    process = cast("str | None", diagnosis_of(name).job["process"]) or "YOUR_PROCESS"
    config = parse(advice.snippet or "")
    assert config.get("process.memory", process) == Size(cast("int", advice.proposed["memory_bytes"]))
    assert config.get("process.resourceLimits") == {"memory": Size(cast("int", advice.proposed["memory_bytes"]))}


@pytest.mark.parametrize(("name", "advice"), PROPOSING)
def test_proposed_types_hold_the_task_and_a_full_host_dumps_in_time(name: str, advice: Recommendation) -> None:
    job, reckoning = diagnosis_of(name).job, _reckoning(_evidence(name))
    memory = cast("int | None", job["memory_requested_bytes"]) or 0
    assert 1 <= len(_types(advice)) <= 5
    assert reckoning.held is not None
    for row, type_name in zip(_rows(advice), _types(advice), strict=True):
        kind = shipped_instances().types[type_name]
        assert kind.spot
        assert kind.nvme_gb
        assert kind.vcpus >= cast("float", job["vcpus"] or 0)
        assert registrable_mib(kind) * 2**20 >= memory
        line = line_of(
            kind.baseline_gbps or 0, tasks_per_host=int(row["tasks_per_host"]), efficiency=reckoning.host.efficiency
        )
        prediction = predict(reckoning.held.transfer, line)
        assert prediction.fit(reckoning.window) == "fits"
        assert row["dump_seconds"] == round(prediction.expected, 1)


@pytest.mark.parametrize(("name", "advice"), PROPOSING)
def test_cheaper_types_come_first(name: str, advice: Recommendation) -> None:
    del name
    order = [cost_order(shipped_instances().types[one]) for one in _types(advice)]
    assert order == sorted(order)
    assert "smallest cost first" in str(advice.because["order"])


def test_the_vendor_s_table_is_contradicted_once_with_both_figures() -> None:
    advice = _of_kind("window-exceeded", "instance")
    everything = "\n".join(r.summary for r in advice_of("window-exceeded"))
    assert everything.count("The vendor guide's table") == 1
    assert "12.5 Gbps" in advice.summary
    assert "6.25 Gbps" in advice.summary


def test_a_type_that_nobody_knows_is_a_gap_and_no_crash() -> None:
    evidence = _evidence("window-exceeded")
    instances = tuple({**i, "InstanceType": "q9z.huge"} for i in evidence.instances)
    hosts = tuple(
        {**h, "attributes": [{"name": "ecs.instance-type", "value": "q9z.huge"}]} for h in evidence.container_instances
    )
    diagnosis = diagnose(replace(evidence, instances=instances, container_instances=hosts), shipped())
    gap = next(g for g in diagnosis.gaps if "q9z.huge" in g.what)
    assert gap.permission == "ec2:DescribeInstanceTypes"
    assert any(r.kind == "memory" for r in diagnosis.recommendations)


def test_what_aws_said_of_the_job_s_own_types_beats_the_catalogue() -> None:
    evidence = _evidence("stuck-in-dumping")
    faster = {
        "InstanceType": "m6id.4xlarge",
        "VCpuInfo": {"DefaultVCpus": 16},
        "MemoryInfo": {"SizeInMiB": 65536},
        "NetworkInfo": {"NetworkCards": [{"NetworkCardIndex": 0, "BaselineBandwidthInGbps": 12.5}]},
    }
    told = diagnose(replace(evidence, instance_types=(faster,)), shipped())
    fits = told.recommendations[0]
    assert fits.because["host_baseline_gbps"] == 12.5
    assert fits.because["predicted_now_seconds"] == 65.6
    assert "neither less memory nor more bandwidth" in fits.summary
    assert not any(r.kind in ("memory", "instance") for r in told.recommendations)


def test_a_longer_window_lets_more_memory_through() -> None:
    evidence = _evidence("window-exceeded")
    amounts = [
        next(r for r in diagnose(evidence, shipped(), window=window).recommendations if r.kind == "memory").proposed
        for window in (Window(60), Window(120, 0.3), Window(120))
    ]
    figures = [cast("int", one["memory_bytes"]) for one in amounts]
    assert figures == sorted(set(figures))
