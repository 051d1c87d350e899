"""Advice that once was unsound: each test names a job that was advised against its own figures."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, cast

import pytest

from analyzer.advisor.host_advice import fewer_tasks_a_host, fits_by_the_model, slow_way_out
from analyzer.advisor.instance_advice import instances_of_several_families, instances_that_fit
from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.memory import memory_that_fits
from analyzer.advisor.processors import processor_of
from analyzer.advisor.reckoning import reckon
from analyzer.advisor.recommend import recommend
from analyzer.advisor.task_shape import shape_of
from analyzer.advisor.window import PRIOR_EFFICIENCY, Window
from analyzer.classifier.catalogue import shipped
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Recommendation
from analyzer.evidence.job import read_job
from analyzer.evidence.model import Evidence
from analyzer.fetchers.local import read_path
from analyzer.parsers.task_trace import TaskTrace
from analyzer.pipeline import diagnose
from tests.advisor.cases import NAMES, SCENARIOS, advice_of
from tests.advisor.config_subset import parse
from tests.advisor.jobs import GIB, ROOT, attempt_on, complete_dump, cut_dump, job_on, reckoned

OUTRAN = "window-exceeded"


def _evidence(name: str = OUTRAN) -> Evidence:
    return read_path(SCENARIOS / name / "capture", name)


def _of_type(evidence: Evidence, names: dict[str, str], architecture: str | None = None) -> Evidence:
    """The same job on hosts of other types: instance id -> type."""

    def changed(one: Any) -> Any:
        document = {k: v for k, v in one.items() if k != "Architecture"}
        told = {"Architecture": architecture} if architecture else {}
        return {**document, **told, "InstanceType": names.get(one["InstanceId"], one["InstanceType"])}

    instances = tuple(changed(one) for one in evidence.instances)
    return replace(evidence, instances=instances, container_instances=_registering(evidence), instance_types=())


def _registering(evidence: Evidence) -> tuple[Any, ...]:
    """Hosts without their types: those of the instances count."""
    return tuple({**one, "attributes": []} for one in evidence.container_instances)


def _asking(evidence: Evidence, **changes: Any) -> Evidence:
    job = copy.deepcopy(dict(evidence.job or {}))
    job.update(changes)
    return replace(evidence, job=job)


def _advice(evidence: Evidence, kind: str) -> list[Recommendation]:
    return [one for one in diagnose(evidence, shipped()).recommendations if one.kind == kind]


@pytest.mark.parametrize("name", NAMES)
def test_a_list_of_types_never_mixes_processors(name: str) -> None:
    """A restore on a processor that lacks what the old one had fails: that would be the next diagnosis, FS219."""
    for advice in advice_of(name):
        if advice.kind == "instance":
            types = cast("list[str]", advice.proposed["instance_types"])
            assert len({processor_of(shipped_instances().types[one]) for one in types}) == 1


def test_processors_that_are_alike() -> None:
    of = {name: processor_of(kind) for name, kind in shipped_instances().types.items()}
    assert of["m6id.4xlarge"] == of["r6idn.8xlarge"] == of["i4i.4xlarge"] == of["x2idn.16xlarge"]
    assert of["m5dn.4xlarge"] == of["i3en.3xlarge"] == of["z1d.3xlarge"]
    assert of["m6gd.4xlarge"] == of["im4gn.4xlarge"] == of["x2gd.4xlarge"]
    assert len({of[one] for one in ("m5d.large", "m6id.large", "i7ie.large", "r8id.large", "m5ad.large")}) == 5
    assert of["c5ad.large"] != of["m5ad.large"]


def test_a_rate_is_set_against_the_host_that_it_was_measured_on() -> None:
    """Dump 6 was written in attempt 2; the job's other hosts were of other types."""
    evidence = _evidence()
    first, second, third = (one["InstanceId"] for one in evidence.instances)
    mixed = _of_type(evidence, {first: "c6id.8xlarge", second: "r6id.4xlarge", third: "m6idn.8xlarge"})
    for advice in diagnose(mixed, shipped()).recommendations:
        if "host_type" in advice.because:
            assert advice.because["host_type"] == "r6id.4xlarge"
            assert "attempt 2" in str(advice.because["host_type_from"])


def test_a_rate_is_set_against_no_host_where_its_own_is_not_known() -> None:
    facts = job_on(None, vcpus=12, memory_gib=64, checkpoints=(cut_dump(50),))
    facts = replace(facts, attempts=(attempt_on(None, 1, lost=True), attempt_on("c6id.8xlarge", 2)))
    assert reckoned(facts).host.kind is None
    assert reckoned(facts).host.efficiency is PRIOR_EFFICIENCY


