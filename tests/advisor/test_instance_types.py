from __future__ import annotations

from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.advisor.instance_record import checked_type
from analyzer.advisor.instance_types import InstanceType, is_type_name, read_instance_type


def described(**more: Any) -> dict[str, Any]:
    return {
        "InstanceType": "r6id.4xlarge",
        "CurrentGeneration": True,
        "SupportedUsageClasses": ["on-demand", "spot"],
        "BareMetal": False,
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"], "Manufacturer": "Intel"},
        "VCpuInfo": {"DefaultVCpus": 16},
        "MemoryInfo": {"SizeInMiB": 131072},
        "InstanceStorageInfo": {
            "TotalSizeInGB": 950,
            "Disks": [{"SizeInGB": 950, "Count": 1, "Type": "ssd"}],
            "NvmeSupport": "required",
        },
        "EbsInfo": {"EbsOptimizedInfo": {"BaselineThroughputInMBps": 625.0}},
        "NetworkInfo": {
            "NetworkPerformance": "Up to 12.5 Gigabit",
            "MaximumNetworkCards": 1,
            "DefaultNetworkCardIndex": 0,
            "NetworkCards": [
                {"NetworkCardIndex": 0, "BaselineBandwidthInGbps": 6.25, "PeakBandwidthInGbps": 12.5},
            ],
        },
        "BurstablePerformanceSupported": False,
        **more,
    }


def read(**more: Any) -> InstanceType:
    found = read_instance_type(described(**more))
    assert found is not None
    return found


def test_a_type_as_ec2_describes_it() -> None:
    found = read()
    assert found == InstanceType(
        name="r6id.4xlarge",
        vcpus=16,
        memory_mib=131072,
        architectures=("x86_64",),
        processor="Intel",
        baseline_gbps=6.25,
        peak_gbps=12.5,
        nvme_gb=950,
        ebs_baseline_mb_per_second=625.0,
        spot=True,
        current_generation=True,
    )
    assert (found.family, found.generation, found.bursts) == ("r6id", 6, True)
    assert found.gib_per_gbps == pytest.approx(20.48)


def test_the_bandwidth_is_that_of_the_default_card_and_never_of_the_text() -> None:
    cards = [
        {"NetworkCardIndex": 0, "BaselineBandwidthInGbps": 100.0, "PeakBandwidthInGbps": 100.0},
        {"NetworkCardIndex": 1, "BaselineBandwidthInGbps": 300.0, "PeakBandwidthInGbps": 300.0},
    ]
    network = {"MaximumNetworkCards": 2, "NetworkPerformance": "600 Gigabit", "NetworkCards": cards}
    assert read(NetworkInfo={**network, "DefaultNetworkCardIndex": 0}).baseline_gbps == 100
    assert read(NetworkInfo={**network, "DefaultNetworkCardIndex": 1}).baseline_gbps == 300
    assert read(NetworkInfo={"NetworkPerformance": "Up to 12.5 Gigabit"}).baseline_gbps is None


@pytest.mark.parametrize(
    ("name", "cards", "gbps"), [("r6idn.32xlarge", 2, 170), ("r6idn.8xlarge", 1, 200), ("m8idb.96xlarge", 2, 200)]
)
def test_one_interface_of_two_cards_that_share_their_bandwidth(name: str, cards: int, gbps: float) -> None:
    card = {"NetworkCardIndex": 0, "BaselineBandwidthInGbps": 200.0, "PeakBandwidthInGbps": 200.0}
    found = read(InstanceType=name, NetworkInfo={"MaximumNetworkCards": cards, "NetworkCards": [card]})
    assert (found.baseline_gbps, found.peak_gbps) == (gbps, gbps)


@pytest.mark.parametrize(
    ("storage", "gigabytes"),
    [
        ({"TotalSizeInGB": 950, "NvmeSupport": "unsupported"}, 0),
        ({"TotalSizeInGB": 950, "NvmeSupport": "supported"}, 950),
        (
            {
                "TotalSizeInGB": 3800,
                "NvmeSupport": "required",
                "Disks": [{"SizeInGB": 1900, "Count": 2, "Type": "ssd"}],
            },
            3800,
        ),
        (
            {
                "TotalSizeInGB": 5940,
                "NvmeSupport": "required",
                "Disks": [{"SizeInGB": 1980, "Count": 3, "Type": "hdd"}],
            },
            0,
        ),
        ({}, 0),
        ("much", 0),
    ],
)
def test_only_solid_state_disks_behind_nvme_count(storage: object, gigabytes: int) -> None:
    assert read(InstanceStorageInfo=storage).nvme_gb == gigabytes


@pytest.mark.parametrize(
    ("name", "generation"),
    [
        ("r6id.large", 6),
        ("c7i-flex.large", 7),
        ("im4gn.large", 4),
        ("x2iedn.large", 2),
        ("u-24tb1.112xlarge", 1),
        ("u7in-32tb.224xlarge", 7),
        ("hpc7g.4xlarge", 7),
        ("p6-b200.48xlarge", 6),
        ("mac.metal", None),
    ],
)
def test_the_generation_is_the_number_in_the_family(name: str, generation: int | None) -> None:
    assert read(InstanceType=name).generation == generation


@pytest.mark.parametrize(
    "name", ["r6id", "", "R6ID.large", "r6id.4xlarge\n", "r6id.", "=1+1", "a" * 99 + ".large", None, 7]
)
def test_what_is_no_name_is_no_type(name: object) -> None:
    assert read_instance_type(described(InstanceType=name)) is None
    assert not isinstance(name, str) or not is_type_name(name)


@pytest.mark.parametrize(
    "missing",
    [{"VCpuInfo": {}}, {"MemoryInfo": None}, {"VCpuInfo": {"DefaultVCpus": -2}}, {"MemoryInfo": {"SizeInMiB": 10**12}}],
)
def test_without_processors_or_memory_there_is_no_type(missing: dict[str, Any]) -> None:
    assert read_instance_type(described(**missing)) is None


def test_accelerators_are_seen_in_any_of_their_members() -> None:
    assert read(GpuInfo={"Gpus": [{}]}).accelerated
    assert read(MediaAcceleratorInfo={"Accelerators": [{}]}).accelerated
    assert not read(GpuInfo={}).accelerated


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(described())), JSON, max_size=6))
def test_whatever_ec2_says_is_read_to_a_type_that_a_file_can_hold_or_to_none(wrong: dict[str, Any]) -> None:
    found = read_instance_type({**described(), **wrong})
    if found is not None:
        values = [list(v) if isinstance(v, tuple) else v for v in astuple(found)]
        assert checked_type(values) == found


@given(JSON)
def test_whatever_is_no_document_is_no_type(document: Any) -> None:
    assert read_instance_type(document) is None
