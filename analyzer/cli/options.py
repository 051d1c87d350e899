"""Options that several commands share, and how commands speak to people."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from analyzer.advisor.instance_catalogue import InstanceCatalogue
    from analyzer.advisor.window import Window
    from analyzer.classifier.catalogue import Catalogue
    from analyzer.evidence.model import Evidence
    from analyzer.examine import Failure
    from analyzer.fetchers.options import FetchOptions
    from analyzer.store.captures import SavedCaptures

EXIT_USAGE, EXIT_NOT_EXAMINED, EXIT_INTERRUPTED = 2, 3, 130


class Format(StrEnum):
    """How a diagnosis is written."""

    terminal = "terminal"
    json = "json"
    jsonl = "jsonl"
    markdown = "markdown"
    html = "html"


class TableFormat(StrEnum):
    """How a list of instance types is written."""

    terminal = "terminal"
    json = "json"
    csv = "csv"
    markdown = "markdown"


def no_nan(value: float | None) -> float | None:
    """A number that is one: NaN is within all bounds, since it is neither below nor above any."""
    if value is not None and math.isnan(value):
        raise typer.BadParameter("nan is no number")
    return value


Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="TARGET...",
        help="Job ids or ARNs, s3:// work directories, captures, work directories, .json jobs, logs, or -.",
    ),
]
Profile = Annotated[str | None, typer.Option(help="AWS profile; as boto3 finds it if not given.", metavar="NAME")]
Region = Annotated[str | None, typer.Option(help="AWS region; an ARN's own region wins.", metavar="NAME")]
Timeout = Annotated[
    float, typer.Option(help="Seconds that fetching one job may take.", min=1, max=3600, callback=no_nan)
]
Prices = Annotated[
    bool,
    typer.Option("--prices", help="Ask EC2 for Spot prices and placement scores of the instance types to propose."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to a file instead of the screen.", metavar="FILE")
]
StorePlace = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="DIR|S3-URI",
        help="Where captures are kept: they fill in what AWS has forgotten (docs/store.md).",
    ),
]
RulesFile = Annotated[
    Path | None, typer.Option("--rules", help="A file with rules of your own (docs/rules-file.md).", metavar="FILE")
]
InstancesFile = Annotated[
    Path | None,
    typer.Option(
        "--instances",
        help="Instance types of your own region, written by: fsnap-diagnose instances --refresh -o FILE.",
        metavar="FILE",
        envvar="FSNAP_INSTANCES",
    ),
]
WindowTime = Annotated[
    str | None,
    typer.Option("--window", metavar="TIME", help="The reclamation window that a dump has to fit; 120s if not given."),
]
MarginShare = Annotated[
    str | None, typer.Option("--margin", metavar="SHARE", help="Of the window: what is kept free; 15% if not given.")
]


def fail(message: str, status: int) -> NoReturn:
    """Say one sentence on standard error and leave."""
    say(message)
    raise typer.Exit(status)


def say(message: str) -> None:
    """One sentence on standard error; text from outside is made harmless and loses its secrets."""
    from analyzer.reporters.text import clean
    from analyzer.support.redaction import mask_secrets

    typer.echo(f"fsnap-diagnose: {clean(mask_secrets(message), None)}", err=True)


@contextmanager
def writing(output: Path | None) -> Iterator[None]:
    """What cannot be written ends the command with one sentence; a reader that has gone is for `main.run`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        place = "standard output" if output is None else f"--output: {output}"
        fail(f"{place} cannot be written: {error.strerror or error}", EXIT_USAGE)


def show(text: str) -> None:
    """Write a page to standard output."""
    from analyzer.reporters.delivery import deliver

    with writing(None):
        deliver(text, None)


def expand(targets: Iterable[str]) -> Iterator[str]:
    """Targets with `-` replaced by the lines of standard input; blank ones and `# comments` are passed over."""
    for target in targets:
        if target == "-":
            yield from (line for line in map(str.strip, sys.stdin) if line and not line.startswith("#"))
        else:
            yield target


