"""Every call of every scenario, failing in every way, ends in an honest diagnosis or a clear error.

Here, each operation meets each failure once, on real sockets, with retries and their waits as users have them. The rest
of the matrix (`make faults`) is in memory: what a failure looks like to the tool is what it looked like here.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from analyzer.diagnosis import Diagnosis, to_document
from analyzer.examine import Failure
from tests.faults.cases import Baseline, Case, baseline, fresh_diagnosis, key_of, memory, run
from tests.faults.clients import NO_HOST
from tests.faults.judge import outcome_of, problems
from tests.faults.kinds import KINDS, NAMED, Kind
from tests.faults.sockets import Sockets
from tests.faults.types import wrong_types
from tests.loopback.scenario import Scenario, all_scenarios, scenario
from tests.loopback.wire import Call

LIVE = [one for one in all_scenarios() if one.live and not one.expected.get("faults")]
WHERE = {
    "DescribeJobs": "window-exceeded",
    "DescribeJobQueues": "runnable-cannot-join",
    "DescribeComputeEnvironments": "window-exceeded",
    "DescribeContainerInstances": "window-exceeded",
    "DescribeInstances": "window-exceeded",
    "DescribeInstanceTypes": "window-exceeded",
    "LookupEvents": "host-reclaimed-cloudtrail",
    "GetLogEvents": "window-exceeded",
    "ListObjectsV2": "window-exceeded",
    "GetObject": "dump-tcp-connection",
}
"""Operation -> a scenario to which it matters."""
SHORT_SECONDS = 2.0
"""The time limit of cases in which a call never ends."""
TYPE_SAMPLE = 60
NEVER_ALIKE = ("no-host", "expired-halfway", "hang", "drip")
"""A host without an address takes all calls of the service with it; halfway, and the end of a short time limit, are
other moments each time."""
REPRESENTATIVES = ("denied", "expired-halfway", "reset", "hang", "half", "cut", "200-page", "empty-page")
"""Of the kinds. All others end as one of these does, but for the words of the reason, which no rule reads: an answer
that is an error, no answer at all, a part of one, one that is none of AWS's, or the whole one. Each operation meets
each of them on sockets in the suite; FSNAP_FAULTS=all runs all of them everywhere."""
ENDLESS = ("token-repeats", "tokens-alternate")


def calls_of(known: Baseline) -> list[Call]:
    """Each call once, in their order."""
    return list({key_of(call): call for call in reversed(known.calls)}.values())[::-1]


def call_of(name: str, operation: str) -> tuple[Scenario, Call]:
    found = scenario(name)
    # the last one: of files, a checkpoint's log, which sorts behind the others
    return found, [call for call in calls_of(baseline(found)) if call.operation == operation][-1]


def case_of(one: Scenario, kind: Kind, call: Call, sockets: Sockets | None = None) -> Case:
    case = Case(one, kind, key_of(call), on_sockets=sockets is not None)
    if kind.below in ("hang", "drip"):
        case.seconds = SHORT_SECONDS
    if sockets is not None:
        case.endpoint = NO_HOST if kind.below == "no-host" else sockets.add(case)
    return case


def run_all(cases: Sequence[Case], **more: Any) -> list[tuple[Case, Diagnosis | Failure]]:
    """Side by side: most of the time is waiting."""
    with ThreadPoolExecutor(24) as pool:
        return list(zip(cases, pool.map(lambda case: run(case, **more), cases), strict=True))


def all_problems(results: Iterable[tuple[Case, Diagnosis | Failure]]) -> list[str]:
    return [problem for case, result in results for problem in problems(case, result)]


def gist(result: Diagnosis | Failure) -> Any:
    """What is left of a result without the words of its reasons."""
    if isinstance(result, Failure):
        return "failure"
    document = to_document(result, verbose=False)
    gaps = sorted(gap["what"] for gap in document.pop("gaps"))
    return document, gaps


def test_each_operation_meets_each_failure_and_memory_is_like_sockets(sockets: Sockets) -> None:
    """One test, since all of them wait side by side; each problem names its scenario, call and failure."""
    chosen = []
    for operation, name in WHERE.items():
        one, call = call_of(name, operation)
        chosen += [case_of(one, kind, call, sockets) for kind in KINDS if kind.fits(call)]
    assert len(chosen) > 15 * len(WHERE)
    results = run_all(chosen, diagnosed=fresh_diagnosis)
    assert all_problems(results) == []
    compared = [(c, r) for c, r in results if c.kind and c.kind.name not in NEVER_ALIKE]
    assert [str(case) for case, _ in compared if not case.hit] == []
    in_memory = run_all([Case(case.scenario, case.kind, case.struck) for case, _ in compared])
    assert all_problems(in_memory) == []
    pairs = zip(compared, in_memory, strict=True)
    assert [str(case) for (case, real), (_, made) in pairs if gist(real) != gist(made)] == []


@pytest.mark.parametrize("operation", [name for name in WHERE if name != "GetObject"])
def test_members_of_other_types(operation: str, cases: None) -> None:
    del cases
    one, call = call_of(WHERE[operation], operation)
    kinds = list(wrong_types(call, memory(one).answer(call)))
    chosen = random.Random(operation).sample(kinds, min(TYPE_SAMPLE, len(kinds)))  # noqa: S311 - the same every time
    assert all_problems(run_all([case_of(one, kind, call) for kind in chosen])) == []


def test_no_scenario_calls_what_is_not_in_the_table(cases: None) -> None:
    del cases
    made = {call.operation for one in LIVE[::9] for call in baseline(one).calls}
    assert made <= set(WHERE)


@pytest.mark.faults
@pytest.mark.parametrize("part", range(8))
def test_every_call_of_every_scenario(part: int, cases: None) -> None:
    del cases
    everything = os.environ.get("FSNAP_FAULTS") == "all"
    kinds = [kind for kind in KINDS if everything or kind.name in (*REPRESENTATIVES, *ENDLESS)]
    counted: Counter[tuple[str, str]] = Counter()
    found: list[str] = []
    for one in LIVE[part::8]:
        chosen = [case_of(one, kind, call) for call in calls_of(baseline(one)) for kind in kinds if kind.fits(call)]
        results = run_all(chosen)
        found += all_problems(results)
        counted.update((case.kind.name, outcome_of(case, result)) for case, result in results if case.kind)
    if counts := os.environ.get("FSNAP_FAULT_COUNTS"):
        with Path(counts).open("a") as file:
            file.writelines(f"{count}\t{kind}\t{outcome}\n" for (kind, outcome), count in counted.items())
    assert found == []


@pytest.mark.faults
@pytest.mark.parametrize("operation", [name for name in WHERE if name != "GetObject"])
def test_every_member_of_another_type(operation: str, cases: None) -> None:
    del cases
    one, call = call_of(WHERE[operation], operation)
    kinds = list(wrong_types(call, memory(one).answer(call)))
    assert all_problems(run_all([case_of(one, kind, call) for kind in kinds])) == []


def test_the_kinds_are_known_by_name() -> None:
    assert {*REPRESENTATIVES, *ENDLESS} <= set(NAMED)
