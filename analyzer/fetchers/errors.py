"""What went wrong with AWS, in one sentence that names the thing, the reason and the way out."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from analyzer.evidence.model import Gap
from analyzer.fetchers.permissions import permission_of

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "AuthorizationError",
        "NotAuthorized",
        "ForbiddenException",
        "Forbidden",
        "403",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_INVALID = frozenset(
    {
        "AuthFailure",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "UnrecognizedClient",
        "UnrecognizedClientException",
    }
)
_SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
_SKEWED_WORDS = ("signature expired", "not yet current", "signature not yet", "clock")
_NOT_OPTED_IN = frozenset({"OptInRequired", "SubscriptionRequiredException", "NotSignedUp"})
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "LimitExceededException",
        "503",
    }
)
_UNREADABLE = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError)
"""What reading an answer raises that is none of AWS's: another type, another encoding, a figure out of all bounds."""
_UNREADABLE_NAMES = ("NoAnswerError", "PaginationError", "ResponseParserError")
_SIGN_IN = "sign in again (aws sso login, or new keys) and repeat the command"
_SLOW_DOWN = "AWS asked to slow down"
TOO_LATE = "no answer within the time limit"
"""Why a source that was still at work when a target's time was over is not there."""
_NO_ANSWER, _NOT_REACHED = "did not answer in time", "cannot be reached"
_TROUBLE = re.compile(r"AWS answered (?:Internal|Server|ServiceUnavailable|Unavailable|50[0-4])[A-Za-z]{0,40}:")
_HAS_EXPIRED = ("the AWS credentials have expired", "the AWS sign-in session has expired")
_LONGEST_WORD = 36
"""An id fits; secret keys have 40 characters, tokens and encoded messages more."""
_LONGEST_TEXT = 200
_SIGN_IN_ACTIONS = {
    "AssumeRole": "sts:AssumeRole",
    "AssumeRoleWithWebIdentity": "sts:AssumeRoleWithWebIdentity",
    "GetRoleCredentials": "sso:GetRoleCredentials",
    "HeadBucket": "s3:ListBucket",
}
"""Calls that botocore makes by itself before ours: to become the profile's role, to find a bucket's region."""


class FetchError(Exception):
    """A target that could not be examined at all; the text is meant for the user and holds no secret."""


class SetUpError(FetchError):
    """No call will succeed until the user has done something: signed in again, corrected the profile or the region."""


def code_of(error: BaseException) -> str | None:
    """The service's error code, where the error is a service's answer."""
    response = getattr(error, "response", None)
    details = response.get("Error") if isinstance(response, dict) else None
    code = details.get("Code") if isinstance(details, dict) else None
    return code if isinstance(code, str) and code else None


def is_denied(error: BaseException) -> bool:
    """The service refused for want of a permission."""
    return code_of(error) in DENIED


def _message(error: BaseException) -> str:
    response = getattr(error, "response", None)
    details = response.get("Error") if isinstance(response, dict) else None
    message = details.get("Message") if isinstance(details, dict) else None
    return message if isinstance(message, str) else str(error)


