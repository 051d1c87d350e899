"""One port for all of AWS: recorded services here, S3 and instance types from moto behind it."""

from __future__ import annotations

import http.client
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Protocol

import requests
from moto.server import ThreadedMotoServer

from tests.loopback.faults import Fault, FaultPlan
from tests.loopback.objects import seed
from tests.loopback.wire import Answer, Call, error_answer, read_call
from tests.loopback.world import World

if TYPE_CHECKING:
    from tests.loopback.scenario import Scenario

KEPT = {("ec2", "DescribeInstanceTypes")}
"""What moto takes two seconds for, and says the same of every time."""
FROM_MOTO = {
    ("ec2", "DescribeLaunchTemplateVersions"),
    ("ec2", "DescribeSubnets"),
    ("ec2", "DescribeRouteTables"),
    ("ec2", "DescribeVpcEndpoints"),
    ("sns", "Publish"),
}
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


class Loopback:
    """The whole of it. `calls` is every call since `serve`, in the order of arrival."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # moto's own list of requests
        self._moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._moto.start()
        host, port = self._moto.get_host_and_port()
        self._moto_address = f"{host}:{port}"
        self.world, self.faults = World(), FaultPlan()
        self.calls: list[Call] = []
        self.spoil: Callable[[Call, Answer], Answer] = _untouched
        """What becomes of each answer on its way; whole again with the next `serve`."""
        self._kept: dict[bytes, Answer] = {}
        self._lock = threading.Lock()
        self._stop, self._port = serve_http(self)

    @property
    def moto(self) -> str:
        """Where moto is, for tests that put something there: what is asked of it directly is not recorded."""
        return f"http://{self._moto_address}"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def serve(self, scenarios: Iterable[Scenario] = (), faults: Iterable[Fault] = ()) -> World:
        """Forget all that was, and serve these scenarios."""
        requests.post(f"{self.moto}/moto-api/reset", timeout=10).raise_for_status()
        served = list(scenarios)
        for scenario in served:
            seed(scenario, self.moto)
        with self._lock:
            self.calls = []
            self.world, self.faults = World(served), FaultPlan(faults)
            self.spoil = _untouched
        return self.world

    def operations(self) -> list[str]:
        return [call.operation for call in self.calls]

    def close(self) -> None:
        self._stop()
        self._moto.stop()

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one HTTP request."""
        call = read_call(method, target, headers, body)
        with self._lock:
            self.calls.append(call)
        fault = self.faults.strike(call)
        if fault is not None:
            time.sleep(fault.after_seconds)
            failure = error_answer(call, fault.status, fault.code, fault.message)
            return replace(failure, headers={**failure.headers, **fault.headers})
        return self.spoil(call, self._true(call, method, target, headers, body))

    def _true(self, call: Call, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        if call.service == "s3" or (call.service, call.operation) in FROM_MOTO:
            return self._from_moto(method, target, headers, body)
        if (call.service, call.operation) in KEPT:
            if body not in self._kept:
                self._kept[body] = self._from_moto(method, target, headers, body)
            return self._kept[body]
        answer = self.world.answer(call)
        return answer or error_answer(call, 400, "UnknownOperationException", f"{call.operation} is not served here")

    def _from_moto(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection(self._moto_address, timeout=30)
        try:
            connection.request(method, target, body=body, headers={**headers, "host": self._moto_address})
            response = connection.getresponse()
            kept = {k.lower(): v for k, v in response.getheaders() if k.lower() not in _HOP_BY_HOP}
            return Answer(response.status, response.read(), kept)
        finally:
            connection.close()


def _untouched(_: Call, true: Answer) -> Answer:
    return true


class Answering(Protocol):
    """What can be served."""

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one HTTP request; header names are in lower case."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever calls may be killed in the middle of it, and that is no fault of the server's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def serve_http(answering: Answering) -> tuple[Callable[[], None], int]:
    """Serve on a port of the loopback until what is returned is called; and the port."""
    server = _Server(("127.0.0.1", 0), _handler(answering))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def close() -> None:
        server.shutdown()
        server.server_close()

    return close, server.server_address[1]


def _handler(answering: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30
        # head and body in one piece: two would wait for each other's receipt
        wbufsize = -1
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = answering.answer(self.command, self.path, headers, body)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _serve  # noqa: N815 - http.server's own names

        def handle_expect_100(self) -> bool:
            """Say at once that a body may come: botocore waits a second for it."""
            going_on = super().handle_expect_100()
            self.wfile.flush()
            return going_on

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing: the calls are recorded."""

    return Handler
