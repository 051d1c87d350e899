from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.notify import (
    LONGEST_MESSAGE,
    LONGEST_SUBJECT,
    fitting_message,
    fitting_subject,
    notify,
    parse_notify,
)
from analyzer.fetchers.options import FetchOptions

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

ARN = "arn:aws:sns:us-west-2:123456789012:reports"


@pytest.fixture
def session(moto_url: str, environment: pytest.MonkeyPatch) -> Any:
    from boto3.session import Session

    requests.post(f"{moto_url}/moto-api/reset", timeout=10).raise_for_status()
    environment.setenv("AWS_ENDPOINT_URL", moto_url)
    return Session(region_name="us-west-2")


def subscribed(session: Any, *, fifo: bool = False) -> tuple[str, Any, str]:
    """(topic, SQS, a queue that gets what the topic gets)"""
    sns: SNSClient = session.client("sns")
    sqs = session.client("sqs")
    ending = ".fifo" if fifo else ""
    topic = sns.create_topic(Name=f"reports{ending}", Attributes={"FifoTopic": "true"} if fifo else {})["TopicArn"]
    made = sqs.create_queue(QueueName=f"mail{ending}", Attributes={"FifoQueue": "true"} if fifo else {})
    queue = made["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, sqs, queue


def received(sqs: Any, queue: str) -> list[tuple[str, str]]:
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    bodies = [json.loads(message["Body"]) for message in messages]
    return [(body["Subject"], body["Message"]) for body in bodies]


def test_the_message_arrives_in_the_region_of_the_topic(session: Any) -> None:
    topic, sqs, queue = subscribed(session)
    assert ":us-west-2:" in topic
    notify(
        parse_notify(f"sns:{topic}"),
        "12 of 340 jobs failed\u2026",
        "first line\nsecond \u00e4",
        Clients(FetchOptions()),
    )
    assert received(sqs, queue) == [("12 of 340 jobs failed?", "first line\nsecond \u00e4")]


def test_a_fifo_topic_gets_the_same_report_once(session: Any) -> None:
    topic, sqs, queue = subscribed(session, fifo=True)
    clients = Clients(FetchOptions())
    for message in ("one", "one", "two"):
        notify(parse_notify(f"sns:{topic}"), "subject", message, clients)
    assert sorted({body for _, body in received(sqs, queue)}) == ["one", "two"]


def test_a_topic_that_is_not_there(session: Any) -> None:
    del session
    with pytest.raises(FetchError, match=f"^Could not notify {ARN}: AWS answered NotFound"):
        notify(parse_notify(f"sns:{ARN}"), "s", "m", Clients(FetchOptions()))


@pytest.mark.parametrize("arn", [ARN, "arn:aws-us-gov:sns:us-gov-west-1:123456789012:a_b-c.fifo"])
def test_topics(arn: str) -> None:
    topic = parse_notify(f"sns:{arn}")
    assert (topic.arn, topic.region, topic.is_fifo) == (arn, arn.split(":")[3], arn.endswith(".fifo"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sns:",
        ARN,
        "sns:reports",
        "sqs:" + ARN,
        "sns:" + ARN.replace("sns", "sqs"),
        f"sns:{ARN}\n",
        f"sns:{ARN}.fif",
        f"sns:{ARN}".replace("123456789012", "1234"),
        "sns:" + "arn:" * 10_000,
        f"sns:{ARN}/x",
        "mailto:me@example.org",
    ],
)
def test_what_is_no_topic_is_told_before_anything_is_asked(text: str) -> None:
    with pytest.raises(FetchError, match=r"names no topic.*; give sns:arn:aws:sns:REGION:ACCOUNT:NAME"):
        parse_notify(text)


def test_a_subscription_is_no_topic() -> None:
    with pytest.raises(FetchError, match="that is a subscription, give the ARN of its topic"):
        parse_notify(f"sns:{ARN}:5be8f5b7-6a41-41f3-98c2-0a1e8b3d3d0f")


@given(st.text())
def test_a_subject_is_one_line_of_printable_ascii(text: str) -> None:
    subject = fitting_subject(text * 3)
    assert subject.isascii()
    assert subject.isprintable()
    assert 0 < len(subject) <= LONGEST_SUBJECT
    assert subject == subject.strip()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), st.integers(0, 15))
def test_a_message_fits(line: str, share: int) -> None:
    one = f"{line}\n"
    text = "x" + one * (1 + share * LONGEST_MESSAGE // 10 // len(one.encode()))
    message = fitting_message(text)
    assert len(message.encode()) <= LONGEST_MESSAGE
    if len(text.encode()) <= LONGEST_MESSAGE:
        assert message == text
    else:
        head, _, tail = message.rpartition("\n... (cut")
        assert text.startswith(head)
        assert tail == ": the whole is in the report)\n"
        assert len(head.encode()) > LONGEST_MESSAGE - 500


def test_an_empty_message_is_told() -> None:
    assert fitting_message(" \n") == "(empty)"
