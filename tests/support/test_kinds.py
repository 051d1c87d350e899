"""Every kind of secret in every notation is masked, in every encoding, and can be told by what was masked."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from analyzer.support.known_secrets import known_secrets, mask_known
from analyzer.support.redaction import MASK, mask_document, mask_secrets, secrets_in
from tests.bundle.planted_secrets import Maker, Written, secrets_of_every_kind

SEEDS = range(3)


def _survivors(secrets: list[Written], written: Callable[[str], str]) -> list[str]:
    return [f"{s.kind}: {s.line}" for s in secrets if s.secret in mask_secrets(written(s.line))]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_is_masked_in_every_notation(seed: int) -> None:
    secrets = secrets_of_every_kind(seed)
    assert len(secrets) > 500
    assert all(s.secret in s.line for s in secrets)
    assert _survivors(secrets, str) == []


@pytest.mark.parametrize(
    "encoded",
    [
        lambda line: f"a {base64.b64encode(line.encode()).decode()} b",
        lambda line: f"x={base64.urlsafe_b64encode(line.encode()).decode()}",
        lambda line: base64.b64encode(gzip.compress(line.encode())).decode(),
        lambda line: base64.b64encode(base64.b64encode(line.encode())).decode(),
    ],
)
def test_base64_with_a_secret_inside_is_masked_whole(encoded: Callable[[str], str]) -> None:
    for secret in secrets_of_every_kind(1):
        assert MASK in mask_secrets(encoded(secret.line)), secret


def test_url_encoded_and_escaped_secrets_are_masked() -> None:
    secrets = [s for s in secrets_of_every_kind(2) if s.kind not in ("pgpass", "netrc")]
    for encoded in (lambda t: quote(t, safe=""), lambda t: json.dumps(json.dumps({"a": t})), lambda t: f"\x1b[31m{t}"):
        assert _survivors([s for s in secrets if s.kind != "private key"], encoded) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_masking_keeps_lines_and_changes_nothing_more_when_repeated(seed: int) -> None:
    for secret in secrets_of_every_kind(seed):
        once = mask_secrets(secret.line)
        assert mask_secrets(once) == once
        assert once.count("\n") == secret.line.count("\n")


def test_what_was_masked_can_be_told() -> None:
    for secret in secrets_of_every_kind(3):
        if secret.kind != "private key":
            assert any(secret.secret in found or found in secret.secret for found in secrets_in(secret.line)), secret
    assert secrets_in(mask_secrets("A_TOKEN=abc")) == []


def test_documents_hide_pairs_lists_numbers_and_member_names() -> None:
    document = {
        "tags": [{"Key": "db-password", "Value": "x"}, {"key": "a", "value": "b"}],
        "parameters": [{"ParameterKey": "ApiKey", "ParameterValue": "y"}],
        "passwords": 1,
        "password": 12345678,
        "secrets": ["one", {"name": "z", "valueFrom": "arn"}],
        "A_TOKEN=abc": 1,
        "A_TOKEN=abd": 2,
        "words": ["--token", "t", "--", "--token", "--x"],
    }
    assert mask_document(document) == {
        "tags": [{"Key": "db-password", "Value": MASK}, {"key": "a", "value": "b"}],
        "parameters": [{"ParameterKey": "ApiKey", "ParameterValue": MASK}],
        "passwords": 1,
        "password": MASK,
        "secrets": [MASK, {"name": "z", "valueFrom": "arn"}],
        f"A_TOKEN={MASK}": 1,
        f"A_TOKEN={MASK}+": 2,
        "words": ["--token", MASK, "--", "--token", "--x"],
    }


def test_a_known_value_is_masked_in_every_form() -> None:
    import random

    secret = Maker(random.Random(1)).text('abcABC123"/+ ', 24).strip()  # noqa: S311 - made up
    secrets = known_secrets({"container": {"command": ["run", "--password", secret]}})
    assert secrets == (secret,)
    forms = [secret, quote(secret, safe=""), quote(quote(secret, safe=""), safe=""), json.dumps(secret)[1:-1]]
    for form in forms:
        assert mask_known(f"a {form} b", secrets) == f"a {MASK} b" or MASK in mask_known(f"a {form} b", secrets)
        assert secret not in mask_known({f"k {form}": form}, secrets).__repr__()
    for before in ("", "a", "ab"):
        assert mask_known(base64.b64encode(f"{before}{secret} more".encode()).decode(), secrets) == MASK
