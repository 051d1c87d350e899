"""Which jobs of a queue have changed from one look at its lists to the next: pure, no clock and no network.

A job is worth a description where an attempt of it may have ended, where its first one began, where it is blocked, and
where it has ended; nothing else is. Of a job that goes on some hundred bytes are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from zlib import crc32

from analyzer.evidence.job import read_job, text
from analyzer.evidence.job_summary import ENDED, JobSummary
from analyzer.evidence.model import Document

LIVE = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
"""In the order in which a job goes through them: read in this order, no job slips past the lists but one that is put
back, and one that slips past is described."""
_RANK = {status: rank for rank, status in enumerate(LIVE)}
_HAS_BEGUN = frozenset(LIVE[2:])
"""What may have attempts behind it."""
MARGIN_MS = 60_000
"""By so much a list may be behind what was created."""
_REMEMBERED_ROUNDS = 20
_AGES_MS = 10**15
"""Longer than any time that Batch tells."""


@dataclass(slots=True)
class Seen:
    """A job that goes on, as it was seen last."""

    name: str
    status: str
    started_at: int | None
    """Epoch milliseconds, of the latest attempt."""
    reason: int
    """Of the reason why it waits: a digest, 0 for none."""
    round: int
    created_at: int | None = None


@dataclass(slots=True)
class _Array:
    round: int
    counts: Mapping[str, int] | None = None
    """Of its children by state, as Batch told in the last complete round in which they were listed."""
    listed: bool = False
    """In a complete round its children were."""
    told: Mapping[str, int] | None = None
    """As `counts`, in the present round."""
    asked: bool = False
    """In the present round its children are."""


class Following:
    """The jobs of one queue; told what lists say, it says which to describe. Used from one thread."""

    def __init__(self) -> None:
        self.jobs: dict[str, Seen] = {}
        """Those that go on."""
        self.due: dict[str, int] = {}
        """Those that are to be described, by their ids: the smaller the figure, the sooner."""
        self.newest: int | None = None
        """When the newest job of the complete rounds was made, epoch milliseconds."""
        self.complete = False
        """A round has come to its end: what appears from now on is new."""
        self._newest: int | None = None
        self._round = 0
        self._arrays: dict[str, _Array] = {}
        self._held: set[tuple[str, str]] = set()
        self._ended: dict[str, tuple[int, int]] = {}
        self._brief: dict[str, int | None] = {}

    def begin(self) -> None:
        """The lists are read (again); a round that was broken off counts for nothing but what it saw."""
        self._round += 1
        self._held.clear()
        self._brief.clear()

    def note(self, job: JobSummary) -> None:
        """A list had it: when it was made says where the next round goes on."""
        if job.created_at is not None and (self._newest is None or job.created_at > self._newest):
            self._newest = job.created_at

    def see(self, job: JobSummary) -> None:
        """A list of those that go on has this one."""
        self.note(job)
        status = job.status or ""
        if job.id in self._ended or status not in _RANK:
            return
        before = self.jobs.get(job.id)
        if self._is_due(before, job, status):
            self.due.setdefault(job.id, 0)
        reason = _digest(job.status_reason)
        if before is None:
            self.jobs[job.id] = Seen(job.name or "", status, job.started_at, reason, self._round, job.created_at)
            return
        before.status, before.round = _told(status), self._round
        before.reason = reason or before.reason
        before.started_at = before.started_at if job.started_at is None else job.started_at

    def _is_due(self, before: Seen | None, job: JobSummary, status: str) -> bool:
        if before is None:
            if not self.complete:
                return status in _HAS_BEGUN
            return status in _HAS_BEGUN and (job.started_at is not None or bool(job.status_reason))
        if _RANK[status] < _RANK[before.status]:
            return True
        if job.started_at is not None and job.started_at != before.started_at:
            return True
        return status == "RUNNABLE" and _digest(job.status_reason) not in (0, before.reason)

    def see_array(self, job: JobSummary) -> tuple[str, ...]:
        """A list has this array, which goes on; the states whose children are to be listed.

        Those that have not changed, by Batch's own count, are not listed again, but for the children that run.
        """
        self.note(job)
        array = self._arrays.get(job.id)
        if array is not None and array.round == self._round:
            return ()  # the list of new jobs has it, too
        if array is None:
            array = self._arrays[job.id] = _Array(self._round)
        array.round, array.told, array.asked = self._round, job.children, job.status != "SUBMITTED"
        if not array.asked:
            return ()
        counts = array.told
        if not array.listed:
            return tuple(status for status in (*LIVE, *sorted(ENDED)) if counts is None or counts.get(status))
        wanted = []
        for status in LIVE:
            if status != "RUNNING" and _is_unchanged(array, status):
                self._held.add((job.id, status))
            elif counts is None or counts.get(status):
                wanted.append(status)
        return tuple(wanted)

    def see_ended(self, job: JobSummary) -> None:
        """A list has this one as ended, and it is not known to be kept."""
        self.note(job)
        if job.id not in self._ended:
            # the later it ended, the more of it can still be had
            self.due.setdefault(job.id, max(1, _AGES_MS - (job.at or 0)))

    def is_new_array(self, job: JobSummary) -> bool:
        """An array that has ended before any list of those that go on had it: its children are to be listed."""
        self.note(job)
        if job.id in self._ended or job.id in self._arrays:
            return False
        self._brief[job.id] = job.created_at
        return True

    def unlisted(self) -> tuple[str, ...]:
        """Arrays that went on, are in no list now, and whose children were never listed."""
        return tuple(name for name, array in self._arrays.items() if array.round != self._round and not array.listed)

    def finish(self) -> None:
        """All lists were read: who is in none of them any more has ended, or was put back meanwhile."""
        for job_id, seen in self.jobs.items():
            if seen.round != self._round and (job_id.partition(":")[0], seen.status) not in self._held:
                self.due.setdefault(job_id, 0)
        self._finish_arrays()
        self.newest, self.complete = self._newest, True
        self._prune()

    def _finish_arrays(self) -> None:
        """What their lists said counts only now that all were read."""
        for name in [name for name, array in self._arrays.items() if array.round != self._round]:
            del self._arrays[name]
            self._remember(name, None)
        for name, created_at in self._brief.items():
            self._remember(name, created_at)
        self._brief.clear()
        for array in self._arrays.values():
            if array.asked:
                array.counts, array.listed = array.told, True

    def next_due(self, most: int) -> list[str]:
        """The first so many of those that are due."""
        return nsmallest(most, self.due, key=self.due.__getitem__)

    def put_off(self, job_id: str) -> None:
        """It was tried, and stays due after all others."""
        if job_id in self.due:
            self.due[job_id] = 2 * _AGES_MS

    def tell(self, document: Document) -> None:
        """What a description says of a job that was due: it is dealt with."""
        job = read_job(document)
        job_id = text(document.get("jobId")) or ""
        self.due.pop(job_id, None)
        if job.status not in _RANK:
            self.jobs.pop(job_id, None)
            self._remember(job_id, job.created_at)
            return
        reason = _digest(job.status_reason) if job.status == "RUNNABLE" else 0
        self.jobs[job_id] = Seen(job.name or "", _told(job.status), job.started_at, reason, self._round, job.created_at)

    def forget(self, job_id: str) -> None:
        """Batch does not know the job any more, or nothing more is to be done about it."""
        self.due.pop(job_id, None)
        self.jobs.pop(job_id, None)
        self._remember(job_id, None)

    def after(self) -> int | None:
        """Jobs that were made from here on may not have been seen; epoch milliseconds."""
        return None if self.newest is None else self.newest - MARGIN_MS

    def _remember(self, job_id: str, created_at: int | None) -> None:
        """So that neither a list that is behind, nor the list of new jobs brings it up again."""
        self._ended[job_id] = (self._round, created_at or 0)

    def _prune(self) -> None:
        since = self.after() or 0
        old = [
            name
            for name, (seen, created_at) in self._ended.items()
            if created_at < since and self._round - seen > _REMEMBERED_ROUNDS
        ]
        for name in old:
            del self._ended[name]


def _is_unchanged(array: _Array, status: str) -> bool:
    if array.counts is None or array.told is None:
        return False
    return array.counts.get(status, 0) == array.told.get(status, 0)


def count_by_status(all_jobs: Iterable[Following]) -> Mapping[str, int]:
    """How many go on, by their states."""
    counts = dict.fromkeys(LIVE, 0)
    for seen in _each(all_jobs):
        counts[seen.status] += 1
    return counts


def _each(all_jobs: Iterable[Following]) -> Iterator[Seen]:
    for one in all_jobs:
        yield from one.jobs.values()


def _told(status: str) -> str:
    """The one text of it, however many jobs have it."""
    return LIVE[_RANK[status]]


def _digest(reason: str | None) -> int:
    return crc32(reason.encode("utf-8", "replace")) or 1 if reason else 0
