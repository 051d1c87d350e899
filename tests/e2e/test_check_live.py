"""`fsnap-diagnose check` against a good environment, and one that is broken in each way.

What a process of its own shows (how it starts, ends, and lets go of calls that hang) is shown with one; the many ways
of being broken are gone through in this process, by the same command.
"""

from __future__ import annotations

import json
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import Command, Outcome
from tests.loopback import environments as good
from tests.loopback.faults import Fault, FaultPlan

if TYPE_CHECKING:
    from tests.loopback.server import Loopback
    from tests.loopback.world import World


OF_JOBS = {"FS862", "FS863", "FS864"}
"""Checks that only a job can answer."""


class Site:
    """The good environment, and handles to break it by."""

    def __init__(self, loopback: Loopback, command: Command) -> None:
        self.loopback, self.command = loopback, command
        self.world: World = loopback.serve()
        self.made = good.make(loopback, self.world)

    @property
    def environment(self) -> dict[str, Any]:
        return self.world.environments[good.ENVIRONMENT_ARN]

    @property
    def resources(self) -> dict[str, Any]:
        found: dict[str, Any] = self.environment["computeResources"]
        return found

    @property
    def job(self) -> dict[str, Any]:
        return self.world.jobs[good.JOB_ID]

    @property
    def container(self) -> dict[str, Any]:
        found: dict[str, Any] = self.job["container"]
        return found

    def fail(self, *faults: Fault) -> None:
        self.loopback.faults = FaultPlan(faults)

    def check(self, target: str = good.JOB_ID, *arguments: str) -> Outcome:
        return self.command("check", target, *arguments)

    def report(self, target: str = good.JOB_ID, *arguments: str) -> tuple[Outcome, dict[str, Any]]:
        outcome = self.check(target, "--format", "json", *arguments)
        assert "Traceback" not in outcome.err
        return outcome, json.loads(outcome.out)


@pytest.fixture
def site(loopback: Loopback, inside: Command) -> Site:
    return Site(loopback, inside)


@pytest.fixture
def far(loopback: Loopback, live: Command) -> Site:
    """The same, with each command as a process."""
    return Site(loopback, live)


def statuses(report: dict[str, Any], check: str) -> set[str]:
    return {result["status"] for result in report["results"] if result["id"] == check}


def of_status(report: dict[str, Any], *wanted: str) -> set[str]:
    return {result["id"] for result in report["results"] if result["status"] in wanted}


# --- a good environment ----------------------------------------------------------------------------------------------


def _is_good(site: Site, target: str) -> None:
    outcome, report = site.report(target, "--workdir", f"s3://{good.BUCKET}/work")
    assert outcome.status == 0, report
    assert of_status(report, "fail", "warn") == set()
    assert of_status(report, "unknown") == (set() if target == good.JOB_ID else OF_JOBS)
    assert (report["target"], report["region"], report["counts"]["fail"]) == (target, good.REGION, 0)
    assert outcome.err == ""


@pytest.mark.parametrize("target", [good.JOB_ID, good.QUEUE, good.ENVIRONMENT_ARN])
def test_a_good_environment_passes(site: Site, target: str) -> None:
    _is_good(site, target)


def test_a_good_environment_passes_as_a_process(far: Site) -> None:
    _is_good(far, good.JOB_ID)


def test_without_a_job_the_work_bucket_is_asked_for(site: Site) -> None:
    outcome, report = site.report(good.QUEUE)
    assert outcome.status == 0
    (bucket,) = [result for result in report["results"] if result["id"] == "FS841"]
    assert (bucket["status"], bucket["missing"]) == ("unknown", None)
    assert "--workdir" in bucket["detail"]


# --- broken in each way ----------------------------------------------------------------------------------------------


def _no_host_runs(site: Site) -> None:
    """So that it is what the environment is told that decides on the image."""
    site.world.container_instances.clear()


