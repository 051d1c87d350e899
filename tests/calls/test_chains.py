"""No call waits for one that it does not depend on."""

from __future__ import annotations

from pathlib import Path

from analyzer.examine import gather_evidence
from analyzer.fetchers.options import FetchOptions
from tests.calls.chains import longest, needs_of
from tests.calls.table import of_each_shape, shared_clients
from tests.command import InProcess
from tests.loopback.recorder import Recorder, Waves
from tests.loopback.scenario import Scenario, scenario

OPTIONS = FetchOptions(shipped_figures=True)


def _fetch(one: Scenario) -> None:
    list(gather_evidence([one.target], OPTIONS, lambda _: None))


def test_all_calls_that_could_be_in_flight_are(models: None) -> None:
    del models
    recorder, late, seen = Recorder(), list[str](), 0
    try:
        with shared_clients(InProcess(Path(), endpoint=recorder.endpoint).environment()):
            for one in of_each_shape():
                recorder.serve(one)
                _fetch(one)
                waves = Waves(needs_of(recorder.calls, one))
                recorder.serve(one, before=waves)
                _fetch(one)
                late += [f"{one.name}: {key}" for key in sorted(waves.missing)]
                seen += 1
    finally:
        recorder.close()
    assert late == [], "these could have been made earlier"
    assert seen > 30


def test_what_depends_on_what() -> None:
    recorder, one = Recorder(), scenario("window-exceeded")
    try:
        with shared_clients(InProcess(Path(), endpoint=recorder.endpoint).environment()):
            recorder.serve(one)
            _fetch(one)
    finally:
        recorder.close()
    needs = needs_of(recorder.calls, one)
    operations = {key[0]: {need[0] for need in needed} for key, needed in needs.items()}
    assert operations["DescribeJobs"] == set()
    assert operations["GetObject"] == {"ListObjectsV2"}
    assert operations["LookupEvents"] == {"DescribeContainerInstances", "DescribeInstances"}
    assert longest(needs) == 4, "the job, its container instances, its instances, what became of them"
