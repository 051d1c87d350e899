from __future__ import annotations

import copy
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.classifier.finding import Quote
from analyzer.support.redaction import MASK, MAX_DEPTH, mask_document, mask_environment, mask_secrets

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
SESSION = "IQoJb3JpZ2luX2VjEIz//////////wEaCXVzLWVhc3QtMSJHMEUCIQ"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("using AKIAIOSFODNN7EXAMPLE now", "IOSFODNN7EXAMPLE"),
        ("ASIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
        (f"aws_secret_access_key = {KEY}", KEY),
        (f"the key {KEY} leaked", KEY),
        (f'"SecretAccessKey": "{KEY}"', KEY),
        (f"token was {SESSION}", SESSION),
        (f"header {JWT} end", JWT[5:40]),
        ("eyJ0aWQiOiAxMjM0fS4zNGIabc", "aWQiOiAxMjM0"),
        ("Authorization: Bearer abc.def", "abc.def"),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("using bearer abcdef123456 to", "abcdef123456"),
        ("GET https://b.s3.amazonaws.com/k?X-Amz-Date=2026&X-Amz-Signature=abcdef0123&x=1", "abcdef0123"),
        ("https://b/k?X-Amz-Security-Token=FwoGxyz%2Fabc", "FwoGxyz"),
        ("https://acct.blob.core.windows.net/c?sv=1&sig=Zm9v%3D", "Zm9v"),
        ("TOWER_ACCESS_TOKEN=abc", "abc"),
        ("export TOWER_ACCESS_TOKEN='a b c'", "a b c"),
        ('DB_PASSWORD="hun\\"ter2" next', "ter2"),
        ('{"name": "FUSION_LICENSE_TOKEN", "value": "abc"}', "abc"),
        ('{\\"name\\":\\"FUSION_LICENSE_TOKEN\\",\\"value\\":\\"zyx\\"}', "zyx"),
        ('{"apiKey":"zyx"}', "zyx"),
        ("password: hunter2", "hunter2"),
        ("api_key: zyxwvuts", "zyxwvuts"),
        ("--secret-key hunter2 --threads 4", "hunter2"),
        ("postgres://me:p4ss@host/db", "p4ss"),
        ("https://1234567890abcdef1234@host/x", "1234567890abcdef"),
        ("ghp_abcdefghijklmnopqrst123", "abcdefghij"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", "MIIabc"),
        ("-----BEGIN PRIVATE KEY----- MIIabc", "MIIabc"),
        ("MIIEpAIBAAKCAQEA7bq0pQ7h1xJ3R5mVnQw0f2d9ZkYtXo8uS6cGvLrTeWqPzHyN", "MIIEpAIB"),
    ],
)
def test_secrets_are_masked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in mask_secrets(text)
    assert MASK in mask_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "ExpiredToken: The provided token has expired.",
        "unexpected token: process @ line 3",
        "An error occurred (ExpiredTokenException) when calling the GetObject operation",
        "fetching secret arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db1-AbCdEf",
        "AWS_RETRY_MODE=standard FUSION_WORK=/fusion/s3/bucket/work/ab/c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5",
        "AWS_WEB_IDENTITY_TOKEN_FILE=/var/run/token nf-token=0123abc sort_key=chr1 PWD=/tmp",
        "(00.123456) Error (criu/files-ext.c:96): Can't dump file 3 of that type [20644] (unknown /dev/fuse)",
        "(121.65123) fdinfo: pos:      0x40 flags:       0100000/0x1",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGT",
        "basic functionality; the bearer authentication; password",
        "PASS: 12 tests, token: expected",
        "unable to find credentials: none given",
        "s3://bucket/work/ab/c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5/.command.run",
        "Host EC2 (instance i-0123456789abcdef0) terminated.",
        "CannotPullContainerError: pull access denied for quay.io/a/b@sha256:0123456789abcdef",
        '{"secrets": [], "token": null, "credentials": {"expiresIn": 3}}',
        '{"max_tokens": 5, "nextToken": "abc", "key": "a/b"}',
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_secrets(text) == text


HINTED = st.lists(
    st.sampled_from(
        [
            "TOKEN",
            "A_TOKEN",
            "password",
            "=",
            ":",
            '"',
            "'",
            "\\",
            " ",
            "\n",
            "eyJ",
            KEY,
            "AKIA",
            "IOSFODNN7EXAMPLE",
            "&",
            "?",
            "://",
            "@",
            "a",
            "1",
            "--",
            "name",
            "value",
            ",",
            "Bearer ",
            "Authorization",
            "-----BEGIN PRIVATE KEY-----",
            MASK,
            "X-Amz-Signature",
            "sig",
            "-----END PRIVATE KEY-----",
            "<",
            "[",
            "]",
            "{",
            "}",
        ]
    ),
    max_size=14,
).map("".join)


