from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analyzer.fetchers.cloudtrail import MAX_PAGES, Lookup, Question, launched_types, moment, without_repeats
from analyzer.fetchers.deadline import Deadline, Pacer
from tests.fetchers.samples import INSTANCE

STOPPED = datetime(2026, 8, 21, 12, 0, tzinfo=UTC)
STARTED = STOPPED - timedelta(hours=8)


def packed(name: str, number: int = 1, instance: str = INSTANCE, **members: Any) -> dict[str, Any]:
    inner = {"eventName": name, "eventID": f"e-{number}", "eventTime": "2026-08-21T11:59:00Z", **members}
    inner.setdefault("requestParameters", {"instancesSet": {"items": [{"instanceId": instance}]}})
    return {"EventId": inner["eventID"], "CloudTrailEvent": json.dumps(inner)}


EVICTED = packed(
    "BidEvictedEvent", 2, requestParameters=None, serviceEventDetails={"instanceIdSet": ["i-11111111", INSTANCE]}
)


class Trail:
    def __init__(self, **by_key: list[list[dict[str, Any]]]) -> None:
        self.by_key, self.asked = by_key, list[dict[str, Any]]()

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        pages = self.by_key.get(asked["LookupAttributes"][0]["AttributeKey"], [[]])
        number = int(asked.get("NextToken", 0))
        answer: dict[str, Any] = {"Events": pages[number]}
        return answer | ({"NextToken": str(number + 1)} if number + 1 < len(pages) else {})


def about(trail: Trail, *, lost: bool = True, unknown: bool = False, seconds: float = 60) -> list[Any]:
    question = Question(INSTANCE, STOPPED, STARTED, lost, unknown)
    return list(Lookup(trail, Pacer(0), Deadline.after(seconds)).about([question]))  # type: ignore[arg-type]  # a trail by its looks


def test_evictions_name_their_instances_in_the_details_only_and_are_found_by_their_name() -> None:
    other = packed("BidEvictedEvent", 3, requestParameters=None, serviceEventDetails={"instanceIdSet": ["i-22222222"]})
    trail = Trail(EventName=[[other, EVICTED]])
    assert [e["eventID"] for e in about(trail)] == ["e-2"]
    assert len(trail.asked) == 1


def test_an_eviction_that_is_found_at_once_is_not_asked_for_again() -> None:
    trail = Trail(ResourceName=[[EVICTED]])
    assert [e["eventName"] for e in about(trail, unknown=True)] == ["BidEvictedEvent"]
    assert len(trail.asked) == 1


def test_a_host_that_is_not_lost_is_asked_about_its_launch_only() -> None:
    trail = Trail(ResourceName=[[packed("RunInstances")]])
    assert len(about(trail, lost=False, unknown=True)) == 1
    assert len(trail.asked) == 1


def test_questions_are_bounded_in_time() -> None:
    trail = Trail()
    about(trail, unknown=True)
    launch, eviction = trail.asked
    assert launch["StartTime"] < STARTED - timedelta(days=2)
    assert (
        STOPPED - timedelta(hours=2)
        < eviction["StartTime"]
        < STOPPED
        < eviction["EndTime"]
        < STOPPED + timedelta(hours=2)
    )


def test_pages_are_followed_within_a_limit() -> None:
    pages = [[packed("DescribeInstances", n)] for n in range(50)]
    assert len(about(Trail(ResourceName=pages), lost=False, unknown=True)) == MAX_PAGES


@pytest.mark.parametrize(
    ("pages", "seconds", "why"), [(50, 60, "more than 4 pages"), (1, -1, "time limit"), (1, 60, None)]
)
def test_what_was_left_unread_is_told(pages: int, seconds: float, why: str | None) -> None:
    trail = Trail(ResourceName=[[packed("DescribeInstances", n)] for n in range(pages)])
    lookup = Lookup(trail, Pacer(0), Deadline.after(seconds))  # type: ignore[arg-type]  # the same
    list(lookup.about([Question(INSTANCE, STOPPED, STARTED, False, True)]))
    assert (why is None) == (lookup.unfinished == [])
    assert why is None or why in lookup.unfinished[0]


def test_without_time_nothing_is_asked() -> None:
    trail = Trail(ResourceName=[[EVICTED]])
    assert about(trail, seconds=-1) == []
    assert trail.asked == []


