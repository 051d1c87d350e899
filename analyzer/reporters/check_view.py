"""What people read of a pre-flight: results by subject, worst first; instance types as one table, checks said once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analyzer.checks.result import CheckReport, CheckResult, Snippet, Status, rank, worst
from analyzer.reporters.text import field, prose

TYPES_SHOWN = 10
NAMES_SHOWN = 6
INSTANCE_TYPE = "instance type"
EACH_TOLD = ("FS820",)
"""Checks that say of each type something else: where the vendor's table and AWS differ."""


@dataclass(frozen=True)
class Group:
    """One subject's results, worst first."""

    heading: str
    status: Status
    results: tuple[CheckResult, ...]


@dataclass(frozen=True)
class TypeRow:
    """One instance type: its worst status, and the checks behind it."""

    name: str
    status: Status
    checks: tuple[str, ...]
    """Ids of the checks that it does not pass, worst first."""


@dataclass(frozen=True)
class TypeCheck:
    """One check over all instance types, told by its worst example."""

    status: Status
    example: CheckResult
    count: int
    """Types of that status."""
    others: int
    """Types that do not pass it either, with a better status."""


@dataclass(frozen=True)
class TypeTable:
    """All instance types."""

    rows: tuple[TypeRow, ...]
    """Worst first."""
    checks: tuple[TypeCheck, ...]
    """Those that some type does not pass, worst first."""
    notes: tuple[CheckResult, ...] = ()
    """One passed result for each check that passes with something to add."""

    @property
    def status(self) -> Status:
        """The worst of all."""
        return worst([row.status for row in self.rows])

    @property
    def shown(self) -> tuple[TypeRow, ...]:
        """What a screen shows, in rows: the worst."""
        return tuple(row for row in self.rows if row.status != "pass")[:TYPES_SHOWN]

    @property
    def hidden(self) -> tuple[TypeRow, ...]:
        """Rows that do not pass and are not shown."""
        return tuple(row for row in self.rows if row.status != "pass")[TYPES_SHOWN:]

    @property
    def passed(self) -> tuple[str, ...]:
        """Names of the types that pass everything."""
        return tuple(row.name for row in self.rows if row.status == "pass")


def some(names: Sequence[str], most: int = NAMES_SHOWN) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(field, names[:most])) + more


def counts_line(report: CheckReport) -> str:
    """`28 checks: 2 fail, 3 warn, 1 unknown, 22 pass`."""
    total = sum(report.counts.values())
    counted = ", ".join(f"{count} {status}" for status, count in report.counts.items())
    return f"{total} {'check' if total == 1 else 'checks'}: {counted}"


def tally(statuses: Iterable[Status]) -> str:
    """`3 fail, 47 warn`; statuses that do not occur are left out."""
    found = list(statuses)
    kinds: tuple[Status, ...] = ("fail", "warn", "unknown", "pass")
    return ", ".join(f"{found.count(kind)} {kind}" for kind in kinds if kind in found)


def _sorted(results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    return tuple(sorted(results, key=lambda one: (rank(one.status), one.id)))


def groups(report: CheckReport) -> tuple[Group, ...]:
    """Every subject but instance types, worst first; of the same status in the report's order."""
    by_subject: dict[str, list[CheckResult]] = {}
    for result in report.results:
        if result.subject.kind != INSTANCE_TYPE:
            by_subject.setdefault(f"{result.subject.kind} {field(result.subject.name)}", []).append(result)
    made = [Group(heading, worst([r.status for r in found]), _sorted(found)) for heading, found in by_subject.items()]
    return tuple(sorted(made, key=lambda group: rank(group.status)))


def type_table(report: CheckReport) -> TypeTable:
    """Every instance type, and every check that some type does not pass."""
    by_type: dict[str, list[CheckResult]] = {}
    by_check: dict[str, list[CheckResult]] = {}
    for result in report.results:
        if result.subject.kind == INSTANCE_TYPE:
            by_type.setdefault(result.subject.name, []).append(result)
            by_check.setdefault(result.id, []).append(result)
    rows = [_row(name, _sorted(found)) for name, found in by_type.items()]
    checks = [_check(_sorted(found)) for found in by_check.values() if any(r.status != "pass" for r in found)]
    return TypeTable(
        tuple(sorted(rows, key=lambda row: (rank(row.status), -len(row.checks), row.name))),
        tuple(sorted(checks, key=lambda one: (rank(one.status), one.example.id))),
        tuple(noted for found in by_check.values() if (noted := _noted(found))),
    )


def _row(name: str, results: Sequence[CheckResult]) -> TypeRow:
    failing = tuple(result.id for result in results if result.status != "pass")
    return TypeRow(name, worst([result.status for result in results]), failing)


def _noted(results: Sequence[CheckResult]) -> CheckResult | None:
    if any(result.status != "pass" for result in results):
        return None
    if results[0].id in EACH_TOLD:
        return _with_all_details(results)
    return next((result for result in results if result.detail), None)


def _check(results: Sequence[CheckResult]) -> TypeCheck:
    status = results[0].status
    same = [result for result in results if result.status == status]
    rest = [result for result in results if result.status not in (status, "pass")]
    return TypeCheck(status, same[0], len(same), len(rest))


def _with_all_details(results: Sequence[CheckResult]) -> CheckResult:
    more = f" And {len(results) - NAMES_SHOWN} types more." if len(results) > NAMES_SHOWN else ""
    return replace(results[0], detail=" ".join(one.detail for one in results[:NAMES_SHOWN]) + more)


def type_check_line(one: TypeCheck) -> str:
    """`fail for 3 types, less bad for 2 more; r6id.4xlarge: 279 s`."""
    types = "1 type" if one.count == 1 else f"{one.count} types"
    others = f", less bad for {one.others} more" if one.others else ""
    return f"{one.status} for {types}{others}; {field(one.example.subject.name)}: {prose(one.example.found)}"


def commands(snippet: Snippet) -> str:
    """What it does, without its comments: two that do the same need not both be shown."""
    return "\n".join(line for line in snippet.text.splitlines() if not line.startswith(("#", "//")))


def needs(result: CheckResult) -> str:
    """What would show it: the permission; nothing where none would."""
    return field(result.missing.permission) if result.missing and result.missing.permission else ""
