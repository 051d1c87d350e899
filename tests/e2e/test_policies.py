"""docs/iam-policies.json against the calls that each mode makes: no action is missing, none is there for nothing."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from analyzer.events import handler
from analyzer.fetchers.permissions import permission_of
from tests.command import REPOSITORY, Command
from tests.loopback import environments
from tests.loopback.environments import client
from tests.loopback.scenario import scenario
from tests.loopback.server import Loopback

POLICIES: dict[str, Any] = json.loads((REPOSITORY / "docs" / "iam-policies.json").read_text())
PAGE = (REPOSITORY / "docs" / "permissions.md").read_text()
KMS = "kms:Decrypt"
"""S3 asks for it by itself where objects are encrypted with a key of the user's; no call of ours shows it."""
EXCEEDED, RECLAIMED, FAILED = (
    scenario(name) for name in ("window-exceeded", "host-reclaimed-cloudtrail", "tool-failed")
)
QUEUE = "TowerForge-5kQ2vXb7RzNtW1pLcYdH-work"
KEPT = "example-reports"
REPORT = ("report", "--queue", QUEUE, "--since", "2026-11-01")


class Stage:
    """The loopback with jobs whose diagnosis needs every source, and the command."""

    def __init__(self, loopback: Loopback, command: Command, folder: Path) -> None:
        self.loopback, self.command, self.folder = loopback, command, folder
        world = loopback.serve([EXCEEDED, RECLAIMED, FAILED])
        # a host of a type whose figures are not shipped: EC2 has to be asked for them
        (instance_id, *_) = world.instances
        world.instances[instance_id]["InstanceType"] = "m99.large"
        # a job whose host is told by its task alone
        job = copy.deepcopy(world.jobs[RECLAIMED.target])
        self.by_task = job["jobId"] = "0e2d7c11-3b5a-4f0e-9c1d-0123456789ab"
        for part in (job["container"], *(attempt["container"] for attempt in job["attempts"])):
            part.pop("containerInstanceArn", None)
        world.jobs[self.by_task] = job

    def run(self, *arguments: str | Path) -> None:
        """Run the command; whatever it finds, it must have been able to look."""
        outcome = self.command(*arguments)
        assert outcome.status in (0, 1), outcome.err

    @property
    def targets(self) -> tuple[str, ...]:
        assert EXCEEDED.work_directory
        bucket, prefix = EXCEEDED.work_directory
        return (EXCEEDED.target, RECLAIMED.target, self.by_task, f"s3://{bucket}/{prefix}")

    def report_in_s3(self, *more: str) -> None:
        """Twice: the second run reads what the first has kept."""
        s3 = client(self.loopback, "s3")
        s3.create_bucket(Bucket=KEPT, CreateBucketConfiguration={"LocationConstraint": environments.REGION})
        for _ in range(2):
            self.run(*REPORT, "--store", f"s3://{KEPT}/store", "--publish", f"s3://{KEPT}/reports", *more)


def _capture(stage: Stage) -> None:
    for number, target in enumerate(stage.targets):
        stage.run("capture", target, "-o", stage.folder / f"{number}.zip")


def _check(stage: Stage) -> None:
    environments.make(stage.loopback, stage.loopback.serve())
    stage.run("check", environments.JOB_ID)


def _notify(stage: Stage) -> None:
    topic = client(stage.loopback, "sns").create_topic(Name="reports")["TopicArn"]
    stage.run(*REPORT, "--notify", f"sns:{topic}")


def _insights(stage: Stage) -> None:
    stage.run(*REPORT, "--logs", "insights")
    # a search that does not end is given up
    stage.loopback.world.insights.polls = 1_000
    stage.run(*REPORT, "--logs", "insights", "--timeout", "1")


def _watch(stage: Stage) -> None:
    topic = client(stage.loopback, "sns").create_topic(Name="failures")["TopicArn"]
    s3 = client(stage.loopback, "s3")
    s3.create_bucket(Bucket=KEPT, CreateBucketConfiguration={"LocationConstraint": environments.REGION})
    (instance_id, *_) = stage.loopback.world.instances
    stage.loopback.world.instances[instance_id]["InstanceType"] = "m99.large"
    told = ("--queue", QUEUE, "--since", "2026-11-01", "--store", f"s3://{KEPT}/fsnap", "--notify", f"sns:{topic}")
    for _ in range(2):
        stage.run("watch", *told, "--once")


