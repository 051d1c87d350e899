"""Logs of jobs' attempts by a search: what is found of each job, in the form that reading its streams has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analyzer.evidence.content import MemoryContent
from analyzer.evidence.job import Attempt, Job, log_group, log_stream_candidates
from analyzer.evidence.model import Gap
from analyzer.fetchers.cloudwatch import attempt_log, newest_within
from analyzer.fetchers.found import Found
from analyzer.fetchers.insights import Insights, Lines
from analyzer.fetchers.insights_query import LAST_SECONDS, Wanted, searchable

_DAY_MILLISECONDS = 86_400_000
_MATTERS = "an error that no rule knows, printed earlier, is not seen"


@dataclass(frozen=True)
class Searched:
    """A job whose logs are to be searched."""

    job_id: str
    job: Job
    attempts: Sequence[Attempt]
    region: str | None
    """Where its logs are."""


def search_logs(insights: Insights, jobs: Sequence[Searched], max_bytes: int, now_ms: int) -> Mapping[str, Found]:
    """Job id -> the lines of its attempts' logs that matter, and gaps that say so.

    Args:
        insights: searches.
        jobs: each with the attempts whose logs are wanted.
        max_bytes: kept of each stream, the newest.
        now_ms: epoch milliseconds; up to when the logs of what runs still are searched.
    """
    wanted = {
        (one.job_id, attempt.number): tuple(_wanted(one, attempt, now_ms)) for one in jobs for attempt in one.attempts
    }
    lines: dict[Wanted, Lines] = {}
    for region in dict.fromkeys(one.region for one in jobs):
        here = [w for one in jobs if one.region == region for a in one.attempts for w in wanted[one.job_id, a.number]]
        lines.update(insights.search(region, here))
    return {
        one.job_id: _found(
            {a.number: [lines[w] for w in wanted[one.job_id, a.number]] for a in one.attempts}, max_bytes
        )
        for one in jobs
    }


def _wanted(one: Searched, attempt: Attempt, now_ms: int) -> Iterable[Wanted]:
    stop = attempt.stopped_at or one.job.stopped_at or now_ms
    start = min(attempt.started_at or one.job.created_at or stop - _DAY_MILLISECONDS, stop)
    group = log_group(one.job)
    return (Wanted(group, name, start, stop) for name in log_stream_candidates(one.job, attempt) if searchable(name))


def _found(attempts: Mapping[int, Sequence[Lines]], max_bytes: int) -> Found:
    logs: dict[int, MemoryContent] = {}
    gaps: list[Gap] = []
    for number, streams in attempts.items():
        chosen = next((lines for lines in streams if lines.events), streams[0] if streams else Lines())
        gaps.append(_gap(number, chosen, bool(streams)))
        if chosen.events:
            events = [{"timestamp": at, "message": text} for at, text in chosen.events]
            newest_first, *_ = newest_within(events, max_bytes)
            logs[number] = MemoryContent(b"".join(reversed(newest_first)))
    return Found(logs=logs, gaps=tuple(gaps))


def _gap(number: int, lines: Lines, has_stream: bool) -> Gap:
    what = attempt_log(number)
    if not has_stream:
        return Gap(
            what, "Batch names no log stream for it", "what the task and the snapshot runtime printed is not seen"
        )
    if lines.failure:
        return Gap(what, lines.failure, "what the task and the snapshot runtime printed is not seen", lines.permission)
    seen = (
        f"CloudWatch Logs Insights searched it: only lines that a rule knows, and those of its last {LAST_SECONDS} s,"
    )
    if not lines.events:
        return Gap(what, f"{seen} are seen, and there is none", _MATTERS)
    return Gap(what, f"{seen} are seen" + (", the oldest of them left out" if lines.cut else ""), _MATTERS)
