from __future__ import annotations

import pytest

from analyzer.reporters.figures import figure, label, moment


@pytest.mark.parametrize(
    ("name", "value", "label_shown", "shown"),
    [
        ("memory_bytes", 64 * 2**30, "memory", "64.0 GiB"),
        ("memory_bytes", 5 * 2**20, "memory", "5.0 MiB"),
        ("memory_bytes", 12, "memory", "12 bytes"),
        ("memory_mib", 2048, "memory", "2.0 GiB"),
        ("dump_bytes_per_second", 1.25e9, "dump rate", "1250.0 MB/s (10.00 Gbps)"),
        ("window_seconds", 120, "window", "120 s"),
        ("dump_seconds", 121.6512, "dump", "121.7 s"),
        ("run_seconds", 3725, "run", "1 h 02 min"),
        ("run_seconds", 725, "run", "12 min 05 s"),
        ("baseline_bandwidth_gbps", 12.5, "baseline bandwidth", "12.5 Gbps"),
        ("dirty_share", 0.125, "dirty share", "12.5 %"),
        ("instance_types", ["a", "b"], "instance types", "a, b"),
        ("instance_types", [], "instance types", "none"),
        ("attempts", 3, "attempts", "3"),
        ("snapshots", "on", "snapshots", "on"),
        ("privileged", True, "privileged", "yes"),
        ("nested", {"a": 1}, "nested", '{"a": 1}'),
        ("dump_seconds", None, "dump", "not known"),
        ("dump_seconds", float("nan"), "dump", "not known"),
        ("memory_bytes", 10**400, "memory", "1" + "0" * 400),
        ("dump_seconds", "soon", "dump", "soon"),
    ],
)
def test_figures_have_their_unit(name: str, value: object, label_shown: str, shown: str) -> None:
    assert label(name) == label_shown
    assert figure(name, value) == shown


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2026-03-01T10:02:11Z", ("2026-03-01", "10:02:11")),
        ("2026-03-01T00:30:00.123+02:00", ("2026-02-28", "22:30:00")),
        ("121.651 s", ("", "121.651 s")),
        ("0001-01-01T00:00:00+14:00", ("", "0001-01-01T00:00:00+14:00")),
        (None, ("", "")),
    ],
)
def test_moments_are_in_utc(at: str | None, shown: tuple[str, str]) -> None:
    assert moment(at) == shown
