"""What a live view shows of queues that are watched: their jobs by urgency. Pure, and bounded."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from analyzer.evidence.host_loss import lost_reason
from analyzer.evidence.job import read_job
from analyzer.evidence.location import Location, work_directory
from analyzer.evidence.model import Document
from analyzer.evidence.moment import attempts_ended
from analyzer.fleet.dump_progress import DumpProgress
from analyzer.fleet.following import LIVE, Following, Seen
from analyzer.fleet.happening import Happening

Urgency = Literal["dumping", "reclaimed", "restored", "failed", "survived", "running"]
ORDER: tuple[Urgency, ...] = ("dumping", "reclaimed", "failed", "restored", "survived", "running")
MOST_CARDS = 5_000
"""Jobs that go on of which more than their state is known."""
MOST_FINISHED = 6
"""Of those that failed or survived: all have had their lines."""
MOST_ROWS = 200
"""More than any terminal has lines."""
_ENDED: Mapping[str, Urgency] = {"failed": "failed", "survived": "survived", "recovered": "survived"}


@dataclass
class Card:
    """A job that has begun."""

    job_id: str
    name: str
    region: str | None
    status: str
    started_at: int | None
    """Epoch milliseconds, of the present attempt."""
    over: int
    """Attempts that are."""
    lost: int
    """Of these: with their hosts."""
    workdir: Location | None
    progress: DumpProgress | None = None
    listed: int = -1
    """When its checkpoints were listed last, in looks."""
    moved: int = -1
    """When they had changed since the look before."""


@dataclass(frozen=True)
class BoardRow:
    """A line of the view; what is not known is None."""

    urgency: Urgency
    job_id: str
    name: str
    attempt: int
    since: int | None
    """Epoch milliseconds: when the attempt, or the dump, began."""
    progress: DumpProgress | None = None
    told: Happening | None = None


@dataclass(frozen=True)
class BoardView:
    """Everything that is shown, at one moment."""

    queues: tuple[str, ...] = ()
    looked_at: str = ""
    """RFC 3339."""
    states: Mapping[str, int] = field(default_factory=dict)
    """How many jobs go on, by Batch's state."""
    happened: Mapping[str, int] = field(default_factory=dict)
    """How often, since the start, by the kind of a happening."""
    urgencies: Mapping[str, int] = field(default_factory=dict)
    """How many of each there are, shown or not."""
    rows: tuple[BoardRow, ...] = ()
    """Most urgent first."""


class Board:
    """Gathers what is shown. Used from one thread; what it gives out does not change."""

    def __init__(self) -> None:
        self.cards: dict[str, Card] = {}
        self.happened_so_far: Counter[str] = Counter()
        self._finished: deque[Happening] = deque(maxlen=MOST_FINISHED)
        self.looks = 0

    def described(self, document: Document, region: str | None) -> None:
        """A job as DescribeJobs gives it."""
        job = read_job(document)
        if job.id is None:
            return
        if job.status not in LIVE:
            self.cards.pop(job.id, None)
            return
        before = self.cards.get(job.id)
        if before is None and len(self.cards) >= MOST_CARDS:
            return
        over = job.attempts[: attempts_ended(job, document)]
        card = Card(
            job_id=job.id,
            name=job.name or "",
            region=region,
            status=job.status or "",
            started_at=job.started_at,
            over=len(over),
            lost=sum(lost_reason(one) is not None for one in over),
            # of an array's child it is the array's own
            workdir=work_directory(job) if job.array_index is None else None,
        )
        if before is not None:
            card.progress, card.listed, card.moved = before.progress, before.listed, before.moved
        self.cards[job.id] = card

    def happened(self, happening: Happening) -> None:
        """Something happened to a job."""
        self.happened_so_far[happening.kind] += 1
        if happening.kind in _ENDED:
            self._finished.appendleft(happening)

    def looked(self, following: Iterable[Following]) -> None:
        """A look is over: states as the lists have them."""
        self.looks += 1
        jobs: dict[str, Seen] = {}
        for one in following:
            jobs.update((job_id, one.jobs[job_id]) for job_id in self.cards if job_id in one.jobs)
        self.cards = {job_id: card for job_id, card in self.cards.items() if job_id in jobs}
        for job_id, card in self.cards.items():
            card.status = jobs[job_id].status

    def to_list(self, most: int) -> list[Card]:
        """Whose checkpoints to list: those first that moved last, then those that were listed longest ago."""
        wanted = [c for c in self.cards.values() if c.workdir is not None and c.status == "RUNNING"]
        wanted.sort(key=lambda c: (not _moves(c, self.looks), c.listed, not c.lost, -(c.started_at or 0)))
        return wanted[:most]

    def listed(self, card: Card, progress: DumpProgress | None) -> None:
        """What was found of a job's checkpoints."""
        differs = card.progress is not None and progress != card.progress
        if progress is not None and (progress.goes_on or differs):
            card.moved = self.looks
        card.progress, card.listed = progress, self.looks

    def view(self, queues: tuple[str, ...], states: Mapping[str, int], looked_at: str) -> BoardView:
        """What is to be shown now."""
        rows = [row for card in self.cards.values() if (row := _row(card)) is not None]
        rows += [_finished(one) for one in self._finished]
        rows.sort(key=lambda row: (ORDER.index(row.urgency), -row.attempt, row.since or 0))
        counts: Counter[str] = Counter(row.urgency for row in rows)
        return BoardView(
            queues, looked_at, dict(states), dict(self.happened_so_far), {**counts}, tuple(rows[:MOST_ROWS])
        )


def _moves(card: Card, looks: int) -> bool:
    """Its checkpoints changed at the last look or the one before."""
    return card.moved >= 0 and looks - card.moved <= 2  # noqa: PLR2004 - said in the line above


def _row(card: Card) -> BoardRow | None:
    progress = card.progress
    attempt = card.over + 1
    if card.status == "RUNNING":
        if progress is not None and progress.goes_on and progress.kind == "FULL":
            return BoardRow("dumping", card.job_id, card.name, attempt, progress.began_at, progress)
        restored = card.lost and progress is not None and progress.restored is not None
        kind: Urgency = "restored" if restored else "running"
        return BoardRow(kind, card.job_id, card.name, attempt, card.started_at, progress)
    if card.lost:
        return BoardRow("reclaimed", card.job_id, card.name, attempt, None, progress)
    return None


def _finished(happening: Happening) -> BoardRow:
    urgency = _ENDED[happening.kind]
    return BoardRow(urgency, happening.job_id, happening.name, happening.attempts, None, told=happening)
