"""Where a quote's source stands among the members of a capture, and which members there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.evidence.capture import LISTED_DOCUMENTS, LISTING, MANIFEST, SINGLE_DOCUMENTS
from analyzer.evidence.model import Evidence


def parts(evidence: Evidence) -> Iterator[str]:
    """The members that a capture of this evidence has, by their names in `docs/captures.md`; small ones first."""
    yield MANIFEST
    for name in SINGLE_DOCUMENTS:
        if getattr(evidence, name) is not None:
            yield f"{name}.json"
    for name in LISTED_DOCUMENTS:
        if getattr(evidence, name):
            yield f"{name}.json"
    yield from (f"logs/{number}.jsonl" for number in sorted(evidence.logs))
    yield from (f"workdir/{name}" for name in sorted(evidence.workdir))
    if evidence.listing is not None:
        yield LISTING


def part_of(source: str, evidence: Evidence) -> str | None:
    """The member that a quote's source lies in; None where it lies in none.

    `logs/2` is `logs/2.jsonl`, `job.attempts[1].statusReason` is `job.json`, `cloudtrail.json[0].eventName` is
    `cloudtrail.json`, and a bare log is `workdir/<its name>`.
    """
    every = frozenset(parts(evidence))
    first = source.split(".", 1)[0].split("[", 1)[0]
    candidates = (source, f"{source}.jsonl", f"workdir/{source}", f"{first}.json", source.split(":", 1)[0])
    return next((name for name in candidates if name in every), None)


def stands_in(source: str, evidence: Evidence, members: Mapping[str, str]) -> str | None:
    """The bundle's member that a quote's source lies in; None where it was cut, or lies in none."""
    part = part_of(source, evidence)
    return members.get(part) if part is not None else None
