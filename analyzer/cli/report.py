"""`fsnap-diagnose report`: what failed in whole queues and why, what to change first, and what got worse."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    EXIT_NOT_EXAMINED,
    EXIT_USAGE,
    InstancesFile,
    Output,
    Prices,
    Profile,
    Region,
    RulesFile,
    Timeout,
    expand,
    fail,
    fetch_options,
    interruptible,
    load_catalogue,
    load_instances,
    say,
)
from analyzer.cli.report_progress import survey_progress

if TYPE_CHECKING:
    from analyzer.cli.report_delivery import Delivery
    from analyzer.fetchers.options import FetchOptions
    from analyzer.survey_period import Span
    from analyzer.survey_run import ReportRequest

DEFAULT_SINCE = "24h"
_NOTHING = (
    "nothing to report on: name a queue (--queue my-queue), a run (--run tw-...), a trace (--trace trace.txt), "
    "captures, or a store (--store DIR)"
)
EPILOG = """Exit status: 0 no job failed, or with --fail-on: none of its conditions holds, whatever failed; 1 at least
one job failed, or with --fail-on: a condition holds; 2 the command line is wrong, or the report cannot be written; 3
a queue, a run or a target that was named, or more than a tenth of the listed jobs, could not be examined, the survey
ended early, or the report could not be published or sent (wins over 1): where there is anything to report, it is
reported all the same. A single job of a queue that cannot be examined is a note in the report. Times are in UTC. With
--store each job is fetched once, however often the command is repeated."""


class ReportFormat(StrEnum):
    """How a report is written."""

    terminal = "terminal"
    markdown = "markdown"
    csv = "csv"
    json = "json"
    parquet = "parquet"
    html = "html"


class Logs(StrEnum):
    """How logs are looked at."""

    fetch = "fetch"
    insights = "insights"


class Status(StrEnum):
    """Batch's states of a job."""

    submitted = "SUBMITTED"
    pending = "PENDING"
    runnable = "RUNNABLE"
    starting = "STARTING"
    running = "RUNNING"
    succeeded = "SUCCEEDED"
    failed = "FAILED"


def report(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TARGET]...", help="Job ids, captures, folders or s3:// prefixes of captures, or -."),
    ] = None,
    queue: Annotated[
        list[str] | None,
        typer.Option("--queue", metavar="NAME", help="A job queue, by name, ARN or pattern (*, ?); may be repeated."),
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option(
            "--run", metavar="ID", help="A run of Seqera Platform, tw-<workflowId>; in all queues, or --queue."
        ),
    ] = None,
    trace: Annotated[
        list[Path] | None, typer.Option("--trace", metavar="FILE", help="A trace file of Nextflow's: the jobs in it.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="When jobs ended at the earliest: 24h, 7d, 2026-11-01, RFC 3339. Of queues: 24h."
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before when jobs ended; now if not given.")] = None,
    status: Annotated[
        list[Status] | None,
        typer.Option(case_sensitive=False, help="Only jobs in this state; may be repeated. SUCCEEDED and FAILED."),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(metavar="DIR|S3-URI", help="Keep what is found, and leave out what is there (docs/store.md)."),
    ] = None,
    compact: Annotated[
        bool, typer.Option("--compact", help="Put the store's many small files together, a few for each day and queue.")
    ] = False,
    output_format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to write the report; parquet: its rows.")
    ] = ReportFormat.terminal,
    output: Output = None,
    table: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --format csv: which table; the failed jobs if not given.")
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(metavar="EXPR", help='What sets exit status 1: "dump.*>5", "rate>2%"; may be repeated.'),
    ] = None,
    publish: Annotated[
        str | None, typer.Option(metavar="DIR|S3-URI", help="Put a dated report there, and the latest.")
    ] = None,
    notify: Annotated[str | None, typer.Option(metavar="sns:ARN", help="Send the short form to an SNS topic.")] = None,
    compare: Annotated[
        bool | None,
        typer.Option(
            "--compare/--no-compare",
            help="With the period before, which is examined, too; if not given: where the store has any of it.",
        ),
    ] = None,
    executor: Annotated[
        str, typer.Option(metavar="threads|processes|dask:ADDRESS", help="Where jobs are examined.")
    ] = "threads",
    workers: Annotated[int | None, typer.Option(metavar="N", min=1, max=64, help="How many at once.")] = None,
    logs: Annotated[
        Logs,
        typer.Option(help="Fetch the logs that verdicts need, or have CloudWatch Logs Insights search them (billed)."),
    ] = Logs.fetch,
    rules: RulesFile = None,
    profile: Profile = None,
    region: Region = None,
    timeout: Timeout = 60.0,
    prices: Prices = False,
    instances: InstancesFile = None,
) -> None:
    """Say of whole queues, runs or folders what failed, and why.

    Also what to change, and what got worse. The folders hold captures.
    """
    from analyzer.cli.report_delivery import Delivery, Form
    from analyzer.fetchers.job_list import ENDED_STATUSES
    from analyzer.survey import SurveyRequest
    from analyzer.survey_run import ReportRequest
    from analyzer.survey_work import WorkSetup

    if compact and store is None:
        fail("--compact puts a store's files together: name the store (--store DIR)", EXIT_USAGE)
    options = fetch_options(profile, region, timeout, shipped_figures=instances is None)
    if logs is Logs.insights:
        options = replace(options, search_texts=_search_texts(rules))
    delivery = Delivery.of(Form(output_format.value, output, table), fail_on or (), publish, notify, rules, options)
    _check_executor(executor)
    if instances is not None:
        load_instances(instances)
    with interruptible():
        named = tuple(dict.fromkeys(expand(targets or ())))
        if not (named or queue or run or trace):
            _check_all_saved(store)
        request = ReportRequest(
            survey=SurveyRequest(
                queues=tuple(dict.fromkeys(queue or ())),
                runs=tuple(dict.fromkeys(run or ())),
                targets=named,
                traces=tuple(trace or ()),
                span=_span(since, until, options, by_default=bool(queue) and not run),
                statuses=tuple(one.value for one in status or ()) or ENDED_STATUSES,
            ),
            setup=WorkSetup(options, rules, instances, prices, store),
            store=store,
            compare=compare,
            executor=executor,
            workers=workers,
            compact=compact,
        )
        raise typer.Exit(_deliver(request, delivery))


