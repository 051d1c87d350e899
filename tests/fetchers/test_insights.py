"""Searches by CloudWatch Logs Insights: what queries say, and what happens where the service does not play along."""

from __future__ import annotations

import re
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.fetchers import insights as module
from analyzer.fetchers import insights_query
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.insights import Insights, rows_of
from analyzer.fetchers.insights_query import (
    MAX_QUERY_CHARACTERS,
    Wanted,
    cost_note,
    halves,
    patterns,
    queries,
    searchable,
)
from analyzer.fetchers.options import FetchOptions
from tests.loopback.faults import Fault
from tests.loopback.server import Loopback

GROUP = "/aws/batch/job"
AT = 1_780_000_000_000
REGION = "eu-west-1"


def stream(number: int, group: str = GROUP) -> Wanted:
    return Wanted(group, f"nf-align/default/{number:032x}", AT + number * 1000, AT + 3_600_000 + number * 1000)


# --- the queries -----------------------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1, max_size=40), max_size=30), st.text(max_size=60))
def test_a_pattern_finds_what_any_of_its_texts_finds(texts: list[str], line: str) -> None:
    line = line.replace("\n", " ")
    expressions = patterns(texts)
    assert any(re.search(one, line) for one in expressions) == any(t in line for t in texts if "\n" not in t)
    for one in expressions:
        assert not re.search(r"[/\"'`#]", one), "signs of the query language are written by their numbers"


def test_many_texts_take_several_patterns() -> None:
    expressions = patterns(f"text number {n:04}" for n in range(1000))
    assert len(expressions) == 3
    assert sum(one.count("|") + 1 for one in expressions) == 1000


def test_queries_stay_within_the_services_limit_and_hold_every_stream_once() -> None:
    wanted = [stream(n, group) for n in range(300) for group in (GROUP, "/other")]
    made = list(queries(wanted, ["No space left", "Killed"]))
    assert all(len(one.text) <= MAX_QUERY_CHARACTERS for one in made)
    assert sorted((w.group, w.stream) for one in made for w in one.streams) == sorted(
        (w.group, w.stream) for w in wanted
    )
    assert all({w.group for w in one.streams} == {one.group} for one in made)
    assert all(one.start * 1000 < w.started_at and one.end * 1000 > w.stopped_at for one in made for w in one.streams)


def test_halves() -> None:
    (query,) = queries([stream(n) for n in range(5)], ["x"])
    assert [len(one.streams) for one in halves(query)] == [2, 3]
    (single,) = queries([stream(1)], ["x"])
    assert halves(single) == ()


@pytest.mark.parametrize("name", ['a"] or 1', "a\\", "a\nb", "", "a/]|x"])
def test_a_stream_whose_name_could_change_the_query_is_not_searched(name: str) -> None:
    assert not searchable(name)


@pytest.mark.parametrize(
    "results", [None, 7, "x", [7], [[7]], [[{"field": 7, "value": "x"}]], [[{"field": "a"}]], [{"a": 1}]]
)
def test_malformed_results_are_left_out(results: object) -> None:
    assert all(row == {} for row in rows_of(results))


def test_what_it_costs() -> None:
    assert cost_note(2_000_000_000_000).startswith(
        "CloudWatch Logs Insights scanned 2,000.000 GB of logs: about USD 10.0000"
    )


# --- searches --------------------------------------------------------------------------------------------------------


@pytest.fixture
def aws(environment: pytest.MonkeyPatch, loopback: Loopback) -> Loopback:
    environment.setenv("AWS_ENDPOINT_URL", loopback.endpoint)
    environment.setattr(module, "_FIRST_PAUSE_SECONDS", 0.01)
    environment.setattr(module, "_LONGEST_PAUSE_SECONDS", 0.05)
    loopback.serve()
    return loopback


def fill(loopback: Loopback, wanted: list[Wanted], *messages: str) -> None:
    for one in wanted:
        events = [{"timestamp": one.started_at + n, "message": message} for n, message in enumerate(messages)]
        last = {"timestamp": one.stopped_at - 5, "message": "the last words"}
        loopback.world.logs.add(one.group, one.stream, [*events, last])


def insights(timeout: float = 30.0, share: float = 1.0) -> Insights:
    return Insights(Clients(FetchOptions()), ["Killed", "No space left"], timeout, share)