@given(HINTED)
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask_secrets(text)
    assert mask_secrets(once) == once


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert mask_secrets(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "piece",
    [
        'TOKEN="',
        "TOKEN=",
        "token:",
        "://",
        "://a:",
        "a:a:",
        "eyJ",
        "eyJaaaaaaaaaaaaaaaaaaaaa.",
        "A",
        "-----BEGIN ",
        "\\",
        "-----BEGIN PRIVATE KEY-----",
        'name": "A_TOKEN", "value": ',
        '"',
        "'",
        "bearer ",
        "AKIA",
        "?sig=",
        "--token ",
        "Authorization:",
        "a.",
        " ",
        "\n",
        "name=",
        "--",
        "a@",
        "TOKEN='",
        'TOKEN=\\"',
        "=",
        "aA0/",
    ],
)
@pytest.mark.parametrize("end", ["", "@ token", "! key"])
def test_time_grows_with_the_text_only(piece: str, end: str) -> None:
    text = piece * (300_000 // len(piece)) + end
    began = time.process_time()
    mask_secrets(text)
    # a step that looked at the rest of the text for every piece would need minutes
    assert time.process_time() - began < 5


def test_a_private_key_keeps_its_lines() -> None:
    text = "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\nb"
    assert mask_secrets(text).split("\n")[-1] == "b"
    assert mask_secrets(text).count("\n") == text.count("\n")
    assert mask_secrets("-----BEGIN PRIVATE KEY-----\n") == f"{MASK}\n"


def test_documents_are_walked() -> None:
    document = {
        "a": [("TOKEN=x", 1)],
        "quote": Quote("logs/1", "DB_PASSWORD=x"),
        "splunk-token": "x",
        "nf-token": "h",
        "n": None,
    }
    assert mask_document(document) == {
        "a": [(f"TOKEN={MASK}", 1)],
        "quote": Quote("logs/1", f"DB_PASSWORD={MASK}"),
        "splunk-token": MASK,
        "nf-token": "h",
        "n": None,
    }


def test_a_document_without_end_is_masked_whole() -> None:
    deep: Any = "TOKEN=x"
    for _ in range(MAX_DEPTH * 50):
        deep = [deep]
    assert "TOKEN=x" not in repr(mask_document({"a": deep}))
    assert "TOKEN=x" not in repr(mask_environment({"a": deep}))


ENVIRONMENT = [
    {"name": "FUSION_WORK", "value": "/fusion/s3/bucket/work/ab/c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5"},
    {"name": "AWS_RETRY_MODE", "value": "standard"},
    {"name": "FUSION_LICENSE_TOKEN", "value": "abc"},
    {"name": "HARMLESS", "value": KEY},
    {"name": "DATABASE_URL", "value": "postgres://me:p4ss@host/db"},
    {"name": "AWS_ACCESS_KEY_ID", "value": "x"},
    {"name": "EMPTY_TOKEN", "value": ""},
]
MASKED = [
    ENVIRONMENT[0],
    ENVIRONMENT[1],
    {"name": "FUSION_LICENSE_TOKEN", "value": MASK},
    {"name": "HARMLESS", "value": MASK},
    {"name": "DATABASE_URL", "value": f"postgres://me:{MASK}@host/db"},
    {"name": "AWS_ACCESS_KEY_ID", "value": MASK},
    ENVIRONMENT[6],
]
COMMAND = [
    "bash",
    "-c",
    "TOKEN=x run --password y; aws s3 cp s3://b/w/.command.run -",
    "--api-key",
    "zzz",
    "--api-key",
    "--v",
]
MASKED_COMMAND = [
    "bash",
    "-c",
    COMMAND[2].replace("=x", f"={MASK}").replace("y;", MASK),
    "--api-key",
    MASK,
    "--api-key",
    "--v",
]


@pytest.mark.parametrize(
    "place",
    [
        lambda env, cmd: {"container": {"environment": env, "command": cmd}},
        lambda env, cmd: {
            "ecsProperties": {"taskProperties": [{"containers": [{"environment": env, "command": cmd}]}]}
        },
        lambda env, cmd: {
            "nodeProperties": {"nodeRangeProperties": [{"container": {"environment": env, "command": cmd}}]}
        },
        lambda env, cmd: {"eksProperties": {"podProperties": {"containers": [{"env": env, "args": cmd}]}}},
        lambda env, cmd: {"containerOverrides": {"environment": env, "command": cmd}},
    ],
)
def test_environments_and_commands_are_masked_wherever_they_stand(place: Any) -> None:
    job = place(ENVIRONMENT, COMMAND)
    before = copy.deepcopy(job)
    assert mask_environment(job) == place(MASKED, MASKED_COMMAND)
    assert job == before


def test_what_identifies_a_job_stays() -> None:
    job = {
        "jobArn": "arn:aws:batch:eu-west-1:123456789012:job/8f1c2c1e-6a43-4d0c-9a0e-0c8b4d2f7a11",
        "parameters": {"nf-token": "0123456789abcdef0123456789abcdef"},
        "container": {
            "logStreamName": "nf-quay-io-biocontainers/default/0123456789abcdef0123456789abcdef",
            "resourceRequirements": [{"type": "MEMORY", "value": "65536"}],
            "image": "wave.seqera.io/wt/0123456789ab/biocontainers/star:2.7",
            "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf"}],
        },
        "attempts": [{"statusReason": "Host EC2 (instance i-0123456789abcdef0) terminated."}],
        "createdAt": 1700000000000,
    }
    assert mask_environment(job) == job


@pytest.mark.parametrize(
    "wrong", [{"environment": 1}, {"environment": [1, None, {"name": 2, "value": 3}, {"name": "A_TOKEN"}]}]
)
def test_wrong_types_are_passed_through(wrong: dict[str, Any]) -> None:
    assert mask_environment(wrong) == wrong
