"""What a check found, and all that a pre-flight found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analyzer.evidence.environment import EnvironmentKind
from analyzer.evidence.model import Gap

Status = Literal["fail", "warn", "unknown", "pass"]
STATUSES: tuple[Status, ...] = ("fail", "warn", "unknown", "pass")
"""Worst first."""
OF_JOBS = ("FS862", "FS863", "FS864")
"""Checks that neither a queue nor an environment can answer."""
SubjectKind = Literal["job", "queue", "compute environment", "work bucket", "instance type"]
SUBJECT_KINDS: tuple[SubjectKind, ...] = ("job", "queue", "compute environment", "work bucket", "instance type")


@dataclass(frozen=True)
class Subject:
    """What was looked at."""

    kind: SubjectKind
    name: str


@dataclass(frozen=True)
class Snippet:
    """What can be pasted."""

    language: str
    """`groovy`, `bash` or `json`."""
    text: str


@dataclass(frozen=True)
class CheckResult:
    """One check of one subject."""

    id: str
    title: str
    status: Status
    subject: Subject
    found: str
    """The value that was found, in a few words."""
    detail: str = ""
    """What follows from it, with the figures."""
    fix: str = ""
    """How to put it right; nothing where nothing is wrong."""
    effects: str = ""
    """What pasting the snippet replaces, and what becomes of jobs that run; nothing where it replaces nothing."""
    snippet: Snippet | None = None
    missing: Gap | None = None
    """What could not be seen, with the permission that would show it."""
    docs: tuple[str, ...] = ()

    @property
    def advice(self) -> str:
        """The fix and its effects."""
        return f"{self.fix} {self.effects}".strip()


@dataclass(frozen=True)
class CheckReport:
    """All that a pre-flight found about one target."""

    target: str
    kind: EnvironmentKind
    region: str | None
    checked_at: str | None
    """RFC 3339."""
    task: str | None
    """The task that was reckoned with, in words: `60.0 GiB and 16 vCPUs (planned)`; None: none is known."""
    figures: str
    """Where the instance types' figures come from."""
    results: tuple[CheckResult, ...]
    """In the order of the subjects' kinds and the ids."""
    verdict: str = ""
    """What is wrong, the worst first, in one sentence."""
    unseen: Gap | None = None
    """Why nothing is known of where jobs are to run; None where something is, or AWS says that it is gone."""

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many checks have each status as the worst of their results, worst first."""
        by_check: dict[str, Status] = {}
        for result in self.results:
            by_check[result.id] = min(by_check.get(result.id, "pass"), result.status, key=rank)
        counted = Counter(by_check.values())
        return {status: counted[status] for status in STATUSES}

    @property
    def undecided(self) -> bool:
        """Whether a check that applies could not look; what only a job can tell applies to jobs."""
        return any(r.status == "unknown" and (self.kind == "job" or r.id not in OF_JOBS) for r in self.results)

    @property
    def failed(self) -> bool:
        """Whether any check fails."""
        return self.counts["fail"] > 0


def rank(status: Status) -> int:
    """0 for the worst."""
    return STATUSES.index(status)


def worst(statuses: list[Status]) -> Status:
    """The worst of them; `pass` where there are none."""
    return min(statuses, key=rank, default="pass")