def load_catalogue(path: Path | None) -> Catalogue:
    """The shipped rules, and the user's own."""
    from analyzer.classifier.catalogue import CatalogueError, read_user_rules, shipped

    try:
        return shipped().with_rules(read_user_rules(path)) if path else shipped()
    except CatalogueError as error:
        fail(str(error), EXIT_USAGE)


def load_instances(path: Path | None) -> InstanceCatalogue:
    """The instance types of a file, or the shipped ones."""
    from analyzer.advisor.instance_catalogue import InstanceCatalogueError, load_catalogue, shipped_instances

    try:
        return load_catalogue(path) if path else shipped_instances()
    except InstanceCatalogueError as error:
        fail(f"--instances: {error}", EXIT_USAGE)


def window_of(window: str | None, margin: str | None) -> Window | None:
    """The window that a dump has to fit into; None where nothing was said of it."""
    if window is None and margin is None:
        return None
    from analyzer.advisor import planning_request
    from analyzer.advisor.quantities import QuantityError

    try:
        return planning_request.window_of(window, margin)
    except QuantityError as error:
        fail(str(error), EXIT_USAGE)


def fetch_options(
    profile: str | None, region: str | None, timeout: float, *, shipped_figures: bool = False
) -> FetchOptions:
    """How AWS is asked; `shipped_figures`: not for the figures of instance types that the package has."""
    from analyzer.fetchers.options import FetchOptions

    return FetchOptions(profile=profile, region=region, timeout_seconds=timeout, shipped_figures=shipped_figures)


def saved_captures(store: str | None, options: FetchOptions) -> SavedCaptures | None:
    """What was saved of jobs in a store; None where none is named."""
    if store is None:
        return None
    from analyzer.fetchers.errors import FetchError
    from analyzer.fetchers.places import place_of
    from analyzer.store.captures import SavedCaptures

    try:
        place = place_of(store, options)
    except FetchError as error:
        fail(f"--store: {error}", EXIT_USAGE)
    if not store.startswith("s3://") and not Path(store).is_dir():
        fail(f"--store: {store} is no folder; name the one that watch or report keeps its store in", EXIT_USAGE)
    return SavedCaptures(place)


@contextmanager
def pricing(
    wanted: bool,
    options: FetchOptions,
    catalogue: Catalogue,
    say_progress: Callable[[str], None],
    instances: InstanceCatalogue | None = None,
    window: Window | None = None,
) -> Iterator[Callable[[Evidence], Evidence]]:
    """What adds Spot prices to evidence; nothing is added, nor asked, unless it is wanted."""
    if not wanted:
        yield lambda evidence: evidence
        return
    from analyzer.fetchers.prices import SpotMarket
    from analyzer.priced import with_prices

    with SpotMarket(options, say_progress) as market:
        yield lambda evidence: with_prices(evidence, market, catalogue, instances, window)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what is being fetched; nothing where it is no terminal.

    It is drawn, and what draws it is loaded, when there is something to say: of a local capture there is nothing.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    with ExitStack() as drawn:
        update: Callable[[str], None] | None = None
        drawing = Lock()  # what is fetched side by side speaks at the same time

        def say_progress(message: str) -> None:
            nonlocal update
            with drawing:
                update = update or _spinner(drawn)
                update(message)

        yield say_progress


def _spinner(drawn: ExitStack) -> Callable[[str], None]:
    from rich.console import Console
    from rich.markup import escape

    from analyzer.reporters.text import prose

    status = drawn.enter_context(Console(stderr=True).status("looking ..."))
    return lambda message: status.update(escape(prose(message)))


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends the command quietly."""
    try:
        yield
    except KeyboardInterrupt:
        fail("interrupted", EXIT_INTERRUPTED)


def report_failures(failures: Iterable[Failure]) -> None:
    """Say for each target that could not be examined why."""
    for failure in failures:
        message = failure.message if failure.target in failure.message else f"{failure.target}: {failure.message}"
        say(message)
