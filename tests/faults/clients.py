"""botocore's own clients, whose requests are answered in memory, but for those that a case wants on real sockets."""

from __future__ import annotations

import io
import threading
from functools import cache
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.session import get_session

from analyzer.fetchers.answers import insist
from analyzer.fetchers.clients import TOTAL_ATTEMPTS
from tests.faults.kinds import Broken
from tests.loopback.wire import Call, read_call

_LOCAL = threading.local()
NO_HOST = "http://no-such-host.invalid:4566"


class _Raw(io.BytesIO):
    """A body, as urllib3 hands it over; it may break off at its end."""

    def __init__(self, data: bytes, breaks: Exception | None) -> None:
        super().__init__(data)
        self._breaks = breaks

    def read(self, size: int | None = -1, **_: object) -> bytes:
        data = super().read(-1 if size is None else size)
        if not data and self._breaks and size != 0:
            raise self._breaks
        return data

    def stream(self, **_: object) -> Any:
        while block := self.read(65_536):
            yield block

    def release_conn(self) -> None:
        """Nothing to release."""


class CaseClients:
    """What `analyzer.fetchers.clients.Clients` is to the tool, for one case."""

    def __init__(self, case: Any) -> None:
        self._case = case
        self._own: dict[tuple[str, str | None], Any] = {}
        self._lock = threading.Lock()

    def get(self, service: str, region: str | None) -> Any:
        _LOCAL.case = self._case
        if service != self._case.service_on_sockets:
            return _shared(service, region or "eu-west-1")
        with self._lock:
            key = (service, region)
            if key not in self._own:
                self._own[key] = _made(service, region or "eu-west-1", self._case.endpoint, self._case.seconds)
            return self._own[key]

    def prepare(self, *_: object) -> None:
        """Nothing to gain: they are made already, or only for the call that fails."""

    def default_region(self) -> str | None:
        return str(self._case.scenario.region)


@cache
def _session() -> Any:
    session = get_session()
    session.set_credentials("testing", "testing")
    return session


_MAKING = threading.Lock()


def _made(service: str, region: str, endpoint: str, seconds: float, attempts: int = TOTAL_ATTEMPTS) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=seconds,
        read_timeout=seconds,
        retries={"mode": "adaptive" if attempts > 1 else "standard", "total_max_attempts": attempts},
        max_pool_connections=16,
        s3={"addressing_style": "path"},
    )
    with _MAKING:
        client = _session().create_client(service, region_name=region, endpoint_url=endpoint, config=config)
    insist(client)
    return client


_SHARED: dict[tuple[str, str], Any] = {}
_SHARING = threading.Lock()


def _shared(service: str, region: str) -> Any:
    with _SHARING:
        if (service, region) not in _SHARED:
            client = _made(service, region, "http://memory.invalid", 60, attempts=1)
            client.meta.events.register("before-send", _answered)
            _SHARED[service, region] = client
        return _SHARED[service, region]


def _answered(request: AWSPreparedRequest, **_: object) -> AWSResponse:
    """In place of sending it. What a broken connection raises is what tests/faults/test_sockets.py sees it raise."""
    headers = {name.lower(): _str(value) for name, value in request.headers.items()}
    path = request.url.removeprefix("http://memory.invalid")
    body = request.body or b""
    assert isinstance(body, (bytes, str))
    call = read_call(request.method, path, headers, body if isinstance(body, bytes) else body.encode())
    broken = _LOCAL.case.broken(call)
    return _response(request, call, broken, _LOCAL.case)


def _str(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _response(request: AWSPreparedRequest, call: Call, broken: Broken, case: Any) -> AWSResponse:
    at = {"endpoint_url": request.url, "error": broken.below}
    if broken.below in ("reset", "closed", "garbage"):
        raise ConnectionClosedError(**at)
    if broken.below == "no-host":
        raise EndpointConnectionError(endpoint_url=request.url, error="Failed to resolve")
    if broken.below in ("hang", "drip"):
        case.over.wait(60)
        raise ReadTimeoutError(**at)
    answer = broken.answer
    body = answer.body
    breaks: Exception | None = None
    if broken.below == "cut":
        body = body[: len(body) // 2]
        breaks = IncompleteReadError(actual_bytes=len(body), expected_bytes=len(answer.body))
    if broken.below == "chunks-cut":
        breaks = ResponseStreamingError(error="connection broken")
    if breaks and call.operation != "GetObject":
        raise (
            ResponseStreamingError(error="connection broken")
            if broken.below == "chunks-cut"
            else HTTPClientError(error="connection broken")
        )
    headers = HTTPHeaders.from_dict({**answer.headers, "content-length": str(len(answer.body))})
    return AWSResponse(request.url, answer.status, headers, _Raw(body, breaks))
