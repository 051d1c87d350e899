"""CloudWatch Logs Insights over recorded events: the part of its language that the command writes, read by itself.

Semantics are those of the service's reference: a query runs for a while, its results are at most 10,000 rows, newest
first as the query says, times in UTC to the millisecond, and the bytes scanned are those of the events in the period
whose streams the query names.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.loopback.log_streams import LogStreams, NotFoundError

LONGEST_QUERY = 10_000
_QUERY = re.compile(
    r"fields @timestamp, @logStream, substr\(@message, 0, (?P<length>\d+)\) as text"
    r" \| filter @logStream in \[(?P<streams>[^\]]+)\]"
    r" \| filter @message like /(?P<pattern>[^/]+)/(?P<last>(?: or \([^()]+\([^()]+\) >= \d+\))*)"
    r" \| sort @timestamp desc \| limit (?P<limit>\d+)"
)
_LAST = re.compile(r"\(@logStream like /(?P<end>[^/]+)/ and toMillis\(@timestamp\) >= (?P<at>\d+)\)")


@dataclass
class Running:
    """A query that was started."""

    parameters: Mapping[str, Any]
    polls_left: int
    stopped: bool = False


@dataclass
class InsightsQueries:
    """The queries of an account."""

    logs: LogStreams
    polls: int = 1
    """How often a query is still running when it is asked for."""
    most: int = 100
    """Queries at once; one more is refused."""
    started: dict[str, Running] = field(default_factory=dict)

    def start(self, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
        """The query's id; None where too many are running.

        Raises:
            NotFoundError: there is no such log group.
            ValueError: the service would not understand the query.
        """
        if sum(one.polls_left > 0 and not one.stopped for one in self.started.values()) >= self.most:
            return None
        group, query = parameters["logGroupName"], parameters["queryString"]
        if not any(known == group for known, _ in self.logs.events):
            raise NotFoundError("Log group does not exist.")
        if len(query) > LONGEST_QUERY or not _QUERY.fullmatch(query):
            raise ValueError(f"unexpected symbol in the query: {query[:200]}")
        query_id = str(uuid.uuid4())
        self.started[query_id] = Running(parameters, self.polls)
        return {"queryId": query_id}

    def results(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What is known of a query by now."""
        one = self.started[parameters["queryId"]]
        if one.stopped:
            return {"status": "Cancelled", "results": [], "statistics": {"bytesScanned": 0.0}}
        if one.polls_left > 0:
            one.polls_left -= 1
            return {"status": "Running", "results": [], "statistics": {"bytesScanned": 0.0}}
        rows, scanned = self._run(one.parameters)
        statistics = {"recordsMatched": float(len(rows)), "recordsScanned": 0.0, "bytesScanned": float(scanned)}
        return {"status": "Complete", "results": rows, "statistics": statistics}

    def stop(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """End a query."""
        self.started[parameters["queryId"]].stopped = True
        return {"success": True}

    def _run(self, parameters: Mapping[str, Any]) -> tuple[list[list[dict[str, str]]], int]:
        query = _QUERY.fullmatch(parameters["queryString"])
        assert query
        pattern = re.compile(query["pattern"])
        last = [(re.compile(m["end"]), int(m["at"])) for m in _LAST.finditer(query["last"])]
        found: list[tuple[int, str, str]] = []
        scanned = 0
        for stream in re.findall(r'"([^"]*)"', query["streams"]):
            for event in self.logs.events.get((parameters["logGroupName"], stream), ()):
                at, message = event["timestamp"], event["message"]
                if not parameters["startTime"] * 1000 <= at <= parameters["endTime"] * 1000 + 999:
                    continue
                scanned += len(message.encode("utf-8", "replace"))
                if pattern.search(message) or any(end.search(stream) and at >= since for end, since in last):
                    found.append((at, stream, message[: int(query["length"])]))
        # a sort keeps the order of equal times; so does the reverse of one that is read backwards
        found.reverse()
        found.sort(key=lambda row: -row[0])
        limit = min(int(query["limit"]), parameters.get("limit", 10_000), 10_000)
        return [_row(*row) for row in found[:limit]], scanned


def _row(at: int, stream: str, message: str) -> list[dict[str, str]]:
    stamp = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    values = {"@timestamp": stamp, "@logStream": stream, "text": message, "@ptr": "CmEKJgoiMTIz"}
    return [{"field": name, "value": value} for name, value in values.items()]
