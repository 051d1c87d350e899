"""Hosts that are shared, routes that are slow, families that differ: what is said of them, and when nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from analyzer.advisor.host_advice import fewer_tasks_a_host, slow_way_out
from analyzer.advisor.instance_advice import (
    instances_of_several_families,
    instances_that_fit,
)
from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.reckoning import Reckoning, reckon
from analyzer.advisor.window import Window
from analyzer.classifier.facts import AttemptFacts, Facts, InstanceFact
from analyzer.classifier.finding import Finding
from analyzer.evidence.job import Attempt, ContainerSpec, Job
from analyzer.parsers.checkpoint_log import CheckpointLog
from analyzer.parsers.checkpoints import Checkpoint
from analyzer.parsers.command_run import CommandRunHeader
from tests.advisor.config_subset import parse

GIB = 2**30
ROOT = Finding("FS101", "dump.window_exceeded", "error", "likely", "It did not fit.", ())


def _facts(kind: str | None, vcpus: float, memory_gib: float, written_gib: float, seconds: float = 121) -> Facts:
    """A job on a host of that type whose one dump was cut off after so much."""
    job = Job(id="abc", status="FAILED", containers=(ContainerSpec(vcpus=vcpus, memory_mib=round(memory_gib * 1024)),))
    log = CheckpointLog(
        source="dump_1.log",
        operation="dump",
        timed=True,
        detailed=True,
        last_seconds=seconds,
        pages=round(written_gib * GIB / 4096),
    )
    return Facts(
        "x",
        "job",
        job=job,
        attempts=(AttemptFacts(Attempt(1, "job.attempts[0]"), InstanceFact("i-1", kind)),),
        checkpoints=(Checkpoint(1, "full", dump=log, outcome="unfinished"),),
        command_run=CommandRunHeader(process="ALIGN"),
    )


def _reckon(facts: Facts) -> Reckoning:
    return reckon(facts, ROOT, shipped_instances(), None, Window())


def test_a_task_that_fits_only_alone_is_given_the_host() -> None:
    facts = _facts("m6id.4xlarge", vcpus=7, memory_gib=29, written_gib=27)
    advice = fewer_tasks_a_host(facts, _reckon(facts))
    assert advice is not None
    assert advice.proposed == {"tasks_per_host": 1, "vcpus": 16}
    assert "one snapshot task" in advice.summary


def test_a_dump_that_shared_its_host_is_given_more_of_it() -> None:
    # 16 tasks of 3 GiB fit on an m6id.4xlarge: a sixteenth of 63 % of 6.25 Gbps is 31 MB/s, 3.7 GB in 121 s
    facts = _facts("m6id.4xlarge", vcpus=1, memory_gib=3.5, written_gib=3.4)
    advice = fewer_tasks_a_host(facts, _reckon(facts))
    assert advice is not None
    tasks, vcpus = cast("int", advice.proposed["tasks_per_host"]), cast("int", advice.proposed["vcpus"])
    assert cast("int", advice.current["tasks_per_host"]) == 16
    assert 1 < tasks < 13  # of 16, whose dumps together take 125 s
    assert 16 // vcpus <= tasks
    assert cast("float", advice.because["predicted_proposed_seconds"]) < 102
    assert parse(advice.snippet or "").get("process.cpus", "ALIGN") == vcpus


def test_a_task_that_has_its_host_alone_is_not_told_to() -> None:
    facts = _facts("m6id.4xlarge", vcpus=12, memory_gib=48, written_gib=40)
    assert fewer_tasks_a_host(facts, _reckon(facts)) is None


def test_a_dump_far_below_its_line_points_at_the_route() -> None:
    facts = _facts("m6idn.4xlarge", vcpus=12, memory_gib=48, written_gib=20)  # 1.4 of 25 Gbps
    reckoning = _reckon(facts)
    advice = slow_way_out(reckoning)
    assert advice is not None
    assert advice.kind == "network"
    assert advice.proposed == {"s3_gateway_endpoint": True}
    assert "6 %" in advice.summary
    fast = _facts("m6id.4xlarge", vcpus=12, memory_gib=48, written_gib=40)
    assert slow_way_out(_reckon(fast)) is None


def test_where_no_type_fits_none_is_proposed() -> None:
    facts = _facts("m6id.4xlarge", vcpus=4, memory_gib=20_000, written_gib=50)
    reckoning = _reckon(facts)
    assert reckoning.options == ()
    assert instances_that_fit(facts, reckoning, None) is None
    assert instances_of_several_families(facts, reckoning, None) is None


def test_graviton_jobs_are_given_graviton() -> None:
    facts = _facts("m6gd.4xlarge", vcpus=8, memory_gib=30, written_gib=28)
    arm = replace(facts.attempts[0], instance=replace(facts.attempts[0].instance, architecture="arm64"))
    advice = instances_that_fit(facts, _reckon(replace(facts, attempts=(arm,))), None)
    assert advice is not None
    types = cast("list[str]", advice.proposed["instance_types"])
    assert types
    assert all(shipped_instances().types[one].architectures == ("arm64",) for one in types)


def test_a_host_full_of_such_tasks_is_what_is_reckoned_with() -> None:
    """Types that only hold one such task, and types that hold several, are judged by all of their dumps together."""
    facts = _facts("m6id.4xlarge", vcpus=2, memory_gib=30, written_gib=29)
    for one in _reckon(facts).options:
        needed = 30 * GIB * one.tasks_per_host * 8 / 1e9 / (one.kind.baseline_gbps or 0)
        assert needed < 102


def test_several_families_are_several() -> None:
    facts = _facts("m6id.4xlarge", vcpus=8, memory_gib=30, written_gib=29)
    advice = instances_of_several_families(facts, _reckon(facts), "my-environment")
    assert advice is not None
    types = cast("list[str]", advice.proposed["instance_types"])
    assert len({one.split(".")[0] for one in types}) == len(types) == 5
    assert "--compute-environment my-environment" in (advice.snippet or "")


def test_fractions_of_processors_and_absurd_requests_do_not_crash() -> None:
    for vcpus, memory in ((0.25, 0.5), (0.0, 1.0), (1e9, 1.0), (1.0, 1e6)):
        facts = _facts("m6id.4xlarge", vcpus=vcpus, memory_gib=memory, written_gib=0.4)
        reckoning = _reckon(facts)
        instances_that_fit(facts, reckoning, None)
        fewer_tasks_a_host(facts, reckoning)
        slow_way_out(reckoning)
