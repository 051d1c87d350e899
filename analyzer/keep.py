"""Keep a job's evidence when an attempt of it has ended: fetch, put together with what was saved, diagnose, save.

The order is what makes it safe to be killed at any time: `commit` notes that the job has ended, and writes the capture.
Only with the capture is it done; what was killed before is done again, and counts once. Rows can be made of captures at
any time (`again`): whoever keeps rows does so after `commit`, and what has no rows yet has a capture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analyzer import __version__
from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.window import Window
from analyzer.classifier.catalogue import Catalogue
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.host_loss import lost_reason
from analyzer.evidence.job import mapping, read_job, text
from analyzer.evidence.model import Document, Evidence, Gap
from analyzer.evidence.moment import Moment, moment_of
from analyzer.examine import Failure, guarded
from analyzer.fetchers.errors import FetchError, may_pass
from analyzer.fetchers.fetch import Fetcher
from analyzer.fleet.row import Row
from analyzer.fleet.rows import rows_of
from analyzer.masks import masks_of
from analyzer.pipeline import study
from analyzer.recall import hosts_of, recall
from analyzer.store.captures import Saved, SavedCaptures
from analyzer.store.place import Place

MOST_PARENTS = 1_000
"""Arrays whose descriptions are kept at hand."""
_CLOUDTRAIL = "CloudTrail"


class LaterError(Exception):
    """The evidence may be complete when it is asked for again; the text says what is missing now, and why."""


@dataclass(frozen=True)
class Kept:
    """A job at a moment: its evidence, and what is said of it."""

    job_id: str
    moment: Moment
    evidence: Evidence
    diagnosis: Diagnosis | Failure
    """A failure where a fault of ours kept the job from being diagnosed: the evidence is kept all the same."""
    rows: tuple[Row, ...] = ()
    """For the store; of final moments only."""


class Keeper:
    """Keeps one job after the other; safe to share among threads."""

    def __init__(
        self,
        fetcher: Fetcher,
        place: Place,
        catalogue: Catalogue,
        instances: InstanceCatalogue | None = None,
        window: Window | None = None,
    ) -> None:
        self.fetcher, self.saved = fetcher, SavedCaptures(place)
        self.catalogue, self.instances, self.window = catalogue, instances, window
        self._parents: dict[str, Document] = {}

    def keep(self, job: Document, region: str | None) -> Kept | None:
        """`prepare` and `commit` in one, for callers that keep no rows."""
        kept = self.prepare(job, region)
        if kept is not None:
            self.commit(kept)
        return kept

    def prepare(self, job: Document, region: str | None) -> Kept | None:
        """Fetch what is not saved yet, put it together with what is, and diagnose.

        Args:
            job: as DescribeJobs, or an event, gives it.
            region: where it runs; None: the region that is set up.

        None where there is nothing to keep, or it is there already.

        Raises:
            FetchError: the store, or AWS as a whole, could not be asked.
        """
        job_id, moment = text(job.get("jobId")), moment_of(job)
        if job_id is None or moment is None or self.saved.has(job_id, moment):
            return None
        evidence = self._evidence(job, job_id, region)
        return self._kept(job_id, moment, evidence)

    def again(self, job: Document) -> Kept | None:
        """What is kept of a job already, from the store alone: for rows that were not made of it yet.

        None where the store has nothing of it.

        Raises:
            FetchError: the store could not be asked.
        """
        job_id, moment = text(job.get("jobId")), moment_of(job)
        found = recall(None, job_id, self.saved) if job_id is not None and moment is not None else None
        if job_id is None or moment is None or found is None:
            return None
        return self._kept(job_id, moment, replace(found, recalled=()))

    def commit(self, kept: Kept) -> str | None:
        """Save the capture; its name, or None where somebody else was faster.

        Raises:
            FetchError: the store refuses.
            CaptureError: what the capture is made of cannot be read.
        """
        if kept.moment.final:
            self.saved.mark_ended(mapping(kept.evidence.job))
        return self.saved.save(kept.evidence, kept.moment, masks_of(kept.evidence))

    def _evidence(self, job: Document, job_id: str, region: str | None) -> Evidence:
        if went_well_at_once(job):
            where = region or self.fetcher.clients.default_region()
            return Evidence(job_id, "job", region=where, captured_at=self.fetcher.options.captured_at(), job=job)
        saved = self.saved.look(job_id)
        told = {job_id: job, **self._parent(job_id, saved)}
        # what was seen of its instances at their warnings is known as well
        known = (*hosts_of(job, saved.captures, self.saved), *saved.captures)
        found = next(found for _, found in self.fetcher.iter_jobs([job_id], told, region, {job_id: known}))
        if isinstance(found, FetchError):
            raise found
        if self.fetcher.stopped.is_set():
            # what was still being fetched then is missing, and a capture is never written again
            raise FetchError(f"Fetching {job_id} was ended before all was there.")
        self._note_parent(found)
        merged = recall(found, job_id, self.saved, saved)
        # nothing of it was forgotten: it was not asked for again
        return replace(merged or found, recalled=())

    def _parent(self, job_id: str, saved: Saved) -> dict[str, Document]:
        """The array that it is a child of, where that is known: ten thousand children need it described once."""
        parent_id = job_id.partition(":")[0]
        documents = (self._parents.get(parent_id), *(one.array_parent for one in saved.captures))
        known = next((one for one in documents if one is not None), None)
        return {parent_id: known} if parent_id != job_id and known is not None else {}

    def _note_parent(self, found: Evidence) -> None:
        parent_id = text(mapping(found.array_parent).get("jobId"))
        if parent_id is not None and found.array_parent is not None:
            if len(self._parents) >= MOST_PARENTS:
                self._parents.clear()
            self._parents[parent_id] = found.array_parent

    def _kept(self, job_id: str, moment: Moment, evidence: Evidence) -> Kept:
        made = guarded(evidence, self._made)
        if isinstance(made, Failure):
            return Kept(job_id, moment, evidence, made)
        diagnosis, rows = made
        return Kept(job_id, moment, evidence, diagnosis, rows if moment.final else ())

    def _made(self, evidence: Evidence) -> tuple[Diagnosis, tuple[Row, ...]]:
        made = study(evidence, self.catalogue, self.instances, self.window)
        rows = rows_of(
            evidence,
            made.diagnosis,
            made.facts,
            diagnosed_at=self.fetcher.options.captured_at(),
            tool_version=__version__,
            instances=self.instances,
        )
        return made.diagnosis, rows


def gap_worth_waiting(evidence: Evidence) -> Gap | None:
    """One that may be closed soon, and not as well later: CloudTrail remembers for 90 days, all others forget."""
    return next((gap for gap in evidence.gaps if may_pass(gap) and gap.what != _CLOUDTRAIL), None)


def went_well_at_once(job: Mapping[str, object]) -> bool:
    """It succeeded at its first attempt and kept its host: its description says all that there is."""
    read = read_job(job)
    return read.status == "SUCCEEDED" and len(read.attempts) <= 1 and not any(map(lost_reason, read.attempts))
