"""What is known of the machines behind a job's attempts while they are looked for."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Any

from analyzer.evidence.host_loss import lost_instance
from analyzer.evidence.job import Attempt
from analyzer.evidence.model import Gap


@dataclass(frozen=True)
class HostKnowledge:
    """What the chain has learnt so far; a step adds to it."""

    clusters: tuple[str, ...] = ()
    instance_of: dict[str, str] = field(default_factory=dict)
    """Container instance ARN -> EC2 instance id."""
    by_task: tuple[str, ...] = ()
    """Instances found through tasks that name no container instance."""
    type_of: dict[str, str] = field(default_factory=dict)
    """EC2 instance id -> type."""
    failed: bool = False
    """A step could not be taken; its own gap says why."""
    proven: frozenset[str] = frozenset()
    """Instances of which EC2 itself says that Spot took them back."""

    def noting(self, gaps: list[Gap], **learnt: Any) -> HostKnowledge:
        """With what a step has learnt, and whether it failed."""
        return replace(self, failed=self.failed or bool(gaps), **learnt)

    def and_(self, other: HostKnowledge) -> HostKnowledge:
        """What both have learnt; where both know an instance's type they know the same."""
        return HostKnowledge(
            clusters=self.clusters or other.clusters,
            instance_of=self.instance_of | other.instance_of,
            by_task=self.by_task + other.by_task,
            type_of=self.type_of | other.type_of,
            failed=self.failed or other.failed,
            proven=self.proven | other.proven,
        )

    def instance(self, attempt: Attempt) -> str | None:
        """The EC2 instance of an attempt, where it is known."""
        return lost_instance(attempt) or self.instance_of.get(attempt.container_instance_arn or "")


class Meeting:
    """Two steps side by side: the later goes on with what both have learnt."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: HostKnowledge | None = None

    def arrive(self, known: HostKnowledge) -> HostKnowledge | None:
        """What both have learnt; None where the other is still at it."""
        with self._lock:
            if self._first is None:
                self._first = known
                return None
            return self._first.and_(known)
