"""A small AWS on one port of the loopback: recorded answers by operation, and an S3 in memory."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

Parameters = dict[str, Any]
_ETAG = '"e1"'
_OPERATIONS = {
    "/v1/describejobs": "DescribeJobs",
    "/v1/listjobs": "ListJobs",
    "/v1/describejobqueues": "DescribeJobQueues",
    "/v1/describecomputeenvironments": "DescribeComputeEnvironments",
}

_EC2 = frozenset({"DescribeInstances", "DescribeInstanceTypes", "DescribeSpotPriceHistory", "GetSpotPlacementScores"})


@dataclass(frozen=True)
class Refusal:
    """An error, as the service words it."""

    code: str
    message: str = "refused"
    status: int = 400


DENIED = Refusal("AccessDeniedException", "User: arn:aws:sts::1:assumed-role/x is not authorized", 400)


@dataclass(frozen=True)
class Hang:
    """No answer for so many seconds."""

    seconds: float


Answer = Mapping[str, Any] | str | Refusal | Hang
"""A JSON document, EC2's XML, an error, or nothing for a while."""


@dataclass(frozen=True)
class _Reply:
    status: int
    body: bytes
    headers: Mapping[str, str]


class Endpoint:
    """`answers` by operation: an answer, or a function from the parameters to one. `calls` in the order of arrival."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[Parameters], Answer]] = {}
        self.objects: dict[str, bytes] = {}
        """`bucket/key` -> bytes."""
        self.keys_per_page = 1000
        self.calls: list[tuple[str, Parameters]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    def parameters(self, operation: str) -> list[Parameters]:
        return [parameters for name, parameters in self.calls if name == operation]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reply(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> _Reply:
        operation, parameters = _read(method, url, headers, body)
        self.calls.append((operation, parameters))
        answer = self.answers.get(operation)
        answer = answer(parameters) if callable(answer) else answer
        if isinstance(answer, Hang):
            time.sleep(answer.seconds)
            answer = Refusal("ServiceUnavailable", status=503)
        if isinstance(answer, Refusal):
            return _refused(operation, answer)
        if answer is None and operation in ("ListObjectsV2", "GetObject"):
            return self._listed(parameters) if operation == "ListObjectsV2" else self._got(parameters)
        if answer is None:
            return _refused(operation, Refusal("UnknownOperationException", f"no answer for {operation}"))
        content = answer if isinstance(answer, str) else json.dumps(answer)
        return _Reply(200, content.encode(), {})

    def _listed(self, parameters: Parameters) -> _Reply:
        bucket, prefix = parameters["bucket"], parameters.get("prefix", "")
        keys = sorted(k.partition("/")[2] for k in self.objects if k.startswith(f"{bucket}/"))
        keys = [k for k in keys if k.startswith(prefix)]
        first = int(parameters.get("continuation-token", 0))
        page, rest = keys[first : first + self.keys_per_page], keys[first + self.keys_per_page :]
        more = f"<NextContinuationToken>{first + len(page)}</NextContinuationToken>" if rest else ""
        contents = "".join(
            f"<Contents><Key>{escape(k)}</Key><Size>{len(self.objects[f'{bucket}/{k}'])}</Size>"
            "<LastModified>2026-08-21T10:00:00.000Z</LastModified></Contents>"
            for k in page
        )
        return _xml(
            f"<ListBucketResult><IsTruncated>{str(bool(rest)).lower()}</IsTruncated>{more}{contents}</ListBucketResult>"
        )

    def _got(self, parameters: Parameters) -> _Reply:
        data = self.objects.get(f"{parameters['bucket']}/{parameters['key']}")
        if data is None:
            return _refused("GetObject", Refusal("NoSuchKey", status=404))
        told = re.fullmatch(r"bytes=(\d+)-(\d+)", parameters.get("Range", ""))
        if told is None:
            return _Reply(200, data, {"ETag": _ETAG})
        first, last = int(told[1]), min(int(told[2]), len(data) - 1)
        if first >= len(data):
            return _refused("GetObject", Refusal("InvalidRange", status=416))
        return _Reply(
            206, data[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{len(data)}", "ETag": _ETAG}
        )


def _read(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[str, Parameters]:
    parts = urlsplit(url)
    if parts.path in _OPERATIONS:
        return _OPERATIONS[parts.path], json.loads(body)
    if target := headers.get("X-Amz-Target"):
        return target.rsplit(".", 1)[-1], json.loads(body)
    if method == "POST":
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        return form["Action"], form
    bucket, _, key = unquote(parts.path.lstrip("/")).partition("/")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    asked = {"bucket": bucket, "key": key, **query}
    asked |= {name: headers[name] for name in ("Range", "If-Match") if name in headers}
    return ("ListObjectsV2" if "list-type" in query else "GetObject"), asked


def _xml(body: str, status: int = 200) -> _Reply:
    return _Reply(status, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode(), {"Content-Type": "application/xml"})


def _refused(operation: str, refusal: Refusal) -> _Reply:
    code, message = escape(refusal.code), escape(refusal.message)
    if operation in ("ListObjectsV2", "GetObject"):
        return _xml(f"<Error><Code>{code}</Code><Message>{message}</Message></Error>", refusal.status)
    if operation in _EC2:
        inner = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        return _xml(f"<Response>{inner}<RequestID>r</RequestID></Response>", refusal.status)
    body = json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
    return _Reply(refusal.status, body, {"x-amzn-ErrorType": refusal.code})


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = endpoint.reply(self.command, self.path, dict(self.headers.items()), body)
            try:
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:  # whoever asked has gone away
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_HEAD = _serve  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    return Handler
