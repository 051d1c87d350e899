from __future__ import annotations

import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError

from analyzer.fetchers.errors import code_of, fetch_error, gap_for, is_denied
from analyzer.fetchers.permissions import PERMISSIONS

SECRET_KEY = "s" * 40
TOKEN = "FwoGZXIvYXdzE" + "A" * 200


def refused(code: str, message: str = "no", operation: str = "DescribeJobs") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("error", "says", "way_out"),
    [
        (refused("ExpiredToken"), "have expired", "sign in"),
        (refused("ExpiredTokenException"), "have expired", "sign in"),
        (refused("RequestExpired"), "have expired", "sign in"),
        (refused("UnrecognizedClientException"), "does not accept the credentials", "sign in"),
        (refused("InvalidClientTokenId"), "does not accept the credentials", "sign in"),
        (
            refused("InvalidSignatureException", "Signature expired: 2026 is now earlier than 2027"),
            "time stamp",
            "clock",
        ),
        (refused("RequestTimeTooSkewed"), "time stamp", "clock"),
        (refused("AccessDeniedException"), "AccessDenied on batch:DescribeJobs", "allow batch:DescribeJobs"),
        (refused("TooManyRequestsException"), "slow down", "later"),
        (refused("OptInRequired"), "may not use", "--region"),
        (refused("InternalFailure", "oh no"), "InternalFailure: oh no", "repeat"),
        (boto.NoCredentialsError(), "no AWS credentials", "sign in"),
        (
            boto.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "no AWS credentials",
            "sign in",
        ),
        (boto.NoRegionError(), "no AWS region", "--region"),
        (boto.InvalidRegionError(region_name="x y"), "not one that exists", "--region"),
        (boto.ProfileNotFound(profile="prod"), "profile prod does not exist", "list-profiles"),
        (boto.UnauthorizedSSOTokenError(), "session has expired", "aws sso login"),
        (boto.SSOTokenLoadError(error_msg="x"), "session has expired", "aws sso login"),
        (boto.TokenRetrievalError(provider="sso", error_msg="x"), "session has expired", "aws sso login"),
        (
            boto.CredentialRetrievalError(provider="process", error_msg="exit 1"),
            "could not be had",
            "aws sts get-caller-identity",
        ),
        (boto.ConfigParseError(path="/home/u/.aws/config"), "configuration cannot be used", "config"),
        (boto.EndpointConnectionError(endpoint_url="http://h:1/x"), "h:1 cannot be reached", "AWS_ENDPOINT_URL"),
        (
            boto.EndpointConnectionError(
                endpoint_url="https://batch.xx.aws/", error="Failed to resolve 'batch.xx.aws'"
            ),
            "the name batch.xx.aws cannot be resolved",
            "region",
        ),
        (boto.ConnectTimeoutError(endpoint_url="https://h/"), "h did not answer in time", "network"),
        (boto.ReadTimeoutError(endpoint_url="https://h/"), "h did not answer in time", "network"),
        (boto.SSLError(endpoint_url="https://h/", error=OSError("cert")), "TLS connection to h failed", "network"),
        (boto.ProxyConnectionError(proxy_url="http://user:secret@proxy:3128"), "proxy proxy:3128", "network"),
        (boto.ConnectionClosedError(endpoint_url="https://h/"), "h cannot be reached", "network"),
        (OSError("strange"), "OSError: strange", "repeat"),
    ],
)
def test_one_sentence_with_the_reason_and_the_way_out(error: Exception, says: str, way_out: str) -> None:
    text = str(fetch_error(error, "look up job j-1", "DescribeJobs"))
    assert text.startswith("Could not look up job j-1: ")
    assert says in text
    assert way_out in text
    assert text.endswith(".")
    assert "\n" not in text


@pytest.mark.parametrize(
    "error",
    [
        refused("Strange", f"the token {TOKEN} was refused, see https://user:hunter2@host/x"),
        refused("UnauthorizedOperation", f"Encoded authorization failure message: {TOKEN}"),
        boto.EndpointConnectionError(endpoint_url=f"http://user:hunter2@host:1/?X-Amz-Security-Token={TOKEN}"),
        boto.ProxyConnectionError(proxy_url="http://user:hunter2@proxy"),
        boto.CredentialRetrievalError(provider="process", error_msg=f"printed {TOKEN}"),
        RuntimeError(f"{TOKEN}\n{TOKEN}"),
        RuntimeError(f"key {SECRET_KEY} and https://h/?token={SECRET_KEY}"),
    ],
)
def test_no_secret_gets_into_the_text(error: Exception) -> None:
    for text in (str(fetch_error(error, "x", "DescribeJobs")), gap_for("x", error, "DescribeJobs").why):
        assert "hunter2" not in text
        assert SECRET_KEY not in text
        assert TOKEN[:60] not in text
        assert len(text) < 500


def test_a_gap_names_the_permission_of_the_call_that_failed() -> None:
    gap = gap_for(
        "the queue", refused("AccessDeniedException", operation="DescribeComputeEnvironments"), "DescribeJobQueues"
    )
    assert (gap.why, gap.permission) == (
        "AccessDenied on batch:DescribeComputeEnvironments",
        "batch:DescribeComputeEnvironments",
    )
    assert gap.matters


def test_a_role_that_may_not_be_assumed_is_told_from_the_call_that_needed_it() -> None:
    text = str(fetch_error(refused("AccessDenied", operation="AssumeRole"), "look up job j-1", "DescribeJobs"))
    assert "allow sts:AssumeRole" in text


def test_a_gap_that_a_permission_would_not_close_names_none() -> None:
    assert gap_for("x", refused("ThrottlingException"), "GetLogEvents").permission is None


def test_a_key_that_may_not_be_used_is_told_from_a_bucket() -> None:
    error = refused("AccessDenied", "not authorized to perform: kms:Decrypt on resource", "GetObject")
    assert gap_for("x", error, "GetObject").permission == "kms:Decrypt"


@pytest.mark.parametrize("response", [None, {}, {"Error": None}, {"Error": {"Code": 5}}, {"Error": {"Code": ""}}, "x"])
def test_answers_without_a_code(response: object) -> None:
    error = RuntimeError("x")
    error.response = response  # type: ignore[attr-defined]  # as botocore sets it
    assert code_of(error) is None
    assert not is_denied(error)
    assert gap_for("x", error, "GetObject").why == "RuntimeError: x"


def test_every_permission_belongs_to_an_operation_that_botocore_knows() -> None:
    import botocore.session

    session = botocore.session.get_session()
    for operation, permission in PERMISSIONS.items():
        service, _, action = permission.action.partition(":")
        assert operation in session.get_service_model(service).operation_names
        assert action == {"ListObjectsV2": "ListBucket", "HeadBucket": "ListBucket"}.get(operation, operation)
