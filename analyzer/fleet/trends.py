"""What is new or worse than in the period before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.fleet.bounded import OTHER
from analyzer.fleet.chance import fisher
from analyzer.fleet.report import Group, Totals, Trend

LEAST_FAILED = 3
"""Fewer failed jobs are no trend, whatever the rate."""
CHANCE = 0.01
"""A difference that chance makes more often than this is none: many groups are compared."""
MOST_TRENDS = 20
SENTENCE = (
    f"Worse is what has at least {LEAST_FAILED} failed jobs and a higher rate than in the period before, by more than "
    f"chance explains (Fisher's exact test, two-sided, below {CHANCE:.0%}); new is a cause that the period before "
    "did not have."
)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


def _jobs(count: int) -> str:
    return f"{count:,} job" if count == 1 else f"{count:,} jobs"


def _worse(dimension: str, group: Group, jobs: int, failed_before: int, jobs_before: int) -> Trend | None:
    failed = group.totals.failed
    if failed < LEAST_FAILED or not jobs_before or failed * jobs_before <= failed_before * jobs:
        return None
    if fisher(failed, jobs, failed_before, jobs_before) >= CHANCE:
        return None
    return Trend(
        "worse",
        dimension,
        group.key,
        group.label,
        failed,
        jobs,
        failed_before,
        jobs_before,
        f"{group.label}: {failed:,} of {_jobs(jobs)} failed ({_percent(failed, jobs)}), before it were "
        f"{failed_before:,} of {jobs_before:,} ({_percent(failed_before, jobs_before)}).",
    )


def _of_causes(groups: Iterable[Group], totals: Totals, before: Totals) -> Iterator[Trend]:
    """A cause's rate is that among all jobs."""
    for group in groups:
        earlier = group.before.failed if group.before else 0
        if not group.totals.failed or group.key == OTHER:
            continue
        if not earlier:
            yield Trend(
                "new",
                "cause",
                group.key,
                group.label,
                group.totals.failed,
                totals.jobs,
                0,
                before.jobs,
                f"{group.label}: {_jobs(group.totals.failed)} of {totals.jobs:,}; none of {before.jobs:,} before.",
            )
        elif found := _worse("cause", group, totals.jobs, earlier, before.jobs):
            yield found


def _of_groups(dimension: str, groups: Iterable[Group]) -> Iterator[Trend]:
    """A group's rate is that among its own jobs; one that had no jobs before has nothing to be worse than."""
    for group in groups:
        if group.before and group.before.jobs and group.key != OTHER:
            found = _worse(dimension, group, group.totals.jobs, group.before.failed, group.before.jobs)
            if found:
                yield found


def trends(
    totals: Totals,
    before: Totals | None,
    by_cause: Iterable[Group],
    dimensions: Iterable[tuple[str, Iterable[Group]]],
) -> tuple[Trend, ...]:
    """New causes first, then what got worse, by failed jobs; none where the period before had no jobs."""
    if before is None or not before.jobs:
        return ()
    found = list(_of_causes(by_cause, totals, before))
    for dimension, groups in dimensions:
        found += _of_groups(dimension, groups)
    found.sort(key=lambda one: (one.kind != "new", -one.failed, one.dimension, one.key))
    return tuple(found[:MOST_TRENDS])
