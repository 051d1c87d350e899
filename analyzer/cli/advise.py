"""`fsnap-diagnose advise`: the window model without a job, for someone who plans a compute environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    EXIT_USAGE,
    InstancesFile,
    MarginShare,
    Output,
    Prices,
    Profile,
    Region,
    TableFormat,
    Timeout,
    WindowTime,
    fail,
    fetch_options,
    interruptible,
    load_instances,
    progress,
    writing,
)

if TYPE_CHECKING:
    from analyzer.advisor.planning import Plan
    from analyzer.fetchers.options import FetchOptions

EXIT_NOTHING_FITS = 1
MOST_LISTED = 500
EPILOG = """Sizes are powers of 1024, as in Nextflow. Exit status: 0 something fits, or each of the named types;
1 nothing does, or a named type does not; 2 the command line is wrong."""


def advise(
    memory: Annotated[str | None, typer.Option(metavar="SIZE", help="Memory of one task: 60GB, 1.5TB.")] = None,
    cpus: Annotated[str | None, typer.Option(metavar="N", help="vCPU of one task; 1 if not given.")] = None,
    instance: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE|FAMILY", help="Ask about this type or family only; may be repeated."),
    ] = None,
    tasks_per_host: Annotated[
        str | None,
        typer.Option(metavar="N", help="Such tasks on one host; `packed`: as many as Batch can put there."),
    ] = None,
    tasks: Annotated[
        str | None,
        typer.Option(metavar="N", help="Such tasks that run at once, on as many hosts as they need; sets maxvCpus."),
    ] = None,
    arch: Annotated[str | None, typer.Option(metavar="ARCH", help="x86_64 (if not given) or arm64.")] = None,
    dirty_share: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Of the memory: what changed since the last pre-dump, 30%.")
    ] = None,
    window: WindowTime = None,
    margin: MarginShare = None,
    efficiency: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Of the line: what a dump makes use of; 0.63 if not given.")
    ] = None,
    top: Annotated[
        str | None,
        typer.Option(metavar="N", help="How many types to list; 10 if not given, all with --all or --instance."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List every type considered, and why it does not fit.")
    ] = False,
    instances: InstancesFile = None,
    output_format: Annotated[
        TableFormat, typer.Option("--format", "-f", help="How to write the advice.")
    ] = TableFormat.terminal,
    prices: Prices = False,
    profile: Profile = None,
    region: Region = None,
    timeout: Timeout = 60.0,
    output: Output = None,
) -> None:
    """Say which instance types let a dump end in time.

    With --instance: what each of these can take.
    """
    from analyzer.advisor.planning import plan
    from analyzer.advisor.planning_answer import answer
    from analyzer.advisor.planning_request import Words, request_of
    from analyzer.advisor.quantities import QuantityError, count
    from analyzer.reporters.advise import write

    words = Words(
        memory, cpus, tasks_per_host, arch, dirty_share, window, margin, efficiency, tuple(instance or ()), tasks
    )
    with interruptible():
        catalogue = load_instances(instances)
        try:
            listed = None if top is None else count(top, "--top", "--top 10", MOST_LISTED)
            found = plan(request_of(words, catalogue), catalogue)
        except QuantityError as error:
            fail(str(error), EXIT_USAGE)
        if prices:
            found = _priced(found, listed, fetch_options(profile, region, timeout))
        with writing(output):
            write(answer(found, top=listed, everything=everything), output_format.value, output)
    raise typer.Exit(0 if found.fits else EXIT_NOTHING_FITS)


def _priced(found: Plan, top: int | None, options: FetchOptions) -> Plan:
    from analyzer.advisor.planning_prices import types_to_price, types_to_score, with_market
    from analyzer.advisor.prices import spot_prices
    from analyzer.fetchers.prices import fetch_prices

    with progress() as say_progress:
        told = fetch_prices(types_to_price(found), options, options.region, types_to_score(found, top), say_progress)
    return with_market(found, spot_prices(told.spot_prices, told.placement_scores), told.gaps)
