"""CloudWatch Logs' GetLogEvents over recorded events.

Not moto's: moto refuses events older than 14 days, takes endTime as inclusive, and calls a missing stream a missing
group (tried with 5.2.5). Semantics here are those of botocore's service model: at most 1 MiB and 10,000 events a
page, oldest first within a page, newest page first unless startFromHead, endTime exclusive, a page may be empty
without being the last, and the end is reached when the token that was sent comes back.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PAGE_EVENTS = 10_000
PAGE_BYTES = 1024 * 1024
EVENT_OVERHEAD_BYTES = 26
Event = Mapping[str, Any]


class NotFoundError(Exception):
    """No such log group or stream."""


@dataclass
class LogStreams:
    """Events by (group, stream)."""

    events: dict[tuple[str, str], list[Event]] = field(default_factory=dict)
    empty_pages: bool = False
    """Put an empty page between two full ones, as the real service may."""

    def add(self, group: str, stream: str, events: Sequence[Event]) -> None:
        self.events.setdefault((group, stream), []).extend(events)

    def get_log_events(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call.

        Raises:
            NotFoundError: no such group or stream; the text is the service's.
        """
        group, stream = parameters["logGroupName"], parameters["logStreamName"]
        if (group, stream) not in self.events:
            known = any(g == group for g, _ in self.events)
            raise NotFoundError(f"The specified log {'stream' if known else 'group'} does not exist.")
        window = _between(self.events[group, stream], parameters.get("startTime"), parameters.get("endTime"))
        limit = min(int(parameters.get("limit", PAGE_EVENTS)), PAGE_EVENTS)
        direction, index, fresh = _position(parameters, len(window))
        if self.empty_pages and not fresh and 0 < index < len(window):
            return _page([], f"f/{index}/fresh", f"b/{index}/fresh")
        if direction == "f":
            stop = index + _fitting(window[index : index + limit])
            return _page(window[index:stop], f"f/{stop}/", f"b/{index}/")
        start = index - _fitting(window[max(index - limit, 0) : index][::-1])
        return _page(window[start:index], f"f/{index}/", f"b/{start}/")


def _between(events: list[Event], start: int | None, end: int | None) -> list[Event]:
    times = [event["timestamp"] for event in events]
    first = 0 if start is None else bisect_left(times, start)
    return events[first : len(events) if end is None else bisect_left(times, end)]


def _position(parameters: Mapping[str, Any], size: int) -> tuple[str, int, bool]:
    token = parameters.get("nextToken")
    if token is None:
        return ("f", 0, True) if parameters.get("startFromHead") else ("b", size, True)
    direction, index, mark = str(token).split("/")
    return direction, int(index), mark == "fresh"


def _fitting(events: Sequence[Event]) -> int:
    """How many of the events, from the first on, go into one page."""
    room = PAGE_BYTES
    for count, event in enumerate(events):
        room -= len(event["message"].encode("utf-8", "surrogatepass")) + EVENT_OVERHEAD_BYTES
        if room < 0:
            return max(count, 1)
    return len(events)


def _page(events: Sequence[Event], forward: str, backward: str) -> dict[str, Any]:
    answered = [{**event, "ingestionTime": event["timestamp"] + 120} for event in events]
    return {"events": answered, "nextForwardToken": forward, "nextBackwardToken": backward}
