"""One scenario after the other on one port: every call is kept, and may be answered late, or with others only."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Set

from tests.loopback.faults import Fault, FaultPlan
from tests.loopback.memory import Memory
from tests.loopback.scenario import Scenario
from tests.loopback.server import serve_http
from tests.loopback.wire import Answer, Call, error_answer, read_call

Key = tuple[str, str]
"""Operation and parameters: no scenario makes a call twice."""


def key_of(call: Call) -> Key:
    return call.operation, json.dumps(call.parameters, sort_keys=True)


class Recorder:
    """`calls` is every call since `serve`, in the order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before: Callable[[Call], None] = lambda _: None
        self.calls: list[Call] = []
        self.close, port = serve_http(self)
        self.endpoint = f"http://127.0.0.1:{port}"

    def serve(
        self, scenario: Scenario, *, latency_seconds: float = 0.0, before: Callable[[Call], None] | None = None
    ) -> None:
        """Serve this scenario, with what fails of it; each answer so much later, or when `before` returns."""
        faults = [Fault.from_document(fault) for fault in scenario.expected.get("faults", [])]
        self._memory, self._faults = Memory(scenario), FaultPlan(faults)
        self._before = before or (lambda _: time.sleep(latency_seconds))
        self.calls = []

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        call = read_call(method, target, headers, body)
        with self._lock:
            self.calls.append(call)
        fault = self._faults.strike(call)
        answer = error_answer(call, fault.status, fault.code, fault.message) if fault else self._memory.answer(call)
        self._before(call)
        return answer


class Waves:
    """Holds every answer until all calls are there that could be, by what each of them depends on."""

    def __init__(self, needs: Mapping[Key, Set[Key]], patience_seconds: float = 20.0) -> None:
        self._needs, self._patience = needs, patience_seconds
        self._answered: set[Key] = set()
        self._arrived: set[Key] = set()
        self._changed = threading.Condition()
        self.missing: set[Key] = set()
        """Calls that did not come, though all that they depend on had been answered."""

    def __call__(self, call: Call) -> None:
        """Return when the answer may be given."""
        key = key_of(call)
        with self._changed:
            self._arrived.add(key)
            if not self._could_be - self._arrived:
                self._answered |= self._arrived
                self._changed.notify_all()
            if self._changed.wait_for(lambda: key in self._answered, self._patience):
                return
            # the first wave that is not complete tells; after it all go on as they come
            self.missing = self.missing or self._could_be - self._arrived
            self._patience = 0.0
            self._answered |= self._arrived
            self._changed.notify_all()

    @property
    def _could_be(self) -> set[Key]:
        return {key for key, needs in self._needs.items() if needs <= self._answered}
