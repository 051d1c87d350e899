from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.instance_types import MIB, InstanceType
from analyzer.advisor.placement import (
    Shape,
    cost_order,
    cost_units,
    is_candidate,
    registered_mib,
    registrable_mib,
    tasks_that_fit,
)
from tests.advisor.test_instance_types import JSON
from tests.command import REPOSITORY

RESERVED_MIB = 32
"""What the default image of AWS Batch keeps for the ECS agent: AWS Batch user guide, reserve system memory."""

REGISTERED_MIB = {
    # AWS Batch user guide, memory management: 8373026816 bytes are seen, so 7985 MiB are there for tasks
    "m4.large": 7985,
    # misterfifi1/exo-lives-aws, local.tf: what hosts of these types registered
    "t2.small": 1800,
    "t3.medium": 3884,
    "t2.medium": 3943,
    "t2.large": 7975,
    "t2.xlarge": 16039,
    "m5.large": 7680,
    "m5.xlarge": 15576,
    "m5.2xlarge": 31368,
    "m5.4xlarge": 62950,
    "m5.12xlarge": 189283,
    "m5.24xlarge": 378652,
    "c5.large": 3704,
    "c5.xlarge": 7624,
    "c5.2xlarge": 15463,
    "c5.4xlarge": 31142,
    "c5.9xlarge": 70341,
    "c5.18xlarge": 140768,
    # ASFHyP3/hyp3, pull request 582: the most that a job can have on it
    "r5d.xlarge": 31672,
}
"""Registered with ECS."""

KEPT_BYTES = {
    # aws/karpenter-provider-aws, pkg/providers/instancetype/zz_generated.memory_overhead.go, commit 15e87699
    "a1.2xlarge": 999677952,
    "a1.4xlarge": 1855287296,
    "c5.large": 453677056,
    "c5.xlarge": 586280960,
    "c5.9xlarge": 3691565056,
    "c5.18xlarge": 7053815808,
    "c5ad.4xlarge": 1090420736,
    "c5d.18xlarge": 5996851200,
    "c5n.2xlarge": 1128321024,
    "c5n.18xlarge": 7859142656,
    "c6a.large": 308985856,
    "c6a.48xlarge": 15140585472,
    "c6g.medium": 218644480,
    "c6gd.4xlarge": 1327923200,
    "c6id.large": 285917184,
    "c6id.4xlarge": 1264484352,
    "c6id.8xlarge": 2384056320,
    "c6id.32xlarge": 8715804672,
    "c7g.16xlarge": 4778635264,
    "d3en.12xlarge": 5808451584,
    "i3en.large": 732602368,
    "i3en.24xlarge": 21756776448,
    "i4i.4xlarge": 4510916608,
    "im4gn.16xlarge": 9405534208,
    "is4gen.medium": 368476160,
    "m5.4xlarge": 2849939456,
    "m5.8xlarge": 5336875008,
    "m5d.12xlarge": 7922380800,
    "m5d.24xlarge": 15314132992,
    "m5zn.large": 585805824,
    "m6a.48xlarge": 30038941696,
    "m6g.12xlarge": 7931666432,
    "m6gd.16xlarge": 10460397568,
    "m6id.large": 424321024,
    "m6id.4xlarge": 2380177408,
    "m6id.8xlarge": 4514795520,
    "m6id.32xlarge": 17238753280,
    "m6idn.16xlarge": 8884703232,
    "m7g.8xlarge": 4774834176,
    "r5d.24xlarge": 21756780544,
    "r6a.4xlarge": 5217656832,
    "r6a.48xlarge": 59844067328,
    "r6id.2xlarge": 2378240000,
    "r6id.4xlarge": 4510916608,
    "r6id.32xlarge": 34284666880,
    "r6idn.24xlarge": 25753964544,
    "t3.nano": 92966912,
    "x2gd.16xlarge": 30468587520,
    "x2iedn.32xlarge": 85825867776,
    "x2iezn.2xlarge": 7463931904,
}
"""Built-in memory less what the operating system sees, measured with Bottlerocket: the families' extremes."""

