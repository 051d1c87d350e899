"""The one sentence on top of a pre-flight: what is wrong, the worst first."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.checks.record import checks
from analyzer.checks.result import CheckResult, Status, rank, worst

NAMED = 3
"""Faults that the sentence names; the rest are counted."""
FIRST = ("FS803", "FS802", "FS801", "FS804", "FS861", "FS865")
"""Checks whose failures come before others: nothing runs, nothing is snapshotted, nothing gets out."""


def verdict(results: Sequence[CheckResult]) -> str:
    """A sentence without what the documents hold: checks' own words, and counts."""
    by_check: dict[str, list[CheckResult]] = {}
    for result in results:
        by_check.setdefault(result.id, []).append(result)
    failing, warning = _of_status("fail", by_check), _of_status("warn", by_check)
    types = len({result.subject.name for result in results if result.subject.kind == "instance type"})
    unseen = len(_of_status("unknown", by_check))
    not_seen = f" {_checks(unseen)} could not look." if unseen else ""
    if failing:
        return f"{_sentence([_fault(one, by_check[one], types) for one in failing])}.{not_seen}"
    if warning:
        return f"Nothing fails, but {_joined([_fault(one, by_check[one], types) for one in warning])}.{not_seen}"
    if unseen:
        return f"Nothing was found to be wrong, but{not_seen}"
    return "All is as Fusion Snapshots ask for."


def _checks(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"


def _of_status(status: Status, by_check: dict[str, list[CheckResult]]) -> list[str]:
    """Checks whose worst result is of that status; those that matter most first."""
    found = [check for check, results in by_check.items() if worst([r.status for r in results]) == status]
    return sorted(found, key=lambda check: (FIRST.index(check) if check in FIRST else len(FIRST), check))


def _fault(check: str, results: Sequence[CheckResult], types: int) -> str:
    record = checks()[check]
    of_types = {result.subject.name: result.status for result in results if result.subject.kind == "instance type"}
    if not of_types:
        return record.fault
    as_bad = min(map(rank, of_types.values()))
    count = sum(rank(status) == as_bad for status in of_types.values())
    return f"{count} of {types} types {record.fault}"


def _joined(faults: Sequence[str]) -> str:
    more = len(faults) - NAMED
    named = [*faults[:NAMED], *([f"{_checks(more)} more"] if more > 0 else [])]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _sentence(faults: Sequence[str]) -> str:
    said = _joined(faults)
    return said[:1].upper() + said[1:]
