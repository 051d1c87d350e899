"""The shipped catalogue in the form that it is loaded from: one JSON file, read ten times as fast as its TOML files.

Authors edit the TOML; `make docs` writes the JSON again. What was made of other files than those that are there is
never used: whoever tries out a new rule sees it at once, only more slowly.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from analyzer.classifier.rule_record import Advice, RuleRecord, Signature
from analyzer.data import FOLDER

CATALOGUE = FOLDER / "catalogue"
"""The TOML files."""
COMPILED = CATALOGUE.with_suffix(".json")


def sources() -> dict[str, bytes]:
    """Name -> content of each TOML file of the shipped catalogue, in the order of their names."""
    return {path.name: path.read_bytes() for path in sorted(CATALOGUE.iterdir()) if path.suffix == ".toml"}


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(b"%s %d\n%s" % (name.encode(), len(content), content))
    return digest.hexdigest()


def compiled(rules: Iterable[RuleRecord], files: Mapping[str, bytes]) -> str:
    """The JSON file's text, a rule a line."""
    lines = ",\n".join(json.dumps(_table(rule), ensure_ascii=False) for rule in rules)
    return f'{{"made_of": "{_digest(files)}", "rules": [\n{lines}\n]}}\n'


def _table(record: RuleRecord | Advice | Signature) -> dict[str, Any]:
    """Members by name, but those that are what they are if nothing is said."""
    table = {field.name: getattr(record, field.name) for field in fields(record) if not _is_default(record, field)}
    for name in {"advice", "signatures"} & set(table):
        table[name] = [_table(part) for part in table[name]]
    return table


def _is_default(record: RuleRecord | Advice | Signature, field: Field[Any]) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return bool(getattr(record, field.name) == default)


def load(files: Mapping[str, bytes], path: Path = COMPILED) -> dict[str, RuleRecord] | None:
    """The rules by their ids, or None if the JSON file was not made of `files`.

    They are not checked: they are as good as what they were made of.
    """
    try:
        document = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    if document["made_of"] != _digest(files):
        return None
    return {table["id"]: _rule(table) for table in document["rules"]}


def _rule(table: dict[str, Any]) -> RuleRecord:
    table["advice"] = [Advice(**_frozen(advice)) for advice in table.get("advice", ())]
    table["signatures"] = [Signature(**_frozen(signature)) for signature in table.get("signatures", ())]
    return RuleRecord(**_frozen(table))


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}


if __name__ == "__main__":
    from analyzer.classifier.catalogue import parsed

    COMPILED.write_text(compiled(parsed(sources()).values(), sources()), "utf-8")
