"""The disguise itself: secrets out, then identities by form, then known names, in every encoding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import accumulate, islice
from typing import Any

from analyzer.bundle.boundaries import joined_pairs
from analyzer.bundle.known import KnownNames, folded
from analyzer.bundle.member_names import disguised_name
from analyzer.bundle.own_rules import OwnRules
from analyzer.bundle.spellings import SECRET, UNMISTAKABLE, is_public, spellings, stands_alone
from analyzer.bundle.stand_ins import StandIns
from analyzer.bundle.survivors import Survivors, encoded
from analyzer.bundle.task_texts import disguised_text
from analyzer.bundle.walking import Walk
from analyzer.evidence.model import Document
from analyzer.support.alternation import alternation
from analyzer.support.encoded import replace_encoded
from analyzer.support.known_secrets import mask_known
from analyzer.support.redaction import mask_environment, mask_secrets
from analyzer.support.shapes import MASK

MAX_NAMES = 20_000
"""Names that are looked for wherever they stand; further ones are replaced where their form tells them."""
DEEPEST_WRAPPING = 3
"""Encodings inside encodings that are opened."""
BLOCK_LINES = 256
"""So many lines are looked at together: most blocks of a log hold nothing to replace."""
_ENDS_OF_SENTENCES = ".:!?"
"""A star takes them, too, but they belong to the text around."""


def _any_of(secrets: Iterable[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for form, _ in spellings(SECRET, secret, "")}
    return re.compile(alternation(forms)) if forms else None


class Concealment:
    """See `analyzer.bundle.disguise.Disguise`."""

    def __init__(self, secrets: tuple[str, ...], identities: Iterable[tuple[str, str]], own: OwnRules) -> None:
        """`identities` are (kind, value) in the order of their first appearance."""
        given = list(identities)
        real = {folded(value) for _, value in given}
        self._secrets = secrets
        self._secret = _any_of(secrets)
        self._own = own
        self._table = StandIns(lambda made: folded(made) in real)
        for kind, value in given:
            if not (self._secret and self._secret.search(value)):
                self.resolve(kind, value)
        self._learned = len(self._table.originals)
        entries = islice(self._table.entries(), MAX_NAMES)
        self._alone = tuple((kind, value) for kind, value, _ in entries if stands_alone(kind, value))
        self._names = self._known_names()
        self._walk = Walk(self.resolve, self.text)
        self._searcher: tuple[int, Survivors] | None = None

    def _known_names(self) -> KnownNames:
        found: dict[str, str] = {}
        for kind, value in self._alone:
            for spelling, shown in spellings(kind, value, self._table.stand_in(kind, value)):
                found.setdefault(spelling, shown)
        return KnownNames({s: shown for s, shown in found.items() if s and not self._table.is_stand_in(s)})

    def resolve(self, kind: str, value: str) -> str:
        """The stand-in, or the value itself where it may stay."""
        public = is_public(value) and kind not in UNMISTAKABLE
        whole = f"TowerForge-{value}" if kind == "forge" else value
        if not value or MASK in value or public or self._table.is_stand_in(value) or self._own.keeps(whole):
            return value
        known = self._table.knows(value)
        if known is not None:
            return known
        # a name that is a secret, or holds one, gets no stand-in: the map would tell it
        told = self._without_known(mask_secrets(value))
        return self._table.stand_in(kind, value) if told == value else told

    def text(self, text: str) -> str:
        """One line, or several: their number stays."""
        return self._shown(text, 0)

    def _shown(self, text: str, depth: int) -> str:
        return self._without_identities(self._without_known(mask_secrets(text)), depth)

    def _without_known(self, text: str) -> str:
        return self._secret.sub(MASK, text) if self._secret else text

    def _without_identities(self, text: str, depth: int) -> str:
        if self._own.redacted:
            text = self._own.redacted.sub(self._redacted, text)
        if depth < DEEPEST_WRAPPING:
            text = replace_encoded(text, partial(self._shown, depth=depth + 1), MASK)
        return self._names.replaced(disguised_text(text, self.resolve), self._own.keeps)

    def _redacted(self, match: re.Match[str]) -> str:
        found = match[0].rstrip(_ENDS_OF_SENTENCES)
        return self.resolve("redacted", found) + match[0][len(found) :]

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Line by line, as `text` does; a secret or a name that two neighbours share is seen, too."""
        paired = joined_pairs(lines, self._names, self._secret)
        while block := list(islice(paired, BLOCK_LINES)):
            yield from self._block(block)

    def _block(self, lines: list[str]) -> Iterable[str]:
        """Most lines hold nothing to replace, and many are told so at once."""
        masked = self._without_known("\n".join(lines))
        shown = self._without_identities(masked, 0).split("\n")
        heights = [line.count("\n") + 1 for line in lines]
        if len(shown) != sum(heights):
            return map(self.text, lines)
        if len(shown) == len(lines):
            return shown
        ends = list(accumulate(heights))
        return ["\n".join(shown[end - height : end]) for end, height in zip(ends, heights, strict=True)]

    def document(self, document: Document) -> dict[str, Any]:
        """A JSON document, its member names included where they are identities."""
        return self._walk.document(mask_known(mask_environment(document), self._secrets))

    def name(self, name: str) -> str:
        """A member's name inside the bundle, or a key of the listing."""
        return disguised_name(name, self.resolve, self.text)

    @property
    def stand_ins(self) -> Mapping[str, str]:
        """Stand-in -> what it stands for."""
        return self._table.originals

    def survivors(self, data: bytes) -> tuple[str, ...]:
        """Kinds of what is known from the input and still stands in these bytes."""
        known = len(self._table.originals)
        if self._searcher is None or self._searcher[0] != known:
            late = [(k, v) for k, v, _ in islice(self._table.entries(), self._learned, None) if k in UNMISTAKABLE]
            identities = (*self._alone, *late[:MAX_NAMES])
            self._searcher = known, Survivors(self._secrets, identities, self._table.is_stand_in)
        found = self._searcher[1].kinds(data)
        return (
            found
            if "redacted" not in found or self._written_so(data)
            else tuple(kind for kind in found if kind != "redacted")
        )

    def _written_so(self, data: bytes) -> bool:
        """Whether something that a pattern of the user's took out stands there in its own capitals: others may stay."""
        values = (value for kind, value, _ in self._table.entries() if kind == "redacted")
        forms = {
            form for value in values for form in (*(s for s, _ in spellings("redacted", value, "")), *encoded(value))
        }
        return any(form.encode("utf-8", "surrogateescape") in data for form in forms)
