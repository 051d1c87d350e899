"""Evidence of a job with what a store has saved of it: earlier captures, and instances seen at their warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from analyzer.evidence.host_loss import lost_instance
from analyzer.evidence.job import read_job, text
from analyzer.evidence.merge import with_saved
from analyzer.evidence.model import Document, Evidence, Gap
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.fetch import UnknownJobError
from analyzer.fetchers.targets import parse_job
from analyzer.store.captures import Saved, SavedCaptures, has_ended


def with_store(found: Evidence | FetchError, given: str, store: SavedCaptures) -> Evidence | FetchError:
    """What was found of a job that the user named, with what the store has: of what AWS gives no more the store's.

    Args:
        found: what AWS gave, or why it gave nothing.
        given: the job's id or ARN, as the user wrote it.
        store: where captures are.
    """
    try:
        job_id = parse_job(given).id
    except FetchError:
        return found
    newest = found if isinstance(found, Evidence) else None
    try:
        saved = store.look(job_id)
        known = recall(newest, job_id, store, saved)
    except FetchError as error:
        if newest is None:
            return FetchError(f"{found} The store could not be asked either: {error}")
        return replace(newest, gaps=(*newest.gaps, _store_gap(error)))
    if known is None and saved.gaps:
        gap = saved.gaps[0]
        return FetchError(f"{found} {gap.what[0].upper()}{gap.what[1:]} is there, but {gap.why}.")
    if known is None:
        return FetchError(f"{found} The store {store.place.uri} has no capture of it, either.")
    if isinstance(found, FetchError) and not _is_over(known, found):
        known = replace(known, gaps=(*known.gaps, _live_gap(found)))
    return replace(known, target=given)


def _is_over(known: Evidence, found: FetchError) -> bool:
    """It was saved when it had ended, and Batch has forgotten it: there is nothing more to know."""
    return isinstance(found, UnknownJobError) and has_ended(known)


def _live_gap(error: FetchError) -> Gap:
    return Gap("the job as it is now", str(error).rstrip("."), "what became of it after it was saved is not known")


def _store_gap(error: FetchError) -> Gap:
    return Gap(
        "the store's captures", str(error).rstrip("."), "what AWS has forgotten of the job, and the store has not"
    )


def recall(newest: Evidence | None, job_id: str, store: SavedCaptures, saved: Saved | None = None) -> Evidence | None:
    """What is known of a job, now and from the store; None where neither has anything.

    Args:
        newest: what was fetched now; None where nothing could be.
        job_id: Batch's id of the job.
        store: where captures are.
        saved: what the store has of the job, where that is known already.
    """
    saved = saved or store.look(job_id)
    if newest is None and not saved.captures:
        return None
    job = (newest or saved.captures[-1]).job or {}
    seen = (newest, *saved.captures) if newest else saved.captures
    merged = with_saved(newest, (*hosts_of(job, seen, store), *saved.captures))
    return replace(merged, gaps=(*merged.gaps, *(gap for gap in saved.gaps if gap not in merged.gaps)))


def hosts_of(job: Document, seen: Sequence[Evidence], store: SavedCaptures) -> tuple[Evidence, ...]:
    """What was seen of the job's instances at their warnings, each as a capture of the job."""
    found = ((instance_id, store.host(instance_id)) for instance_id in dict.fromkeys(_instances(job, seen)))
    return tuple(
        Evidence(
            target=instance_id,
            kind="job",
            captured_at=host.saved_at,
            job=job,
            instances=(host.instance,) if host.instance else (),
            interruptions=(host.interruption,) if host.interruption else (),
            replayed=True,
        )
        for instance_id, host in found
        if host is not None
    )


def _instances(job: Document, seen: Sequence[Evidence]) -> Iterator[str]:
    """Ids of the instances that the job ran on."""
    attempts = read_job(job).attempts
    arns = {(a.container_instance_arn or "").rsplit("/", 1)[-1] for a in attempts} - {""}
    yield from (i for attempt in attempts if (i := lost_instance(attempt)))
    for one in seen:
        for document in one.container_instances:
            if (text(document.get("containerInstanceArn")) or "").rsplit("/", 1)[-1] in arns:
                instance_id = text(document.get("ec2InstanceId"))
                if instance_id:
                    yield instance_id