PRICES = {
    # aws/karpenter-provider-aws, pkg/providers/pricing/zz_generated.pricing_aws.go, commit 031e72b6
    "c5ad.4xlarge": 0.688,
    "c5d.4xlarge": 0.768,
    "c5d.9xlarge": 1.728,
    "c6id.large": 0.1008,
    "c6id.4xlarge": 0.8064,
    "c6id.8xlarge": 1.6128,
    "c6id.16xlarge": 3.2256,
    "i3en.3xlarge": 1.356,
    "i3en.6xlarge": 2.712,
    "i4i.2xlarge": 0.686,
    "i4i.4xlarge": 1.373,
    "i4i.8xlarge": 2.746,
    "i7i.4xlarge": 1.5101,
    "i7ie.3xlarge": 1.5594,
    "i7ie.6xlarge": 3.1188,
    "m5ad.4xlarge": 0.824,
    "m5d.4xlarge": 0.904,
    "m5d.8xlarge": 1.808,
    "m5dn.4xlarge": 1.088,
    "m6id.large": 0.11865,
    "m6id.2xlarge": 0.4746,
    "m6id.4xlarge": 0.9492,
    "m6id.8xlarge": 1.8984,
    "m6id.16xlarge": 3.7968,
    "m6idn.2xlarge": 0.63648,
    "m6idn.4xlarge": 1.27296,
    "m6idn.8xlarge": 2.54592,
    "r5ad.4xlarge": 1.048,
    "r5d.2xlarge": 0.576,
    "r5d.4xlarge": 1.152,
    "r5dn.4xlarge": 1.336,
    "r6id.2xlarge": 0.6048,
    "r6id.4xlarge": 1.2096,
    "r6id.8xlarge": 2.4192,
    "r6idn.2xlarge": 0.78156,
    "r6idn.4xlarge": 1.56312,
    "r6idn.8xlarge": 3.12624,
    "x2idn.16xlarge": 6.669,
    "x2iedn.4xlarge": 3.3345,
    "c6gd.4xlarge": 0.6144,
    "c7gd.4xlarge": 0.7258,
    "c7gd.8xlarge": 1.4515,
    "c8gd.4xlarge": 0.78384,
    "i4g.4xlarge": 1.23552,
    "i8g.4xlarge": 1.3728,
    "i8ge.3xlarge": 1.4238,
    "im4gn.4xlarge": 1.45517,
    "is4gen.4xlarge": 2.3052,
    "m6gd.4xlarge": 0.7232,
    "m7gd.2xlarge": 0.4271,
    "m7gd.4xlarge": 0.8543,
    "m8gd.4xlarge": 0.92256,
    "r6gd.4xlarge": 0.9216,
    "r7gd.4xlarge": 1.0886,
    "r7gd.8xlarge": 2.1773,
    "r8gd.4xlarge": 1.17568,
    "x2gd.4xlarge": 1.336,
}
"""US dollars an hour, Linux, on demand, us-east-1, 2026-01-19."""


def kind(name: str) -> InstanceType:
    found = shipped_instances().get(name)
    assert found is not None, name
    return found


@pytest.mark.parametrize("name", REGISTERED_MIB)
def test_the_rule_promises_no_more_than_hosts_registered(name: str) -> None:
    assert 0 < registrable_mib(kind(name)) <= REGISTERED_MIB[name]


@pytest.mark.parametrize("name", KEPT_BYTES)
def test_the_rule_promises_no_more_than_the_operating_system_sees(name: str) -> None:
    seen = kind(name).memory_mib - KEPT_BYTES[name] // MIB - 1 - RESERVED_MIB
    assert 0 < registrable_mib(kind(name)) <= seen


@pytest.mark.parametrize("name", [n for n in KEPT_BYTES if kind(n).memory_mib >= 16 * 1024])
def test_the_rule_gives_away_less_than_a_twentieth(name: str) -> None:
    seen = kind(name).memory_mib - KEPT_BYTES[name] / MIB
    assert registrable_mib(kind(name)) > 0.95 * seen