def _mixed(site: Site) -> None:
    other = json.loads(json.dumps(site.environment))
    arn = good.ENVIRONMENT_ARN.replace(good.ENVIRONMENT, "on-demand")
    other |= {"computeEnvironmentName": "on-demand", "computeEnvironmentArn": arn}
    other["computeResources"]["type"] = "EC2"
    site.world.environments[arn] = other
    site.world.queues[good.QUEUE_ARN] = good.queue(good.ENVIRONMENT_ARN, arn) | {
        "jobStateTimeLimitActions": site.world.queues[good.QUEUE_ARN]["jobStateTimeLimitActions"]
    }


def _image(site: Site, name: str) -> None:
    site.world.images[good.IMAGE] = good.image(good.IMAGE, name, good.long_ago())
    site.world.parameters[f"{good.PARAMETERS}/recommended"] = good.recommended("ami-0bbbbbbbbbbbbbbbb")


def _amazon_linux_2(site: Site) -> None:
    _no_host_runs(site)
    site.resources["ec2Configuration"] = [{"imageType": "ECS_AL2"}]


def _no_endpoint(site: Site) -> None:
    good.client(site.loopback, "ec2").delete_vpc_endpoints(VpcEndpointIds=[site.made.endpoint])


def _user_data(site: Site, old: str, new: str) -> None:
    assert old in good.USER_DATA
    good.new_template(site.loopback, site.made, good.USER_DATA.replace(old, new))


def _script(site: Site) -> None:
    good.new_template(site.loopback, site.made, "#!/bin/bash\n" + good.USER_DATA.split("#!/bin/bash")[1])


def _larger_task(site: Site, instance_type: str) -> None:
    """A full host of the type would get its dumps out only without the margin."""
    site.resources.update(instanceTypes=[instance_type])
    site.container["resourceRequirements"] = [{"type": "VCPU", "value": "16"}, {"type": "MEMORY", "value": "49152"}]


