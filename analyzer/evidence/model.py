"""Evidence: all that was found about one target, before anybody has thought about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Literal

from analyzer.evidence.content import Content
from analyzer.frozen import frozen

Document = Mapping[str, Any]
"""A JSON object from outside: no member of it may be trusted to be there or to have its type."""

Kind = Literal["job", "workdir", "log"]
"""What the target was: a Batch job (or its description alone), a work directory alone, one bare log file."""


@frozen
class Gap:
    """Something that could not be seen, and what would make it visible."""

    what: str
    """The source, in a few words: "the log of attempt 2"."""
    why: str
    """The reason: "AccessDenied on logs:GetLogEvents"."""
    matters: str
    """What a diagnosis lacks without it."""
    permission: str | None = None
    """The IAM action that would close the gap, if a permission would."""


@frozen
class Recalled:
    """Something that a store's capture still has, and AWS has not."""

    what: str
    """In a few words: "the log of attempt 2"."""
    captured_at: str | None = None
    """RFC 3339; when it was saved."""


@frozen
class ListingEntry:
    """One object below the work directory."""

    key: str
    """Relative to the work directory."""
    size: int
    """Bytes."""
    last_modified: str | None
    """RFC 3339, as the store gave it."""


_NOTHING: Mapping[Any, Any] = MappingProxyType({})


@frozen
class Evidence:
    """Everything known of one target. Missing parts are None or empty; `gaps` says why where it is known."""

    target: str
    """The target, as the user gave it."""
    kind: Kind
    region: str | None = None
    captured_at: str | None = None
    """RFC 3339; when the evidence was gathered."""
    job: Document | None = None
    """The job, as DescribeJobs returns it."""
    array_parent: Document | None = None
    job_queue: Document | None = None
    compute_environments: tuple[Document, ...] = ()
    container_instances: tuple[Document, ...] = ()
    instances: tuple[Document, ...] = ()
    instance_types: tuple[Document, ...] = ()
    cloudtrail: tuple[Document, ...] = ()
    interruptions: tuple[Document, ...] = ()
    """EventBridge's events `EC2 Spot Instance Interruption Warning`, where somebody caught them."""
    spot_prices: tuple[Document, ...] = ()
    """Elements of DescribeSpotPriceHistory; empty where nobody asked for prices (`--prices`)."""
    placement_scores: tuple[Document, ...] = ()
    """Elements of GetSpotPlacementScores, each with the `InstanceTypes` that were asked about together."""
    logs: Mapping[int, Content] = field(default_factory=lambda: _NOTHING)
    """Attempt number (from 1) -> JSON lines {"timestamp": ms, "message": "..."}, oldest first."""
    workdir: Mapping[str, Content] = field(default_factory=lambda: _NOTHING)
    """Name relative to the work directory -> its bytes. A bare log is here alone, under its own name."""
    listing: tuple[ListingEntry, ...] | None = None
    """Every object below the work directory; None where it could not be listed."""
    workdir_uri: str | None = None
    """Where `workdir` came from, `s3://bucket/work/xx/hash`: the job of an array's child does not tell it."""
    gaps: tuple[Gap, ...] = ()
    recalled: tuple[Recalled, ...] = ()
    """What was taken from captures in a store, since it cannot be had any more."""
    replayed: bool = False
    """Read from a capture: nothing more is asked of AWS for it."""