def _short(text: str) -> str:
    """On one line, without control characters, long words (tokens, encoded messages), and URLs' users and queries."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text[:2000])
    text = re.sub(r"://[^/@\s]{1,200}@", "://", text)
    words = re.sub(r"\?\S*", "", text).split()
    safe = " ".join(
        "..." if len(word) > _LONGEST_WORD and "://" not in word else word[:_LONGEST_TEXT] for word in words
    )
    return (safe if len(safe) <= _LONGEST_TEXT else safe[:_LONGEST_TEXT] + "...").rstrip(" .")


def _address(error: BaseException) -> str:
    """The host and port of the endpoint that an error is about: never its user, path or query."""
    kwargs = getattr(error, "kwargs", None)
    members = kwargs if isinstance(kwargs, dict) else {}
    try:
        parts = urlsplit(str(members.get("endpoint_url") or members.get("proxy_url") or ""))
        host = parts.hostname
        port = parts.port
    except ValueError:
        return "the endpoint"
    return f"{host}:{port}" if host and port else host or "the endpoint"


def _unresolved(error: BaseException) -> bool:
    words = str(getattr(error, "kwargs", {}).get("error", "")).casefold()
    return any(w in words for w in ("resolve", "name or service not known", "nodename nor servname", "getaddrinfo"))


def _network_reason(error: BaseException) -> str | None:
    from botocore import exceptions as e

    where = _address(error)
    if isinstance(error, e.ProxyConnectionError):
        return f"the proxy {where} cannot be reached"
    if isinstance(error, e.SSLError):
        return f"the TLS connection to {where} failed (certificate or proxy)"
    if isinstance(error, (e.ConnectTimeoutError, e.ReadTimeoutError)):
        return f"{where} {_NO_ANSWER}"
    if isinstance(error, e.EndpointConnectionError) and _unresolved(error):
        return f"the name {where} cannot be resolved"
    if isinstance(error, (e.EndpointConnectionError, e.ConnectionClosedError, e.HTTPClientError, e.ConnectionError)):
        return f"{where} {_NOT_REACHED}"
    return None


def _set_up_reason(error: BaseException) -> tuple[str, str] | None:
    """(reason, way out) of trouble on this side: profile, region, credentials."""
    from botocore import exceptions as e

    if isinstance(error, e.ProfileNotFound):
        return f"the AWS profile {error.kwargs.get('profile')} does not exist", "see aws configure list-profiles"
    if isinstance(error, e.NoRegionError):
        return "no AWS region is set", "give --region, or set AWS_REGION"
    if isinstance(error, (e.InvalidRegionError, e.UnknownRegionError)):
        return "the AWS region is not one that exists", "correct --region, or AWS_REGION"
    if isinstance(error, (e.NoCredentialsError, e.NoAuthTokenError, e.PartialCredentialsError)):
        return "there are no AWS credentials", "sign in, set AWS_PROFILE, or give --profile"
    if isinstance(error, (e.SSOError, e.LoginError, e.TokenRetrievalError)):
        return _HAS_EXPIRED[1], "run aws sso login (or aws login) and repeat the command"
    if isinstance(error, (e.CredentialRetrievalError, e.RefreshWithMFAUnsupportedError)):
        # what a credential process printed may be a credential
        return "the AWS credentials could not be had", "see what aws sts get-caller-identity says"
    unusable = (
        e.ConfigParseError,
        e.ConfigNotFound,
        e.InvalidConfigError,
        e.ValidationError,
        e.InvalidRetryConfigurationError,
    )
    if isinstance(error, unusable):
        return f"the AWS configuration cannot be used ({_short(str(error))})", "correct ~/.aws/config"
    return None


def _service_reason(error: BaseException, action: str) -> tuple[str, str] | None:
    """(reason, way out) of a service's refusal; `action` is the IAM action of the call."""
    code = code_of(error)
    if code is None:
        return None
    if code in _SKEWED or (code in _INVALID and any(w in _message(error).casefold() for w in _SKEWED_WORDS)):
        return f"AWS refuses the request's time stamp ({code})", "set this machine's clock"
    if code in _EXPIRED:
        return f"{_HAS_EXPIRED[0]} ({code})", _SIGN_IN
    if code in _INVALID:
        return f"AWS does not accept the credentials ({code})", _SIGN_IN
    if code in DENIED:
        return f"AccessDenied on {action}", f"allow {action} for this role"
    if code in _NOT_OPTED_IN:
        return f"this account may not use the service or region ({code})", "choose another --region"
    if code in _THROTTLED:
        return f"{_SLOW_DOWN} until the tries were used up ({code})", "repeat the command later"
    return f"AWS answered {code}: {_short(_message(error))}", "repeat the command, or see the service's health page"


def _reason(error: BaseException, action: str) -> tuple[str, str]:
    told = _set_up_reason(error) or _service_reason(error, action)
    if told:
        return told
    if isinstance(error, ValueError) and "endpoint" in str(error).casefold():
        return "the endpoint's address is not a URL", "correct AWS_ENDPOINT_URL"
    if isinstance(error, _UNREADABLE) or type(error).__name__ in _UNREADABLE_NAMES:
        return "the answer is none of AWS's", "check AWS_ENDPOINT_URL and whether a proxy answers in AWS's place"
    if network := _network_reason(error):
        return network, "check the network, the region and AWS_ENDPOINT_URL"
    return f"{type(error).__name__}: {_short(str(error))}", "repeat the command; if it stays, report it"


def _action(error: BaseException, operation: str) -> str:
    """The IAM action that was wanting; a denial to decrypt comes from the key, whichever call met it."""
    if is_denied(error) and "kms:" in _message(error).casefold():
        return "kms:Decrypt"
    called = str(getattr(error, "operation_name", ""))
    return _SIGN_IN_ACTIONS.get(called) or permission_of(called).action or permission_of(operation).action or operation


def fetch_error(error: BaseException, trying: str, operation: str) -> FetchError:
    """The failure of a whole target. `trying` completes "Could not ...": "look up job x in us-east-1"."""
    reason, way_out = _reason(error, _action(error, operation))
    kind = SetUpError if _is_hopeless(error) else FetchError
    return kind(f"Could not {trying}: {reason}; {way_out}.")


def _is_hopeless(error: BaseException) -> bool:
    return code_of(error) in _EXPIRED | _INVALID or _set_up_reason(error) is not None


def has_expired(gap: Gap) -> bool:
    """The source was not seen because the sign-in had come to its end in the meantime."""
    return gap.why.startswith(_HAS_EXPIRED)


def may_pass(gap: Gap) -> bool:
    """The source may be there when it is asked once more, some minutes later, with nothing done in between."""
    why = gap.why
    return (
        why.startswith((_SLOW_DOWN, TOO_LATE)) or why.endswith((_NO_ANSWER, _NOT_REACHED)) or bool(_TROUBLE.match(why))
    )


def gap_for(what: str, error: BaseException, operation: str) -> Gap:
    """The failure of one source, named `what`."""
    action = _action(error, operation)
    return Gap(
        what=what,
        why=_reason(error, action)[0],
        matters=permission_of(operation).matters,
        permission=action if is_denied(error) else None,
    )


def plain_gap(what: str, why: str, operation: str) -> Gap:
    """A source that answered, but not with what was wanted."""
    return Gap(what=what, why=why, matters=permission_of(operation).matters)
