"""Whether two rates differ by more than chance: Fisher's exact test, two-sided, for small numbers as for large ones."""

from __future__ import annotations

from math import exp, lgamma

_SLACK = 1e-7
"""Tables as unlikely as the one that was seen count, too, whatever the rounding."""


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def fisher(failed: int, jobs: int, failed_before: int, jobs_before: int) -> float:
    """The share of chance: how likely counts that differ as much are, where both periods are alike; 0 to 1.

    Raises:
        ValueError: a count is below 0, or more failed than there were.
    """
    if not (0 <= failed <= jobs and 0 <= failed_before <= jobs_before):
        raise ValueError(f"no counts: {failed} of {jobs}, {failed_before} of {jobs_before}")
    every, all_failed = jobs + jobs_before, failed + failed_before
    least, most = max(0, all_failed - jobs_before), min(all_failed, jobs)
    whole = _log_choose(every, all_failed)

    def likely(count: int) -> float:
        return _log_choose(jobs, count) + _log_choose(jobs_before, all_failed - count) - whole

    seen = likely(failed)
    return min(sum(exp(p) for count in range(least, most + 1) if (p := likely(count)) <= seen + _SLACK), 1.0)
