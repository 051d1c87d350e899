"""What is to be hidden, learned from the evidence before anything is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from analyzer.bundle.concealment import DEEPEST_WRAPPING, Concealment
from analyzer.bundle.member_names import disguised_name
from analyzer.bundle.own_rules import OwnRules
from analyzer.bundle.task_texts import disguised_text
from analyzer.bundle.vocabulary import is_ordinary
from analyzer.bundle.walking import Walk
from analyzer.evidence.capture import LISTED_DOCUMENTS, SINGLE_DOCUMENTS, parse_json
from analyzer.evidence.content import Content, iter_lines
from analyzer.evidence.model import Evidence
from analyzer.support.encoded import replace_encoded
from analyzer.support.known_secrets import known_secrets
from analyzer.support.redaction import mask_environment, mask_secrets, secrets_in
from analyzer.support.secret_names import looks_secret
from analyzer.support.shapes import MASK

BLOCK_CHARACTERS = 256 * 1024
"""So much of a log is searched at once."""
MAX_IDENTITIES = 200_000
MAX_SECRETS = 2_000
_SAID_LITTLE = frozenset({"file", "folder", "value"})
"""Kinds that give way to any other that the same name is said to be."""
_NOTHING = "\ue000"
"""Stands for what was learned while the rest of its line is searched: no pattern matches it."""


def _documents(evidence: Evidence) -> Iterator[Mapping[str, Any]]:
    for name in SINGLE_DOCUMENTS:
        if (value := getattr(evidence, name)) is not None:
            yield value
    for name in LISTED_DOCUMENTS:
        yield from getattr(evidence, name)


@dataclass
class _Learning:
    identities: dict[str, str] = field(default_factory=dict)
    """Value -> kind, in the order of first appearance."""
    secrets: set[str] = field(default_factory=set)

    def resolve(self, kind: str, value: str) -> str:
        if MASK not in value and _NOTHING not in value and len(self.identities) < MAX_IDENTITIES:
            # a file may be named before it is said what it is the file of
            unsaid = self.identities.get(value) in _SAID_LITTLE and kind not in _SAID_LITTLE
            self.identities[value] = kind if unsaid else self.identities.get(value, kind)
        return _NOTHING

    def text(self, text: str) -> str:
        return self._shown(text, 0)

    def _shown(self, text: str, depth: int) -> str:
        for secret in secrets_in(text):
            self._secret(secret)
        masked = mask_secrets(text)
        if depth < DEEPEST_WRAPPING:
            replace_encoded(masked, partial(self._inner, depth=depth + 1), "")
        return disguised_text(masked, self.resolve)

    def _inner(self, text: str, depth: int) -> str:
        self._shown(text, depth)
        return text

    def block(self, lines: list[str]) -> None:
        """Many lines at once."""
        masked = []
        for line in lines:
            shown = mask_secrets(line)
            masked.append(shown)
            for secret in secrets_in(line) if shown != line else ():
                self._secret(secret)
        text = "\n".join(masked)
        replace_encoded(text, partial(self._inner, depth=1), "")
        disguised_text(text, self.resolve)

    def _secret(self, value: str) -> None:
        value = value.strip("\"'\\ ")
        if len(self.secrets) < MAX_SECRETS and "\n" not in value and looks_secret(value) and not is_ordinary(value):
            self.secrets.add(value)

    def content(self, content: Content, events: bool) -> None:
        block: list[str] = []
        size = 0
        try:
            for line in iter_lines(content):
                text = _message(line.data) if events else line.text
                block.append(text)
                size += len(text) + 1
                if size >= BLOCK_CHARACTERS:
                    self.block(block)
                    block, size = [], 0
        except OSError:
            pass  # the reader of the bundle's member says so; what was read counts
        self.block(block)


def _message(line: bytes) -> str:
    try:
        event = parse_json(line)
    except ValueError:
        event = None
    message = event.get("message") if isinstance(event, dict) else None
    return message if isinstance(message, str) else line.decode("utf-8", "replace")


def learned(evidences: Sequence[Evidence], own: OwnRules) -> Concealment:
    """A disguise that knows every identity and secret of the evidence."""
    learning = _Learning()
    for evidence in evidences:
        learning.secrets.update(known_secrets(*_documents(evidence)))
    walk = Walk(learning.resolve, learning.text)
    for evidence in evidences:
        for document in _documents(evidence):
            walk.document(mask_environment(document))
        for text in (evidence.target, evidence.workdir_uri or "", *(f"{g.what}\n{g.why}" for g in evidence.gaps)):
            learning.text(text)
        for _, content in sorted(evidence.logs.items()):
            learning.content(content, events=True)
        for name, content in sorted(evidence.workdir.items()):
            disguised_name(name, learning.resolve, learning.text)
            learning.content(content, events=False)
        for entry in evidence.listing or ():
            disguised_name(entry.key, learning.resolve, learning.text)
    secrets = tuple(sorted(learning.secrets, key=lambda value: (-len(value), value)))
    return Concealment(secrets, ((kind, value) for value, kind in learning.identities.items()), own)
