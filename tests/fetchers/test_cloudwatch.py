from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from analyzer.evidence.content import MAX_LINE_BYTES, iter_lines, read_all
from analyzer.fetchers.cloudwatch import Tail, read_tail
from analyzer.fetchers.deadline import Deadline
from tests.fetchers.samples import event, log_page

LONG_SECONDS = 60


class Stream:
    """A log stream that is read backwards in pages of `per_page`."""

    def __init__(self, count: int, per_page: int, message: Callable[[int], str] = "line {}".format) -> None:
        self.events = [event(message(n), n) for n in range(count)]
        self.per_page, self.asked = per_page, 0

    def get_log_events(self, **asked: Any) -> dict[str, Any]:
        assert asked["startFromHead"] is False
        self.asked += 1
        end = int(asked["nextToken"]) if "nextToken" in asked else len(self.events)
        start = max(0, end - min(self.per_page, asked["limit"]))
        return {"events": self.events[start:end], "nextForwardToken": "f", "nextBackwardToken": str(start)}


class Pages:
    """Answers given one after the other; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.tokens: list[str | None] = []

    def get_log_events(self, **asked: Any) -> Any:
        self.tokens.append(asked.get("nextToken"))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def tail_of(client: Any, budget: int = 10**7, deadline: Deadline | None = None) -> Tail:
    return read_tail(client, "/aws/batch/job", "s", budget, deadline or Deadline.after(LONG_SECONDS))


def messages(tail: Tail) -> list[str]:
    return [json.loads(line.data)["message"] for line in iter_lines(tail.content)]


def test_sixty_thousand_events_oldest_first() -> None:
    stream = Stream(60_000, 10_000)
    tail = tail_of(stream)
    assert tail.complete
    assert messages(tail) == [f"line {n}" for n in range(60_000)]
    assert stream.asked == 7  # the last one shows that the token repeats


def test_sixty_thousand_events_within_a_budget_from_the_end() -> None:
    stream = Stream(60_000, 10_000)
    tail = tail_of(stream, budget=1_000_000)
    kept = messages(tail)
    assert not tail.complete
    assert "1,000,000 bytes" in tail.cut_by
    assert len(read_all(tail.content, 10**8)) <= 1_000_000
    assert kept == [f"line {n}" for n in range(60_000 - len(kept), 60_000)]
    assert tail.first_timestamp == 60_000 - len(kept)
    assert stream.asked <= 4


def test_an_empty_page_is_not_the_end() -> None:
    pages = Pages(
        log_page(event("c", 3), before="1"),
        log_page(before="2"),
        log_page(event("b", 2), before="3"),
        log_page(before="3"),
    )
    tail = tail_of(pages)
    assert messages(tail) == ["b", "c"]
    assert tail.complete
    assert pages.tokens == [None, "1", "2", "3"]


def test_an_empty_stream() -> None:
    tail = tail_of(Pages(log_page(before="1"), log_page(before="1")))
    assert (messages(tail), tail.complete, tail.first_timestamp) == ([], True, None)


def test_endless_empty_pages_end() -> None:
    class Endless:
        count = 0

        def get_log_events(self, **_: Any) -> Any:
            self.count += 1
            return log_page(before=str(self.count))

    tail = tail_of(Endless())
    assert not tail.complete
    assert "more pages" in tail.cut_by


def test_a_later_page_that_fails_leaves_what_there_is() -> None:
    error = ClientError({"Error": {"Code": "ThrottlingException", "Message": "x"}}, "GetLogEvents")
    tail = tail_of(Pages(log_page(event("end", 9), before="1"), error))
    assert messages(tail) == ["end"]
    assert "ThrottlingException" in tail.cut_by


def test_a_first_page_that_fails_is_raised() -> None:
    error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "x"}}, "GetLogEvents")
    with pytest.raises(ClientError):
        tail_of(Pages(error))


def test_when_time_is_over_no_further_page_is_asked_for() -> None:
    stream = Stream(50_000, 10_000)
    tail = tail_of(stream, deadline=Deadline.after(-1))
    assert stream.asked == 1
    assert len(messages(tail)) == 10_000
    assert "time limit" in tail.cut_by


@pytest.mark.parametrize(
    "message",
    ["x" * 300_000, "\x00" * 100_000, "\ud800" * 50_000, "\N{GRINNING FACE}" * 100_000, "two\nlines\r\n", "\ud800", ""],
)
def test_every_message_is_one_line_of_json_that_is_not_cut(message: str) -> None:
    tail = tail_of(Pages(log_page(event(message, 1), before="1"), log_page(before="1")))
    (line,) = list(iter_lines(tail.content))
    assert line.complete
    assert len(line.data) <= MAX_LINE_BYTES
    read = json.loads(line.data)["message"]
    assert message.startswith(read)
    assert len(read) == len(message) or len(line.data) > MAX_LINE_BYTES * 0.9


@pytest.mark.parametrize("strange", [{}, {"timestamp": "x", "message": 5}, {"message": None}])
def test_events_without_their_members(strange: dict[str, Any]) -> None:
    tail = tail_of(Pages({"events": [strange], "nextBackwardToken": "1"}, log_page(before="1")))
    assert [json.loads(line.data) for line in iter_lines(tail.content)] == [{"timestamp": None, "message": ""}]
