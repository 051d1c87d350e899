"""Logs that are searched where they are, and not fetched: what verdicts come to, how many queries it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Evidence
from analyzer.fetchers.fetch import Fetcher
from analyzer.fetchers.options import FetchOptions
from analyzer.pipeline import diagnose
from tests.command import Command
from tests.loopback.faults import Fault
from tests.loopback.scenario import Scenario, all_scenarios
from tests.loopback.server import Loopback

LIVE = [one for one in all_scenarios() if one.live and one.document("job")]
TEXTS = tuple(signature.text for signature in shipped().signatures("task", "runtime", "fusion"))
PLAIN = FetchOptions(want_cloudtrail=False)
SEARCHED = replace(PLAIN, search_texts=TEXTS)


def diagnosed(scenarios: Sequence[Scenario], options: FetchOptions) -> Mapping[str, Diagnosis]:
    """Target -> diagnosis, all fetched by one fetcher."""
    by_region: dict[str, list[str]] = defaultdict(list)
    for one in scenarios:
        by_region[one.region].append(one.target)
    found: dict[str, Diagnosis] = {}
    with Fetcher(options, lambda _: None) as fetcher:
        for region, targets in by_region.items():
            for target, evidence in fetcher.iter_jobs(targets, region=region):
                assert isinstance(evidence, Evidence), evidence
                found[target] = diagnose(evidence, shipped())
    return found


@pytest.fixture
def aws(live: Command, loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> Loopback:
    """The loopback, for calls from this process."""
    for name, value in live.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return loopback


def test_a_search_comes_to_the_same_causes_as_reading_the_logs(aws: Loopback) -> None:
    # without the work directories, which hold logs, too
    aws.serve(LIVE, [Fault("ListObjectsV2", "AccessDenied", 403), Fault("GetObject", "AccessDenied", 403)])
    fetched = diagnosed(LIVE, PLAIN)
    read = aws.operations().count("GetLogEvents")
    aws.calls.clear()
    searched = diagnosed(LIVE, SEARCHED)
    told = {one.name: (fetched[one.target].verdict.cause, searched[one.target].verdict.cause) for one in LIVE}
    assert {name: causes for name, causes in told.items() if causes[0] != causes[1]} == {}
    assert aws.operations().count("GetLogEvents") == 0
    assert 0 < aws.operations().count("StartQuery") < read / 4
