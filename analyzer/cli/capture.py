"""`fsnap-diagnose capture TARGET -o DIR|ZIP`: save the evidence while it can still be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    EXIT_NOT_EXAMINED,
    EXIT_USAGE,
    Prices,
    Profile,
    Region,
    StorePlace,
    Timeout,
    fail,
    fetch_options,
    interruptible,
    load_catalogue,
    pricing,
    progress,
    report_failures,
    saved_captures,
    say,
)

if TYPE_CHECKING:
    from analyzer.evidence.model import Evidence
    from analyzer.fetchers.options import FetchOptions


def _priced(evidence: Evidence, options: FetchOptions, say_progress: Callable[[str], None]) -> Evidence:
    """With Spot prices, where they can be had: what was captured counts for more."""
    from analyzer.examine import Failure, guarded

    if evidence.replayed:
        say(f"{evidence.target} is a capture and keeps the prices that it has: --prices asks for live jobs only")
        return evidence
    with pricing(True, options, load_catalogue(None), say_progress) as priced:
        found = guarded(evidence, priced)
    if isinstance(found, Failure):
        report_failures([found])
        return evidence
    return found


def capture(
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="What to capture: a job id or ARN, an s3:// work directory, a path.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A folder, or a file that ends in .zip.", metavar="DIR|ZIP")
    ],
    profile: Profile = None,
    region: Region = None,
    timeout: Timeout = 60.0,
    prices: Prices = False,
    store: StorePlace = None,
) -> None:
    """Save the evidence while it can still be had.

    The folder or zip replays to the same diagnosis, on any machine, on any day. Secrets in it are masked.
    With --prices, what the proposed instance types cost today is kept, too.
    """
    from analyzer.evidence.capture_write import CaptureError, check_destination, write_capture
    from analyzer.examine import Failure, gather_evidence
    from analyzer.masks import masks_of

    try:
        check_destination(output)
    except CaptureError as error:
        fail(str(error), EXIT_USAGE)
    with interruptible():
        with progress() as say_progress:
            options = fetch_options(profile, region, timeout)
            saved = saved_captures(store, options)
            found, *others = gather_evidence([target], options, say_progress, store=saved)
            if others:
                fail(f"{target} is a bundle of {len(others) + 1} captures: unpack it, and give one of them", EXIT_USAGE)
            if prices and not isinstance(found, Failure):
                found = _priced(found, options, say_progress)
        if isinstance(found, Failure):
            report_failures([found])
            raise typer.Exit(EXIT_NOT_EXAMINED)
        try:
            write_capture(found, output, masks_of(found))
        except CaptureError as error:
            fail(str(error), EXIT_NOT_EXAMINED)
    say(f"captured {target} in {output}" + (f", with {len(found.gaps)} gap(s)" if found.gaps else ""))