def _check_all_saved(store: str | None) -> None:
    """Nothing is named: a store is reported on that is there."""
    if store is None:
        fail(_NOTHING, EXIT_USAGE)
    if not store.startswith("s3://") and not Path(store).is_dir():
        fail(f"--store: {store} is no folder; name the one that a store is in", EXIT_USAGE)


def _search_texts(rules: Path | None) -> tuple[str, ...]:
    """What the rules look for in a task's log; what the search costs is said before."""
    from analyzer.fetchers.insights_query import PRICE_NOTE

    say(PRICE_NOTE)
    return tuple(signature.text for signature in load_catalogue(rules).signatures("task", "runtime", "fusion"))


def _check_executor(name: str) -> None:
    from analyzer.survey_executors import ExecutorError, check_name

    try:
        check_name(name)
    except ExecutorError as error:
        fail(str(error), EXIT_USAGE)


def _span(since: str | None, until: str | None, options: FetchOptions, *, by_default: bool) -> Span | None:
    """The period; None where jobs are named by something else than when they ended."""
    from analyzer.survey_period import EVER, PeriodError, span_of

    if since is None and until is None and not by_default:
        return None
    begin = since or (DEFAULT_SINCE if until is None else EVER)
    try:
        return span_of(begin, until, datetime.fromisoformat(options.captured_at()))
    except PeriodError as error:
        fail(str(error), EXIT_USAGE)


def _deliver(request: ReportRequest, delivery: Delivery) -> int:
    """Make and deliver the report; the exit status."""
    from analyzer.fetchers.errors import FetchError
    from analyzer.store.store import StoreError
    from analyzer.survey_executors import ExecutorError
    from analyzer.survey_run import run_report

    try:
        delivery.check()
        with ExitStack() as stack:
            with survey_progress() as shown:
                result = stack.enter_context(run_report(request, shown))
            if result.is_empty:
                *some, last = result.report.notes or ("nothing was found to report on",)
                for note in some:
                    say(note)
                fail(last, EXIT_NOT_EXAMINED)
            return delivery.deliver(result)
    except ExecutorError as error:
        fail(str(error), EXIT_USAGE)
    except (FetchError, StoreError) as error:
        fail(str(error), EXIT_NOT_EXAMINED)
