"""Runs the whole of a live diagnosis of a scenario with one call failing, and judges what comes of it."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from typing import Any

from analyzer.classifier.catalogue import Catalogue, shipped
from analyzer.diagnosis import Diagnosis, to_document
from analyzer.evidence.model import Evidence
from analyzer.examine import Failure, examine
from analyzer.fetchers.options import FetchOptions
from analyzer.pipeline import diagnose
from tests.faults.kinds import OWN_TOKENS, Broken, Kind, asked_token, without_token
from tests.loopback.memory import Memory
from tests.loopback.scenario import Scenario
from tests.loopback.wire import Call

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECONDS = 60.0
"""Far more than any case takes that does not hang."""
Key = tuple[str, str, str]
"""Service, operation, parameters but the page's."""


def key_of(call: Call) -> Key:
    first = without_token(call) if asked_token(call) else call
    return call.service, call.operation, json.dumps(first.parameters, sort_keys=True, default=str)


@cache
def memory(scenario: Scenario) -> Memory:
    return Memory(scenario)


@dataclass(eq=False)
class Case:
    """One scenario with one failing call; none, where `kind` is None."""

    scenario: Scenario
    kind: Kind | None = None
    struck: Key | None = None
    """The call that fails, whenever it is made."""
    seconds: float = SECONDS
    on_sockets: bool = False
    endpoint: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    calls: list[Call] = field(default_factory=list)
    hit: bool = False
    """The call was made."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def service_on_sockets(self) -> str | None:
        return self.struck[0] if self.on_sockets and self.struck else None

    def __str__(self) -> str:
        return f"{self.scenario.name}: {self.struck and self.struck[1:]}: {self.kind and self.kind.name}"

    def broken(self, call: Call) -> Broken:
        with self._lock:
            self.calls.append(call)
        strikes = self.kind is not None and self._strikes(call)
        asked = without_token(call) if strikes and asked_token(call) in OWN_TOKENS else call
        true = memory(self.scenario).answer(asked)
        return self.kind.strike(call, true) if self.kind is not None and strikes else Broken(true)

    def _strikes(self, call: Call) -> bool:
        with self._lock:
            if key_of(call) == self.struck:
                self.hit = True
            return self.hit if self.kind and self.kind.onwards else key_of(call) == self.struck


_THIS = threading.local()
_LAST: dict[bytes, Diagnosis] = {}


def fake_clients(options: FetchOptions, limiter: object = None) -> Any:
    """In place of `analyzer.fetchers.fetch.Clients`: those of the case that this thread runs."""
    from tests.faults.clients import CaseClients

    del options, limiter
    return CaseClients(_THIS.case)


def run(case: Case, diagnosed: Callable[[Evidence], Diagnosis] | None = None) -> Diagnosis | Failure:
    """Fetch and diagnose; `fake_clients` must be in place."""
    _THIS.case = case
    options = FetchOptions(timeout_seconds=case.seconds, region=case.scenario.region, now=NOW)
    try:
        (result,) = examine([case.scenario.target], options, diagnosed or shared_diagnosis, lambda _: None)
    finally:
        case.over.set()
    return result


@cache
def catalogue() -> Catalogue:
    return shipped()


def fresh_diagnosis(evidence: Evidence) -> Diagnosis:
    return diagnose(evidence, catalogue())


def shared_diagnosis(evidence: Evidence) -> Diagnosis:
    """Evidence that differs in nothing but the words of gaps' reasons is diagnosed once: no rule reads them.

    tests/faults/test_matrix.py holds the tool to that.
    """
    bare = replace(evidence, gaps=tuple(replace(gap, why="") for gap in evidence.gaps))
    key = blake2b(pickle.dumps(bare)).digest()
    if key not in _LAST:
        _LAST[key] = fresh_diagnosis(bare)
    found = _LAST[key]
    return replace(found, gaps=(*evidence.gaps, *found.gaps[len(evidence.gaps) :]))


@dataclass(frozen=True)
class Baseline:
    """A scenario without any failure."""

    document: Mapping[str, Any]
    keys: tuple[Key, ...]
    """Its calls, each once, in their order."""
    true_causes: frozenset[str]
    """What the whole evidence supports."""
    calls: tuple[Call, ...]


_BASELINES: dict[str, Baseline] = {}


def baseline(scenario: Scenario) -> Baseline:
    """Run it once without a failure."""
    if scenario.name not in _BASELINES:
        case = Case(scenario)
        result = run(case)
        assert isinstance(result, Diagnosis), result
        document = to_document(result, verbose=False)
        causes = {finding["cause"] for finding in document["findings"]}
        causes |= {step["cause"] for step in document["chain"] if step["cause"]}
        keys = tuple(dict.fromkeys(map(key_of, case.calls)))
        _BASELINES[scenario.name] = Baseline(document, keys, frozenset(causes), tuple(case.calls))
    return _BASELINES[scenario.name]
