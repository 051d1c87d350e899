"""`fsnap-diagnose advise`: the window model without a job, for someone who plans a compute environment."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    EXIT_USAGE,
    Prices,
    Profile,
    Region,
    Timeout,
    fail,
    fetch_options,
    interruptible,
    progress,
)

if TYPE_CHECKING:
    from analyzer.advisor.instance_catalogue import InstanceCatalogue
    from analyzer.advisor.planning import Plan
    from analyzer.fetchers.options import FetchOptions

EXIT_NOTHING_FITS = 1
MOST_LISTED = 500
EPILOG = """Sizes are powers of 1024, as in Nextflow. Exit status: 0 something fits, or each of the named types;
1 nothing does, or a named type does not; 2 the command line is wrong."""


class AdviceFormat(StrEnum):
    """How an advice is written."""

    terminal = "terminal"
    json = "json"
    csv = "csv"
    markdown = "markdown"


def advise(
    memory: Annotated[str | None, typer.Option(metavar="SIZE", help="Memory of one task: 60GB, 1.5TB.")] = None,
    cpus: Annotated[str | None, typer.Option(metavar="N", help="vCPU of one task; 1 if not given.")] = None,
    instance: Annotated[
        list[str] | None, typer.Option(metavar="TYPE", help="Ask about this type only; may be repeated.")
    ] = None,
    tasks_per_host: Annotated[
        str | None,
        typer.Option(metavar="N", help="Such tasks on one host; `packed`: as many as Batch can put there."),
    ] = None,
    arch: Annotated[str | None, typer.Option(metavar="ARCH", help="x86_64 (if not given) or arm64.")] = None,
    dirty_share: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Of the memory: what changed since the last pre-dump, 30%.")
    ] = None,
    window: Annotated[
        str | None, typer.Option(metavar="TIME", help="The reclamation window; 120s if not given.")
    ] = None,
    margin: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Of the window: what is kept free; 15% if not given.")
    ] = None,
    efficiency: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Of the line: what a dump makes use of; 0.63 if not given.")
    ] = None,
    top: Annotated[str, typer.Option(metavar="N", help="How many types to list.")] = "10",
    everything: Annotated[
        bool, typer.Option("--all", help="List every type considered, and why it does not fit.")
    ] = False,
    instances: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A catalogue of instance types instead of the shipped one.")
    ] = None,
    output_format: Annotated[
        AdviceFormat, typer.Option("--format", "-f", help="How to write the advice.")
    ] = AdviceFormat.terminal,
    prices: Prices = False,
    profile: Profile = None,
    region: Region = None,
    timeout: Timeout = 60.0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to a file instead of the screen.", metavar="FILE")
    ] = None,
) -> None:
    """Say which instance types let a dump end in time, or what a type can take."""
    from analyzer.advisor.planning import plan
    from analyzer.advisor.planning_answer import answer
    from analyzer.advisor.planning_request import Words, request_of
    from analyzer.advisor.quantities import QuantityError, count
    from analyzer.reporters.advise import write

    words = Words(memory, cpus, tasks_per_host, arch, dirty_share, window, margin, efficiency, tuple(instance or ()))
    with interruptible():
        catalogue = _catalogue(instances)
        try:
            listed = count(top, "--top", "--top 10", MOST_LISTED)
            found = plan(request_of(words, catalogue), catalogue)
        except QuantityError as error:
            fail(str(error), EXIT_USAGE)
        if prices:
            found = _priced(found, listed, fetch_options(profile, region, timeout))
        try:
            write(answer(found, top=listed, everything=everything), output_format.value, output)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            fail(f"--output: {output} cannot be written: {error.strerror or error}", EXIT_USAGE)
    raise typer.Exit(0 if found.fits else EXIT_NOTHING_FITS)


def _priced(found: Plan, top: int, options: FetchOptions) -> Plan:
    from analyzer.advisor.planning_prices import types_to_price, types_to_score, with_market
    from analyzer.advisor.prices import spot_prices
    from analyzer.fetchers.prices import fetch_prices

    with progress() as say_progress:
        told = fetch_prices(types_to_price(found), options, options.region, types_to_score(found, top), say_progress)
    return with_market(found, spot_prices(told.spot_prices, told.placement_scores), told.gaps)


def _catalogue(path: Path | None) -> InstanceCatalogue:
    from analyzer.advisor.instance_catalogue import InstanceCatalogueError, load_catalogue, shipped_instances

    try:
        return load_catalogue(path) if path else shipped_instances()
    except InstanceCatalogueError as error:
        fail(f"--instances: {error}", EXIT_USAGE)
