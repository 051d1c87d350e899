"""Which calls of a diagnosis depend on which: what a call asks for stands in the answers to those before it.

Reckoned from what was asked and from the scenario's documents, not from the order in which the calls were made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from tests.loopback.recorder import Key, key_of
from tests.loopback.scenario import Scenario
from tests.loopback.wire import Call

AT_ONCE = 2
_INSTANCE = re.compile(r"\bi-[0-9a-f]{8,17}\b")


def needs_of(calls: Sequence[Call], scenario: Scenario) -> dict[Key, Set[Key]]:
    """Call -> the calls whose answers it needs."""
    return {key_of(call): {key_of(one) for one in _before(call, calls, scenario)} for call in calls}


def longest(needs: Mapping[Key, Set[Key]]) -> int:
    """Calls in the longest chain."""
    depths: dict[Key, int] = {}

    def depth(key: Key) -> int:
        if key not in depths:
            depths[key] = 1 + max((depth(one) for one in needs[key]), default=0)
        return depths[key]

    return max((depth(key) for key in needs), default=0)


def seconds_of(calls: Sequence[Call], scenario: Scenario, latency_seconds: float) -> float:
    """How long the longest chain takes, with the waits that CloudTrail's limit of two calls a second asks for."""
    needs = needs_of(calls, scenario)
    trail = [key_of(call) for call in _all("LookupEvents", calls)]
    ends: dict[Key, float] = {}

    def end(key: Key) -> float:
        if key not in ends:
            begin = max((end(one) for one in needs[key]), default=0.0)
            place = trail.index(key) if key in trail else 0
            if place >= AT_ONCE:
                begin = max(begin, end(trail[place - AT_ONCE]) - latency_seconds + 1.0)
            ends[key] = begin + latency_seconds
        return ends[key]

    return max((end(key) for key in needs), default=0.0)


def _before(call: Call, calls: Sequence[Call], scenario: Scenario) -> Iterator[Call]:
    match call.operation:
        case "DescribeJobs":
            return
        case "DescribeComputeEnvironments":
            yield from _all("DescribeJobQueues", calls)
        case "DescribeInstances":
            yield from _of_instances(calls, scenario)
        case "LookupEvents":
            yield from _of_trail(call, calls)
        case "GetLogEvents":
            yield from _of_log(call, calls)
        case "ListObjectsV2":
            yield from _of_listing(call, calls, scenario)
        case "GetObject":
            yield from _of_object(call, calls, scenario)
        case _:  # the queue, and the container instances with their cluster, stand in the job
            yield from _all("DescribeJobs", calls)


def _all(operation: str, calls: Iterable[Call]) -> Iterator[Call]:
    return (call for call in calls if call.operation == operation)


def _of_instances(calls: Sequence[Call], scenario: Scenario) -> Iterator[Call]:
    """An instance that was lost is named by the attempt's reason; others only by ECS. All are asked for in one call."""
    reasons = [str(attempt.get("statusReason")) for attempt in scenario.document("job").get("attempts", [])]
    told = all(_INSTANCE.search(reason) for reason in reasons)
    yield from _all("DescribeJobs" if told else "DescribeContainerInstances", calls)


def _of_trail(call: Call, calls: Sequence[Call]) -> Iterator[Call]:
    """What ECS and EC2 tell need not be asked; nor what an answer of CloudTrail's told already.

    So its calls come one after the other, which its limit of two a second would have most of them do anyway.
    """
    asked = list(_all("LookupEvents", calls))
    earlier = asked[: asked.index(call)]
    if earlier:
        yield earlier[-1]
    else:
        yield from _all("DescribeContainerInstances", calls)
        yield from _all("DescribeInstances", calls)


def _of_log(call: Call, calls: Sequence[Call]) -> Iterator[Call]:
    """A page's token stands in the page before."""
    if "nextToken" not in call.parameters:
        yield from _all("DescribeJobs", calls)
        return
    stream = call.parameters["logStreamName"]
    same = [one for one in _all("GetLogEvents", calls) if one.parameters["logStreamName"] == stream]
    yield same[same.index(call) - 1]


def _of_listing(call: Call, calls: Sequence[Call], scenario: Scenario) -> Iterator[Call]:
    """The directory of an array's child stands in the array's wrapper, every other in the job or in the target.

    The array's own is listed after that of its child: where that was refused, so would this be.
    """
    child = scenario.child_directory
    if child is None:
        yield from _all("DescribeJobs", calls)
    elif call.parameters["prefix"].startswith(child):
        yield from (one for one in _all("GetObject", calls) if _is_wrapper(one, scenario))
    else:
        yield from (one for one in _all("ListObjectsV2", calls) if one.parameters["prefix"].startswith(child))


def _of_object(call: Call, calls: Sequence[Call], scenario: Scenario) -> Iterator[Call]:
    """Which files there are stands in the listing."""
    if scenario.child_directory and _is_wrapper(call, scenario):
        yield from _all("DescribeJobs", calls)
    else:
        yield from (
            one for one in _all("ListObjectsV2", calls) if call.parameters["Key"].startswith(one.parameters["prefix"])
        )


def _is_wrapper(call: Call, scenario: Scenario) -> bool:
    return (
        scenario.work_directory is not None and call.parameters["Key"] == f"{scenario.work_directory[1]}/.command.run"
    )