def _events(stage: Stage) -> None:
    """The function, for each of the jobs, and for a warning about a host of a type whose figures are not shipped."""
    topic = client(stage.loopback, "sns").create_topic(Name="failures")["TopicArn"]
    s3 = client(stage.loopback, "s3")
    s3.create_bucket(Bucket=KEPT, CreateBucketConfiguration={"LocationConstraint": environments.REGION})
    world = stage.loopback.world
    (instance_id, *_) = world.instances
    world.instances[instance_id]["InstanceType"] = "m99.large"
    child = scenario("array-child-out-of-memory")
    world.add(child)
    details = [world.jobs[target] for target in (*stage.targets[:3], child.target)]
    told = {"FSNAP_STORE": f"s3://{KEPT}", "FSNAP_NOTIFY": topic, "FSNAP_RECEIVES": "1"}
    hidden = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FSNAP_"))}
    with patch.dict(os.environ, {**hidden, **stage.command.environment(), **told}, clear=True):
        for detail in details:
            handler({"source": "aws.batch", "detail-type": "Batch Job State Change", "detail": detail}, None)
        warning = {"detail-type": "EC2 Spot Instance Interruption Warning", "detail": {"instance-id": instance_id}}
        handler({"source": "aws.ec2", **warning}, None)


MODES: dict[str, Callable[[Stage], None]] = {
    "diagnose": lambda stage: stage.run(*stage.targets),
    "prices": lambda stage: stage.run(*stage.targets, "--prices"),
    "capture": _capture,
    "check": _check,
    "instances": lambda stage: stage.run("instances", "--refresh", "-o", stage.folder / "instances.json"),
    "report": lambda stage: stage.run(*REPORT, "--store", str(stage.folder / "store")),
    "report-in-s3": Stage.report_in_s3,
    "report-notify": _notify,
    "report-insights": _insights,
    "events": _events,
    "watch": _watch,
}
"""A mode is added with one line here, and its policy in the file."""


@pytest.mark.parametrize("mode", sorted({*MODES, *POLICIES}))
def test_a_policy_has_the_actions_that_are_called_and_no_more(
    mode: str, inside: Command, loopback: Loopback, tmp_path: Path
) -> None:
    stage = Stage(loopback, inside, tmp_path)
    MODES[mode](stage)
    called = {permission_of(operation).action for operation in loopback.operations()}
    assert "" not in called, set(loopback.operations())
    actions = [action for statement in POLICIES[mode]["Statement"] for action in statement["Action"]]
    assert sorted(set(actions) - {KMS}) == sorted(called)
    assert len(actions) == len(set(actions))


BUCKETS = {"YOUR-WORK-BUCKET", "YOUR-REPORT-BUCKET"}


def _resources(statement: dict[str, Any]) -> list[str]:
    named = statement["Resource"]
    return [named] if isinstance(named, str) else named


@pytest.mark.parametrize("mode", POLICIES)
def test_a_policy_is_narrowed_to_what_the_reader_fills_in(mode: str) -> None:
    for statement in POLICIES[mode]["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            assert re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action), "no wildcards"
        services = {action.split(":")[0] for action in statement["Action"]}
        for resource in _resources(statement):
            if services & {"s3", "kms", "sns", "ssm"}:
                assert resource != "*"
            if services == {"s3"}:
                bucket, slash, objects = resource.removeprefix("arn:aws:s3:::").partition("/")
                assert bucket in BUCKETS
                assert bool(slash) == (statement["Action"] != ["s3:ListBucket"]), (
                    "listing is of buckets, the rest of objects"
                )
                assert objects in ("", "*", "YOUR-PREFIX/*")


@pytest.mark.parametrize("mode", POLICIES)
def test_nothing_of_the_pipelines_can_be_changed(mode: str) -> None:
    for statement in POLICIES[mode]["Statement"]:
        changing = [a for a in statement["Action"] if not re.fullmatch(r"\w+:(Describe|Get|List|Lookup|Decrypt)\w*", a)]
        assert set(changing) <= {"s3:PutObject", "sns:Publish", "logs:StartQuery", "logs:StopQuery"}
        if "s3:PutObject" in changing:
            assert _resources(statement) == ["arn:aws:s3:::YOUR-REPORT-BUCKET/YOUR-PREFIX/*"]


def test_the_page_names_every_mode() -> None:
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE, re.MULTILINE)) == set(POLICIES)
