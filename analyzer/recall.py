"""Evidence of a job with what a store has saved of it: earlier captures, and instances seen at their warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from analyzer.evidence.host_loss import lost_instance
from analyzer.evidence.job import read_job, text
from analyzer.evidence.merge import with_saved
from analyzer.evidence.model import Document, Evidence
from analyzer.store.captures import Saved, SavedCaptures


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
