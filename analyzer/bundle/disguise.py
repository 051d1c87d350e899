"""What stands for what: every identity of the evidence and its stand-in, the same in all members of a bundle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from analyzer.bundle.own_rules import OwnRules
from analyzer.evidence.model import Document, Evidence


class Disguise(Protocol):
    """Takes secrets out and puts stand-ins for identities; equal things become equal ones, in every member and name."""

    def text(self, text: str) -> str:
        """One line, or several: their number stays."""

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Line by line, as `text` does, and with what two neighbours tell only together: a secret cut in two."""

    def document(self, document: Document) -> Document:
        """A JSON document, its member names included where they are identities."""

    def name(self, name: str) -> str:
        """A member's name inside the bundle, or a key of the listing."""

    @property
    def stand_ins(self) -> Mapping[str, str]:
        """Stand-in -> what it stands for: the content of `ticket.map.json`. No secret is in it."""

    def survivors(self, data: bytes) -> tuple[str, ...]:
        """Kinds of what is known from the input and still stands in these bytes: plain, URL-encoded or in base64."""


def make_disguise(evidences: Sequence[Evidence], own: OwnRules = OwnRules()) -> Disguise:  # noqa: B008 - it is frozen
    """Learn all identities and secrets of the evidence; the disguise is the same for all of a bundle's members."""
    from analyzer.bundle.learning import learned

    return learned(evidences, own)
