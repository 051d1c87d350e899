"""`fsnap-diagnose instances`: what EC2's instance types have, from the shipped catalogue or the user's own region."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    EXIT_NOT_EXAMINED,
    EXIT_USAGE,
    InstancesFile,
    Profile,
    TableFormat,
    fail,
    fetch_options,
    interruptible,
    load_instances,
    no_nan,
    progress,
    say,
    show,
    writing,
)

if TYPE_CHECKING:
    from analyzer.advisor.instance_catalogue import InstanceCatalogue
    from analyzer.advisor.instance_types import InstanceType


def instances(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TYPE|FAMILY]...", help="r6id.4xlarge, r6id, optimal; all that there are if not given."
        ),
    ] = None,
    arch: Annotated[str | None, typer.Option(metavar="ARCH", help="Only these processors: x86_64 or arm64.")] = None,
    nvme: Annotated[bool, typer.Option("--nvme", help="Only with local NVMe storage.")] = False,
    spot: Annotated[bool, typer.Option("--spot", help="Only what can be had on Spot.")] = False,
    candidates: Annotated[
        bool,
        typer.Option(
            "--candidates",
            help="Only what may carry snapshot tasks: Spot, NVMe, current generation, no bare metal, no accelerators.",
        ),
    ] = False,
    min_memory: Annotated[
        str | None, typer.Option("--min-memory", help="Least memory that is built in: 64GB.", metavar="SIZE")
    ] = None,
    max_ratio: Annotated[
        float | None,
        typer.Option(
            "--max-gib-per-gbps",
            help="Most GiB for each Gbps; the vendor advises 5.",
            min=0,
            metavar="N",
            callback=no_nan,
        ),
    ] = None,
    output_format: Annotated[
        TableFormat, typer.Option("--format", "-f", help="How to list them.")
    ] = TableFormat.terminal,
    file: InstancesFile = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Read your own region from EC2, instead of what was shipped.")
    ] = False,
    recorded: Annotated[
        list[Path] | None,
        typer.Option("--from", help="Read recorded pages: aws ec2 describe-instance-types > FILE.", metavar="FILE"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write what was found for --instances, and list nothing.", metavar="FILE"),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="With --from: what to name as the figures' source.", metavar="TEXT")
    ] = None,
    date: Annotated[str, typer.Option(help="With --from: of what day they are.", metavar="YYYY-MM-DD")] = "",
    profile: Profile = None,
    region: Annotated[str | None, typer.Option(help="With --refresh: the region to read.", metavar="NAME")] = None,
    timeout: Annotated[
        float, typer.Option(help="With --refresh: seconds it may take.", min=1, max=3600, callback=no_nan)
    ] = 60.0,
) -> None:
    """List instance types: memory, bandwidth, storage, Spot.

    From the catalogue that is shipped; --refresh reads your own region.
    """
    from analyzer.advisor.instance_selection import UnknownInstanceError, Wanted, select
    from analyzer.advisor.planning_request import architecture_of
    from analyzer.advisor.quantities import QuantityError, size_bytes

    if refresh and recorded:
        fail("--refresh and --from exclude each other; give one of them", EXIT_USAGE)
    try:
        wanted = Wanted(
            architecture=None if arch is None else architecture_of(arch),
            nvme=nvme,
            spot=spot,
            candidates=candidates,
            min_memory_bytes=size_bytes(min_memory, "--min-memory") if min_memory else 0,
            max_gib_per_gbps=max_ratio,
        )
    except QuantityError as error:
        fail(str(error), EXIT_USAGE)
    with interruptible():
        if refresh:
            catalogue = _refreshed(profile, region, timeout)
        elif recorded:
            catalogue = _recorded(recorded, source, date)
        else:
            catalogue = load_instances(file)
        try:
            _show(catalogue, select(catalogue, names or (), wanted), output_format, output)
        except UnknownInstanceError as error:
            fail(str(error), EXIT_USAGE)


def _refreshed(profile: str | None, region: str | None, timeout: float) -> InstanceCatalogue:
    from analyzer.advisor.instance_catalogue import from_documents
    from analyzer.fetchers.errors import FetchError
    from analyzer.fetchers.instance_types import fetch_region_types

    try:
        with progress() as say_progress:
            say_progress("reading instance types ...")
            found = fetch_region_types(fetch_options(profile, region, timeout))
    except FetchError as error:
        fail(str(error), EXIT_NOT_EXAMINED)
    catalogue = from_documents(
        found.documents, source="EC2 DescribeInstanceTypes", date=found.date, region=found.region
    )
    _note_unread(catalogue, len(found.documents))
    return catalogue


def _recorded(paths: list[Path], source: str | None, date: str) -> InstanceCatalogue:
    from analyzer.advisor.instance_catalogue import LONGEST_TEXT, InstanceCatalogueError, from_documents, is_date
    from analyzer.advisor.instance_pages import read_pages

    if not is_date(date):
        fail(f"--date: {date} is no date; write it like 2026-10-27", EXIT_USAGE)
    named = source or f"EC2 DescribeInstanceTypes, as recorded in {', '.join(path.name for path in paths)}"
    try:
        documents = [document for path in paths for document in read_pages(path)]
    except InstanceCatalogueError as error:
        fail(str(error), EXIT_USAGE)
    catalogue = from_documents(documents, source=named[:LONGEST_TEXT], date=date)
    _note_unread(catalogue, len(documents))
    return catalogue


def _note_unread(catalogue: InstanceCatalogue, given: int) -> None:
    if given > len(catalogue.types):
        say(f"{given - len(catalogue.types)} of {given} types were passed over: told twice, or no name, vCPU or memory")


def _show(
    catalogue: InstanceCatalogue, kinds: tuple[InstanceType, ...], output_format: TableFormat, output: Path | None
) -> None:
    from analyzer.reporters.instances import format_instances

    if output is None:
        show(format_instances(catalogue, kinds, output_format.value))
        return
    if not kinds:
        fail(f"no type is all that was asked for, so {output} was not written; ask for less", EXIT_USAGE)
    _write(replace(catalogue, types={kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.name)}), output)


def _write(catalogue: InstanceCatalogue, output: Path) -> None:
    from analyzer.advisor.instance_catalogue import write_catalogue
    from analyzer.reporters.delivery import deliver

    with writing(output):
        deliver(write_catalogue(catalogue), output)
    say(f"wrote {len(catalogue.types)} types to {output}; use them with --instances {output}, or FSNAP_INSTANCES")