@pytest.mark.parametrize("name", ["m6gd.4xlarge", "r6gd.4xlarge", "c7gd.4xlarge"])
def test_graviton_is_known_by_its_type_alone(name: str) -> None:
    """CloudTrail names a type and no architecture: x86_64 types cannot run an image for arm64."""
    evidence = _evidence()
    graviton = _of_type(evidence, {one["InstanceId"]: name for one in evidence.instances})
    (advice,) = _advice(graviton, "instance")
    types = cast("list[str]", advice.proposed["instance_types"])
    assert all(shipped_instances().types[one].architectures == ("arm64",) for one in types)
    assert advice.because["architecture"] == "arm64"


def test_graviton_is_known_by_what_the_environment_allows() -> None:
    facts = job_on(None, vcpus=4, memory_gib=30, checkpoints=(cut_dump(28),))
    instance = replace(facts.attempts[0].instance, candidates=("m6gd", "r6gd.4xlarge", "default_arm64"))
    shape = shape_of(replace(facts, attempts=(replace(facts.attempts[0], instance=instance),)), None)
    assert shape is not None
    assert shape.architecture == "arm64"


def test_less_memory_is_not_undone_by_more_tasks_on_the_host() -> None:
    """Two tasks of 44 GiB and 8 vCPUs fit on an r6id.4xlarge, where one of 110 GiB was: together 88 GiB, too long."""
    facts = job_on("r6id.4xlarge", vcpus=8, memory_gib=110, checkpoints=(cut_dump(56.7),))
    advice = memory_that_fits(facts, reckoned(facts))
    assert advice is not None
    assert advice.proposed["vcpus"] == 9
    assert parse(advice.snippet or "").get("process.cpus", "ALIGN") == 9
    assert "more such tasks" in advice.summary
    alone = job_on("r6id.4xlarge", vcpus=9, memory_gib=110, checkpoints=(cut_dump(56.7),))
    again = memory_that_fits(alone, reckoned(alone))
    assert again is not None
    assert set(again.proposed) == {"memory_bytes"}


def test_memory_is_not_reckoned_by_burst_credits() -> None:
    """100 GiB in 121 s are 7.1 Gbps, of 6.25 that last: 43 GiB fit by those, not 78."""
    facts = job_on("r6id.4xlarge", vcpus=12, memory_gib=118, checkpoints=(cut_dump(100),))
    advice = memory_that_fits(facts, reckoned(facts))
    assert advice is not None
    assert advice.proposed["memory_bytes"] == 43 * GIB
    assert "nobody promises" in advice.summary


def test_what_fits_by_the_model_is_not_cured_by_it() -> None:
    """Nobody measured the dump's time, and 50 GiB on 12.5 Gbps are 55 s: neither less memory nor another type helps."""
    facts = job_on("m6id.8xlarge", vcpus=20, memory_gib=50, checkpoints=(cut_dump(20, seconds=None),))
    reckoning = reckoned(facts)
    assert memory_that_fits(facts, reckoning) is None
    assert instances_that_fit(facts, reckoning, None) is None
    assert fewer_tasks_a_host(facts, reckoning) is None
    advice = fits_by_the_model(reckoning)
    assert advice is not None
    assert "54.7 s" in advice.summary


def test_a_small_task_that_fits_alone_is_told_of_those_beside_it() -> None:
    """8 GiB alone take 17 s on m6id.4xlarge; as many as fit there take longer than the window."""
    facts = job_on("m6id.4xlarge", vcpus=1, memory_gib=8, checkpoints=(cut_dump(6, seconds=None),))
    reckoning = reckoned(facts)
    assert fits_by_the_model(reckoning) is None
    assert memory_that_fits(facts, reckoning) is None
    advice = fewer_tasks_a_host(facts, reckoning)
    assert advice is not None
    assert advice.current["tasks_per_host"] == 7
    assert "Batch can put 7 such tasks" in advice.summary
    # 5 * 8 GiB are 87.5 s as expected and 110 s at the slowest; 6 of them are 105 s
    assert advice.proposed == {"tasks_per_host": 5, "vcpus": 3}
    instead = instances_that_fit(facts, reckoning, None)
    assert instead is not None
    assert "with 7 such tasks on it" in instead.summary


