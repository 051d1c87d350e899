"""deploy/template.yaml: its rules pass on what is captured, its role may do what the function does, and no more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from analyzer.events import entry, settings
from tests.command import REPOSITORY
from tests.events.examples import EXAMPLES, NAMES
from tests.events.template import Stack, matches, template

QUEUE = "arn:aws:batch:eu-west-1:111122223333:job-queue/TowerForge-5kQ2vXb7RzNtW1pLcYdH-work"
KEYS = "arn:aws:kms:eu-west-1:111122223333:key/1,arn:aws:kms:eu-west-1:111122223333:key/2"
WHOLE = Stack(
    WorkBuckets="work,more-work",
    WorkBucketKeyArns=KEYS,
    StoreKeyArn="arn:aws:kms:eu-west-1:111122223333:key/3",
    NotifyEmail="someone@example.com",
)
PLAIN = Stack(WorkBuckets="work")
OWN = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "logs:CreateLogStream", "logs:PutLogEvents"}
"""What Lambda itself does by the role."""
BY_S3 = {"kms:Decrypt", "kms:GenerateDataKey"}
"""What S3 does by the role where a bucket has a key."""


def _actions(stack: Stack) -> list[str]:
    return [action for statement in stack.statements() for action in statement["Action"]]


def _properties(stack: Stack, name: str) -> dict[str, Any]:
    properties = stack.resources()[name]["Properties"]
    assert isinstance(properties, dict)
    return properties


@pytest.mark.parametrize("name", NAMES)
def test_the_rules_pass_on_what_is_captured_and_nothing_else(name: str) -> None:
    example = EXAMPLES[name]
    for stack in (PLAIN, Stack(WorkBuckets="work", JobQueueArns=f"arn:aws:batch:eu-west-1:1:job-queue/other,{QUEUE}")):
        passing = [rule for rule, pattern in stack.rules().items() if matches(pattern, example.event)]
        queue = (example.event.get("detail") or {}) if isinstance(example.event.get("detail"), dict) else {}
        if stack is not PLAIN and example.event["detail-type"].startswith("Batch") and queue.get("jobQueue") != QUEUE:
            assert passing == []
        else:
            assert passing == example.expected["rules"]


def test_jobs_of_other_queues_are_not_passed_on_where_queues_are_named() -> None:
    stack = Stack(WorkBuckets="work", JobQueueArns="arn:aws:batch:eu-west-1:111122223333:job-queue/other")
    passed = {n for n in NAMES if any(matches(pattern, EXAMPLES[n].event) for pattern in stack.rules().values())}
    assert {EXAMPLES[name].event["source"] for name in passed} == {"aws.ec2"}


def test_every_event_goes_to_the_queue_and_where_that_fails_to_the_dead_letters() -> None:
    for name in PLAIN.rules():
        (target,) = _properties(PLAIN, name)["Targets"]
        assert target["Arn"] == "<EventQueue.Arn>"
        assert target["DeadLetterConfig"] == {"Arn": "<DeadLetterQueue.Arn>"}
    (allowed, _) = _properties(PLAIN, "QueuePolicy")["PolicyDocument"]["Statement"]
    sources = allowed["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert sorted(sources) == sorted(f"<{name}.Arn>" for name in PLAIN.rules())


def test_the_role_may_do_what_the_documented_policy_has() -> None:
    """tests/e2e/test_policies.py holds that policy against the calls that are made."""
    policy = json.loads((REPOSITORY / "docs" / "iam-policies.json").read_text())["events"]
    documented = {action for statement in policy["Statement"] for action in statement["Action"]}
    actions = _actions(WHOLE)
    assert set(actions) - OWN - BY_S3 == documented - BY_S3
    assert set(actions) >= OWN
    assert not {action for action in actions if "*" in action}


def test_the_role_has_nothing_for_what_is_not_used() -> None:
    assert not set(_actions(PLAIN)) & {"sns:Publish", *BY_S3}
    assert set(_actions(WHOLE)) - set(_actions(PLAIN)) == {"sns:Publish", *BY_S3}


def test_what_can_be_narrowed_is() -> None:
    for statement in WHOLE.statements():
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        services = {action.split(":")[0] for action in statement["Action"]}
        assert ("*" in resources) == bool(services & {"batch", "ecs", "ec2", "cloudtrail"}), statement
    by_sid = {statement["Sid"]: statement["Resource"] for statement in WHOLE.statements()}
    assert by_sid["ListWorkBuckets"] == ["arn:aws:s3:::work", "arn:aws:s3:::more-work"]
    assert by_sid["ReadWorkBuckets"] == ["arn:aws:s3:::work/*", "arn:aws:s3:::more-work/*"]
    assert by_sid["ReadEncryptedWorkBuckets"] == KEYS.split(",")
    assert by_sid["ReadAndWriteCaptures"] == "<StoreBucket.Arn>/_captures/*"
    alone = {statement["Sid"]: statement["Resource"] for statement in PLAIN.statements()}
    assert alone["ListWorkBuckets"] == ["arn:aws:s3:::work"]
    assert alone["ReadWorkBuckets"] == ["arn:aws:s3:::work/*"]
    assert alone["ReadTaskLogs"] == "arn:aws:logs:*:111122223333:log-group:/aws/batch/job:log-stream:*"


def test_the_bucket_is_private_encrypted_and_tidied() -> None:
    bucket = _properties(PLAIN, "StoreBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    captures = bucket["LifecycleConfiguration"]["Rules"][0]
    assert captures["Prefix"] == "_captures/"
    assert captures["ExpirationInDays"] == "90"
    assert PLAIN.resources()["StoreBucket"]["DeletionPolicy"] == "Retain"
    (encryption,) = _properties(WHOLE, "StoreBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    for name in ("StoreBucketPolicy", "QueuePolicy"):
        statements = _properties(PLAIN, name)["PolicyDocument"]["Statement"]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [one["Condition"] for one in statements]


def test_times_and_tries_fit_together() -> None:
    function, queue = _properties(PLAIN, "CaptureFunction"), _properties(PLAIN, "EventQueue")
    source = _properties(PLAIN, "EventSource")
    # Lambda's documentation: at least six times
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    tries = queue["RedrivePolicy"]["maxReceiveCount"]
    assert function["Environment"]["Variables"][settings.RECEIVES] == str(tries)
    # the last try must come while EC2 and ECS still know a host that is gone: about an hour
    assert (tries - 1) * queue["VisibilityTimeout"] <= 2700
    assert (function["Timeout"] - entry.MARGIN_SECONDS) / source["BatchSize"] >= 4 * entry.LEAST_SECONDS
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 2 <= int(source["ScalingConfig"]["MaximumConcurrency"]) <= 5
    # messages that are given up are kept longer than those that are tried
    assert _properties(PLAIN, "DeadLetterQueue")["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_the_function_is_told_what_it_reads() -> None:
    for stack in (PLAIN, WHOLE, Stack(WorkBuckets="work", JobQueueArns=QUEUE)):
        variables = _properties(stack, "CaptureFunction")["Environment"]["Variables"]
        read = {v for name, v in vars(settings).items() if re.fullmatch("[A-Z_]+", name) and str(v).startswith("FSNAP")}
        assert set(variables) == read
        told = settings.read_settings({**variables, settings.STORE: "s3://store"})
        assert told.queues == ((QUEUE,) if stack not in (PLAIN, WHOLE) else ())
        assert (told.notify is not None) == (stack is WHOLE)
        assert (told.side_by_side, told.receives) == (3, 4)


def test_somebody_is_told_of_events_that_were_lost() -> None:
    alarm = _properties(WHOLE, "EventsLost")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "<DeadLetterQueue.QueueName>"}]
    assert alarm["AlarmActions"] == ["<NotifyTopic>"]
    assert "AlarmActions" not in _properties(PLAIN, "EventsLost")
    assert "NotifyTopic" not in PLAIN.resources()


def test_every_parameter_is_described_and_used() -> None:
    text = json.dumps({name: template()[name] for name in ("Conditions", "Resources")})
    for name, declared in template()["Parameters"].items():
        assert declared["Description"].endswith(".")
        assert f'"{name}"' in text or f"${{{name}}}" in text
