"""The rule catalogue: what each rule is called, means and looks for. Data in, frozen records out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from analyzer.classifier import catalogue_compiled
from analyzer.classifier.rule_record import READS_OF, Advice, CatalogueError, RuleRecord, Signature
from analyzer.frozen import frozen

__all__ = ["Advice", "Catalogue", "CatalogueError", "RuleRecord", "Signature", "read_user_rules", "shipped"]
MAX_USER_BYTES = 2 * 2**20
"""Of a rules file; the shipped catalogue takes a quarter of that."""


@frozen
class Catalogue:
    """All rules, in the order of their ids."""

    rules: Mapping[str, RuleRecord]

    def __iter__(self) -> Iterator[RuleRecord]:
        return iter(self.rules.values())

    def signatures(self, *sources: str) -> tuple[Signature, ...]:
        """The signatures to be looked for in any of the sources."""
        return tuple(s for rule in self for s in rule.signatures if s.source in sources)

    def for_cause(self, cause: str) -> tuple[RuleRecord, ...]:
        """The rules that name a cause."""
        return tuple(rule for rule in self if rule.cause == cause)

    def with_rules(self, more: Mapping[str, RuleRecord]) -> Catalogue:
        """A catalogue with a user's rules added; an id of its own is needed for each."""
        for rule_id in more:
            if rule_id in self.rules:
                raise CatalogueError(f"rule {rule_id} exists already; own rules take the ids FS900 to FS999")
        return Catalogue(dict(sorted({**self.rules, **more}.items())))


@cache
def shipped() -> Catalogue:
    """The catalogue inside the package."""
    files = catalogue_compiled.sources()
    return Catalogue(catalogue_compiled.load(files) or parsed(files))


def parsed(files: Mapping[str, bytes]) -> dict[str, RuleRecord]:
    """The rules of catalogue files, read member by member.

    Raises:
        CatalogueError: as `read_rules`; an id is used in two files.
    """
    from analyzer.classifier.catalogue_read import read_rules

    rules: dict[str, RuleRecord] = {}
    for name, content in files.items():
        for rule_id, record in read_rules(content.decode(), name).items():
            if rule_id in rules:
                raise CatalogueError(f"{name}: the id {rule_id} is used twice")
            rules[rule_id] = record
    return dict(sorted(rules.items()))


def read_user_rules(path: Path) -> dict[str, RuleRecord]:
    """Read a user's own rules (`--rules FILE`): the same format, ids FS900 to FS999.

    Raises:
        CatalogueError: the file cannot be read or used.
    """
    from analyzer.classifier.catalogue_read import check_signature, read_rules

    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_USER_BYTES + 1)
        document = data.decode("utf-8")
    except (OSError, ValueError) as error:
        raise CatalogueError(f"the rules file {path} cannot be read: {error}") from error
    if len(data) > MAX_USER_BYTES:
        raise CatalogueError(f"the rules file {path} is larger than {MAX_USER_BYTES} bytes; split it")
    rules = read_rules(document, str(path))
    for rule_id, record in rules.items():
        if not rule_id.startswith("FS9"):
            raise CatalogueError(f"{path}: own rules take the ids FS900 to FS999, not {rule_id}")
        if not record.signatures:
            raise CatalogueError(f"{path}: rule {rule_id} has no signature, so it would never find anything")
        for n, signature in enumerate(record.signatures, 1):
            check_signature(signature, f"{path}, {rule_id}, signature {n}")
        needed = (name for s in record.signatures for name in READS_OF[s.source])
        rules[rule_id] = replace(record, reads=tuple(dict.fromkeys((*record.reads, *needed))))
    return rules
