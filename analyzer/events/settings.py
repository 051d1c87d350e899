"""What the function was told: environment variables, read once an invocation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from analyzer.evidence.job import text
from analyzer.evidence.model import Document

STORE = "FSNAP_STORE"
QUEUES = "FSNAP_QUEUES"
NOTIFY = "FSNAP_NOTIFY"
SIDE_BY_SIDE = "FSNAP_SIDE_BY_SIDE"
RECEIVES = "FSNAP_RECEIVES"
_MOST = 1000


class SettingsError(Exception):
    """The function cannot work with what it was told; the text says which variable is wrong, and what it has to be."""


@dataclass(frozen=True)
class Settings:
    """How events are captured."""

    store: str
    """`s3://bucket/prefix`, or a folder."""
    queues: tuple[str, ...] = ()
    """Names or ARNs of job queues, `*` for any characters; empty: all."""
    notify: str | None = None
    """`sns:ARN` of a topic that hears of jobs that failed; None: nobody is told."""
    side_by_side: int = 1
    """Invocations that may run at the same time: each keeps to its share of the services' rates."""
    receives: int = 1
    """How often the queue hands a message out before it gives it up. Until the last of these, evidence that was not
    complete for a passing reason is asked for again."""

    def wants(self, job: Document) -> bool:
        """It is of one of the queues."""
        if not self.queues:
            return True
        arn = text(job.get("jobQueue")) or ""
        names = (arn, arn.rsplit("/", 1)[-1])
        return any(fnmatchcase(name, queue) for queue in self.queues for name in names)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """From the variables FSNAP_STORE, FSNAP_QUEUES, FSNAP_NOTIFY, FSNAP_SIDE_BY_SIDE and FSNAP_RECEIVES.

    Raises:
        SettingsError: one of them cannot be used.
    """
    store = environment.get(STORE, "").strip()
    if not store:
        raise SettingsError(f"{STORE} is not set; it names where captures are kept: s3://BUCKET/PREFIX")
    topic = environment.get(NOTIFY, "").strip()
    return Settings(
        store=store,
        queues=tuple(queue for part in environment.get(QUEUES, "").split(",") if (queue := part.strip())),
        notify=(topic if topic.startswith("sns:") else f"sns:{topic}") if topic else None,
        side_by_side=_count(environment, SIDE_BY_SIDE),
        receives=_count(environment, RECEIVES),
    )


def _count(environment: Mapping[str, str], name: str) -> int:
    told = environment.get(name, "").strip() or "1"
    if not (told.isascii() and told.isdigit() and 1 <= int(told[:9]) <= _MOST):
        raise SettingsError(f"{name} is {told[:40]!r}; it has to be a whole number from 1 to {_MOST:,}")
    return int(told)