def test_lines_that_are_known_and_the_last_ones_are_found(aws: Loopback) -> None:
    wanted = [stream(n) for n in range(100)]
    fill(aws, wanted, "hello", "Killed", "nothing", "No space left on device")
    search = insights()
    found = search.search(REGION, wanted)
    for one in wanted:
        assert [text for _, text in found[one].events] == ["Killed", "No space left on device", "the last words"]
        assert (found[one].failure, found[one].cut) == (None, False)
    assert search.take_scanned() == 100 * sum(
        map(len, ("hello", "Killed", "nothing", "No space left on device", "the last words"))
    )
    assert search.take_scanned() == 0


def test_more_rows_than_a_query_gives_take_more_queries(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights_query, "MAX_ROWS", 20)
    monkeypatch.setattr(module, "MAX_ROWS", 20)
    few, many = [stream(n) for n in range(8)], stream(99)
    fill(aws, few, *["Killed"] * 5)
    fill(aws, [many], *["Killed"] * 50)
    found = insights().search(REGION, [*few, many])
    assert [len(found[one].events) for one in few] == [6] * 8
    assert not any(found[one].cut for one in few)
    assert (len(found[many].events), found[many].cut) == (20, True)
    assert found[many].events[-1][1] == "the last words", "the newest are kept"


def test_no_more_queries_at_once_than_is_this_programs_share(aws: Loopback) -> None:
    wanted = [stream(n, f"/group/{n}") for n in range(12)]
    fill(aws, wanted, "Killed")
    aws.world.insights.most = 2
    aws.world.insights.polls = 3
    found = insights(share=0.25).search(REGION, wanted)
    assert all(found[one].events for one in wanted)
    refused = aws.operations().count("StartQuery") - 12
    assert refused == 0


def test_an_account_that_is_busy_is_waited_for(aws: Loopback) -> None:
    wanted = [stream(n, f"/group/{n}") for n in range(6)]
    fill(aws, wanted, "Killed")
    aws.world.insights.most = 1
    found = insights().search(REGION, wanted)
    assert all(found[one].events for one in wanted)


def test_a_query_that_does_not_end_is_stopped_and_said(aws: Loopback) -> None:
    wanted = [stream(1)]
    fill(aws, wanted, "Killed")
    aws.world.insights.polls = 1_000_000
    found = insights(timeout=0.5).search(REGION, wanted)
    assert found[wanted[0]].failure == "no answer within the time limit of 0.5 s"
    assert all(one.stopped for one in aws.world.insights.started.values())


def test_whoever_closes_it_stops_what_is_under_way(aws: Loopback) -> None:
    wanted = [stream(n, f"/group/{n}") for n in range(5)]
    fill(aws, wanted, "Killed")
    aws.world.insights.polls = 1_000_000
    search = insights()
    thread = threading.Thread(target=search.search, args=(REGION, wanted))
    thread.start()
    until = time.monotonic() + 20
    while len(aws.world.insights.started) < 5 and time.monotonic() < until:
        time.sleep(0.01)
    search.close()
    thread.join(20)
    assert not thread.is_alive()
    assert len(aws.world.insights.started) == 5
    assert all(one.stopped for one in aws.world.insights.started.values())


REFUSALS = [
    (Fault("StartQuery", "AccessDeniedException"), "AccessDenied on logs:StartQuery", "logs:StartQuery"),
    (Fault("GetQueryResults", "AccessDeniedException"), "AccessDenied on logs:GetQueryResults", "logs:GetQueryResults"),
    (Fault("StartQuery", "MalformedQueryException"), "AWS answered MalformedQueryException", None),
]


@pytest.mark.parametrize(("fault", "why", "permission"), REFUSALS)
def test_what_is_refused_is_said(aws: Loopback, fault: Fault, why: str, permission: str | None) -> None:
    wanted = [stream(1)]
    aws.serve((), [fault])
    fill(aws, wanted, "Killed")
    lines = insights().search(REGION, wanted)[wanted[0]]
    assert lines.failure
    assert lines.failure.startswith(why)
    assert lines.permission == permission


def test_a_group_that_is_gone_is_said(aws: Loopback) -> None:
    fill(aws, [stream(1)], "Killed")
    gone = stream(2, "/gone")
    found = insights().search(REGION, [stream(1), gone])
    assert found[stream(1)].events
    assert found[gone].failure == "there is no log group /gone (any more)"
