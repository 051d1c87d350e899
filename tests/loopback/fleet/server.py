"""The simulated account on a port of the loopback: every call is counted, some are throttled, and one may kill."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.loopback.faults import Fault, FaultPlan
from tests.loopback.fleet.account import EXPIRY, Account
from tests.loopback.fleet.batch import Batch
from tests.loopback.fleet.clock import Moment
from tests.loopback.fleet.evidence import Evidence
from tests.loopback.log_streams import NotFoundError
from tests.loopback.server import serve_http
from tests.loopback.wire import Answer, Call, error_answer, read_call
from tests.loopback.world import RefusedError

_TOO_MANY: Mapping[str, tuple[str, int]] = {
    "batch": ("TooManyRequestsException", 429),
    "logs": ("ThrottlingException", 400),
    "ecs": ("ThrottlingException", 400),
    "ec2": ("RequestLimitExceeded", 503),
    "s3": ("SlowDown", 503),
    "cloudtrail": ("ThrottlingException", 400),
}
"""How each service says that it is asked too often."""


@dataclass(frozen=True)
class Throttling:
    """So large a share of all calls is refused, by chance with a seed."""

    share: float = 0.0
    seed: int = 1


class FleetServer:
    """Serves an account; `counts` is how often each operation was asked for since `serve`, refusals included.

    `described` is how often each job was asked for.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._lock = threading.Lock()
        self._close, port = serve_http(self)
        self.endpoint = f"http://127.0.0.1:{port}"
        self.serve()

    def serve(
        self,
        now: datetime | None = None,
        *,
        expiry: timedelta = EXPIRY,
        throttling: Throttling | None = None,
        faults: Iterable[Fault] = (),
        empty: tuple[str, ...] = (),
    ) -> None:
        """Begin anew at a moment; at the end of the account's time if none is given.

        Args:
            now: the simulated time: jobs have got as far as they have by then.
            expiry: how long after their end Batch knows jobs.
            throttling: of all calls.
            faults: calls that fail.
            empty: queues without jobs that there are beside the account's.
        """
        moment = Moment(self.account, now or self.account.settings.end, expiry)
        batch, evidence = Batch(moment, empty), Evidence(moment)
        handlers = {("batch", name): handler for name, handler in batch.handlers().items()}
        throttled = throttling or Throttling()
        with self._lock:
            self._handlers: dict[tuple[str, str], Callable[[Call], Answer]] = {**handlers, **evidence.handlers()}
            self._faults, self._share = FaultPlan(faults), throttled.share
            self._chance = random.Random(throttled.seed)  # noqa: S311 - a simulation, to be repeated
            self.counts: Counter[str] = Counter()
            self.described: Counter[str] = Counter()
            self.refused = 0
            self._after: tuple[int, Callable[[], object]] | None = None

    def after(self, calls: int, then: Callable[[], object]) -> None:
        """Do something once, when so many more calls have come in: kill whoever calls, for one."""
        with self._lock:
            self._after = (self.counts.total() + calls, then)

    def close(self) -> None:
        self._close()

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one HTTP request."""
        call = read_call(method, target, headers, body)
        if self._counted(call):
            code, status = _TOO_MANY[call.service]
            return error_answer(call, status, code, "Too many requests, slow down.")
        if fault := self._faults.strike(call):
            return error_answer(call, fault.status, fault.code, fault.message)
        handler = self._handlers.get((call.service, call.operation))
        if handler is None:
            return error_answer(call, 400, "UnknownOperationException", f"{call.operation} is not served here")
        try:
            return handler(call)
        except RefusedError as refusal:
            return error_answer(call, refusal.status, refusal.code, str(refusal))
        except NotFoundError as missing:
            return error_answer(call, 400, "ResourceNotFoundException", str(missing))

    def _counted(self, call: Call) -> bool:
        """Whether it is throttled."""
        with self._lock:
            self.counts[call.operation] += 1
            if call.operation == "DescribeJobs":
                self.described.update(call.parameters["jobs"])
            due = self._after is not None and self.counts.total() >= self._after[0]
            then, self._after = (self._after[1], None) if due and self._after else (None, self._after)
            throttled = self._share > 0 and self._chance.random() < self._share
            self.refused += throttled
        if then is not None:
            then()
        return throttled
