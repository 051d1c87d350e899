"""Answers on real sockets, whole or broken below the level of HTTP's codes. A case is told by the path's first part."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from tests.faults.kinds import Broken
from tests.loopback.wire import Call, read_call

DRIP_SECONDS = 0.2
"""Between two bytes."""


class Case(Protocol):
    """What is served under one path."""

    over: threading.Event
    """Nobody waits for its answers any more."""

    def broken(self, call: Call) -> Broken:
        """What becomes of a call."""


class Sockets:
    """One port for all cases; `add` gives a case's own endpoint."""

    def __init__(self) -> None:
        self._cases: dict[str, Case] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._cases))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def add(self, case: Case) -> str:
        name = f"case-{len(self._cases)}-{id(case)}"
        self._cases[name] = case
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(cases: dict[str, Case]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30
        wbufsize = -1
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            name, _, rest = self.path.lstrip("/").partition("/")
            headers = {key.lower(): value for key, value in self.headers.items()}
            case = cases[name]
            call = read_call(self.command, f"/{rest}", headers, body)
            broken = case.broken(call)
            if broken.below:
                # no client of a broken connection may use it again
                self.close_connection = True
            try:
                _WRITERS[broken.below](self, broken, case)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _serve  # noqa: N815 - http.server's own names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    return Handler


Handler = Any
"""A BaseHTTPRequestHandler."""


def _head(handler: Handler, broken: Broken, length: int | None) -> None:
    handler.send_response(broken.answer.status)
    for name, value in broken.answer.headers.items():
        handler.send_header(name, value)
    if length is None:
        handler.send_header("transfer-encoding", "chunked")
    else:
        handler.send_header("content-length", str(length))
    handler.end_headers()


def _whole(handler: Handler, broken: Broken, _: Case) -> None:
    _head(handler, broken, len(broken.answer.body))
    handler.wfile.write(broken.answer.body)


def _reset(handler: Handler, *_: object) -> None:
    """What a firewall does: the connection is torn down, not closed."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _closed(handler: Handler, *_: object) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def _hang(_: Handler, __: Broken, case: Case) -> None:
    case.over.wait(60)


def _drip(handler: Handler, broken: Broken, case: Case) -> None:
    """Never so slow that a read would time out, and never done."""
    _head(handler, broken, len(broken.answer.body) + 1_000_000)
    for byte in broken.answer.body:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        if case.over.wait(DRIP_SECONDS):
            return
    case.over.wait(60)


def _cut(handler: Handler, broken: Broken, _: Case) -> None:
    body = broken.answer.body
    _head(handler, broken, max(len(body), 1))
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def _chunks_cut(handler: Handler, broken: Broken, _: Case) -> None:
    body = broken.answer.body or b"x"
    _head(handler, broken, None)
    handler.wfile.write(b"%x\r\n%s\r\n%x\r\nx" % (len(body), body, 100))
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def _garbage(handler: Handler, *_: object) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n" * 20)


_WRITERS: dict[str, Callable[[Handler, Broken, Case], None]] = {
    "": _whole,
    "reset": _reset,
    "closed": _closed,
    "hang": _hang,
    "drip": _drip,
    "cut": _cut,
    "chunks-cut": _chunks_cut,
    "garbage": _garbage,
}