def _far_away(site: Site) -> None:
    s3 = good.client(site.loopback, "s3", "eu-central-1")
    s3.create_bucket(Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    site.job["container"] = json.loads(json.dumps(site.container).replace(good.BUCKET, "far-away"))


def _outside_fusion(site: Site) -> None:
    site.container.update(command=["bash", "-o", "pipefail", "-c", "true"], environment=[])


Break = Callable[[Site], object]
BROKEN: dict[str, tuple[str, str, Break]] = {
    "unmanaged": ("FS801", "fail", lambda s: s.environment.update(type="UNMANAGED")),
    "on Fargate": ("FS801", "fail", lambda s: s.resources.update(type="FARGATE_SPOT")),
    "disabled": ("FS802", "fail", lambda s: s.environment.update(state="DISABLED")),
    "invalid": ("FS802", "fail", lambda s: s.environment.update(status="INVALID", statusReason="role is gone")),
    "queue disabled": ("FS803", "fail", lambda s: s.world.queues[good.QUEUE_ARN].update(state="DISABLED")),
    "on demand": ("FS804", "fail", lambda s: s.resources.update(type="EC2")),
    "Spot and on demand": ("FS805", "warn", _mixed),
    "allocation": ("FS806", "warn", lambda s: s.resources.update(allocationStrategy="BEST_FIT")),
    "no vCPUs": ("FS807", "fail", lambda s: s.resources.update(maxvCpus=8)),
    "waits for ever": ("FS808", "warn", lambda s: s.world.queues[good.QUEUE_ARN].update(jobStateTimeLimitActions=[])),
    "a bundle": ("FS811", "warn", lambda s: s.resources.update(instanceTypes=["optimal"])),
    "arm64": ("FS812", "warn", lambda s: s.resources.update(instanceTypes=["m6gd.8xlarge"])),
    "two architectures": (
        "FS813",
        "fail",
        lambda s: s.resources.update(instanceTypes=["c6gd.8xlarge", "c6id.8xlarge"]),
    ),
    "no NVMe": ("FS814", "warn", lambda s: s.resources.update(instanceTypes=["c6i.8xlarge"])),
    "bursts": ("FS815", "warn", lambda s: _larger_task(s, "m6id.4xlarge")),
    "too much memory": ("FS816", "warn", lambda s: _larger_task(s, "r6id.8xlarge")),
    "Amazon Linux 2": ("FS831", "fail", _amazon_linux_2),
    "an older kernel": ("FS832", "fail", lambda s: _image(s, "amzn2-ami-ecs-kernel-5.10-hvm-2.0.20230101-x86_64-ebs")),
    "an old image": ("FS833", "warn", lambda s: _image(s, good.image_name(stamp="20230801"))),
    "far bucket": ("FS841", "fail", _far_away),
    "no way to S3": ("FS842", "fail", _no_endpoint),
    "no draining": ("FS851", "warn", lambda s: _user_data(s, "DRAINING=true", "DRAINING=false")),
    "killed at once": ("FS852", "warn", lambda s: _user_data(s, "TIMEOUT=10m", "TIMEOUT=30s")),
    "disk not mounted": ("FS853", "warn", lambda s: _user_data(s, "/scratch/fusion", "/mnt")),
    "a bare script": ("FS854", "warn", _script),
    "too large a task": (
        "FS861",
        "fail",
        lambda s: s.container["resourceRequirements"].append({"type": "MEMORY", "value": "900000"}),
    ),
    "no retry": ("FS862", "fail", lambda s: s.job.pop("retryStrategy")),
    "no Fusion": ("FS863", "fail", _outside_fusion),
    "an array's child": (
        "FS867",
        "warn",
        lambda s: s.job.update(arrayProperties={"index": 0}),
    ),
    "no scratch": ("FS868", "warn", lambda s: s.container.update(volumes=[], mountPoints=[])),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_in_one_way(site: Site, name: str) -> None:
    check, status, break_it = BROKEN[name]
    break_it(site)
    outcome, report = site.report()
    assert statuses(report, check) == {status}, [r for r in report["results"] if r["id"] == check]
    worst = next(r for r in report["results"] if r["id"] == check and r["status"] == status)
    assert worst["fix"], "what is wrong can be put right"
    assert outcome.status == (1 if of_status(report, "fail") else 0)
    assert status != "fail" or outcome.status == 1


# --- what cannot be seen ---------------------------------------------------------------------------------------------

UNSEEN = {
    "DescribeJobQueues": ("batch:DescribeJobQueues", "FS803"),
    "DescribeComputeEnvironments": ("batch:DescribeComputeEnvironments", "FS801"),
    "DescribeLaunchTemplateVersions": ("ec2:DescribeLaunchTemplateVersions", "FS851"),
    "DescribeImages": ("ec2:DescribeImages", "FS832"),
    "DescribeSubnets": ("ec2:DescribeSubnets", "FS842"),
    "DescribeRouteTables": ("ec2:DescribeRouteTables", "FS842"),
    "DescribeVpcEndpoints": ("ec2:DescribeVpcEndpoints", "FS842"),
    "HeadBucket": ("s3:ListBucket", "FS841"),
}
"""Operation -> the permission without which a check is unknown, and that check."""


@pytest.mark.parametrize("operation", UNSEEN)
def test_what_is_denied_is_unknown_with_its_permission(site: Site, operation: str) -> None:
    permission, check = UNSEEN[operation]
    code = "UnauthorizedOperation" if permission.startswith("ec2:") else "AccessDeniedException"
    if operation == "DescribeImages":
        _image(site, "one that AWS does not recommend, and that only its id tells")
    site.fail(Fault(operation, code, 403))
    outcome, report = site.report()
    found = [result for result in report["results"] if result["id"] == check]
    assert {result["status"] for result in found} == {"unknown"}, found
    assert {result["missing"]["permission"] for result in found} == {permission}
    # a check that could not look is no failure; but without its environments nothing was examined
    assert outcome.status == (3 if operation in ("DescribeJobQueues", "DescribeComputeEnvironments") else 0)


@pytest.mark.parametrize("operation", ["ListContainerInstances", "DescribeContainerInstances"])
def test_the_age_of_an_image_is_unknown_where_hosts_cannot_be_seen(site: Site, operation: str) -> None:
    site.fail(Fault(operation, "AccessDeniedException", 403))
    outcome, report = site.report()
    assert statuses(report, "FS833") == {"unknown"}
    assert outcome.status == 0


def test_types_are_judged_by_the_shipped_figures_where_ec2_does_not_tell(site: Site) -> None:
    site.fail(Fault("DescribeInstanceTypes", "UnauthorizedOperation", 403))
    outcome, report = site.report()
    assert outcome.status == 0
    assert statuses(report, "FS816") == {"pass"}
    assert "DescribeInstanceTypes, in the environment's region" not in report["figures"]


def test_throttled_and_faltering_services_are_asked_again(far: Site) -> None:
    far.fail(
        Fault("DescribeJobQueues", "TooManyRequestsException", 429, times=2),
        Fault("DescribeSubnets", "RequestLimitExceeded", 503, times=2),
        Fault("GetParameter", "InternalServerError", 500, times=1),
    )
    outcome, report = far.report()
    assert (outcome.status, of_status(report, "fail", "unknown")) == (0, set())
    assert far.loopback.operations().count("DescribeSubnets") == 3


def test_the_time_limit_holds_for_the_whole(far: Site) -> None:
    far.fail(Fault("DescribeVpcEndpoints", "x", 500, after_seconds=60))
    began = time.monotonic()
    outcome, report = far.report(good.JOB_ID, "--timeout", "10")
    assert time.monotonic() - began < 40
    (network,) = [result for result in report["results"] if result["id"] == "FS842"]
    assert (network["status"], outcome.status) == ("unknown", 0)
    assert "time limit of 10 s" in network["detail"]


# --- targets and formats ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("no-such-queue", "neither a job queue nor a compute environment"),
        (f"{good.QUEUE_ARN}-old", "does not know the job queue"),
        ("0a1b2c3d-1111-4222-8333-444455556666", "does not know job"),
        ("s3://bucket/work/ab/cdef", "--workdir"),
        ("arn:aws:s3:::bucket", "is not the ARN of"),
    ],
)
def test_a_target_that_is_nothing_is_one_sentence(site: Site, target: str, says: str) -> None:
    outcome = site.check(target)
    assert (outcome.status, outcome.out) == (3, "")
    assert len(outcome.err.strip().splitlines()) == 1
    assert says in outcome.err
    assert target in outcome.err


