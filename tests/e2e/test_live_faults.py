"""When AWS refuses, falters or is not there: the diagnosis grows weaker and says why; it never grows wrong.

One case of each kind is a process of its own, the others run in this one.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.command import Command, Outcome
from tests.e2e.expectations import has_gap, weaker_or_same
from tests.loopback.faults import Fault
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

RICH = scenario("window-exceeded")
RECLAIMED = scenario("host-reclaimed-cloudtrail")
DENIED = {
    "DescribeJobQueues": "batch:DescribeJobQueues",
    "DescribeComputeEnvironments": "batch:DescribeComputeEnvironments",
    "DescribeContainerInstances": "ecs:DescribeContainerInstances",
    "DescribeInstances": "ec2:DescribeInstances",
    "LookupEvents": "cloudtrail:LookupEvents",
    "GetLogEvents": "logs:GetLogEvents",
    "ListObjectsV2": "s3:ListBucket",
    "GetObject": "s3:GetObject",
}
# the words in which each service refuses
DENIAL_CODES = {
    "DescribeInstances": "UnauthorizedOperation",
    "ListObjectsV2": "AccessDenied",
    "GetObject": "AccessDenied",
}
# what is left of the truth when a source cannot be read
STILL_RIGHT = [*RICH.expected["accept"], "restore.dump_unfinished", "restore.failed", "dump.interrupted"]


def one_sentence(outcome: Outcome) -> str:
    """Standard error, which must be one line that says it all."""
    lines = outcome.err.strip().splitlines()
    assert len(lines) == 1, outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out.strip() in ("", "[]")
    return lines[0]


@pytest.mark.parametrize("operation", DENIED)
def test_access_denied_on_each_source_in_turn(operation: str, inside: Command, loopback: Loopback) -> None:
    loopback.serve([RICH], [Fault(operation, DENIAL_CODES.get(operation, "AccessDeniedException"), status=403)])
    outcome = inside.json(RICH.target)
    assert operation in loopback.operations(), "a source that is not read cannot be refused"
    assert outcome.status == 1
    diagnosis = outcome.document()
    assert weaker_or_same(diagnosis, STILL_RIGHT), diagnosis["verdict"]
    gaps = [gap for gap in diagnosis["gaps"] if has_gap(gap, {"permission": DENIED[operation]})]
    assert gaps, diagnosis["gaps"]
    assert all(gap["matters"] and DENIED[operation] in gap["why"] for gap in gaps), gaps


def test_a_refused_call_is_not_repeated(inside: Command, loopback: Loopback) -> None:
    loopback.serve([RICH], [Fault("GetLogEvents", "AccessDeniedException")])
    inside.json(RICH.target)
    streams = len(RICH.document("job")["attempts"])
    assert loopback.operations().count("GetLogEvents") <= streams


def test_no_proof_of_a_reclaim_without_cloudtrail(inside: Command, loopback: Loopback) -> None:
    loopback.serve([RECLAIMED], [Fault("LookupEvents", "AccessDeniedException")])
    diagnosis = inside.json(RECLAIMED.target).document()
    assert diagnosis["verdict"]["cause"] == "host.terminated"
    assert any(has_gap(gap, {"permission": "cloudtrail:LookupEvents"}) for gap in diagnosis["gaps"])


def test_everything_but_the_job_refused(live: Command, loopback: Loopback) -> None:
    loopback.serve([RICH], [Fault(operation, "AccessDeniedException", status=403) for operation in DENIED])
    outcome = live.json(RICH.target)
    diagnosis = outcome.document()
    accept = [*STILL_RIGHT, "unknown.insufficient_evidence", "host.terminated"]
    assert diagnosis["verdict"]["cause"] in accept
    assert diagnosis["verdict"]["confidence"] != "certain" or diagnosis["verdict"]["cause"].startswith("unknown.")
    assert {"s3:ListBucket", "logs:GetLogEvents"} <= {gap["permission"] for gap in diagnosis["gaps"]}


def test_the_job_itself_refused(live: Command, loopback: Loopback) -> None:
    loopback.serve([RICH], [Fault("DescribeJobs", "AccessDeniedException", status=403)])
    outcome = live.json(RICH.target)
    assert outcome.status == 3
    assert "batch:DescribeJobs" in one_sentence(outcome)


@pytest.mark.parametrize(
    ("operation", "code", "status"),
    [
        ("DescribeJobs", "TooManyRequestsException", 429),
        ("GetLogEvents", "ThrottlingException", 400),
        ("LookupEvents", "ThrottlingException", 400),
        ("DescribeInstances", "RequestLimitExceeded", 503),
        ("ListObjectsV2", "SlowDown", 503),
        ("GetObject", "InternalError", 500),
    ],
)
def test_a_call_that_is_throttled_is_tried_again(
    operation: str, code: str, status: int, inside: Command, loopback: Loopback
) -> None:
    loopback.serve([RICH], [Fault(operation, code, status=status, times=2)])
    diagnosis = inside.json(RICH.target).document()
    assert diagnosis["verdict"]["cause"] == "dump.window_exceeded"
    assert diagnosis["gaps"] == []
    assert loopback.operations().count(operation) >= 3


def test_throttled_for_good_becomes_a_gap(live: Command, loopback: Loopback) -> None:
    loopback.serve([RICH], [Fault("GetLogEvents", "ThrottlingException")])
    diagnosis = live.json(RICH.target).document()
    assert weaker_or_same(diagnosis, STILL_RIGHT)
    assert any(has_gap(gap, {"what": "log of attempt", "why": "ThrottlingException"}) for gap in diagnosis["gaps"])


@pytest.mark.parametrize("code", ["ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException"])
def test_expired_credentials_are_one_sentence(code: str, inside: Command, loopback: Loopback) -> None:
    loopback.serve(
        [RICH], [Fault("*", code, status=403, message="The security token included in the request is expired")]
    )
    outcome = inside.json(RICH.target)
    assert outcome.status == 3
    assert RICH.target in one_sentence(outcome)


def test_an_unreachable_endpoint_is_one_sentence(command: Command) -> None:
    began = time.monotonic()
    outcome = command.json(RICH.target)
    assert outcome.status == 3
    assert "127.0.0.1:9" in one_sentence(outcome)
    assert time.monotonic() - began < 30


def test_no_region_is_one_sentence(inside: Command, loopback: Loopback) -> None:
    loopback.serve([RICH])
    outcome = inside.json(RICH.target, environment={"AWS_REGION": None})
    assert outcome.status == 3
    assert "--region" in one_sentence(outcome)
    assert inside.json(RICH.target, "--region", "eu-west-1", environment={"AWS_REGION": None}).status == 1


def test_no_credentials_is_one_sentence(live: Command, loopback: Loopback) -> None:
    loopback.serve([RICH])
    outcome = live.json(RICH.target, environment={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None})
    assert outcome.status == 3
    assert "credentials" in one_sentence(outcome)


def test_no_such_profile_is_one_sentence(inside: Command, loopback: Loopback) -> None:
    loopback.serve([RICH])
    outcome = inside.json(RICH.target, "--profile", "nobody")
    assert outcome.status == 3
    assert "nobody" in one_sentence(outcome)


def test_an_expired_job_with_its_work_directory(inside: Command, loopback: Loopback) -> None:
    world = loopback.serve([scenario("dump-tcp-connection")])
    world.jobs.clear()
    target = scenario("dump-tcp-connection")
    assert inside.json(target.target).status == 3
    assert target.work_directory
    diagnosis = inside.json("s3://" + "/".join(target.work_directory)).document()
    assert diagnosis["verdict"]["cause"] == "dump.tcp_connection"


@pytest.mark.parametrize("address", ["s3://example-nf-work/work/00/0000", "s3://example-no-such-bucket/work/00/0000"])
def test_a_work_directory_that_is_not_there(address: str, inside: Command, loopback: Loopback) -> None:
    loopback.serve([RICH])
    outcome = inside.json(address)
    assert outcome.status == 3
    assert address in one_sentence(outcome)


def test_a_work_directory_that_may_not_be_listed_is_still_read(inside: Command, loopback: Loopback) -> None:
    loopback.serve([RICH], [Fault("ListObjectsV2", "AccessDenied", status=403)])
    diagnosis = inside.json(RICH.target).document()
    read = [call.parameters["Key"].rsplit("/", 1)[-1] for call in loopback.calls if call.operation == "GetObject"]
    assert ".command.log" in read
    assert any(has_gap(gap, {"permission": "s3:ListBucket"}) for gap in diagnosis["gaps"])


def test_nothing_is_ever_changed(live: Command, loopback: Loopback) -> None:
    loopback.serve([RICH, RECLAIMED])
    live.json(RICH.target, RECLAIMED.target)
    reading = ("Describe", "Get", "List", "Lookup", "Head")
    assert [o for o in loopback.operations() if not o.startswith(reading)] == []


def test_no_call_is_made_twice(inside: Command, loopback: Loopback) -> None:
    loopback.serve([RICH])
    inside.json(RICH.target)
    calls = [(call.operation, repr(sorted(call.parameters.items()))) for call in loopback.calls]
    assert sorted(set(calls)) == sorted(calls)


def test_a_job_that_ran_well_takes_few_calls(inside: Command, loopback: Loopback) -> None:
    loopback.serve([scenario("well-without-fusion")])
    assert inside.json(scenario("well-without-fusion").target).status == 0
    assert "LookupEvents" not in loopback.operations(), "no host was lost: nobody needs to ask who ended it"
    assert loopback.operations().count("GetLogEvents") <= 2
