"""One look at the lists of a queue: what goes on, what was made and ended in between, and at the start what ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.fetchers.job_list import (
    ENDED_STATUSES,
    Wanted,
    children_in_state,
    jobs_in_state,
    jobs_made_after,
)
from analyzer.fleet.following import LIVE, Following

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

    from analyzer.evidence.job_summary import JobSummary


@dataclass(frozen=True)
class Reader:
    """Reads a queue's lists into what is followed of it."""

    client: BatchClient
    queue: str
    following: Following
    since_ms: int
    """Of jobs that ended before the first look: those that did from here on, epoch milliseconds."""
    is_known: Callable[[str], bool]
    """Whether the store has a job that has ended, by its id."""

    def read(self) -> None:
        """A round.

        The lists of those that go on come first: whoever leaves them meanwhile is in the ones that are read after.

        Raises:
            botocore.exceptions.ClientError, BotoCoreError: Batch refused, or could not be asked; what was seen so far
                is, and the next round goes on.
        """
        following = self.following
        first = not following.complete
        following.begin()
        for status in LIVE:
            for job in jobs_in_state(self.client, self.queue, status):
                self._see(job)
        if first:
            self._read_history()
        else:
            after = following.after()
            for job in jobs_made_after(self.client, self.queue, self.since_ms if after is None else after):
                self._see(job)
        for array in following.unlisted():
            self._read_ended_children(array, ENDED_STATUSES)
        following.finish()

    def _see(self, job: JobSummary) -> None:
        following = self.following
        if job.is_array:
            if job.ended:
                if following.is_new_array(job):
                    self._read_ended_children(job.id, self._wanted.child_statuses(job))
                return
            for status in following.see_array(job):
                for child in children_in_state(self.client, self.queue, job.id, status):
                    self._see(child)
        elif not job.ended:
            following.see(job)
        elif self._is_wanted(job):
            following.see_ended(job)

    def _read_history(self) -> None:
        """Batch keeps a week of them, and cannot be asked for less."""
        for status in ENDED_STATUSES:
            for job in jobs_in_state(self.client, self.queue, status):
                self.following.note(job)
                if not job.is_array or self._wanted.may_hold_children_of(job):
                    self._see(job)

    def _read_ended_children(self, array: str, statuses: tuple[str, ...]) -> None:
        for status in statuses:
            for child in children_in_state(self.client, self.queue, array, status):
                if self._is_wanted(child):
                    self.following.see_ended(child)

    def _is_wanted(self, job: JobSummary) -> bool:
        return self._wanted.holds(job) and not self.is_known(job.id)

    @property
    def _wanted(self) -> Wanted:
        return Wanted(since=self.since_ms)
