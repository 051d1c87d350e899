"""Failures on demand: which calls fail, how, and how often."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.loopback.wire import Call


@dataclass(frozen=True)
class Fault:
    """One kind of failure. `operation` is botocore's name of it, or "*" for every call."""

    operation: str
    code: str
    status: int = 400
    times: int | None = None
    """How many calls fail before they succeed again; None: all."""
    message: str = "injected by the test"
    holding: str = ""
    """Only calls whose parameters, as JSON, hold this text."""
    after_seconds: float = 0.0
    """How long the call is kept waiting before it fails."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What the failure says beside its code."""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Fault:
        return cls(**document)

    def matches(self, call: Call) -> bool:
        return self.operation in ("*", call.operation) and self.holding in json.dumps(call.parameters)


class FaultPlan:
    """Faults, and how often each has struck. Safe to share between threads."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = list(faults)
        self._struck = [0] * len(self._faults)
        self._lock = threading.Lock()

    def add(self, operation: str, code: str, status: int = 400) -> None:
        """One more fault, for all calls from now on."""
        with self._lock:
            self._faults.append(Fault(operation, code, status))
            self._struck.append(0)

    def strike(self, call: Call) -> Fault | None:
        """The fault that this call meets, if any."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.matches(call) and (fault.times is None or self._struck[index] < fault.times):
                    self._struck[index] += 1
                    return fault
        return None
