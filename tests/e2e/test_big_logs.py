"""A log stream of 60,000 events, served in pages as CloudWatch serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.command import Command
from tests.loopback.log_streams import Event
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

EVENTS = 60_000
HEAP = 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'
TASK = scenario("tool-java-heap")


def long_stream(loopback: Loopback, telling: int, empty_pages: bool = False) -> None:
    """Serve the scenario with a log of EVENTS lines, of which number `telling` tells the cause."""
    world = loopback.serve([TASK])
    world.logs.empty_pages = empty_pages
    container = TASK.document("job")["attempts"][0]["container"]
    start = TASK.document("job")["startedAt"]
    lines = [f"INFO  Progress: processed {n:>9,} records, chr{n % 22 + 1}:{n * 3571}" for n in range(EVENTS)]
    lines[telling] = HEAP
    events: list[Event] = [{"timestamp": start + n, "message": line} for n, line in enumerate(lines)]
    world.logs.events["/aws/batch/job", container["logStreamName"]] = events
    # the work directory must not tell what the stream is to tell
    for call in ("ListObjectsV2", "GetObject"):
        loopback.faults.add(call, "AccessDenied", 403)


@pytest.mark.parametrize("empty_pages", [False, True])
def test_the_end_of_a_long_stream_tells(empty_pages: bool, live: Command, loopback: Loopback) -> None:
    long_stream(loopback, EVENTS - 3, empty_pages)
    diagnosis = live.json(TASK.target).document()
    assert diagnosis["verdict"]["cause"] == "app.java_heap"
    quotes = [quote for finding in diagnosis["findings"] for quote in finding["evidence"]]
    assert any(quote["text"] == HEAP and quote["source"] == "logs/1" for quote in quotes)


@pytest.mark.parametrize("telling", [EVENTS // 2, 100])
def test_the_middle_and_the_start_are_read_too(telling: int, live: Command, loopback: Loopback) -> None:
    # some 4 MiB in all: within what is kept of a stream
    long_stream(loopback, telling)
    assert live.json(TASK.target).document()["verdict"]["cause"] == "app.java_heap"


def test_pages_are_read_from_the_end_and_each_once(live: Command, loopback: Loopback) -> None:
    long_stream(loopback, EVENTS - 3)
    live.json(TASK.target)
    tokens = [c.parameters.get("nextToken") for c in loopback.calls if c.operation == "GetLogEvents"]
    assert tokens[0] is None
    assert all(str(token).startswith("b/") for token in tokens[1:])
    assert len(set(tokens)) == len(tokens) <= 10
