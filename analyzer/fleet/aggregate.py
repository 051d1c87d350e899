"""Rows -> the report: jobs are added one by one, in any order, and none is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.classifier.clock import to_milliseconds
from analyzer.fleet import cost, trends
from analyzer.fleet.bounded import OTHER, Distinct, Groups, Named
from analyzer.fleet.changes import Changes
from analyzer.fleet.configuration import configuration, joined_proposals
from analyzer.fleet.groups import UNKNOWN, Dimensions, Names, Sums, groups_of, is_exact, joined, names_in
from analyzer.fleet.listing import Listing, dumps_of
from analyzer.fleet.names import as_spelled, without_run
from analyzer.fleet.needs import Proposals
from analyzer.fleet.report import Cell, FleetReport, Group, Period
from analyzer.fleet.row import Row
from analyzer.fleet.tally import Tally, last_of, outcome_of, tally_of

MOST_TASKS = 20_000
"""Failed tasks that are told apart."""
MOST_DAYS = 400
"""Longer periods have no row for a day without jobs."""
HOURS = (
    "Hours are running time of attempts, each second counted once. Saved: what an attempt that lost its host had run "
    "until its dump began, where a later attempt was restored from that dump and the job went well in the end. Lost: "
    "all other time of attempts that lost their host or failed, and all attempts of jobs that failed in the end."
)
CLOSE = "Dumps are held against the window by their own logs: the last time stamp of a full dump, of 120 s."


@dataclass
class Count:
    """Of jobs."""

    jobs: int = 0

    def merge(self, other: Count) -> None:
        """Add another one's."""
        self.jobs += other.jobs


def _bounds(period: Period) -> tuple[int, int]:
    """In epoch milliseconds.

    Raises:
        ValueError: one of them is no time.
    """
    since, until = to_milliseconds(period.since), to_milliseconds(period.until)
    if since is None or until is None:
        raise ValueError(f"no period: {period.since} to {period.until}")
    return since, until


