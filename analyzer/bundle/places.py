"""Where a quote's source stands among the members of a capture, and which members there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.evidence.capture import LISTED_DOCUMENTS, LISTING, MANIFEST, SINGLE_DOCUMENTS
from analyzer.evidence.model import Evidence

_WORD = re.compile(r"[^\s,;()\"'`]+")
_LINE = re.compile(r":\d+$")


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


@dataclass(frozen=True)
class Places:
    """Where sources stand: in which member of a capture, and where in the bundle that is."""

    parts: frozenset[str]
    members: Mapping[str, str]
    """A capture's member -> its name in the bundle; what was cut is not among them."""

    def part_of(self, source: str) -> str | None:
        """The capture's member that a quote's source lies in; None where it lies in none.

        `logs/2` is `logs/2.jsonl`, `job.attempts[1].statusReason` is `job.json`, `cloudtrail.json[0].eventName` is
        `cloudtrail.json`, and a bare log is `workdir/<its name>`.
        """
        first = source.split(".", 1)[0].split("[", 1)[0]
        candidates = (source, f"{source}.jsonl", f"workdir/{source}", f"{first}.json", source.split(":", 1)[0])
        return next((name for name in candidates if name in self.parts), None)

    def stands_in(self, source: str) -> str | None:
        """The bundle's member that a quote's source lies in; None where it was cut, or lies in none."""
        part = self.part_of(source)
        return self.members.get(part) if part is not None else None

    def located(self, sentence: str) -> str:
        """The sentence, with every member of the capture that it names as the bundle names it."""

        def placed(match: re.Match[str]) -> str:
            plain = match[0].rstrip(".:")
            part = _LINE.sub("", plain)
            return self.members.get(part, part) + match[0][len(part) :]

        return _WORD.sub(placed, sentence) if self.members else sentence


def places(evidence: Evidence, members: Mapping[str, str]) -> Places:
    """The places of one target's evidence."""
    return Places(frozenset(parts(evidence)), members)
