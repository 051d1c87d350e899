"""The facts that rules read: every source parsed once, no raw text twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from analyzer.classifier.finding import Quote
from analyzer.classifier.root_error import RootError
from analyzer.classifier.rule_record import SOURCE_NAMES, Signature
from analyzer.evidence.job import Attempt, Job
from analyzer.frozen import frozen
from analyzer.parsers.checkpoints import Checkpoint
from analyzer.parsers.command_run import CommandRunHeader
from analyzer.parsers.dump_metadata import DumpMetadata
from analyzer.parsers.task_trace import TaskTrace

__all__ = ["SOURCE_NAMES", "AttemptFacts", "Facts", "Hit", "InstanceFact"]


@frozen
class Hit:
    """A signature that was seen."""

    signature: Signature
    quote: Quote
    groups: Mapping[str, str]
    attempt: int | None
    """The attempt whose log or reason it stands in; None where that cannot be told (a work directory's file)."""
    offset: int = 0
    """Bytes from the source's start, to tell what came first."""


@frozen
class InstanceFact:
    """The machine behind an attempt, and how we know."""

    instance_id: str | None
    instance_type: str | None
    """Exact type, or None."""
    candidates: tuple[str, ...] = ()
    """Types or families that it must have been one of, where the exact one is not known."""
    lifecycle: Literal["spot", "on-demand"] | None = None
    availability_zone: str | None = None
    architecture: str | None = None
    provenance: str = ""
    """Where this comes from: `instances.json`, `ECS attribute`, `CloudTrail RunInstances`, `compute environment`."""


@frozen
class AttemptFacts:
    """One attempt and what surrounds it."""

    attempt: Attempt
    instance: InstanceFact
    host_lost: Quote | None = None
    """The reason that says that the host went away."""
    reclaim: Quote | None = None
    """Proof that it was a Spot reclaim: CloudTrail's BidEvictedEvent, EC2's state reason."""
    not_reclaim: Quote | None = None
    """Proof that something else ended the host: a TerminateInstances call, an on-demand environment."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known, ready for rules. Equal only to itself, so that what is reckoned from it can be remembered."""

    target: str
    kind: Literal["job", "workdir", "log"]
    captured_at: str | None = None
    """RFC 3339; when the evidence was gathered."""
    job: Job | None = None
    array_parent: Job | None = None
    attempts: tuple[AttemptFacts, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    """By folder number; a bare checkpoint log is one, too."""
    roots: tuple[RootError, ...] = ()
    """The root error of every checkpoint log that has one, in the order of the checkpoints."""
    metadata: DumpMetadata | None = None
    hits: tuple[Hit, ...] = ()
    """Signatures seen in task logs, Fusion logs, the runtime's lines and the services' reasons."""
    command_run: CommandRunHeader | None = None
    trace: TaskTrace | None = None
    exit_file: Quote | None = None
    """The content of `.exitcode`."""
    exit_file_code: int | None = None
    last_log_lines: tuple[Quote, ...] = ()
    """The last lines of the task's own output, for a failure that nothing else explains."""
    snapshots: Literal["on", "off", "unknown"] = "unknown"
    snapshots_because: str = ""
    have: frozenset[str] = field(default_factory=frozenset)
    """Which of SOURCE_NAMES there is anything of."""
    queue_is_spot: bool | None = None
    """All compute environments are Spot (True), none is (False), or it is not known or mixed (None)."""

    def hits_of(self, rule: str) -> tuple[Hit, ...]:
        """What was seen of one rule's signatures."""
        return tuple(hit for hit in self.hits if hit.signature.rule == rule)

    @property
    def exit_code(self) -> int | None:
        """The last attempt's exit code, else `.exitcode`'s, unless the host was lost: then that file is stale."""
        last = self.attempts[-1] if self.attempts else None
        if last is not None and (last.attempt.exit_code is not None or last.host_lost):
            return last.attempt.exit_code
        return self.exit_file_code
