"""What the other commands ask AWS: each of their operations, answered with what is no answer, or refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from analyzer.fetchers.prices import WHAT
from tests.command import Command, Outcome
from tests.faults.kinds import NAMED, Kind
from tests.loopback import environments as good
from tests.loopback.scenario import scenario
from tests.loopback.wire import Answer, Call

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

KINDS = ("denied", "half", "200-page")
"""Of those that are not tried again; what others come to is in test_matrix.py."""
CHECKED = (
    "DescribeJobs",
    "DescribeJobQueues",
    "DescribeComputeEnvironments",
    "DescribeInstanceTypes",
    "DescribeLaunchTemplateVersions",
    "ListContainerInstances",
    "DescribeContainerInstances",
    "DescribeImages",
    "GetParameter",
    "DescribeSubnets",
    "DescribeRouteTables",
    "DescribeVpcEndpoints",
)
REDUNDANT = ("DescribeImages", "DescribeInstanceTypes")
"""The image of the good environment is the one that AWS recommends, and figures of its types are in the package."""
JOB = scenario("container-out-of-memory")
_TROUBLE = re.compile(r"Traceback|: \w+(?:Error|Exception)\b: |fault in fsnap")


def spoiling(operation: str, kind: Kind) -> Callable[[Call, Answer], Answer]:
    def spoil(call: Call, true: Answer) -> Answer:
        assert kind.spoil
        return kind.spoil(call, true) if call.operation == operation and kind.fits(call) else true

    return spoil


def sentences(outcome: Outcome) -> list[str]:
    """What was said, each a sentence; nothing of ours broke."""
    told = outcome.err.splitlines()
    assert not _TROUBLE.search(outcome.err), outcome.err
    assert all(line.startswith("fsnap-diagnose: ") for line in told), outcome.err
    return told


@pytest.mark.parametrize("operation", CHECKED)
def test_check(operation: str, inside: Command, loopback: Loopback) -> None:
    world = loopback.serve()
    good.make(loopback, world)
    whole = json.loads(inside("check", good.JOB_ID, "--format", "json").out)
    for name in KINDS:
        loopback.spoil = spoiling(operation, NAMED[name])
        loopback.calls.clear()
        outcome = inside("check", good.JOB_ID, "--format", "json")
        assert operation in loopback.operations(), "what is not asked cannot fail"
        told = sentences(outcome)
        if outcome.status == 3:
            assert len(told) == 1, name
            continue
        assert not told
        seen = json.loads(outcome.out)
        if operation not in REDUNDANT and name == "denied":
            assert seen["results"] != whole["results"], f"{operation} {name} is passed over in silence"


@pytest.mark.parametrize("operation", ["ListJobs", "DescribeJobs", "GetLogEvents"])
@pytest.mark.parametrize("kind", [*KINDS, "expired"])
def test_report(kind: str, operation: str, inside: Command, loopback: Loopback) -> None:
    loopback.serve([JOB])
    job = JOB.document("job")
    job["jobQueue"] = "arn:aws:batch:eu-west-1:111122223333:job-queue/some-queue"
    loopback.world.jobs[job["jobId"]] = job
    loopback.world.queues = {job["jobQueue"]: {"jobQueueName": "some-queue", "jobQueueArn": job["jobQueue"]}}
    asked = ("report", "--queue", "some-queue", "--since", "2020-01-01", "--format", "json", "--no-compare")
    assert inside(*asked).status == 1, "without a failure there is a failed job in the report"
    loopback.spoil = spoiling(operation, NAMED[kind])
    outcome = inside(*asked)
    told = sentences(outcome)
    # a queue whose jobs cannot be listed has failed jobs for all we know: never "nothing failed"
    one_source_less = operation == "GetLogEvents" and kind != "expired"
    assert outcome.status == (1 if one_source_less else 3), outcome.out
    assert told or outcome.status == 1


@pytest.mark.parametrize("operation", ["DescribeSpotPriceHistory", "GetSpotPlacementScores"])
def test_prices(operation: str, inside: Command, loopback: Loopback) -> None:
    loopback.serve()
    for name in KINDS:
        loopback.spoil = spoiling(operation, NAMED[name])
        outcome = inside("advise", "--memory", "60GB", "--cpus", "16", "--prices", "--format", "json")
        assert (outcome.status, sentences(outcome)) == (0, []), "the plan stands without them"
        assert WHAT[operation] in outcome.out, name


@pytest.mark.parametrize("command", ["capture", "bundle"])
@pytest.mark.parametrize("operation", ["DescribeJobs", "GetLogEvents", "ListObjectsV2", "LookupEvents"])
def test_what_is_saved_tells_what_is_missing(command: str, operation: str, inside: Command, loopback: Loopback) -> None:
    whole = scenario("host-reclaimed-cloudtrail")
    loopback.serve([whole])
    loopback.spoil = spoiling(operation, NAMED["half"])
    outcome = inside(command, whole.target, "-o", "saved.zip")
    told = sentences(outcome)
    saved = inside.directory / "saved.zip"
    if operation == "DescribeJobs":
        assert (outcome.status, saved.exists()) == (3, False)
        assert whole.target in told[0]
        return
    assert outcome.status == 0
    again = Command(inside.directory).json(saved).document()
    # XML that breaks off is for botocore an internal error of S3's
    reasons = ("none of AWS's", "AWS answered 500")
    assert any(reason in gap["why"] for gap in again["gaps"] for reason in reasons), again["gaps"]
