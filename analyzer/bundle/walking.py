"""A JSON document, walked with the meaning of its members' names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from analyzer.bundle.arns import Resolve, leaf
from analyzer.bundle.data_files import is_common
from analyzer.bundle.identities import disguised_member, is_tag_member, pair, tag_kind
from analyzer.bundle.spellings import is_public
from analyzer.bundle.task_texts import disguised_path
from analyzer.bundle.variables import environment_kind, is_shown
from analyzer.bundle.vocabulary import is_ordinary
from analyzer.support.shapes import MASK

_ENVIRONMENTS = frozenset({"environment", "env"})
_SYSTEM = ("/usr/", "/opt/", "/etc/", "/bin/", "/sbin/", "/lib", "/proc/", "/sys/", "/dev/", "/run/", "/var/", "/tmp")  # noqa: S108 - compared, not used
MAX_DEPTH = 64
"""Deeper documents do not exist at AWS; what lies deeper is masked whole."""


@dataclass(frozen=True)
class Walk:
    """Replaces in a document; makes no difference between learning and replacing."""

    resolve: Resolve
    text: Callable[[str], str]
    """For strings that are no identity as a whole."""

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document with its strings, and the names of its members, replaced."""
        return {self._name(name): self._value(name, value, 0) for name, value in document.items()}

    def _name(self, name: Any) -> Any:
        return self.text(name) if isinstance(name, str) else name

    def _value(self, name: object, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            # where a secret was taken out, the rest is no identity as a whole any more
            known = isinstance(name, str) and MASK not in value
            whole = disguised_member(str(name), value, self.resolve) if known else None
            return self.text(value) if whole is None else whole
        if isinstance(value, Mapping):
            return self._mapping(name, value, depth)
        if isinstance(value, (list, tuple)):
            return MASK if depth > MAX_DEPTH else [self._value(name, inner, depth + 1) for inner in value]
        return value

    def _mapping(self, name: object, value: Mapping[str, Any], depth: int) -> Any:
        if depth > MAX_DEPTH:
            return MASK
        found = pair(value)
        if is_tag_member(name) and found is None:
            return {self._name(k): self._tag(k, v, depth) for k, v in value.items()}
        if name == "parameters" and found is None:
            return {self._name(k): self._parameter(k, v, depth) for k, v in value.items()}
        if found is None:
            return {self._name(k): self._value(k, v, depth + 1) for k, v in value.items()}
        _, member, own_name, is_tag = found
        shown = {self._name(k): self._value(k, v, depth + 1) for k, v in value.items() if k != member}
        if is_tag:
            return {**shown, member: self._tag(own_name, value[member], depth)}
        inner = value[member]
        kind = environment_kind(own_name)
        if kind and inner and MASK not in inner:
            return {**shown, member: leaf(self.resolve, kind, inner)}
        of_environment = name in _ENVIRONMENTS and not is_shown(own_name)
        return {**shown, member: self._setting(inner) if of_environment else self.text(inner)}

    def _parameter(self, name: object, value: Any, depth: int) -> Any:
        """Of a job's own parameters only Nextflow's, by which its jobs are told, is known to be harmless."""
        shown = name == "nf-token" or not isinstance(value, str)
        return self._value(name, value, depth + 1) if shown else self._setting(value)

    def _setting(self, value: str) -> str:
        """The value of a variable that is not known to be harmless: of paths and addresses the form stays."""
        plain = value.strip()
        shown = self.text(value)
        if not plain or MASK in value or is_public(plain) or is_common(plain):
            return shown
        if plain.startswith("/") and not plain.startswith(_SYSTEM) and " " not in plain and ":" not in plain:
            return disguised_path(shown, self.resolve)
        return self.resolve("value", value) if shown == value and not plain.startswith(_SYSTEM) else shown

    def _tag(self, name: object, value: Any, depth: int) -> Any:
        kind = tag_kind(name) if isinstance(name, str) else None
        if not isinstance(value, str):
            return self._value(None, value, depth + 1)
        if kind is None or not value or is_public(value) or is_ordinary(value) or "arn:" in value or MASK in value:
            return self.text(value)
        return leaf(self.resolve, kind, value)
