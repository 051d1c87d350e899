"""What was saved of a job, put together with what can still be had: the newest counts, the older fills its holes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer.evidence.closed_gaps import has_type, without_closed
from analyzer.evidence.content import Content
from analyzer.evidence.host_loss import lost_instance
from analyzer.evidence.job import Attempt, mapping, read_job, text
from analyzer.evidence.model import Document, Evidence, Recalled

MASKED_SHARE, MASKED_BYTES = 0.02, 512
"""Masking changes a log's size a little: only what is larger by more than this holds more."""
CHECKPOINTS = ".fusion/dump/"
"""Below it files only grow, so that a shorter one is damaged; all others belong to whoever wrote them last."""


def with_saved(newest: Evidence | None, saved: Sequence[Evidence]) -> Evidence:
    """Evidence of a job with what earlier captures of the same job have beside it; `recalled` names what that is.

    Args:
        newest: what was fetched now; None where nothing could be.
        saved: captures, oldest first. Those of another job are left out.

    Raises:
        ValueError: there is neither.
    """
    job_id = job_id_of(newest) if newest else next((i for one in reversed(saved) if (i := job_id_of(one))), None)
    own = [one for one in saved if job_id is not None and job_id_of(one) == job_id]
    if newest is None:
        if not own:
            raise ValueError("there is no evidence to put together")
        newest = own.pop()
        merging = _Merging(newest, told=_all_of(newest))
    else:
        merging = _Merging(newest)
    for one in reversed(own):
        merging.take(one)
    return merging.evidence()


def job_id_of(evidence: Evidence) -> str | None:
    """Of the job that it is of."""
    return text(mapping(evidence.job).get("jobId"))


_KEYS: Mapping[str, Callable[[Document], object]] = {
    "container_instances": lambda one: (text(one.get("containerInstanceArn")) or "").rsplit("/", 1)[-1],
    "instances": lambda one: text(one.get("InstanceId")) or text(one.get("instanceId")),
    "instance_types": lambda one: text(one.get("InstanceType")),
    "cloudtrail": lambda one: text(one.get("eventID")),
    "interruptions": lambda one: text(one.get("id")),
}
"""What tells one element of each list from another."""


def _key(name: str, document: Document) -> object:
    return _KEYS[name](document) or json.dumps(document, sort_keys=True, default=str)


@dataclass
class _Merging:
    """Evidence that grows by what older captures have."""

    newest: Evidence
    told: list[Recalled] = field(default_factory=list)
    changes: dict[str, object] = field(default_factory=dict)

    def evidence(self) -> Evidence:
        """What has come together."""
        merged = replace(self.newest, **self.changes)  # type: ignore[arg-type]  # the names are those of its members
        told = (*self.newest.recalled, *self.told)
        known = (one for one in (*merged.instances, *merged.container_instances) if has_type(one))
        typed = frozenset(n for one in known for n in _attempts_on(one, merged))
        return replace(merged, recalled=_once(told), gaps=without_closed(merged, typed))

    def take(self, older: Evidence) -> None:
        """Fill the holes."""
        for name in ("array_parent", "job_queue"):
            if getattr(self._now(), name) is None and getattr(older, name) is not None:
                self.changes[name] = getattr(older, name)
                if name == "job_queue":
                    self._tell(older, "the job queue")
        if not self._now().compute_environments and older.compute_environments:
            self.changes["compute_environments"] = older.compute_environments
            self._tell(older, "the compute environments")
        for name in _KEYS:
            self._lists(name, older)
        self._logs(older)
        self._files(older)

    def _now(self) -> Evidence:
        return replace(self.newest, **self.changes)  # type: ignore[arg-type]  # the names are those of its members

    def _tell(self, older: Evidence, what: str) -> None:
        self.told.append(Recalled(what, older.captured_at))

    def _lists(self, name: str, older: Evidence) -> None:
        have: tuple[Document, ...] = getattr(self._now(), name)
        keys = {_key(name, one) for one in have}
        more = tuple(one for one in getattr(older, name) if _key(name, one) not in keys)
        if more:
            self.changes[name] = have + more
            for what in _names(name, more, self._now()):
                self._tell(older, what)

    def _logs(self, older: Evidence) -> None:
        have = dict(self._now().logs)
        for number, content in older.logs.items():
            if number not in have or _holds_more(content, have[number]):
                have[number] = content
                self._tell(older, f"the log of attempt {number}")
        self.changes["logs"] = dict(sorted(have.items()))

    def _files(self, older: Evidence) -> None:
        now = self._now()
        have = dict(now.workdir)
        taken = 0
        for name, content in older.workdir.items():
            shrunk = name.startswith(CHECKPOINTS) and name in have and _holds_more(content, have[name])
            if name not in have or shrunk:
                have[name] = content
                taken += 1
        self.changes["workdir"] = dict(sorted(have.items()))
        if not now.listing and older.listing:
            self.changes["listing"] = older.listing
            taken += 1
        if taken:
            self.changes["workdir_uri"] = now.workdir_uri or older.workdir_uri
            self._tell(older, "files of the work directory")


def _holds_more(older: Content, newer: Content) -> bool:
    return older.size > newer.size * (1 + MASKED_SHARE) + MASKED_BYTES


def _names(name: str, documents: Iterable[Document], now: Evidence) -> tuple[str, ...]:
    """What documents of a list are, in words."""
    if name in ("instances", "container_instances"):
        numbers = sorted({n for one in documents for n in _attempts_on(one, now)})
        return tuple(f"the instance of attempt {n}" for n in numbers) or ("an instance",)
    return {
        "cloudtrail": ("what CloudTrail told",),
        "interruptions": ("the Spot interruption warning",),
    }.get(name, ())


def _attempts_on(document: Document, now: Evidence) -> list[int]:
    """Numbers of the attempts that ran on an instance, or a container instance."""
    ids = {text(document.get(name)) for name in ("InstanceId", "instanceId", "ec2InstanceId")} - {None}
    arn = text(document.get("containerInstanceArn"))
    on = {
        (text(one.get("containerInstanceArn")) or "").rsplit("/", 1)[-1]: text(one.get("ec2InstanceId"))
        for one in now.container_instances
    }

    def runs_on(attempt: Attempt) -> bool:
        short = (attempt.container_instance_arn or "").rsplit("/", 1)[-1]
        return bool(
            (arn and short and arn.rsplit("/", 1)[-1] == short)
            or lost_instance(attempt) in ids
            or (short and on.get(short) in ids)
        )

    return [one.number for one in read_job(now.job or {}).attempts if runs_on(one)]


def _all_of(saved: Evidence) -> list[Recalled]:
    """Everything, where nothing newer is there."""
    return [Recalled("the job, its logs and its hosts", saved.captured_at)]


def _once(told: Iterable[Recalled]) -> tuple[Recalled, ...]:
    """Each thing once, as it was saved last."""
    first: dict[str, Recalled] = {}
    for one in told:
        first.setdefault(one.what, one)
    return tuple(first.values())