@pytest.mark.parametrize(("name", "gib"), [("m6id.2xlarge", 30), ("m6id.4xlarge", 60), ("r6id.4xlarge", 120)])
def test_the_round_limits_that_pipelines_use_fit(name: str, gib: int) -> None:
    assert tasks_that_fit(kind(name), Shape(8, gib * 2**30)) == 1
    assert tasks_that_fit(kind(name), Shape(8, kind(name).memory_bytes)) == 0


def test_the_page_about_instances_has_these_figures() -> None:
    rows = [line.split() for line in (REPOSITORY / "docs/instances.md").read_text().splitlines() if " MiB | " in line]
    assert len(rows) == 6
    for _, name, _, built_in, _, _, rule, _, registered, _ in rows:
        assert int(built_in) == kind(name).memory_mib
        assert (int(rule), int(registered)) == (registrable_mib(kind(name)), REGISTERED_MIB[name])


def host(name: object = "m6id.4xlarge", memory: object = 63000, **more: Any) -> dict[str, Any]:
    return {
        "attributes": [{"name": "ecs.availability-zone"}, {"name": "ecs.instance-type", "value": name}],
        "registeredResources": [
            {"name": "CPU", "type": "INTEGER", "integerValue": 16384},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        ],
        **more,
    }


def test_what_hosts_registered_beats_the_rule() -> None:
    registered = registered_mib([host(), host(memory=62900), host("r6id.large", 15000)])
    assert registered == {"m6id.4xlarge": 62900, "r6id.large": 15000}
    assert registrable_mib(kind("m6id.4xlarge")) == 65536 - 3277 - 300
    assert registrable_mib(kind("m6id.4xlarge"), registered) == 62900
    assert registrable_mib(kind("m6id.8xlarge"), registered) == registrable_mib(kind("m6id.8xlarge"))
    shape = Shape(8, 62500 * MIB)
    assert (tasks_that_fit(kind("m6id.4xlarge"), shape), tasks_that_fit(kind("m6id.4xlarge"), shape, registered)) == (
        0,
        1,
    )


@pytest.mark.parametrize(
    "document",
    [
        host(None),
        host(""),
        host(memory=0),
        host(memory=-5),
        host(memory="all"),
        host(memory=True),
        host(attributes=None),
        host(registeredResources={"MEMORY": 5}),
        {},
    ],
)
def test_a_host_that_tells_nothing_is_passed_over(document: dict[str, Any]) -> None:
    assert registered_mib([document]) == {}


def test_no_host_has_more_than_is_built_in() -> None:
    assert registrable_mib(kind("m6id.4xlarge"), registered_mib([host(memory=10**9)])) == 65536


@given(st.lists(st.dictionaries(st.sampled_from(["attributes", "registeredResources"]), JSON), max_size=3))
def test_no_container_instance_crashes(documents: list[dict[str, Any]]) -> None:
    assert all(memory > 0 for memory in registered_mib(documents).values())


@pytest.mark.parametrize(
    ("name", "vcpus", "gib", "tasks"),
    [
        ("m6id.4xlarge", 16, 60, 1),
        ("m6id.4xlarge", 17, 1, 0),
        ("m6id.4xlarge", 4, 8, 4),
        ("m6id.4xlarge", 1, 30, 2),
        ("m6id.4xlarge", 1, 61, 0),
        ("m6id.4xlarge", 1.5, 1, 10),
        ("m6id.4xlarge", 0, 30, 2),
        ("m6id.4xlarge", 4, 0, 4),
        ("m6id.4xlarge", 0, 0, 64),
        ("m6id.4xlarge", -3, -3, 64),
        ("m6id.4xlarge", float("nan"), 1, 0),
        ("m6id.4xlarge", float("inf"), 1, 0),
    ],
)
def test_tasks_on_one_host(name: str, vcpus: float, gib: int, tasks: int) -> None:
    assert tasks_that_fit(kind(name), Shape(vcpus, gib * 2**30)) == tasks


SMALLEST = InstanceType("x.nano", vcpus=1, memory_mib=1)


