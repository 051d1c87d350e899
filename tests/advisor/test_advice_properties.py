"""Whatever the job: what is proposed fits by figures that are reckoned here again, and nothing is proposed in vain."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.processors import processor_of
from analyzer.advisor.reckoning import Reckoning, reckon
from analyzer.advisor.recommend import recommend
from analyzer.advisor.window import Window
from analyzer.classifier.catalogue import shipped
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding, Recommendation
from analyzer.parsers.checkpoints import Checkpoint
from analyzer.parsers.task_trace import TaskTrace
from tests.advisor.config_subset import Size, parse
from tests.advisor.jobs import GIB, ROOT, attempt_on, complete_dump, cut_dump, job_on

TYPES = (
    None, "m6id.4xlarge", "r6id.4xlarge", "r6id.16xlarge", "c6id.8xlarge", "m6idn.4xlarge", "m6gd.4xlarge",
    "m5ad.4xlarge", "i4i.large", "q9z.huge",
)  # fmt: skip
FINDINGS = tuple(
    replace(ROOT, rule=rule, cause=cause)
    for rule, cause in (
        ("FS101", "dump.window_exceeded"),
        ("FS201", "restore.dump_unfinished"),
        ("FS301", "host.spot_reclaimed"),
        ("FS110", "dump.tcp_connection"),
    )
    if shipped().rules[rule].cause == cause
)
sizes = st.one_of(st.floats(0.01, 4), st.floats(4, 500))
spans = st.one_of(st.none(), st.floats(1.5, 119), st.floats(119, 123))


@st.composite
def _dump(draw: st.DrawFn, number: int) -> Checkpoint:
    if draw(st.booleans()):
        return cut_dump(draw(sizes), draw(spans), number)
    seconds = draw(st.floats(1.5, 119))
    return complete_dump(draw(sizes), draw(st.one_of(st.just(0.0), sizes)), seconds, number)


@st.composite
def jobs(draw: st.DrawFn) -> Facts:
    vcpus = draw(st.sampled_from([0.25, 1.0, 2.0, 4.0, 7.0, 8.0, 12.0, 16.0, 48.0]))
    memory = draw(st.one_of(st.floats(0.01, 16), st.floats(16, 900)))
    dumps = tuple(draw(_dump(number)) for number in range(1, draw(st.integers(0, 3)) + 1))
    facts = job_on(None, vcpus, memory, dumps)
    count = draw(st.integers(1, 3))
    hosts = tuple(attempt_on(draw(st.sampled_from(TYPES)), n, lost=n < count) for n in range(1, count + 1))
    peak = draw(st.one_of(st.none(), sizes))
    trace = TaskTrace(peak_rss_bytes=round(peak * GIB)) if peak else None
    return replace(facts, attempts=hosts, trace=trace)


def _advised(facts: Facts, root: Finding, window: Window) -> tuple[Reckoning, tuple[Recommendation, ...]]:
    reckoning = reckon(facts, root, shipped_instances(), None, window)
    return reckoning, recommend(facts, root, shipped(), None, reckoning)


def _tasks(kind: InstanceType, vcpus: float, memory_bytes: float) -> int:
    """How many such tasks a host has room for, when a twentieth of its memory and 300 MiB are not to be had."""
    room = (kind.memory_mib - math.ceil(kind.memory_mib / 20) - 300) * 2**20
    return min(int(room // memory_bytes), int(kind.vcpus // max(vcpus, 0.25)))


def _check_types(advice: Recommendation, reckoning: Reckoning, window: Window) -> None:
    because, held, host = advice.because, reckoning.held, reckoning.host
    assert held is not None
    assert reckoning.shape is not None
    kinds = [shipped_instances().types[name] for name in cast("list[str]", advice.proposed["instance_types"])]
    assert 1 <= len(kinds) <= 5
    assert len({processor_of(kind) for kind in kinds}) == 1
    moved = cast("int", because["footprint_bytes"]) * held.transfer.dirty_share.value
    for kind in kinds:
        assert because["architecture"] in kind.architectures
        tasks = _tasks(kind, reckoning.shape.vcpus, reckoning.shape.memory_bytes)
        assert tasks >= 1
        assert kind.nvme_gb * 10**9 >= tasks * held.bytes - 1
        wire = moved * tasks * 8 / ((kind.baseline_gbps or 0) * 1e9)
        assert wire / host.efficiency.expected <= window.seconds * (1 - window.margin_share) + 1e-6
        assert wire / host.efficiency.low <= window.seconds + 1e-6


def _check_memory(advice: Recommendation, reckoning: Reckoning, window: Window) -> None:
    proposed, line = cast("int", advice.proposed["memory_bytes"]), reckoning.line
    assert line is not None
    assert reckoning.held is not None
    assert 2**28 <= proposed < (reckoning.asked or 0)
    assert proposed % (GIB if proposed >= GIB else 2**20) == 0
    moved = proposed * reckoning.held.transfer.dirty_share.value
    rate = line.bytes_per_second
    assert moved / rate.expected <= window.seconds * (1 - window.margin_share) + 1e-6
    assert moved / rate.low <= window.seconds + 1e-6
    config = parse(advice.snippet or "")
    assert config.get("process.memory", "ALIGN") == Size(proposed)
    if "vcpus" in advice.proposed:
        assert config.get("process.cpus", "ALIGN") == advice.proposed["vcpus"]
    kind, shape = reckoning.host.kind, reckoning.shape
    if kind is not None and shape is not None:
        vcpus = cast("float", advice.proposed.get("vcpus", shape.vcpus))
        assert shape.vcpus <= vcpus <= kind.vcpus or "vcpus" not in advice.proposed
        assert _tasks(kind, vcpus, proposed) <= max(reckoning.host.shared_by, 1)


@settings(max_examples=200, deadline=None)
@given(
    jobs(),
    st.sampled_from(FINDINGS),
    st.sampled_from([Window(), Window(60), Window(120, 0.4), Window(30, 0)]),
)
def test_what_is_proposed_fits(facts: Facts, root: Finding, window: Window) -> None:
    reckoning, advice = _advised(facts, root, window)
    assert _advised(facts, root, window)[1] == advice
    for one in advice:
        if one.kind == "instance" and "types" in one.because:
            _check_types(one, reckoning, window)
            if "more bandwidth" in one.summary:
                used = reckoning.host.kind.name if reckoning.host.kind else None
                assert used not in cast("list[str]", one.proposed["instance_types"])
        if one.kind == "memory":
            _check_memory(one, reckoning, window)
        if "predicted_now_seconds" in one.because and reckoning.now is not None:
            assert one.because["predicted_now_seconds"] == round(reckoning.now.expected, 1)
    kinds = [one.kind for one in advice]
    assert kinds.count("memory") <= 1
    assert kinds.count("instance") <= 1
    assert kinds.count("retry") <= 1
    if reckoning.fits_already and root.cause == "dump.window_exceeded":
        assert not {"memory", "instance"} & set(kinds)


def test_the_findings_are_those_of_the_catalogue() -> None:
    assert len(FINDINGS) >= 3
