"""The disguise of `--no-redact`: identities stay as they are, secrets are masked all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.evidence.model import Document, Evidence
from analyzer.support.known_secrets import known_secrets, mask_known
from analyzer.support.redaction import mask_environment, mask_secrets


@dataclass(frozen=True)
class Undisguised:
    """Masks secrets: those that can be told by their look, and those that a job's environment names."""

    secrets: tuple[str, ...] = ()

    @property
    def stand_ins(self) -> Mapping[str, str]:
        """See Disguise: nothing stands for anything."""
        return {}

    def text(self, text: str) -> str:
        """See Disguise."""
        return mask_secrets(mask_known(text, self.secrets))

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """See Disguise."""
        return map(self.text, lines)

    def document(self, document: Document) -> Document:
        """See Disguise."""
        return mask_known(mask_environment(document), self.secrets)

    def name(self, name: str) -> str:
        """See Disguise."""
        return self.text(name)

    def survivors(self, data: bytes) -> tuple[str, ...]:
        """See Disguise; secrets are all that is looked for."""
        return ("secret",) if any(secret.encode() in data for secret in self.secrets) else ()


def undisguised(evidences: Iterable[Evidence]) -> Undisguised:
    """What masks the secrets of these."""
    documents = [document for e in evidences for document in (e.job, e.array_parent)]
    return Undisguised(known_secrets(*documents))
