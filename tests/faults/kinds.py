"""The ways in which one call may fail, each a function of the call and its true answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tests.loopback.wire import Answer, Call, error_answer

Below = Literal["", "reset", "closed", "hang", "drip", "cut", "chunks-cut", "garbage", "no-host"]
"""What happens below the level of HTTP's codes; nothing, else one of these."""


@dataclass(frozen=True)
class Broken:
    """An answer, and what becomes of it on the way."""

    answer: Answer
    below: Below = ""


Spoil = Callable[[Call, Answer], Answer]


@dataclass(frozen=True)
class Kind:
    """One way to fail."""

    name: str
    spoil: Spoil | None = None
    below: Below = ""
    fits: Callable[[Call], bool] = lambda _: True
    harmless: bool = False
    """The whole answer comes all the same: the diagnosis must be the same."""
    of_types: bool = False
    """One member of the answer has another type: it counts as absent, and absence alone is no gap."""
    onwards: bool = False
    """All calls from this one on meet it."""

    def strike(self, call: Call, true: Answer) -> Broken:
        return Broken(self.spoil(call, true) if self.spoil else true, self.below)


def _code(codes: Mapping[str, tuple[int, str]], message: str) -> Spoil:
    """An error in the service's own words; `""` stands for all other services."""

    def spoil(call: Call, _: Answer) -> Answer:
        status, code = codes.get(call.service, codes[""])
        return error_answer(call, status, code, message)

    return spoil


def _body(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda _, true: replace(true, body=change(true.body))


def _text(call: Call) -> bool:
    """Its answer is JSON or XML, and no file."""
    return call.operation != "GetObject"


def _json(call: Call) -> bool:
    return call.protocol in ("json", "rest-json")


def _page(status: int, body: bytes) -> Spoil:
    return lambda *_: Answer(status, body, {"content-type": "text/html"})


_HTML = b"<html><head><title>Sign in</title></head><body>proxy &amp; co</body></html>"

THROTTLED = _code(
    {
        "": (400, "ThrottlingException"),
        "batch": (429, "TooManyRequestsException"),
        "ec2": (503, "RequestLimitExceeded"),
        "s3": (503, "SlowDown"),
    },
    "Rate exceeded",
)
DENIED = _code(
    {"": (400, "AccessDeniedException"), "ec2": (403, "UnauthorizedOperation"), "s3": (403, "AccessDenied")},
    "User: arn:aws:sts::111122223333:assumed-role/x/y is not authorized",
)
EXPIRED = _code(
    {"": (400, "ExpiredTokenException"), "ec2": (400, "RequestExpired"), "s3": (400, "ExpiredToken")},
    "The security token included in the request is expired",
)
SKEWED = _code(
    {"": (403, "InvalidSignatureException"), "ec2": (400, "AuthFailure"), "s3": (403, "RequestTimeTooSkewed")},
    "Signature expired: 20261123T000000Z is now earlier than 20261123T010000Z; check the clock",
)
FORGED = _code(
    {"": (403, "SignatureDoesNotMatch"), "ec2": (401, "AuthFailure")}, "The request signature does not match"
)
DISABLED = _code({"": (400, "SomethingNobodyHasHeardOf")}, "no such \x1b[31m thing \x07 \r\n" + "A" * 3000)


def _deep(_: Call, true: Answer) -> Answer:
    return replace(true, body=b'{"jobs":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


TOKENS = {
    "GetLogEvents": ("nextToken", ("nextBackwardToken", "nextForwardToken"), "events"),
    "LookupEvents": ("NextToken", ("NextToken",), "Events"),
    "ListObjectsV2": ("continuation-token", ("NextContinuationToken",), "Contents"),
    "DescribeInstances": ("NextToken", ("nextToken",), "reservationSet"),
    "DescribeInstanceTypes": ("NextToken", ("nextToken",), "instanceTypeSet"),
}
"""Paged operations: the parameter that asks for a page, the members that name the next one, that with the list."""


def _paged(call: Call) -> bool:
    return call.operation in TOKENS


def asked_token(call: Call) -> str | None:
    """The page that a call asks for."""
    token = call.parameters.get(TOKENS[call.operation][0]) if _paged(call) else None
    return str(token) if token else None


def without_token(call: Call) -> Call:
    """The call for the first page."""
    name = TOKENS[call.operation][0]
    return replace(call, parameters={k: v for k, v in call.parameters.items() if k != name})


def _with_token(call: Call, true: Answer, token: str, *, empty: bool) -> Answer:
    _, members, listed = TOKENS[call.operation]
    if call.protocol == "json":
        document = {**json.loads(true.body), **dict.fromkeys(members, token)}
        return replace(true, body=json.dumps({**document, listed: []} if empty else document).encode())
    body = true.body.decode()
    if empty:
        # S3 has no list around its objects; EC2's stays, with nothing in it
        nothing = f"<{listed}/>" if call.protocol == "ec2" else ""
        body = re.sub(rf"<{listed}>.*</{listed}>", nothing, body, flags=re.DOTALL)
    body = body.replace("<IsTruncated>false", "<IsTruncated>true")
    body = re.sub(r"(</[A-Za-z0-9]+>)\s*$", rf"<{members[0]}>{token}</{members[0]}>\1", body)
    return replace(true, body=body.encode())


OWN_TOKENS = ("EMPTY", "SAME", "A", "B")
"""No service's, but ours: what is asked with one is the first page."""


def _empty_page(call: Call, true: Answer) -> Answer:
    # the second call names the token, and gets what the first should have had
    return true if asked_token(call) else _with_token(call, true, "EMPTY", empty=True)


def _repeats(call: Call, true: Answer) -> Answer:
    return _with_token(call, true, "SAME", empty=False)


def _alternates(call: Call, true: Answer) -> Answer:
    return _with_token(call, true, "B" if asked_token(call) == "A" else "A", empty=False)


KINDS = (
    Kind("throttled", THROTTLED),
    Kind("500", _code({"": (500, "InternalError")}, "We encountered an internal error.")),
    Kind("503", _code({"": (503, "ServiceUnavailable")}, "Service is unable to handle request.")),
    Kind("denied", DENIED),
    Kind("expired", EXPIRED),
    Kind("expired-halfway", EXPIRED, onwards=True),
    Kind("skewed", SKEWED),
    Kind("forged", FORGED),
    Kind("unheard-of", DISABLED),
    Kind("502-page", _page(502, _HTML)),
    Kind("200-page", _page(200, _HTML), fits=_text),
    Kind("reset", below="reset"),
    Kind("closed", below="closed"),
    Kind("hang", below="hang"),
    Kind("drip", below="drip"),
    Kind("cut", below="cut"),
    Kind("chunks-cut", below="chunks-cut"),
    Kind("garbage", below="garbage"),
    Kind("no-host", below="no-host"),
    Kind("half", _body(lambda body: body[: len(body) // 2]), fits=_text),
    Kind("empty", _body(lambda _: b""), fits=_text),
    Kind("null", _body(lambda _: b"null"), fits=_json),
    Kind("list", _body(lambda _: b"[]"), fits=_json),
    Kind("number", _body(lambda _: b"17"), fits=_json),
    Kind("not-utf-8", _body(lambda body: body.replace(b"e", b"\xff\xfe")), fits=_text),
    Kind("deep", _deep, fits=_json),
    Kind("empty-page", _empty_page, fits=_paged, harmless=True),
    Kind("token-repeats", _repeats, fits=_paged),
    Kind("tokens-alternate", _alternates, fits=_paged),
)
NAMED = {kind.name: kind for kind in KINDS}
