"""`fsnap-diagnose bundle TARGET... -o ticket.zip`: one file for the support ticket that leaks nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    EXIT_NOT_EXAMINED,
    EXIT_USAGE,
    InstancesFile,
    MarginShare,
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
    say,
    window_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from analyzer.bundle.assemble import Bundle, Examined
    from analyzer.bundle.disguise import Disguise
    from analyzer.bundle.own_rules import OwnRules
    from analyzer.diagnosis import Diagnosis
    from analyzer.evidence.model import Evidence
    from analyzer.examine import Failure
    from analyzer.fetchers.options import FetchOptions
    from analyzer.store.captures import SavedCaptures

EXIT_REFUSED = 1
MOST_SAID = 10
"""Cuts that are named on the screen; the manifest names all."""
EPILOG = """Exit status: 0 the bundle was made; 1 it was refused, as something would have leaked or changed; 2 the
command line is wrong, or the file cannot be written; 3 a target could not be examined (the bundle holds the others)."""


def bundle(
    targets: Targets,
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle; ends in .zip.", metavar="ZIP")],
    max_size: Annotated[
        str, typer.Option(metavar="SIZE", help="What the ticket system takes; logs are cut to it.")
    ] = "25MB",
    force: Annotated[bool, typer.Option("--force", help="Replace a bundle that is there.")] = False,
    no_redact: Annotated[
        bool, typer.Option("--no-redact", help="Leave names, accounts and addresses in; secrets go all the same.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Yes to --no-redact, and to a bundle that replays to less.")
    ] = False,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="A name that may stay; * is any part of a word.")
    ] = None,
    redact: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="What else must go; * is any part of a word.")
    ] = None,
    redaction_rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with more of both (docs/redaction.md).")
    ] = None,
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
    """Make one file for the support ticket.

    It holds a report, a checklist, the diagnosis and the evidence.
    Secrets are masked, and names, accounts and addresses become stand-ins that a map beside the bundle turns back.
    Whoever receives it sees the same diagnosis: fsnap-diagnose ticket.zip.
    """
    from analyzer.pipeline import diagnose

    wanted = _Wanted(
        output,
        _limit(max_size),
        max_size,
        force,
        not no_redact,
        yes,
        _own_rules(keep or (), redact or (), redaction_rules),
    )
    wanted.check()
    if no_redact and not yes:
        _confirm()
    catalogue = load_catalogue(rules)
    types, reclamation = load_instances(instances) if instances else None, window_of(window, margin)

    def diagnosed(found: Evidence) -> Diagnosis:
        return diagnose(found, catalogue, types, reclamation)

    given = list(expand(targets))
    with interruptible():
        with progress() as say_progress:
            options = fetch_options(profile, region, timeout)
            saved = saved_captures(store, options)
            with pricing(prices, options, catalogue, say_progress, types, reclamation) as priced:
                examined, failures = _examined(given, options, priced, diagnosed, say_progress, saved)
            made = _made(wanted, examined, failures, diagnosed, say_progress) if examined else None
        _report_failures(failures, given)
        if made is None:
            fail("no bundle was made, as no target could be examined", EXIT_NOT_EXAMINED)
        _tell(made, wanted)
    raise typer.Exit(EXIT_NOT_EXAMINED if failures else 0)


@dataclass(frozen=True)
class _Wanted:
    output: Path
    max_bytes: int
    written_size: str
    force: bool
    redacted: bool
    accept_changes: bool
    own: OwnRules

    def check(self) -> None:
        from analyzer.bundle.deliver import DeliveryError, check_destination

        try:
            check_destination(self.output, force=self.force, with_map=self.redacted)
        except DeliveryError as error:
            fail(str(error), EXIT_USAGE)

    def disguise(self, evidences: Sequence[Evidence]) -> Disguise:
        from analyzer.bundle.disguise import make_disguise
        from analyzer.bundle.undisguised import undisguised

        return make_disguise(evidences, self.own) if self.redacted else undisguised(evidences)


def _limit(written: str) -> int:
    from analyzer.bundle.limit import LimitError, limit_bytes

    try:
        return limit_bytes(written)
    except LimitError as error:
        fail(str(error), EXIT_USAGE)


def _own_rules(keep: Sequence[str], redact: Sequence[str], path: Path | None) -> OwnRules:
    """Patterns of the command line and of the file together."""
    from analyzer.bundle.own_rules import OwnRules, OwnRulesError, read_own_rules

    try:
        read = read_own_rules(path) if path else OwnRules()
        return OwnRules(keep=(*read.keep, *keep), redact=(*read.redact, *redact))
    except OwnRulesError as error:
        fail(str(error), EXIT_USAGE)


def _confirm() -> None:
    question = (
        "The bundle will hold account numbers, names of buckets, jobs and people, and addresses; "
        "only secrets are masked. Make it so?"
    )
    if not sys.stdin.isatty():
        fail(
            "--no-redact leaves names, accounts and addresses in, and nobody can be asked here; give --yes as well",
            EXIT_USAGE,
        )
    if not typer.confirm(question, err=True):
        fail("no bundle was made; without --no-redact all that is replaced by stand-ins", EXIT_USAGE)


def _examined(
    given: Sequence[str],
    options: FetchOptions,
    priced: Callable[[Evidence], Evidence],
    diagnosed: Callable[[Evidence], Diagnosis],
    say_progress: Callable[[str], None],
    saved: SavedCaptures | None,
) -> tuple[tuple[Examined, ...], tuple[Failure, ...]]:
    from analyzer.bundle.assemble import Examined
    from analyzer.examine import Failure, gather_evidence, guarded

    def examined(found: Evidence) -> Examined:
        with_prices = priced(found)
        return Examined(with_prices, diagnosed(with_prices))

    results = [
        found if isinstance(found, Failure) else guarded(found, examined)
        for found in gather_evidence(given, options, say_progress, store=saved)
    ]
    return (
        tuple(result for result in results if isinstance(result, Examined)),
        tuple(result for result in results if isinstance(result, Failure)),
    )


def _made(
    wanted: _Wanted,
    examined: tuple[Examined, ...],
    failures: tuple[Failure, ...],
    diagnosed: Callable[[Evidence], Diagnosis],
    say_progress: Callable[[str], None],
) -> Bundle:
    from analyzer.bundle.assemble import Assembly, ChangedError, NotExamined
    from analyzer.bundle.deliver import DeliveryError, SurvivorError, deliver
    from analyzer.bundle.limit import LimitError, learnable

    say_progress("reading for names and secrets ...")
    disguise = wanted.disguise([learnable(one.evidence, one.diagnosis) for one in examined])
    not_examined = tuple(NotExamined(failure.target, failure.message) for failure in failures)
    assembly = Assembly(
        examined,
        not_examined,
        disguise,
        diagnosed,
        wanted.max_bytes,
        wanted.redacted,
        wanted.written_size,
        wanted.accept_changes,
        say_progress,
    )

    def fill(stream: BinaryIO) -> Bundle:
        made = assembly.write(stream)
        say_progress("checking the bundle ...")
        return made

    try:
        return deliver(wanted.output, fill, disguise, force=wanted.force, with_map=wanted.redacted)
    except (SurvivorError, ChangedError) as error:
        fail(str(error), EXIT_REFUSED)
    except (DeliveryError, LimitError) as error:
        fail(str(error), EXIT_USAGE)


def _report_failures(failures: Sequence[Failure], given: Sequence[str]) -> None:
    """Say why; among several targets with the number of each, as one name is easily overlooked in many."""
    if len(given) < 2:  # noqa: PLR2004 - several
        report_failures(failures)
        return
    left = list(enumerate(given, 1))
    for failure in failures:
        found = next((pair for pair in left if pair[1] == failure.target), None)
        if found is None:
            report_failures([failure])
            continue
        left.remove(found)
        say(f"target {found[0]}, {failure.target!r}: {failure.message.removeprefix(f'{failure.target}: ')}")


def _tell(made: Bundle, wanted: _Wanted) -> None:
    """Where everything is, what was cut, and what to look at before it is sent."""
    from analyzer.bundle.deliver import map_of
    from analyzer.classifier.units import bytes_text

    contents = made.contents
    captures = f"{len(contents.folders)} capture{'s' if len(contents.folders) > 1 else ''}"
    say(f"{wanted.output}: {captures} in {made.members} files, {bytes_text(made.size)}")
    for cut in contents.cuts[:MOST_SAID]:
        say(f"{cut.member}: {cut.what}")
    if len(contents.cuts) > MOST_SAID:
        say(f"and {len(contents.cuts) - MOST_SAID} more; the manifest.json in the bundle names them all")
    for changed in contents.told_changes:
        say(f"{changed} (report.md tells what the evidence says)")
    if wanted.redacted:
        say(f"{map_of(wanted.output)}: what the stand-ins stand for; keep it, and do not send it")
        say(f"to read an answer in your own names: fsnap-diagnose unredact ANSWER --map {map_of(wanted.output)}")
    say("before you send it, read report.md and look through captures/: a name that has no telling place or form stays")