def test_the_target_itself_denied_is_one_sentence(site: Site) -> None:
    site.fail(Fault("*", "AccessDeniedException", 403))
    outcome = site.check(good.QUEUE)
    assert (outcome.status, outcome.out) == (3, "")
    assert "allow batch:DescribeJobQueues" in outcome.err


def test_nobody_there_is_one_sentence(command: Command) -> None:
    outcome = command("check", good.QUEUE)
    assert outcome.status == 3
    assert "127.0.0.1:9" in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1


@pytest.mark.parametrize("form", ["terminal", "json", "jsonl", "markdown", "junit"])
def test_every_format_tells_the_same_and_keeps_secrets(site: Site, form: str) -> None:
    _tells_all(site, form)


def test_a_failed_check_as_a_process(far: Site) -> None:
    _tells_all(far, "terminal")


def _tells_all(site: Site, form: str) -> None:
    site.resources.update(type="EC2")
    site.fail(Fault("HeadBucket", "AccessDenied", 403))
    outcome = site.check(good.JOB_ID, "--format", form)
    assert outcome.status == 1
    assert "FS804" in outcome.out
    assert "s3:ListBucket" in outcome.out
    for secret in (good.TEMPLATE_SECRET, "licence-of-the-job"):
        assert secret not in outcome.out + outcome.err
    if form == "junit":
        cases = list(ET.fromstring(outcome.out).iter("testcase"))  # noqa: S314 - our own output
        assert any(case.find("failure") is not None for case in cases)
        assert any(case.find("skipped") is not None for case in cases)
    elif form == "json":
        assert json.loads(outcome.out)["failed"] is True
    elif form == "jsonl":
        assert all(isinstance(json.loads(line), dict) for line in outcome.out.splitlines())


def test_it_only_reads_and_asks_each_thing_once(site: Site) -> None:
    site.check()
    calls = site.loopback.calls
    assert len(calls) == 13
    assert [c.operation for c in calls if not c.operation.startswith(("Describe", "Get", "List", "Head"))] == []
    asked = [(call.operation, repr(sorted(call.parameters.items()))) for call in calls]
    assert sorted(set(asked)) == sorted(asked)
