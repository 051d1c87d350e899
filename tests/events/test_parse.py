"""What events say: those in fixtures/events, with members added, wrapped, cut and made up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.events.invocation import is_from_queue, records_of
from analyzer.events.parse import MAX_BYTES, Ignored, JobChanged, Parsed, QueueBlocked, SpotWarning, parse
from tests.events.examples import EXAMPLES, NAMES, Example, in_sns, in_sqs, with_unknown_members


def _holds(parsed: Parsed, expected: dict[str, Any]) -> None:
    assert type(parsed).__name__ == expected["says"]
    if isinstance(parsed, Ignored):
        assert expected["reason"] in parsed.reason
        assert parsed.malformed == expected.get("malformed", False)
        return
    assert parsed.region == expected["region"]
    if isinstance(parsed, SpotWarning):
        assert parsed.instance_id == expected["instance_id"]
    else:
        assert (parsed.job_id, parsed.status) == (expected["job_id"], expected["status"])


@pytest.fixture(params=NAMES)
def example(request: pytest.FixtureRequest) -> Example:
    return EXAMPLES[request.param]


def test_an_event_says_what_it_says(example: Example) -> None:
    assert example.page.startswith("https://docs.aws.amazon.com/")
    _holds(parse(example.event), example.expected)


def test_members_that_aws_may_add_change_nothing(example: Example) -> None:
    _holds(parse(with_unknown_members(example.event)), example.expected)


def test_wrapped_it_says_the_same(example: Example) -> None:
    text = json.dumps(example.event)
    for payload in (text, text.encode(), in_sns(example.event), json.dumps(in_sns(example.event))):
        _holds(parse(payload), example.expected)


def test_cut_anywhere_it_is_malformed(example: Example) -> None:
    text = json.dumps(example.event)
    for end in range(0, len(text), max(1, len(text) // 50)):
        parsed = parse(text[:end])
        assert isinstance(parsed, Ignored)
        assert parsed.malformed


def test_there_is_an_example_of_everything() -> None:
    said = {example.expected["says"] for example in EXAMPLES.values()}
    assert said == {kind.__name__ for kind in (JobChanged, QueueBlocked, SpotWarning, Ignored)}


JUNK: dict[str, Any] = {
    "nothing": None,
    "a number": 7,
    "an empty text": "",
    "a list": [],
    "an empty object": {},
    "no UTF-8": b"\xff\xfe\x00",
    "text that is no JSON": "not json",
    "JSON that is no object": "[1, 2]",
    "not a number": '{"source": NaN}',
    "too deep to read": "[" * 200_000,
    "a number of a million digits": '{"source": ' + "9" * 900_000 + "}",
    "SNS in SNS in SNS in SNS": in_sns(json.dumps(in_sns(json.dumps(in_sns(json.dumps(in_sns("{}"))))))),
    "SNS with no text": {"Type": "Notification", "Message": {"a": 1}},
}


@pytest.mark.parametrize("case", JUNK)
def test_junk_is_malformed(case: str) -> None:
    parsed = parse(JUNK[case])
    assert isinstance(parsed, Ignored)
    assert parsed.malformed


def test_a_message_that_is_too_large_is_not_read() -> None:
    event = {**EXAMPLES["job-went-well"].event, "more": "x" * MAX_BYTES}
    parsed = parse(json.dumps(event))
    assert isinstance(parsed, Ignored)
    assert "larger than 1,048,576 bytes" in parsed.reason


def test_what_goes_deeper_than_its_readers_can_follow_is_malformed() -> None:
    deep: Any = {}
    for _ in range(80):
        deep = {"deeper": deep}
    event = EXAMPLES["job-went-well"].event
    parsed = parse({**event, "detail": {**event["detail"], "container": deep}})
    assert parsed == Ignored("it goes deeper than 64 levels", malformed=True)


@pytest.mark.parametrize(
    ("member", "value", "region"),
    [
        ("region", "us-east-1", "eu-west-1"),  # from another region's bus: where the job is counts
        ("region", "evil.example.com/", "eu-west-1"),
        ("jobArn", "arn:aws:batch:evil.example.com/:1:job/x", "eu-west-1"),
        ("jobArn", "arn:aws-us-gov:batch:us-gov-west-1:111122223333:job/x", "us-gov-west-1"),
    ],
)
def test_the_region_is_the_jobs_and_one_that_can_be(member: str, value: str, region: str) -> None:
    event = json.loads(json.dumps(EXAMPLES["job-failed-tool"].event))
    (event if member in event else event["detail"])[member] = value
    parsed = parse(event)
    assert isinstance(parsed, JobChanged)
    assert parsed.region == region


def test_without_any_region_it_is_the_readers() -> None:
    event = {**EXAMPLES["spot-warning"].event, "region": "nowhere at all"}
    parsed = parse(event)
    assert isinstance(parsed, SpotWarning)
    assert parsed.region is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
MEMBERS = st.sampled_from(["detail", "detail-type", "source", "region", "time", "resources", "Records", "Message"])
DETAIL_MEMBERS = st.sampled_from(["jobId", "status", "statusReason", "attempts", "arrayProperties", "instance-id"])


@given(name=st.sampled_from(NAMES), changes=st.dictionaries(MEMBERS, JSON), inner=st.dictionaries(DETAIL_MEMBERS, JSON))
def test_whatever_is_changed_nothing_is_raised(name: str, changes: dict[str, Any], inner: dict[str, Any]) -> None:
    event = EXAMPLES[name].event
    detail = event.get("detail")
    changed = {**event, **({"detail": {**detail, **inner}} if isinstance(detail, dict) else {}), **changes}
    parse(changed)
    for record in records_of(changed):
        parse(record.payload)


@given(JSON | st.binary(max_size=64))
def test_whatever_comes_nothing_is_raised(payload: Any) -> None:
    assert isinstance(parse(payload), (Ignored, JobChanged, QueueBlocked, SpotWarning))
    is_from_queue(payload)
    for record in records_of(payload):
        parse(record.payload)


def test_records_of_a_queue_come_by_urgency() -> None:
    names = ("malformed-no-id", "job-went-well", "job-failed-tool", "job-waits-after-lost-host", "spot-warning")
    records = records_of(in_sqs(*(EXAMPLES[name].event for name in names), receives=3))
    assert [names[int(record.message_id or 0)] for record in records] == list(reversed(names))
    assert {record.receives for record in records} == {3}


def test_one_event_by_itself_and_one_from_sns_are_records_too() -> None:
    event = EXAMPLES["job-failed-tool"].event
    (alone,) = records_of(event)
    (told,) = records_of({"Records": [{"EventSource": "aws:sns", "Sns": in_sns(event)}]})
    assert parse(alone.payload) == parse(told.payload) == parse(event)
    assert not is_from_queue(event)
    assert not is_from_queue({"Records": [{"Sns": in_sns(event)}]})
    assert is_from_queue(in_sqs(event))