def test_more_bandwidth_is_not_proposed_where_the_dump_used_little_of_it() -> None:
    facts = job_on("m6idn.4xlarge", vcpus=12, memory_gib=48, checkpoints=(cut_dump(20),))
    reckoning = reckoned(facts)
    assert slow_way_out(reckoning) is not None
    assert instances_that_fit(facts, reckoning, None) is None


def test_a_limit_that_no_tool_can_live_with_is_not_proposed() -> None:
    slow = job_on(None, vcpus=4, memory_gib=30, checkpoints=(cut_dump(0.001),))
    assert memory_that_fits(slow, reckoned(slow)) is None
    seen = replace(slow, trace=TaskTrace(peak_rss_bytes=20 * GIB), checkpoints=(cut_dump(1.5),))
    assert memory_that_fits(seen, reckoned(seen)) is None  # 1 GiB, of 20


def test_a_peak_above_the_limit_is_not_believed() -> None:
    """Sums of RSS count what processes share once for each: the job cannot hold more than it asked for."""
    facts = job_on("m6id.4xlarge", vcpus=4, memory_gib=16)
    held = reckoned(replace(facts, trace=TaskTrace(peak_rss_bytes=90 * GIB))).held
    assert held is not None
    assert held.bytes == 16 * GIB
    assert "may have 16.0 GiB" in held.transfer.footprint_bytes.source


@pytest.mark.parametrize("name", ["host-scale-in", "host-terminated-by-hand", "host-on-demand"])
def test_a_host_that_was_not_reclaimed_says_nothing_of_spot_capacity(name: str) -> None:
    assert not any(one.kind == "instance" for one in advice_of(name))


@pytest.mark.parametrize(
    "changes",
    [
        {"platformCapabilities": ["FARGATE"]},
        {"nodeProperties": {"numNodes": 2}},
        {"eksProperties": {"podProperties": {"containers": [{"name": "x"}]}}},
    ],
)
def test_jobs_that_no_list_of_types_can_place_are_given_none(changes: dict[str, Any]) -> None:
    assert _advice(_asking(_evidence(), **changes), "instance") == []


def test_gpu_jobs_are_not_sent_to_hosts_without_one() -> None:
    evidence = _evidence()
    container = dict((evidence.job or {})["container"])
    container["resourceRequirements"] = [*container["resourceRequirements"], {"type": "GPU", "value": "1"}]
    told = diagnose(_asking(evidence, container=container), shipped()).recommendations
    assert not any("instance_types" in one.proposed for one in told)


def test_all_containers_of_a_task_need_room() -> None:
    specs = [
        {"name": "main", "command": ["bash", "/x/.command.run"], "resourceRequirements": _asks(8, 32768)},
        {"name": "side", "resourceRequirements": _asks(4, 16384)},
    ]
    job = {"jobId": "abc", "ecsProperties": {"taskProperties": [{"containers": specs}]}}
    shape = shape_of(Facts("x", "job", job=read_job(job)), None, Evidence("x", "job", job=job))
    assert shape is not None
    assert (shape.vcpus, shape.memory_bytes) == (12, 48 * GIB)


def _asks(vcpus: int, mib: int) -> list[dict[str, str]]:
    return [{"type": "VCPU", "value": str(vcpus)}, {"type": "MEMORY", "value": str(mib)}]


def test_a_pasted_list_says_what_it_replaces() -> None:
    (advice,) = _advice(_evidence(), "instance")
    assert (advice.snippet or "").startswith("# replaces the environment's whole list (m6id, r6id, c6id)")
    assert advice.current["environment_instance_types"] == ["m6id", "r6id", "c6id"]


def test_a_hostile_list_of_types_is_not_pasted() -> None:
    evidence = _evidence()
    bad = {"computeResources": {"instanceTypes": ["m6id", "x'; reboot #", "$(reboot)", "\x1b[2J"]}}
    (advice,) = _advice(replace(evidence, compute_environments=(bad,)), "instance")
    assert "reboot" not in (advice.snippet or "")
    assert advice.current["environment_instance_types"] == ["m6id"]


def test_what_a_cut_dump_wrote_is_the_least_and_said_so() -> None:
    instance = next(one for one in advice_of("workdir-alone-window") if one.kind == "instance")
    assert "56.7 GiB or more" in instance.summary
    assert "not known" in str(instance.because["task_from"])


