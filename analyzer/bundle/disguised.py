"""Diagnoses and documents with their secrets taken out and stand-ins in the place of identities."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from analyzer.bundle.disguise import Disguise
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.capture_mask import MaskedContent, Masks, masked_events
from analyzer.evidence.content import Content
from analyzer.evidence.model import Document, Evidence

OWN_WORDS = frozenset(
    {"rule", "cause", "severity", "confidence", "kind", "owner", "fingerprint", "title", "docs", "snippet_language"}
)
"""Members that the tool fills from its own catalogue: twelve digits of a fingerprint are no account."""
CUT = "…"
FEWEST_CHARACTERS = 4
"""Fewer of an identity stand in other words by chance."""
LONGEST = 2_048
"""Characters of an identity; an ARN has no more."""
MAX_DEPTH = 64
_BEFORE = re.compile(rf"[^\s\"'<>,;{CUT}]{{1,{LONGEST}}}(?={CUT})")
_AFTER = re.compile(rf"(?<={CUT})[^\s\"'<>,;{CUT}]{{1,{LONGEST}}}")

T = TypeVar("T")


@dataclass(frozen=True)
class Fragments:
    """Finds what is left of an identity where a quoted line was cut in its middle."""

    heads: Mapping[str, tuple[str, ...]]
    """First characters of an identity -> those that begin so."""
    tails: Mapping[str, tuple[str, ...]]
    stand_ins: Mapping[str, str]
    """Identity -> its stand-in."""

    def hide(self, text: str) -> str:
        """The text with pieces of identities beside a `…` replaced by their stand-ins."""
        if CUT not in text:
            return text
        return _AFTER.sub(self._behind, _BEFORE.sub(self._ahead, text))

    def _ahead(self, match: re.Match[str]) -> str:
        word = match[0]
        for start in range(len(word) - FEWEST_CHARACTERS + 1):
            piece = word[start:]
            for identity in self.heads.get(piece[:FEWEST_CHARACTERS], ()):
                if identity.startswith(piece):
                    return word[:start] + self.stand_ins[identity]
        return word

    def _behind(self, match: re.Match[str]) -> str:
        word = match[0]
        for end in range(len(word), FEWEST_CHARACTERS - 1, -1):
            piece = word[:end]
            for identity in self.tails.get(piece[-FEWEST_CHARACTERS:], ()):
                if identity.endswith(piece):
                    return self.stand_ins[identity] + word[end:]
        return word


def fragments(disguise: Disguise) -> Fragments:
    """What knows the pieces of all that the disguise knows by now."""
    stand_ins = {identity: stand_in for stand_in, identity in disguise.stand_ins.items()}
    heads: dict[str, tuple[str, ...]] = {}
    tails: dict[str, tuple[str, ...]] = {}
    for identity in stand_ins:
        if len(identity) > FEWEST_CHARACTERS:
            heads[identity[:FEWEST_CHARACTERS]] = (*heads.get(identity[:FEWEST_CHARACTERS], ()), identity)
            tails[identity[-FEWEST_CHARACTERS:]] = (*tails.get(identity[-FEWEST_CHARACTERS:], ()), identity)
    return Fragments(heads, tails, stand_ins)


def disguised_diagnosis(diagnosis: Diagnosis, disguise: Disguise) -> Diagnosis:
    """The same diagnosis: its figures, rules and places stay, its texts are disguised."""
    whole = _walked(diagnosis, disguise.text, 0)
    # only now does the disguise know all that stands in the diagnosis
    return _walked(whole, fragments(disguise).hide, 0)


def _walked(value: T, change: Callable[[str], str], depth: int) -> T:
    if isinstance(value, str):
        return cast(T, change(value))
    if depth > MAX_DEPTH:
        return cast(T, None if isinstance(value, (Mapping, list, tuple)) else value)
    if isinstance(value, Mapping):
        return cast(T, {name: _walked(inner, change, depth + 1) for name, inner in value.items()})
    if isinstance(value, (list, tuple)):
        return cast(T, type(value)(_walked(inner, change, depth + 1) for inner in value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in dataclasses.fields(value) if f.init and f.name not in OWN_WORDS]
        members: dict[str, Any] = {name: _walked(getattr(value, name), change, depth + 1) for name in names}
        return cast(T, replace(value, **members))
    return value


@dataclass(frozen=True)
class _Events:
    """An attempt's log, disguised while it is read."""

    content: Content
    masks: Masks

    @property
    def size(self) -> int:
        """Bytes of the original."""
        return self.content.size

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        offset = 0
        for line in masked_events(self.content, self.masks):
            yield offset, line
            offset += len(line)


def _document(document: Document | None, disguise: Disguise) -> Document | None:
    return None if document is None else disguise.document(document)


def masks_of(disguise: Disguise) -> Masks:
    """The disguise as whoever writes a capture wants it."""
    return Masks(disguise.text, disguise.document, name=disguise.name, lines=disguise.lines)


def disguised_evidence(evidence: Evidence, disguise: Disguise) -> Evidence:
    """The same evidence without secrets and identities; its files are disguised while they are read."""
    masks = masks_of(disguise)
    text, name, document = disguise.text, disguise.name, disguise.document
    listing = evidence.listing
    return replace(
        evidence,
        target=text(evidence.target),
        job=_document(evidence.job, disguise),
        array_parent=_document(evidence.array_parent, disguise),
        job_queue=_document(evidence.job_queue, disguise),
        compute_environments=tuple(map(document, evidence.compute_environments)),
        container_instances=tuple(map(document, evidence.container_instances)),
        instances=tuple(map(document, evidence.instances)),
        instance_types=tuple(map(document, evidence.instance_types)),
        cloudtrail=tuple(map(document, evidence.cloudtrail)),
        spot_prices=tuple(map(document, evidence.spot_prices)),
        placement_scores=tuple(map(document, evidence.placement_scores)),
        logs={number: _Events(content, masks) for number, content in evidence.logs.items()},
        workdir={name(file): MaskedContent(content, masks) for file, content in evidence.workdir.items()},
        listing=None if listing is None else tuple(replace(entry, key=name(entry.key)) for entry in listing),
        workdir_uri=text(evidence.workdir_uri) if evidence.workdir_uri else None,
        gaps=tuple(_walked(gap, text, 0) for gap in evidence.gaps),
    )
