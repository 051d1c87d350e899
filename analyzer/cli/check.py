"""`fsnap-diagnose check QUEUE|COMPUTE-ENVIRONMENT|JOB`: the pre-flight."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    EXIT_NOT_EXAMINED,
    EXIT_USAGE,
    InstancesFile,
    MarginShare,
    Output,
    Profile,
    Region,
    StorePlace,
    Timeout,
    WindowTime,
    fail,
    fetch_options,
    interruptible,
    load_instances,
    progress,
    saved_captures,
    say,
    window_of,
    writing,
)

if TYPE_CHECKING:
    from analyzer.checks.setting import Task
    from analyzer.evidence.model import Document, Gap
    from analyzer.store.captures import SavedCaptures

EXIT_CHECK_FAILED = 1
EPILOG = """Exit status: 0 no check fails; 1 at least one does; 2 the command line is wrong; 3 the target, or where its
jobs run, could not be examined. Checks that warn do not change it, nor those that could not look, but with --strict."""
_WORKDIR = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/.{0,1024})?")


class CheckFormat(StrEnum):
    """How a pre-flight is written."""

    terminal = "terminal"
    json = "json"
    jsonl = "jsonl"
    markdown = "markdown"
    junit = "junit"


def check(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="A job queue or a compute environment, by name or ARN; a job, by id or ARN."
        ),
    ],
    workdir: Annotated[
        list[str] | None,
        typer.Option(
            metavar="S3-URI", help="A work directory, s3://bucket/work, beside the job's own; may be repeated."
        ),
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory of a planned task instead of the job's: 60GB.")
    ] = None,
    cpus: Annotated[str | None, typer.Option(metavar="N", help="vCPUs of the planned task; 1 if not given.")] = None,
    output_format: Annotated[
        CheckFormat, typer.Option("--format", "-f", help="How to write the pre-flight.")
    ] = CheckFormat.terminal,
    output: Output = None,
    profile: Profile = None,
    region: Region = None,
    timeout: Timeout = 60.0,
    instances: InstancesFile = None,
    window: WindowTime = None,
    margin: MarginShare = None,
    store: StorePlace = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 as well where a check could not look (for gates in CI).")
    ] = False,
) -> None:
    """Hold a queue, an environment or a job against what it needs.

    That is all that Fusion Snapshots ask for.
    """
    from analyzer.checks.run import run_checks
    from analyzer.fetchers.environment import fetch_environment
    from analyzer.fetchers.errors import FetchError
    from analyzer.reporters.check_output import write_check

    if not target.strip():
        fail("TARGET is empty; name a job queue, a compute environment or a job: check my-queue", EXIT_USAGE)
    planned, reclamation = _planned(memory, cpus), window_of(window, margin)
    for uri in workdir or ():
        if not _WORKDIR.fullmatch(uri):
            fail(f'--workdir: "{uri}" is no place in S3; write s3://bucket/work', EXIT_USAGE)
    with interruptible():
        catalogue = load_instances(instances)
        try:
            with progress() as say_progress:
                options = fetch_options(profile, region, timeout)
                saved = saved_captures(store, options)
                evidence = fetch_environment(
                    target,
                    options,
                    workdirs=workdir or (),
                    progress=say_progress,
                    forgotten=lambda job_id: _saved_job(job_id, saved),
                )
        except FetchError as error:
            fail(str(error), EXIT_NOT_EXAMINED)
        report = run_checks(evidence, catalogue, planned, reclamation)
        with writing(output):
            write_check(report, output_format.value, output)
    if report.unseen:
        say(_not_examined(target, report.unseen))
        raise typer.Exit(EXIT_NOT_EXAMINED)
    raise typer.Exit(EXIT_CHECK_FAILED if report.failed or (strict and report.undecided) else 0)


def _saved_job(job_id: str, saved: SavedCaptures | None) -> Document | None:
    """The job's description as it was saved last; that it is that is said."""
    captures = saved.of(job_id) if saved is not None else ()
    if saved is None or not captures:
        return None
    at = f" at {captures[-1].captured_at}" if captures[-1].captured_at else ""
    say(f"AWS Batch does not give job {job_id} (any more): its description is the one saved in {saved.place.uri}{at}")
    return captures[-1].job


def _not_examined(target: str, gap: Gap) -> str:
    way_out = f"; allow {gap.permission} for this role" if gap.permission else ""
    return f"Could not see where jobs of {target} run: {gap.why}{way_out}."


def _planned(memory: str | None, cpus: str | None) -> Task | None:
    from analyzer.advisor.planning_request import MOST_VCPUS
    from analyzer.advisor.quantities import QuantityError, count, size_bytes
    from analyzer.checks.setting import Task

    if memory is None:
        if cpus is not None:
            fail("--cpus needs --memory beside it, such as: --memory 60GB --cpus 16", EXIT_USAGE)
        return None
    try:
        return Task(
            size_bytes(memory, "--memory"),
            count(cpus, "--cpus", "--cpus 16", MOST_VCPUS) if cpus is not None else 1,
            planned=True,
        )
    except QuantityError as error:
        fail(str(error), EXIT_USAGE)
