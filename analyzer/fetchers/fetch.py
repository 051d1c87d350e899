"""From targets to Evidence: the entry to this room."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analyzer.evidence.job import Attempt, Job, read_job
from analyzer.evidence.location import Location, parse_uri, work_directory
from analyzer.evidence.model import Document, Evidence, Gap
from analyzer.fetchers.already import already, ended_attempts
from analyzer.fetchers.batch import JOBS_PER_CALL, describe_jobs, log_region
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.cloudtrail import CALLS_AT_ONCE, SECONDS_BETWEEN_CALLS
from analyzer.fetchers.cloudwatch import JobLogs, goes_to_cloudwatch
from analyzer.fetchers.deadline import Deadline, Pacer
from analyzer.fetchers.errors import FetchError, fetch_error
from analyzer.fetchers.executor import DaemonExecutor, in_time
from analyzer.fetchers.found import Found, Source, add
from analyzer.fetchers.gather import Limit, Progress, Start, gather
from analyzer.fetchers.hosts import HostChain
from analyzer.fetchers.limiter import Limiter
from analyzer.fetchers.memo import Memo
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.plan import Plan, plan, plan_to_keep, with_current_attempt
from analyzer.fetchers.targets import JobReference, is_region, parse_job
from analyzer.fetchers.workdir import WorkDirectory

if TYPE_CHECKING:
    from analyzer.fetchers.insights import Insights

THREADS = 24
"""As many as one job has calls that need not wait for each other."""


_LIKELY = ("logs", "s3", "ecs", "ec2")
"""Services that a job which failed is likely to need, in the order in which they are called."""


class UnknownJobError(FetchError):
    """Batch answered, and does not know the job (any more)."""


class Fetcher:
    """What all targets share: clients, threads, answers that several need. Safe to share among threads itself."""

    def __init__(
        self, options: FetchOptions, progress: Progress, limiter: Limiter | None = None, threads: int = THREADS
    ) -> None:
        self.options, self.progress = options, progress
        self.clients = Clients(options, limiter)
        self.executor = DaemonExecutor(threads)
        self.stopped = threading.Event()
        self.memo = Memo()
        self.insights: Insights | None = None
        """Searches logs, where that is wanted in place of fetching them."""
        if options.search_texts:
            from analyzer.fetchers.insights import Insights

            share = limiter.share if limiter else 1.0
            self.insights = Insights(self.clients, options.search_texts, options.timeout_seconds, share)
        self._pacers: dict[str | None, Pacer] = {}

    def pacer(self, region: str | None) -> Pacer:
        """The one for a region: its limit is the account's, whichever target asks."""
        return self._pacers.setdefault(region, Pacer(SECONDS_BETWEEN_CALLS, CALLS_AT_ONCE))

    def now(self) -> datetime:
        """As chosen, else the clock's."""
        return self.options.now or datetime.now(UTC)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Also on Ctrl-C: sources stop at their next call, and their threads do not keep the program alive."""
        self.stopped.set()
        self.executor.shutdown()
        if self.insights is not None:
            self.insights.close()

    def iter_jobs(
        self,
        ids: Sequence[str],
        described: Mapping[str, Document] | None = None,
        region: str | None = None,
        saved: Mapping[str, Sequence[Evidence]] | None = None,
    ) -> Iterator[tuple[str, Evidence | FetchError]]:
        """Each job's evidence as soon as it is there.

        Args:
            ids: as `fetch_jobs` takes them.
            described: jobs by id that need not be asked for, in DescribeJobs' form.
            region: of ids that name none; None: the region that is set up.
            saved: captures, of jobs by their ids whose evidence is to be kept: of every attempt that is over its log
                and its host are fetched, whatever it ended of, unless they are in the captures.
        """
        by_region: dict[str | None, list[JobReference]] = {}
        for target in dict.fromkeys(ids):
            try:
                reference = parse_job(target)
                own = reference.region or region or _default_region(self, target)
            except FetchError as error:
                yield target, error
                continue
            by_region.setdefault(own, []).append(reference)
        for where, references in by_region.items():
            for start in range(0, len(references), JOBS_PER_CALL):
                some = references[start : start + JOBS_PER_CALL]
                yield from _region_jobs(self, where, some, described or {}, saved or {})


def fetch_jobs(ids: Sequence[str], options: FetchOptions, progress: Progress) -> Mapping[str, Evidence | FetchError]:
    """Fetch everything that explains the jobs; in the order of `ids`, each once.

    Args:
        ids: Batch job ids, ids of array children (`<id>:<index>`) or job ARNs, whose region counts before all others.
        options: what to read, and how much of it.
        progress: told in a few words what has just been done; called on the caller's thread.
    """
    found = dict(iter_jobs(ids, options, progress))
    return {target: found[target] for target in dict.fromkeys(ids)}


def iter_jobs(
    ids: Sequence[str], options: FetchOptions, progress: Progress
) -> Iterator[tuple[str, Evidence | FetchError]]:
    """As `fetch_jobs`, each as soon as it is there: memory for a few targets, not for all."""
    with Fetcher(options, progress) as fetching:
        yield from fetching.iter_jobs(ids)


def _default_region(fetching: Fetcher, target: str) -> str | None:
    try:
        return fetching.clients.default_region()
    except Exception as error:
        raise fetch_error(error, f"look up {target}", "DescribeJobs") from error


def _region_jobs(
    fetching: Fetcher,
    region: str | None,
    references: list[JobReference],
    described: Mapping[str, Document],
    saved: Mapping[str, Sequence[Evidence]],
) -> Iterator[tuple[str, Evidence | FetchError]]:
    began = time.monotonic()
    jobs, failure = _describe(fetching, region, references, described)
    if failure is not None:
        yield from ((one.target, _failed(fetching, one, failure)) for one in references)
        return
    yield from ((one.target, _unknown(one, region)) for one in references if one.id not in jobs)
    known = [one for one in references if one.id in jobs]
    searched = _search(fetching, region, known, jobs)
    starts = (_start(fetching, region, one, jobs, searched.get(one.id), saved.get(one.id)) for one in known)
    # whoever waited long for the description has less time left for all else
    limit = Limit(fetching.options.timeout_seconds, time.monotonic() - began)
    for evidence in gather(starts, fetching.executor, limit, fetching.stopped, fetching.progress):
        yield evidence.target, evidence


def _describe(
    fetching: Fetcher, region: str | None, references: list[JobReference], described: Mapping[str, Document]
) -> tuple[dict[str, Document], BaseException | None]:
    """Jobs and the arrays that they are children of, in as few calls as there can be; or why there are none."""
    wanted = [one.id for one in references] + [one.parent_id for one in references if one.parent_id]
    known = {job_id: described[job_id] for job_id in wanted if job_id in described}
    ids = [job_id for job_id in wanted if job_id not in known]
    if not ids:
        return known, None
    count = len(references)
    fetching.progress(f"asking AWS Batch for {count} job{'s' if count > 1 else ''} in {region or 'no region'}")

    answered = threading.Event()

    def call() -> dict[str, Document]:
        client = fetching.clients.get("batch", region)
        fetching.executor.submit(fetching.clients.prepare, _LIKELY, region, answered.is_set)
        return describe_jobs(client, ids)

    future = fetching.executor.submit(call)
    done = wait([future], timeout=fetching.options.timeout_seconds).done
    answered.set()
    if not done:
        return {}, TimeoutError()
    error = future.exception()
    return ({}, error) if error else (known | future.result(), None)


def _failed(fetching: Fetcher, reference: JobReference, error: BaseException) -> FetchError:
    trying = f"look up job {reference.target}"
    if isinstance(error, TimeoutError):
        return FetchError(
            f"Could not {trying}: AWS Batch did not answer within {fetching.options.timeout_seconds:g} s; "
            "check the network, the region and AWS_ENDPOINT_URL."
        )
    return fetch_error(error, trying, "DescribeJobs")


def _unknown(reference: JobReference, region: str | None) -> FetchError:
    return UnknownJobError(
        f"AWS Batch in {region} does not know job {reference.target}: the id, the region or the account is another, "
        "or it ended long ago (Batch keeps a job for at least 7 days); its work directory still tells most, "
        "give that instead: fsnap-diagnose s3://BUCKET/WORK/xx/hash."
    )


def _search(
    fetching: Fetcher, region: str | None, references: list[JobReference], jobs: Mapping[str, Document]
) -> Mapping[str, Found]:
    """The logs of all these jobs by a search, where that is wanted; else nothing."""
    if fetching.insights is None:
        return {}
    from analyzer.fetchers.insights_logs import Searched, search_logs

    wanted: list[Searched] = []
    for one in references:
        job = with_current_attempt(jobs[one.id])
        attempts = _logged(job, plan(job))
        if attempts and goes_to_cloudwatch(job):
            wanted.append(Searched(one.id, job, attempts, _logs_region(jobs[one.id], region)))
    if wanted:
        fetching.progress(f"searching the logs of {len(wanted)} job{'s' if len(wanted) > 1 else ''}")
    now_ms = int(fetching.now().timestamp() * 1000)
    return search_logs(fetching.insights, wanted, fetching.options.max_log_bytes, now_ms)


def _logged(job: Job, wanted: Plan) -> list[Attempt]:
    return [attempt for attempt in job.attempts if attempt.number in wanted.logs]


def _logs_region(document: Document, region: str | None) -> str | None:
    told = log_region(document)
    return told if told and is_region(told) else region


def _start(
    fetching: Fetcher,
    region: str | None,
    reference: JobReference,
    jobs: Mapping[str, Document],
    searched: Found | None,
    saved: Sequence[Evidence] | None,
) -> Start:
    document = jobs[reference.id]
    job = with_current_attempt(document) if saved is None else read_job(document)
    evidence = Evidence(
        target=reference.target,
        kind="job",
        region=region,
        captured_at=fetching.options.captured_at(),
        job=document,
        array_parent=jobs.get(reference.parent_id or ""),
    )
    have = already(saved or ())
    wanted = plan(job) if saved is None else plan_to_keep(job, ended_attempts(job, document))
    wanted = replace(wanted, logs=tuple(number for number in wanted.logs if number not in have.logs))
    hosts = HostChain(
        clients=fetching.clients,
        region=region,
        job=job,
        wanted=wanted,
        want_cloudtrail=fetching.options.want_cloudtrail,
        pacer=fetching.pacer(region),
        now=fetching.now,
        memo=fetching.memo,
        shipped_figures=fetching.options.shipped_figures,
        have=have,
    )
    attempts = _logged(job, wanted) if searched is None else []
    logs_region = _logs_region(document, region)
    logs = (
        JobLogs(fetching.clients, logs_region, job, fetching.options.max_log_bytes).sources(attempts)
        if attempts
        else ()
    )
    files, gaps = _workdir_sources(fetching, region, job, wanted)
    evidence = add(replace(evidence, gaps=gaps), searched or Found())
    return Start(evidence, (*logs, *files, *hosts.sources()))


def _workdir_sources(
    fetching: Fetcher, region: str | None, job: Job, wanted: Plan
) -> tuple[tuple[Source, ...], tuple[Gap, ...]]:
    if not wanted.workdir:
        return (), ()
    place = work_directory(job)
    if place is not None:
        return WorkDirectory(fetching.clients, region, place, fetching.options, job.array_index).sources(), ()
    if "nf-token" not in (job.parameters or {}):
        return (), ()  # not Nextflow's: there is no work directory to miss
    return (), (
        Gap(
            what="the work directory",
            why="neither FUSION_WORK nor the command of the job tells where it is",
            matters="the checkpoint logs and the task's own logs are not seen: they hold the decisive lines",
        ),
    )


def fetch_workdir(uri: str, options: FetchOptions, progress: Progress) -> Evidence | FetchError:
    """Fetch a work directory alone, `s3://bucket/work/xx/hash`: for jobs that Batch has forgotten."""
    place = parse_uri(uri.strip())
    if place is None:
        return FetchError(f"{uri} is not the URI of a work directory: those look like s3://BUCKET/WORK/xx/hash.")
    with Fetcher(options, progress) as fetching:
        began = time.monotonic()
        try:
            region = fetching.clients.default_region()
            # whoever has the credentials may be asked for them here, and not answer
            in_time(
                fetching.executor, Deadline.after(options.timeout_seconds), lambda: fetching.clients.get("s3", region)
            )
        except TimeoutError:
            return FetchError(
                f"Could not read {place.uri}: there were no AWS credentials within {options.timeout_seconds:g} s; "
                "see what aws sts get-caller-identity says."
            )
        except Exception as error:
            return fetch_error(error, f"read {place.uri}", "ListObjectsV2")
        limit = Limit(options.timeout_seconds, time.monotonic() - began)
        evidence = Evidence(target=uri, kind="workdir", region=region, captured_at=options.captured_at())
        start = Start(evidence, WorkDirectory(fetching.clients, region, place, options).sources())
        found = next(gather([start], fetching.executor, limit, fetching.stopped, progress))
    return found if found.workdir or found.listing else _nothing(place, found)


def _nothing(place: Location, found: Evidence) -> FetchError:
    reasons = "; ".join(dict.fromkeys(gap.why for gap in found.gaps)) or "nothing is there"
    permissions = sorted({gap.permission for gap in found.gaps if gap.permission})
    way_out = (
        f"allow {', '.join(permissions)} for this role"
        if permissions
        else "check the URI, the credentials and the network"
    )
    return FetchError(f"Could not read {place.uri}: {reasons}; {way_out}.")