class Aggregate:
    """Sums up the jobs of a period and of the one before it. Memory does not grow with the jobs."""

    def __init__(self, period: Period, before: Period | None = None, scope: Sequence[str] = ()) -> None:
        self.period, self.before, self.scope = period, before, tuple(scope)
        self._bounds = _bounds(period)
        self._bounds_before = _bounds(before) if before else None
        self.now, self.then = Tally(), Tally()
        self.dimensions = Dimensions()
        self.changes = Changes()
        self.listing = Listing()
        self.of_process: Named[Proposals] = Named(Proposals)
        self.of_queue: Groups[Proposals] = Groups(Proposals)
        self.gaps: Groups[Count] = Groups(Count)
        self.not_ended: Groups[Count] = Groups(Count)
        self.failed_tasks = Distinct(MOST_TASKS)
        self.failed_with_task = Count()
        self.unseen = Count()
        self.unpriced = Count()

    def add(self, rows: Sequence[Row]) -> None:
        """One job, by all its rows. One that ended outside both periods does not count; one without times does."""
        if not rows:
            return
        last = last_of(rows)
        now = self._is_now(last)
        if now is None:
            return
        if outcome_of(last) == "not ended":
            if now:
                self.not_ended.of(last.cause).jobs += 1
            return
        tally = tally_of(rows)
        (self.now if now else self.then).merge(tally)
        self.dimensions.add(rows, tally, now=now)
        if now:
            self._add_details(rows, last, tally)

    def merge(self, added: Aggregate) -> None:
        """Take in what another one, of the same periods, has counted.

        Raises:
            ValueError: the periods differ.
        """
        if (self.period, self.before) != (added.period, added.before):
            raise ValueError("aggregates of different periods cannot be merged")
        for name, part in vars(self).items():
            if hasattr(part, "merge"):
                part.merge(getattr(added, name))

    def report(
        self, *, made_at: str, notes: Sequence[str] = (), instances: InstanceCatalogue | None = None
    ) -> FleetReport:
        """All figures.

        Args:
            made_at: RFC 3339.
            notes: what the caller has to say, before what the figures themselves need said.
            instances: what types have, the shipped ones if not given.
        """
        kinds = instances or shipped_instances()
        compared = self.before is not None
        parts, names = self.dimensions, names_in(self.dimensions.process)
        totals, before = self.now.totals(), self.then.totals() if compared else None
        by_cause = groups_of(parts.cause, compared=compared)
        by_process = groups_of(joined(parts.process, names).items(), compared=compared)
        by_type = groups_of(parts.instance_type, compared=compared)
        by_queue = groups_of(parts.queue, compared=compared)
        others = (("process", by_process), ("queue", by_queue), ("instance type", by_type))
        return FleetReport(
            made_at=made_at,
            period=self.period,
            before=self.before,
            scope=self.scope,
            totals=totals,
            totals_before=before,
            by_cause=by_cause,
            by_process=by_process,
            by_instance_type=by_type,
            by_queue=by_queue,
            by_day=self._days(),
            causes_by_day=tuple(self._cells()),
            changes=self.changes.ranked(names.resolve, kinds),
            configuration=configuration(
                joined_proposals(self.of_process, names.resolve), parts.process.exact.members, self.of_queue, kinds
            ),
            survivors=self.listing.survivors.items(),
            dumps=self.listing.sample(),
            dumps_total=self.listing.dumps_total,
            trends=trends.trends(totals, before, by_cause, others),
            failures=self.listing.failures.items(),
            timelines=self.listing.timelines.items(),
            gaps=_counted(self.gaps),
            reckoning=(HOURS, cost.SENTENCE, CLOSE, *([trends.SENTENCE] if compared else [])),
            notes=(*notes, *self._notes(), *self._what_was_put_together(names)),
        )

    def _is_now(self, last: Row) -> bool | None:
        at = to_milliseconds(last.stopped_at or last.created_at)
        if at is None or self._bounds[0] <= at < self._bounds[1]:
            return True
        earlier = self._bounds_before
        return False if earlier and earlier[0] <= at < earlier[1] else None

    def _add_details(self, rows: Sequence[Row], last: Row, tally: Tally) -> None:
        dumps, failed = tuple(dumps_of(rows)), bool(tally.failed)
        self.listing.add(rows, dumps, tally)
        if failed:
            self.changes.add_failed(rows, tally)
            self._add_task(last)
        elif tally.succeeded:
            self.changes.add_survivor(rows, dumps, tally)
            self.unseen.jobs += last.survived and not tally.saved_ms and not tally.lost_ms
        if last.process is not None:
            self.of_process.of(last.process, exact=is_exact(last)).add(last, failed=failed)
        if failed and last.proposed_instance_types:
            self.of_queue.of(last.queue or UNKNOWN).add(last, failed=True)
        for permission in last.gaps:
            self.gaps.of(permission).jobs += 1
        priced = all(row.cost_usd is not None for row in rows if row.lost_seconds or row.saved_seconds)
        self.unpriced.jobs += not priced

    def _add_task(self, last: Row) -> None:
        name = as_spelled(last.task) if last.task else without_run(last.job_name or "")
        if last.run and name:
            self.failed_tasks.add(f"{last.run} {name}")
            self.failed_with_task.jobs += 1

    def _days(self) -> tuple[Group, ...]:
        found: dict[str, Sums] = dict(self.dimensions.day)
        for day in _days_of(self._bounds):
            found.setdefault(day, Sums())
        return tuple(Group(day, day, sums.now.totals()) for day, sums in sorted(found.items()))

    def _cells(self) -> Iterator[Cell]:
        for key, sums in self.dimensions.cell:
            day, _, cause = key.partition(" ")
            yield Cell(day, cause, sums.now.failed) if cause else Cell(UNKNOWN, OTHER, sums.now.failed)

    def _notes(self) -> Iterator[str]:
        waiting = _counted(self.not_ended)
        if waiting:
            told = ", ".join(f"{cause} ({jobs:,})" for cause, jobs in waiting[:5])
            yield f"Not counted: {_jobs(sum(jobs for _, jobs in waiting))} that had not ended, {told}."
        tasks, failed = self.failed_tasks.count, self.failed_with_task.jobs
        if tasks is not None and failed > tasks:
            of = "1 task" if tasks == 1 else f"{tasks:,} tasks"
            yield (
                f"The {_jobs(failed)} of known runs that failed are tries of {of}, by run and name: Nextflow makes a "
                "new job of each retry."
            )
        if self.unseen.jobs:
            yield f"Of {_jobs(self.unseen.jobs)} that survived no restore could be seen: no hours are counted for them."
        if self.unpriced.jobs:
            yield f"Of {_jobs(self.unpriced.jobs)} not all costs are known: the money is the least that it was."

    def _what_was_put_together(self, names: Names) -> Iterator[str]:
        if names.changed or self.dimensions.process.spelled.changed:
            yield (
                "Many tasks are known by their job's name alone: to make groups of them, numbers in these names stand "
                "as #, and their ends may be cut."
            )
        parts = {"causes": self.dimensions.cause, "processes": self.dimensions.process.exact}
        parts |= {"instance types": self.dimensions.instance_type, "queues": self.dimensions.queue}
        for what, groups in parts.items():
            if groups.other is not None:
                yield f"There are more than {len(groups.members):,} {what}: the rest stands together as {OTHER}."


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"


def _counted(groups: Groups[Count]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((key, one.jobs) for key, one in groups), key=lambda pair: (-pair[1], pair[0])))


def _days_of(bounds: tuple[int, int]) -> Iterator[str]:
    """The days of a period in UTC; none where it is too long to show them all."""
    first, last = (_day(at) for at in (bounds[0], bounds[1] - 1))
    if first is None or last is None or not 0 <= (last - first).days < MOST_DAYS:
        return
    for n in range((last - first).days + 1):
        yield (first + timedelta(days=n)).isoformat()


def _day(at: int) -> date | None:
    try:
        return datetime.fromtimestamp(at / 1000, UTC).date()
    except (OverflowError, ValueError, OSError):
        return None