def test_a_type_with_less_memory_than_the_system_takes_has_no_room() -> None:
    assert registrable_mib(SMALLEST) == 0
    assert tasks_that_fit(SMALLEST, Shape(1, 1)) == 0


@given(st.floats(0, 200), st.integers(0, 2**43), st.integers(0, 2**43))
def test_more_memory_never_fits_more_often(vcpus: float, memory: int, more: int) -> None:
    big = kind("r6id.32xlarge")
    assert tasks_that_fit(big, Shape(vcpus, memory + more)) <= tasks_that_fit(big, Shape(vcpus, memory))


def _in_order(names: list[str]) -> float:
    """Share of all pairs whose order by units is that of their prices."""
    pairs = list(itertools.combinations(names, 2))
    right = [
        (cost_order(kind(a)) < cost_order(kind(b))) == (PRICES[a] < PRICES[b])
        for a, b in pairs
        if PRICES[a] != PRICES[b]
    ]
    return sum(right) / len(pairs)


def _of(architecture: str) -> list[str]:
    return [name for name in PRICES if architecture in kind(name).architectures]


def test_the_cost_order_is_mostly_that_of_the_prices() -> None:
    assert _in_order(_of("x86_64")) >= 0.98
    assert _in_order(_of("arm64")) >= 0.93


@pytest.mark.parametrize("name", PRICES)
def test_a_price_is_near_what_the_units_say(name: str) -> None:
    assert PRICES[name] == pytest.approx(cost_units(kind(name)) / 240, rel=0.29)


@pytest.mark.parametrize(
    ("cheaper", "dearer"),
    [
        ("c6id.4xlarge", "m6id.4xlarge"),
        ("m6id.4xlarge", "r6id.4xlarge"),
        ("m6id.4xlarge", "m6idn.4xlarge"),
        ("m6idn.4xlarge", "r6idn.4xlarge"),
        ("r6id.4xlarge", "m6idn.4xlarge"),
        ("r6id.4xlarge", "i4i.4xlarge"),
        ("m5ad.4xlarge", "m5d.4xlarge"),
        ("m6idn.2xlarge", "m6id.4xlarge"),
        ("m6id.4xlarge", "c6id.8xlarge"),
        ("m6gd.4xlarge", "m6id.4xlarge"),
        ("i4i.4xlarge", "c6id.8xlarge"),
        ("m6id.8xlarge", "r6id.8xlarge"),
    ],
)
def test_well_known_pairs_are_in_order(cheaper: str, dearer: str) -> None:
    assert PRICES[cheaper] < PRICES[dearer]
    assert cost_order(kind(cheaper)) < cost_order(kind(dearer))


def test_a_type_without_bandwidth_or_storage_has_a_cost_and_ties_are_told_apart_by_name() -> None:
    other = InstanceType("y.nano", vcpus=1, memory_mib=1)
    assert cost_order(SMALLEST) < cost_order(other)
    assert cost_units(SMALLEST) == cost_units(other) > 0


@pytest.mark.parametrize(
    ("name", "architecture", "is_one"),
    [
        ("r6id.4xlarge", "x86_64", True),
        ("r6id.4xlarge", "arm64", False),
        ("m8gd.4xlarge", "arm64", True),
        ("m6i.4xlarge", "x86_64", False),
        ("r6id.metal", "x86_64", False),
        ("t3.large", "x86_64", False),
        ("g6.xlarge", "x86_64", False),
        ("d3en.xlarge", "x86_64", False),
        ("m3.large", "x86_64", False),
        ("u7i-12tb.224xlarge", "x86_64", False),
    ],
)
def test_who_may_carry_snapshot_tasks(name: str, architecture: str, is_one: bool) -> None:
    assert is_candidate(kind(name), architecture) is is_one


def test_every_candidate_has_what_a_dump_needs() -> None:
    found = [one for one in shipped_instances().types.values() if is_candidate(one, "x86_64")]
    assert len(found) > 200
    assert all(one.spot and one.nvme_gb and one.baseline_gbps and not one.accelerated for one in found)