def test_events_that_are_no_json_are_passed_over() -> None:
    broken: list[dict[str, Any]] = [{"CloudTrailEvent": text} for text in ("", "{", "[1]", "[" * 100_000, "null")]
    assert about(Trail(ResourceName=[[*broken, {}, EVICTED]]))[0]["eventName"] == "BidEvictedEvent"


def test_each_event_once_oldest_first() -> None:
    late, early = {"eventID": "b", "eventTime": "2026-01-02"}, {"eventID": "a", "eventTime": "2026-01-01"}
    assert without_repeats([late, early, late, {"x": 1}, {"x": 1}]) == ({"x": 1}, early, late)


def test_the_type_is_read_from_the_launch() -> None:
    launch = {
        "responseElements": {"instancesSet": {"items": [{"instanceId": INSTANCE, "instanceType": "c6id.4xlarge"}]}}
    }
    strange: list[dict[str, Any]] = [
        {"responseElements": None},
        {"responseElements": {"instancesSet": 5}},
        {"responseElements": {"instancesSet": {"items": [{"instanceId": 5}]}}},
    ]
    assert launched_types([*strange, launch]) == {INSTANCE: "c6id.4xlarge"}


def several(trail: Trail, *stopped: datetime) -> list[Any]:
    questions = [Question(f"i-{n:08x}", when, when - timedelta(hours=1), True, False) for n, when in enumerate(stopped)]
    return list(Lookup(trail, Pacer(0), Deadline.after(60)).about(questions))  # type: ignore[arg-type]  # the same


def test_hosts_that_were_lost_at_about_the_same_time_take_one_question() -> None:
    ids = [f"i-{n:08x}" for n in range(3)]
    trail = Trail(EventName=[[packed("BidEvictedEvent", 1, serviceEventDetails={"instanceIdSet": ids})], []])
    assert len(several(trail, STOPPED, STOPPED + timedelta(hours=1), STOPPED - timedelta(minutes=20))) == 1
    assert len(trail.asked) == 1, "the second page is not read: all are found"
    assert trail.asked[0]["EndTime"] - trail.asked[0]["StartTime"] < timedelta(hours=4)


def test_hosts_that_were_lost_on_different_days_are_asked_for_apart() -> None:
    trail = Trail()
    several(trail, STOPPED, STOPPED + timedelta(days=2))
    keys = [asked["LookupAttributes"][0]["AttributeKey"] for asked in trail.asked]
    assert keys == ["EventName", "EventName", "ResourceName", "ResourceName"]
    assert trail.asked[0]["EndTime"] < trail.asked[1]["StartTime"]


def test_only_who_was_not_evicted_is_asked_for_by_name() -> None:
    trail = Trail(EventName=[[packed("BidEvictedEvent", 1, serviceEventDetails={"instanceIdSet": ["i-00000001"]})]])
    several(trail, STOPPED, STOPPED)
    assert [asked["LookupAttributes"][0]["AttributeValue"] for asked in trail.asked] == [
        "BidEvictedEvent",
        "i-00000000",
    ]


def test_times_that_are_none() -> None:
    assert moment(None) is None
    assert moment(2**80) is None
    assert moment(0) == datetime(1970, 1, 1, tzinfo=UTC)


def test_calls_are_kept_apart() -> None:
    pacer, deadline, start = Pacer(0.05), Deadline.after(60), time.monotonic()
    for _ in range(4):
        pacer.wait(deadline)
    assert time.monotonic() - start >= 0.14


def test_two_calls_may_go_together_and_no_third_within_the_time_of_both() -> None:
    pacer, deadline, start = Pacer(0.2, 2), Deadline.after(60), time.monotonic()
    pacer.wait(deadline)
    pacer.wait(deadline)
    together = time.monotonic() - start
    pacer.wait(deadline)
    assert time.monotonic() - start >= 0.39
    assert together < 0.39


def test_waiting_ends_with_the_time() -> None:
    pacer, deadline, start = Pacer(60), Deadline.after(0.05), time.monotonic()
    pacer.wait(deadline)
    pacer.wait(deadline)
    assert time.monotonic() - start < 10
    assert deadline.passed
