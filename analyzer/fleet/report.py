"""What the rows of a period say together (`fsnap-report/1`): figures; the reporters only lay them out."""

from __future__ import annotations

from dataclasses import dataclass, field

SCHEMA = "fsnap-report/1"
MOST_CHANGES = 10
MOST_FAILURES = 500
"""Failed jobs that are listed one by one; `Totals.failed` counts all."""
MOST_POINTS = 2_000
"""Dumps that are drawn."""
MOST_SURVIVORS = 20
MOST_TIMELINES = 12


@dataclass(frozen=True)
class Period:
    """From `since` (inclusive) to `until` (exclusive), RFC 3339 in UTC."""

    since: str
    until: str


@dataclass(frozen=True)
class Totals:
    """Jobs that ended in the period."""

    jobs: int = 0
    succeeded: int = 0
    """Went well, survivors included."""
    failed: int = 0
    survived: int = 0
    """Lost at least one host, were restored, and went well."""
    reclaims: int = 0
    """Hosts lost, over all attempts."""
    reclaims_survived: int = 0
    """Of these: those after which the task went on from a checkpoint."""
    hours_lost: float = 0.0
    hours_saved: float = 0.0
    usd_lost: float | None = None
    usd_saved: float | None = None

    @property
    def rate(self) -> float | None:
        """Failed jobs of all; None where there were none."""
        return self.failed / self.jobs if self.jobs else None


@dataclass(frozen=True)
class Group:
    """The jobs that share a cause, process, instance type, queue or day."""

    key: str
    """The cause's id, the process, the type, the queue or the day; `unknown` where it is not known."""
    label: str
    """For people: of a cause its title, else the key."""
    totals: Totals
    before: Totals | None = None
    """The same in the period before; None where that was not looked at."""


@dataclass(frozen=True)
class Cell:
    """Failed jobs of one cause on one day."""

    day: str
    cause: str
    failed: int


@dataclass(frozen=True)
class Example:
    """A job that shows what a line of the report means, with the line that proves it."""

    job_id: str
    attempt: int
    quote: str | None
    quote_source: str | None
    quote_line: int | None
    workdir: str | None


@dataclass(frozen=True)
class Change:
    """One thing to change, and what it cost in this period not to have made it."""

    rank: int
    cause: str
    title: str
    rule: str | None
    owner: str
    scope: str
    """Whom it concerns: the process, or the queue where it lies in the host: `process X`, `queue Y`."""
    advice: str
    """What to do, in one or two sentences with figures."""
    jobs: int
    hours: float
    usd: float | None
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Configuration:
    """To paste."""

    nextflow: str
    """`process { withName: ... }` blocks, one a process; empty where nothing is proposed."""
    queues: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(queue, instance types for its compute environment, best first)."""


@dataclass(frozen=True)
class Dump:
    """A full dump: a point to draw."""

    job_id: str
    attempt: int
    process: str | None
    instance_type: str | None
    memory_bytes: int
    """What it wrote, else what the task held."""
    seconds: float
    completed: bool
    window_seconds: float

    @property
    def share(self) -> float:
        """Of the window."""
        return self.seconds / self.window_seconds


@dataclass(frozen=True)
class Trend:
    """What is new or worse than in the period before."""

    kind: str
    """`new` or `worse`."""
    dimension: str
    """`cause`, `process`, `queue`, `instance type`."""
    key: str
    label: str
    failed: int
    jobs: int
    failed_before: int
    jobs_before: int
    summary: str


@dataclass(frozen=True)
class Failure:
    """A job that failed, for the list."""

    job_id: str
    job_name: str | None
    queue: str
    region: str | None
    process: str | None
    task: str | None
    cause: str
    rule: str | None
    title: str
    summary: str
    confidence: str
    exit_code: int | None
    attempts: int
    instance_type: str | None
    stopped_at: str | None
    hours_lost: float
    advice: str | None
    example: Example


@dataclass(frozen=True)
class Span:
    """One attempt of a timeline."""

    attempt: int
    started_at: str
    ended_at: str
    instance_type: str | None
    ending: str
    """`host lost`, `failed`, `went well`."""
    saved: bool
    """A later attempt went on from it."""


@dataclass(frozen=True)
class Timeline:
    """The attempts of one job that had more than one."""

    job_id: str
    process: str | None
    task: str | None
    cause: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class FleetReport:
    """A report over a period."""

    made_at: str
    """RFC 3339; as the caller says: this room knows no clock."""
    period: Period
    before: Period | None
    """The period that it is compared with, as long as this one and right before it."""
    scope: tuple[str, ...]
    """What was asked for: `queue X`, `run tw-...`, `captures/`."""
    totals: Totals
    totals_before: Totals | None
    by_cause: tuple[Group, ...] = ()
    """Most failed jobs first, in all groups but days."""
    by_process: tuple[Group, ...] = ()
    by_instance_type: tuple[Group, ...] = ()
    by_queue: tuple[Group, ...] = ()
    by_day: tuple[Group, ...] = ()
    """Oldest first."""
    causes_by_day: tuple[Cell, ...] = ()
    changes: tuple[Change, ...] = ()
    configuration: Configuration = field(default_factory=lambda: Configuration(""))
    survivors: tuple[Dump, ...] = ()
    """Completed dumps that came closest to their window, closest first: who is next."""
    dumps: tuple[Dump, ...] = ()
    """All, or a sample of MOST_POINTS that depends on the rows alone."""
    dumps_total: int = 0
    trends: tuple[Trend, ...] = ()
    failures: tuple[Failure, ...] = ()
    """Newest first."""
    timelines: tuple[Timeline, ...] = ()
    gaps: tuple[tuple[str, int], ...] = ()
    """(permission, jobs that it would have told more about), most wanted first."""
    reckoning: tuple[str, ...] = ()
    """How hours and money were reckoned, sentences."""
    notes: tuple[str, ...] = ()
    """What the reader must know: jobs that could not be examined, what was not looked at."""
