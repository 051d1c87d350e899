"""The jobs by cause, process, instance type, queue and day, in this period and in the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analyzer.fleet.bounded import Groups, Named, ShortNames, folded_name
from analyzer.fleet.names import as_spelled, spelled_process
from analyzer.fleet.report import Group
from analyzer.fleet.row import Row
from analyzer.fleet.tally import Tally, decisive, last_of, outcome_of

UNKNOWN = "unknown"
MOST_SPELLED = 100
"""Names of which nobody knows where the process ends; more are put together."""


@dataclass(slots=True)
class Sums:
    """Of one group."""

    now: Tally = field(default_factory=Tally)
    before: Tally = field(default_factory=Tally)
    label: str | None = None
    """The first of the titles that its jobs have."""

    def add(self, tally: Tally, *, now: bool, label: str | None = None) -> None:
        """Count a job."""
        (self.now if now else self.before).merge(tally)
        self._name(label)

    def merge(self, other: Sums) -> None:
        """Add another one's sums."""
        self.now.merge(other.now)
        self.before.merge(other.before)
        self._name(other.label)

    def _name(self, label: str | None) -> None:
        known = [one for one in (self.label, label) if one]
        self.label = min(known) if known else None


class Names:
    """Which process a name that was read off a job's name belongs to, as far as the exact names tell."""

    def __init__(self, exact: Iterable[str], others: Iterable[str] = ()) -> None:
        self._exact: dict[str, str] = {}
        self._folded: dict[str, str | None] = {}
        for process in sorted(exact):
            spelled = as_spelled(process)
            for form in dict.fromkeys((spelled, spelled_process(spelled) or spelled)):
                self._exact.setdefault(form, process)
                folded = folded_name(form)
                unique = self._folded.get(folded, process) == process
                self._folded[folded] = process if unique else None
        self._loose: ShortNames[Sums] = ShortNames(Sums, limit=MOST_SPELLED)
        for name in others:
            if self._known(name) is None:
                self._loose.of(name)

    def resolve(self, name: str) -> str:
        """The process whose name, as a job's name spells it, is the longest beginning of this; else the name.

        Of many names that belong to none, those that differ in their numbers or ends stand together.
        """
        return self._known(name) or self._loose.alike(name)

    @property
    def changed(self) -> bool:
        """Whether some stand together."""
        return self._loose.changed

    def _known(self, name: str) -> str | None:
        words = name.split("_")
        for end in range(len(words), 0, -1):
            first = "_".join(words[:end])
            found = (self._folded if "#" in first else self._exact).get(first)
            if found is not None:
                return found
        return None


def is_exact(row: Row) -> bool:
    """Whether the process is told by the task itself, and not by the job's name."""
    return row.process is not None and row.task is not None


def names_in(processes: Named[Sums]) -> Names:
    """The exact names, to read the others with."""
    return Names((name for name in processes.exact.members if name != UNKNOWN), processes.spelled.members)


def joined(processes: Named[Sums], names: Names) -> Mapping[str, Sums]:
    """Process -> sums, with the names resolved."""
    found: dict[str, Sums] = {}
    for key, sums in processes.exact:
        found.setdefault(key, Sums()).merge(sums)
    for name, sums in processes.spelled.members.items():
        found.setdefault(names.resolve(name), Sums()).merge(sums)
    return found


class Dimensions:
    """All groups of a report."""

    def __init__(self) -> None:
        self.cause: Groups[Sums] = Groups(Sums)
        self.process: Named[Sums] = Named(Sums)
        self.instance_type: Groups[Sums] = Groups(Sums)
        self.queue: Groups[Sums] = Groups(Sums)
        self.day: Groups[Sums] = Groups(Sums)
        self.cell: Groups[Sums] = Groups(Sums)

    def add(self, rows: Sequence[Row], tally: Tally, *, now: bool) -> None:
        """Count a job that ended."""
        last = last_of(rows)
        failed = outcome_of(last) == "failed"
        if failed or last.survived:
            self.cause.of(last.cause).add(tally, now=now, label=last.title)
        process = self.process.of(last.process or UNKNOWN, exact=last.process is None or is_exact(last))
        process.add(tally, now=now)
        host = decisive(rows) if failed else last
        self.instance_type.of(host.instance_type or UNKNOWN).add(tally, now=now)
        self.queue.of(last.queue or UNKNOWN).add(tally, now=now)
        if now:
            self.day.of(last.day or UNKNOWN).add(tally, now=True)
            if failed:
                self.cell.of(f"{last.day or UNKNOWN} {last.cause}").add(tally, now=True)

    def merge(self, added: Dimensions) -> None:
        """Take in what another one has counted."""
        for name, groups in vars(self).items():
            groups.merge(getattr(added, name))


def groups_of(sums: Iterable[tuple[str, Sums]], *, compared: bool) -> tuple[Group, ...]:
    """Most failed jobs first, then most jobs; without those that only the period before had."""
    found = [
        Group(key, one.label or key, one.now.totals(), one.before.totals() if compared else None)
        for key, one in sums
        if one.now.jobs
    ]
    return tuple(sorted(found, key=lambda group: (-group.totals.failed, -group.totals.jobs, group.key)))
