"""The short form of a report to whoever subscribed: `sns:ARN`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError, fetch_error

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

LONGEST_SUBJECT = 99
"""Characters: "less than 100", by SNS's own reference of Publish."""
LONGEST_MESSAGE = 256 * 1024
"""Bytes, SNS's limit."""
_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:sns:([a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}):[0-9]{12}:([A-Za-z0-9_-]{1,256}(?:\.fifo)?)"
)
_FIFO = ".fifo"
_CUT = "\n... (cut: the whole is in the report)\n"
_GROUP = "fsnap-diagnose"


@dataclass(frozen=True)
class Topic:
    """An SNS topic."""

    arn: str
    region: str

    @property
    def is_fifo(self) -> bool:
        """It keeps the order, and wants to be told what is the same message."""
        return self.arn.endswith(_FIFO)


def parse_notify(text: str) -> Topic:
    """The topic that `sns:arn:aws:sns:REGION:ACCOUNT:NAME` names; nothing is asked of it.

    Raises:
        FetchError: it is no such thing.
    """
    arn = text.removeprefix("sns:")
    found = _ARN.fullmatch(arn) if text.startswith("sns:") else None
    if found is None:
        hint = "; that is a subscription, give the ARN of its topic" if arn.count(":") > 5 else ""  # noqa: PLR2004 - a topic's ARN has six parts
        raise FetchError(f"{text[:300]!r} names no topic{hint}; give sns:arn:aws:sns:REGION:ACCOUNT:NAME")
    return Topic(arn, found[1])


def notify(topic: Topic, subject: str, message: str, clients: Clients) -> None:
    """Publish one message. What does not fit is cut.

    Raises:
        FetchError: SNS refused, or could not be asked.
    """
    more: dict[str, Any] = {}
    message = fitting_message(message)
    if topic.is_fifo:
        # the same report twice within five minutes is one message
        told = sha256(f"{subject}\0{message}".encode()).hexdigest()
        more = {"MessageGroupId": _GROUP, "MessageDeduplicationId": told}
    try:
        client: SNSClient = clients.get("sns", topic.region)
        client.publish(TopicArn=topic.arn, Subject=fitting_subject(subject), Message=message, **more)
    except Exception as error:
        raise fetch_error(error, f"notify {topic.arn}", "Publish") from error


def fitting_subject(text: str) -> str:
    """On one line, printable ASCII, not too long, and not empty."""
    plain = "".join(c if c.isascii() and c.isprintable() else " " if c.isspace() else "?" for c in text[:1000])
    plain = " ".join(plain.split()) or _GROUP
    return plain if len(plain) <= LONGEST_SUBJECT else plain[: LONGEST_SUBJECT - 3].rstrip() + "..."


def fitting_message(text: str) -> str:
    """Not too long, and not empty; cut at the end of a line where there is one."""
    data = (text if text.strip() else "(empty)").encode("utf-8", "replace")
    if len(data) <= LONGEST_MESSAGE:
        return data.decode()
    kept = data[: LONGEST_MESSAGE - len(_CUT)].decode("utf-8", "ignore")
    return (kept.rpartition("\n")[0] or kept) + _CUT
