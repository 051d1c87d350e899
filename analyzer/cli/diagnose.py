"""`fsnap-diagnose TARGET...`: name the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    EXIT_NOT_EXAMINED,
    EXIT_USAGE,
    Format,
    InstancesFile,
    MarginShare,
    Output,
    Prices,
    Profile,
    Region,
    RulesFile,
    StorePlace,
    Targets,
    Timeout,
    WindowTime,
    expand,
    fail,
    fetch_options,
    interruptible,
    load_catalogue,
    load_instances,
    pricing,
    progress,
    report_failures,
    saved_captures,
    window_of,
    writing,
)

if TYPE_CHECKING:
    from analyzer.diagnosis import Diagnosis
    from analyzer.evidence.model import Evidence


def diagnose(
    targets: Targets,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="How to write the diagnosis.")
    ] = Format.terminal,
    output: Output = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Every finding, and the rules that had nothing to say.")
    ] = False,
    brief: Annotated[
        bool, typer.Option("--brief", help="Below 2,000 characters, for chat; with --format terminal or markdown.")
    ] = False,
    rules: RulesFile = None,
    profile: Profile = None,
    region: Region = None,
    timeout: Timeout = 60.0,
    prices: Prices = False,
    instances: InstancesFile = None,
    window: WindowTime = None,
    margin: MarginShare = None,
    store: StorePlace = None,
) -> None:
    """Name the cause of what happened, and prove it."""
    from analyzer.examine import Failure, examine, exit_status
    from analyzer.pipeline import diagnose as diagnose_evidence
    from analyzer.reporters.output import BRIEF_FORMATS, write

    if brief and (verbose or output_format not in BRIEF_FORMATS):
        other = "--verbose" if verbose else f"--format {output_format.value}"
        fail(f"--brief has no {other}; give it alone, or with --format markdown", EXIT_USAGE)
    catalogue = load_catalogue(rules)
    types, reclamation = load_instances(instances) if instances else None, window_of(window, margin)
    given = list(expand(targets))
    if not given:
        fail("no targets on standard input", EXIT_NOT_EXAMINED)
    with interruptible():
        with progress() as say_progress:
            options = fetch_options(profile, region, timeout, shipped_figures=instances is None)
            saved = saved_captures(store, options)
            with pricing(prices, options, catalogue, say_progress, types, reclamation) as priced:

                def diagnosed(found: Evidence) -> Diagnosis:
                    return diagnose_evidence(priced(found), catalogue, types, reclamation)

                results = list(examine(given, options, diagnosed, say_progress, saved))
        diagnoses = [result for result in results if not isinstance(result, Failure)]
        with writing(output):
            several = max(len(given), len(results)) > 1
            write(diagnoses, output_format.value, output, verbose=verbose, many=several, brief=brief)
        report_failures(result for result in results if isinstance(result, Failure))
    raise typer.Exit(exit_status(results))