def test_several_families_fit_the_task() -> None:
    facts = job_on("m6id.4xlarge", vcpus=8, memory_gib=30, checkpoints=(cut_dump(29),))
    advice = instances_of_several_families(facts, reckoned(facts), None)
    assert advice is not None
    types = cast("list[str]", advice.proposed["instance_types"])
    assert len({shipped_instances().types[one].family for one in types}) == len(types)


@pytest.mark.parametrize("memory", ["1" + "0" * 30, "100000000000000", "-5", "0", "NaN", "1e999", None, [], {"x": 1}])
@pytest.mark.parametrize("vcpus", ["NaN", "1e999", "-3", "0", "1e18", None, {}])
def test_hostile_requests_give_no_nonsense(memory: object, vcpus: object) -> None:
    evidence = _evidence()
    container = dict((evidence.job or {})["container"])
    container["resourceRequirements"] = [{"type": "MEMORY", "value": memory}, {"type": "VCPU", "value": vcpus}]
    container.pop("memory", None)
    for one in diagnose(_asking(evidence, container=container), shipped()).recommendations:
        proposed = one.proposed.get("memory_bytes")
        assert proposed is None or GIB <= cast("int", proposed) <= 64 * GIB
        assert "inf" not in one.summary.split()
        assert "nan" not in one.summary.lower().split()


@pytest.mark.parametrize("size", [0, 1, 2**50, 2**62])
def test_hostile_sizes_give_no_nonsense(size: int) -> None:
    evidence = _evidence()
    listing = tuple(replace(one, size=size) if "pages-" in one.key else one for one in evidence.listing or ())
    for one in diagnose(replace(evidence, listing=listing), shipped()).recommendations:
        proposed = one.proposed.get("memory_bytes")
        assert proposed is None or 2**28 <= cast("int", proposed) < 64 * GIB


@pytest.mark.parametrize("gbps", [0, -1, float("nan"), 10**30, 1e-9, "12.5", None])
def test_hostile_bandwidths_give_no_nonsense(gbps: object) -> None:
    evidence = _evidence()
    kind = {
        "InstanceType": "m6id.4xlarge",
        "VCpuInfo": {"DefaultVCpus": 16},
        "MemoryInfo": {"SizeInMiB": 65536},
        "NetworkInfo": {"NetworkCards": [{"NetworkCardIndex": 0, "BaselineBandwidthInGbps": gbps}]},
    }
    told = diagnose(replace(evidence, instance_types=(kind,)), shipped()).recommendations
    assert all("None" not in one.summary and "nan" not in one.summary.split() for one in told)


@pytest.mark.parametrize("memory_mib", [None, 64 * 1024])
def test_less_and_more_memory_are_not_advised_together(memory_mib: int | None) -> None:
    """A restore that ran out of memory, of a task whose dump outruns the window as well."""
    facts = job_on("m6id.4xlarge", vcpus=12, memory_gib=64, checkpoints=(complete_dump(60, 0, 140),))
    spec = replace(cast("Any", facts.job).containers[0], memory_mib=memory_mib)
    facts = replace(facts, job=replace(cast("Any", facts.job), containers=(spec,)))
    (rule,) = (rule for rule in shipped() if rule.cause == "restore.memory")
    root = replace(ROOT, rule=rule.id, cause=rule.cause)
    reckoning = reckon(facts, root, shipped_instances(), None, Window())
    assert reckoning.outruns
    told = recommend(facts, root, shipped(), None, reckoning)
    wanted = [one.proposed["memory_bytes"] for one in told if "memory_bytes" in one.proposed]
    assert all(cast("int", one) > 64 * GIB for one in wanted)
    assert any("more memory than" in one.summary for one in told)


def test_the_vendor_is_contradicted_once() -> None:
    facts = job_on("m6id.4xlarge", vcpus=8, memory_gib=30, checkpoints=(cut_dump(27),))
    advice = instances_that_fit(facts, reckoned(facts), None)
    assert advice is not None
    assert "c6id.4xlarge" in cast("list[str]", advice.proposed["instance_types"])  # the table is wrong of it, too
    assert advice.summary.count("The vendor guide's table") == 1


def test_no_limit_below_a_gib_is_set_for_all_processes() -> None:
    facts = job_on("m6id.4xlarge", vcpus=1, memory_gib=1, checkpoints=(cut_dump(0.9),))
    advice = memory_that_fits(facts, reckoned(facts))
    assert advice is not None
    config = parse(advice.snippet or "")
    with pytest.raises(KeyError):
        config.get("process.resourceLimits")
