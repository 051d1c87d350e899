"""What one source gives, and how it is put together with the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from analyzer.evidence.content import Content
from analyzer.evidence.model import Document, Evidence, Gap, ListingEntry
from analyzer.fetchers.deadline import Deadline

_NAMED = 3
"""So many sources are named in a gap that stands for several."""


@dataclass(frozen=True)
class Source:
    """One thing to fetch."""

    what: str
    """For the user, in a few words: "the log of attempt 2"."""
    operation: str
    """The API operation that it stands on, as botocore names it."""
    fetch: Callable[[Deadline], Found]
    """Runs on a thread of its own; an exception becomes a gap."""


@dataclass(frozen=True)
class Found:
    """Parts of the evidence; what a source has nothing to say about stays empty."""

    job_queue: Document | None = None
    compute_environments: tuple[Document, ...] = ()
    container_instances: tuple[Document, ...] = ()
    instances: tuple[Document, ...] = ()
    instance_types: tuple[Document, ...] = ()
    cloudtrail: tuple[Document, ...] = ()
    spot_prices: tuple[Document, ...] = ()
    placement_scores: tuple[Document, ...] = ()
    logs: Mapping[int, Content] = field(default_factory=dict)
    workdir: Mapping[str, Content] = field(default_factory=dict)
    listing: tuple[ListingEntry, ...] | None = None
    workdir_uri: str | None = None
    gaps: tuple[Gap, ...] = ()
    then: tuple[Source, ...] = ()
    """What can be fetched now that this is known."""


def add(evidence: Evidence, found: Found) -> Evidence:
    """Evidence with one more source's parts."""
    listing = evidence.listing
    if found.listing is not None:
        listing = (*(listing or ()), *found.listing)
    return replace(
        evidence,
        job_queue=found.job_queue or evidence.job_queue,
        compute_environments=evidence.compute_environments + found.compute_environments,
        container_instances=evidence.container_instances + found.container_instances,
        instances=evidence.instances + found.instances,
        instance_types=evidence.instance_types + found.instance_types,
        cloudtrail=evidence.cloudtrail + found.cloudtrail,
        spot_prices=evidence.spot_prices + found.spot_prices,
        placement_scores=evidence.placement_scores + found.placement_scores,
        logs={**evidence.logs, **found.logs},
        workdir={**evidence.workdir, **found.workdir},
        listing=listing,
        workdir_uri=evidence.workdir_uri or found.workdir_uri,
        gaps=evidence.gaps + found.gaps,
    )


def _joined(names: list[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def condense(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """One gap for all that have the same reason, so that a forbidden bucket is told once and not once a file."""
    groups: dict[tuple[str, str, str | None], list[str]] = {}
    for gap in gaps:
        names = groups.setdefault((gap.why, gap.matters, gap.permission), [])
        if gap.what not in names:
            names.append(gap.what)
    return tuple(
        Gap(_joined(sorted(names)), why, matters, permission) for (why, matters, permission), names in groups.items()
    )


def finish(evidence: Evidence) -> Evidence:
    """Evidence in an order that does not depend on which source answered first."""
    return replace(
        evidence,
        logs=dict(sorted(evidence.logs.items())),
        workdir=dict(sorted(evidence.workdir.items())),
        listing=None if evidence.listing is None else tuple(sorted(evidence.listing, key=lambda e: e.key)),
        gaps=tuple(sorted(condense(evidence.gaps), key=lambda g: (g.what, g.why))),
    )
