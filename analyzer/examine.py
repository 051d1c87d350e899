"""Targets -> diagnoses: whatever is fetched is fetched side by side, and one bad target never stops the others."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Evidence
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.recognise import Target, is_capture_uri, recognise
from analyzer.frozen import frozen

if TYPE_CHECKING:
    from analyzer.fetchers.clients import Clients
    from analyzer.store.captures import SavedCaptures

Progress = Callable[[str], None]
_T = TypeVar("_T")


@frozen
class Failure:
    """A target that could not be examined."""

    target: str
    message: str
    """For the user; names the target."""


def _jobs(
    targets: Sequence[Target | Failure], options: FetchOptions, progress: Progress
) -> dict[str, Evidence | FetchError]:
    ids = list(dict.fromkeys(t.given for t in targets if isinstance(t, Target) and t.kind == "job"))
    if not ids:
        return {}
    from analyzer.fetchers.fetch import fetch_jobs

    return dict(fetch_jobs(ids, options, progress))


def _evidence(
    target: Target,
    jobs: dict[str, Evidence | FetchError],
    options: FetchOptions,
    progress: Progress,
    clients: Clients | None,
    store: SavedCaptures | None,
) -> tuple[Evidence, ...]:
    if target.kind == "path":
        from analyzer.fetchers.local import read_all_of

        return read_all_of(Path(target.given), target.given)
    if is_capture_uri(target.given):
        from analyzer.fetchers.clients import Clients
        from analyzer.fetchers.s3_captures import fetch_capture

        progress(f"copying {target.given}")
        return fetch_capture(target.given, clients or Clients(options), options.timeout_seconds)
    if target.kind == "job":
        found = jobs[target.given]
        if store is not None:
            from analyzer.recall import with_store

            progress(f"looking for {target.given} in the store")
            found = with_store(found, target.given, store)
    else:
        from analyzer.fetchers.fetch import fetch_workdir

        found = fetch_workdir(target.given, options, progress)
    if isinstance(found, FetchError):
        raise found
    return (replace(found, target=target.given),)


def _recognised(given: str) -> Target | Failure:
    try:
        return recognise(given)
    except FetchError as error:
        return Failure(given, str(error))


def gather_evidence(
    targets: Sequence[str],
    options: FetchOptions,
    progress: Progress,
    clients: Clients | None = None,
    store: SavedCaptures | None = None,
) -> Iterator[Evidence | Failure]:
    """Evidence, or why there is none, in the order of the targets. `Evidence.target` is the target as given.

    A bundle of several captures gives one for each, with the capture's name behind the target's. `clients` are for
    captures in S3, where a caller has some: those of its own cost half a second. What AWS has forgotten of jobs is
    taken from `store`.
    """
    recognised = [_recognised(given) for given in targets]
    try:
        jobs = _jobs(recognised, options, progress)
    except FetchError as error:
        jobs = {t.given: error for t in recognised if isinstance(t, Target) and t.kind == "job"}
    for target in recognised:
        if isinstance(target, Failure):
            yield target
            continue
        try:
            yield from _evidence(target, jobs, options, progress, clients, store)
        except FetchError as error:
            yield Failure(target.given, str(error))


def examine(
    targets: Sequence[str],
    options: FetchOptions,
    diagnose: Callable[[Evidence], Diagnosis],
    progress: Progress,
    store: SavedCaptures | None = None,
) -> Iterator[Diagnosis | Failure]:
    """Diagnoses, or why there is none, in the order of the targets."""
    for found in gather_evidence(targets, options, progress, store=store):
        yield found if isinstance(found, Failure) else guarded(found, diagnose)


def guarded(evidence: Evidence, make: Callable[[Evidence], _T]) -> _T | Failure:
    """What is made of the evidence, or the failure that a fault of ours is."""
    try:
        return make(evidence)
    except Exception as error:  # a fault of ours in one target must not sink the others
        return Failure(evidence.target, fault_of(error))


def fault_of(error: BaseException) -> str:
    """What to say of a fault of our own: where it happened, never what the data was."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return (
        f"a fault in fsnap-diagnose itself ({type(error).__name__} at {where}) kept it from being examined; "
        "please report it with a capture (fsnap-diagnose capture)"
    )


def exit_status(results: Sequence[Diagnosis | Failure]) -> int:
    """0 nothing wrong, 1 a problem was diagnosed, 3 a target could not be examined (wins over 1)."""
    if any(isinstance(result, Failure) for result in results):
        return 3
    return 0 if all(isinstance(r, Diagnosis) and r.healthy for r in results) else 1
