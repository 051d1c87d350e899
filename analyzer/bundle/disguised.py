"""Diagnoses and documents with their secrets taken out and stand-ins in the place of identities."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from analyzer.bundle.disguise import Disguise
from analyzer.diagnosis import Diagnosis, to_document
from analyzer.evidence.capture_mask import Masks

OWN_WORDS = frozenset(
    {"rule", "cause", "severity", "confidence", "kind", "owner", "fingerprint", "title", "docs", "snippet_language"}
)
"""Members that the tool fills from its own catalogue: twelve digits of a fingerprint are no account."""
_TELLING = ("job", "verdict", "chain", "findings", "recommendations", "measurements")
_KEPT_WORDS = OWN_WORDS | {"at", "instance_types", "status", "snapshots"}
CUT = "…"
FEWEST_CHARACTERS = 4
"""Fewer of an identity stand in other words by chance."""
LONGEST = 2_048
"""Characters of an identity; an ARN has no more."""
MAX_DEPTH = 64
_BEFORE = re.compile(rf"(?<![^\s\"'<>,;{CUT}])[^\s\"'<>,;{CUT}]++(?={CUT})")
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
        for start in range(max(0, len(word) - LONGEST), len(word) - FEWEST_CHARACTERS + 1):
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


def masks_of(disguise: Disguise) -> Masks:
    """The disguise as whoever writes a capture wants it."""
    return Masks(disguise.text, disguise.document, name=disguise.name, lines=disguise.lines)


def bones(diagnosis: Diagnosis) -> object:
    """What a diagnosis says when nobody reads its words: rules, causes, confidences, places of quotes, every figure."""
    document = to_document(diagnosis)
    document["verdict"]["fingerprint"] = None  # made of the decisive line's words
    return _bones({name: document[name] for name in _TELLING}, "")


def _bones(value: object, name: str) -> object:
    if isinstance(value, Mapping):
        return {key: _bones(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bones(inner, name) for inner in value]
    return None if isinstance(value, str) and name not in _KEPT_WORDS else value


def told_anew(original: Diagnosis, replayed: Diagnosis, disguise: Disguise) -> Diagnosis:
    """The original diagnosis without identities: in the words of the replay, where that says the same.

    A quote of a disguised line is whole where one that was cut first holds half a name, and advice that is made of
    stand-ins needs no masking. Where the two differ the original stays, with its texts disguised.
    """
    if bones(replayed) != bones(original):
        return disguised_diagnosis(original, disguise)
    verdict = replace(replayed.verdict, fingerprint=original.verdict.fingerprint)
    told = replace(replayed, target=disguise.text(original.target), verdict=verdict)
    # a name of the user's, or a pattern, may be a word of our own, too: `pre-dump`
    return disguised_diagnosis(told, disguise) if disguise.survivors(_words(told)) else told


def _words(diagnosis: Diagnosis) -> bytes:
    return json.dumps(to_document(diagnosis, verbose=True), ensure_ascii=False, default=str).encode("utf-8", "replace")
