"""Catalogue files (TOML) -> rule records, every member checked, every complaint with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, cast, get_args

from analyzer.classifier.finding import Confidence, Owner, Severity
from analyzer.classifier.rule_record import (
    ADVICE_KINDS,
    CONDITIONS,
    LANGUAGES,
    OPERATIONS,
    SOURCE_NAMES,
    SOURCES,
    Advice,
    CatalogueError,
    RuleRecord,
    Signature,
)
from analyzer.classifier.setting_names import MOST_SETTINGS, Value, complaint

MAX_PATTERN_CHARACTERS = 400
MAX_TITLE_CHARACTERS = 80
_RULE_ID = re.compile(r"FS\d{3}")
_CAUSE = re.compile(r"[a-z]+(\.[a-z0-9_]+){1,3}")


class _Reader:
    """Takes members of one table with their types checked, and names the place when one is wrong."""

    def __init__(self, table: object, where: str) -> None:
        if not isinstance(table, Mapping):
            raise CatalogueError(f"{where}: must be a table")
        self.table, self.where, self.taken = table, where, set[str]()

    def _fail(self, name: str, why: str) -> CatalogueError:
        return CatalogueError(f"{self.where}: {name} {why}")

    def get(self, name: str, kind: type, default: object = None) -> Any:
        self.taken.add(name)
        value = self.table.get(name, default)
        if value is None:
            raise self._fail(f"'{name}'", "is missing")
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self._fail(f"'{name}'", f"must be {'a string' if kind is str else 'a list'}")
        return value

    def string(self, name: str, default: str | None = None) -> str:
        return cast("str", self.get(name, str, default)).strip()

    def optional(self, name: str) -> str | None:
        self.taken.add(name)
        return self.string(name) if name in self.table else None

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.string(name, default)
        if value not in choices:
            raise self._fail(f"'{name}'", f"is '{value}', must be one of {', '.join(choices)}")
        return value

    def list_of(self, name: str, kind: type) -> tuple[Any, ...]:
        values = self.get(name, list, [])
        if any(not isinstance(v, kind) or isinstance(v, bool) for v in values):
            raise self._fail(f"'{name}'", f"must hold only {'strings' if kind is str else 'whole numbers'}")
        return tuple(values)

    def literals(self, name: str) -> tuple[str, ...]:
        values = self.list_of(name, str)
        if not all(v.strip() for v in values):
            raise self._fail(f"'{name}'", "must hold no empty string: that stands everywhere")
        return values

    def choices(self, name: str, choices: tuple[str, ...]) -> tuple[str, ...]:
        """One of the choices, or a list of them."""
        if isinstance(self.table.get(name), str):
            return (self.choice(name, choices),)
        values = self.list_of(name, str)
        for value in values:
            if value not in choices:
                raise self._fail(f"'{name}'", f"holds '{value}', must be of {', '.join(choices)}")
        return values

    def flag(self, name: str) -> bool:
        self.taken.add(name)
        value = self.table.get(name, False)
        if not isinstance(value, bool):
            raise self._fail(f"'{name}'", "must be true or false")
        return value

    def settings(self, name: str) -> dict[str, Value]:
        """A table of settings, each with a value of its kind."""
        self.taken.add(name)
        table = self.table.get(name, {})
        if not isinstance(table, Mapping) or len(table) > MOST_SETTINGS:
            raise self._fail(f"'{name}'", f"must be a table of at most {MOST_SETTINGS} settings")
        for setting, value in table.items():
            if why := complaint(setting, value):
                raise CatalogueError(f"{self.where}, {name}: '{setting}' {why}")
        return cast("dict[str, Value]", dict(table))

    def tables(self, name: str) -> list[object]:
        return cast("list[object]", self.get(name, list, []))

    def done(self) -> None:
        unknown = sorted(set(self.table) - self.taken)
        if unknown:
            raise self._fail(f"'{unknown[0]}'", "is not a member that this table has")


def _signature(table: object, rule: str, where: str) -> Signature:
    reader = _Reader(table, where)
    signature = Signature(
        rule=rule,
        source=reader.choice("source", SOURCES),
        text=str(reader.get("text", str)),
        pattern_text=reader.optional("pattern"),
        operations=reader.list_of("operations", str),
        exit_codes=reader.list_of("exit_codes", int),
        confidence=cast("Confidence", reader.choice("confidence", get_args(Confidence), "certain")),
        summary=reader.optional("summary"),
    )
    reader.done()
    if not signature.text:
        raise CatalogueError(f"{where}: 'text' must not be empty")
    unknown = set(signature.operations) - set(OPERATIONS)
    if unknown:
        raise CatalogueError(f"{where}: 'operations' holds '{unknown.pop()}', must be of {', '.join(OPERATIONS)}")
    return signature


def check_signature(signature: Signature, where: str) -> None:
    """Refuse a pattern that is none, and a summary that asks for groups that the pattern lacks.

    Not done for the shipped catalogue, whose tests do it: compiling a thousand patterns takes longer than a diagnosis.

    Raises:
        CatalogueError: the signature cannot be used.
    """
    if signature.pattern_text and len(signature.pattern_text) > MAX_PATTERN_CHARACTERS:
        raise CatalogueError(f"{where}: 'pattern' is longer than {MAX_PATTERN_CHARACTERS} characters")
    try:
        groups = set(signature.pattern.groupindex) if signature.pattern else set()
    except re.error as error:
        raise CatalogueError(f"{where}: 'pattern' is no regular expression: {error}") from error
    unknown = set(re.findall(r"\{(\w*)\}", signature.summary or "")) - groups
    if unknown:
        raise CatalogueError(f"{where}: 'summary' uses {{{unknown.pop()}}}, which the pattern has no group for")


def _advice(table: object, where: str) -> Advice:
    reader = _Reader(table, where)
    advice = Advice(
        kind=reader.choice("kind", ADVICE_KINDS),
        summary=reader.string("summary"),
        language=reader.choice("language", LANGUAGES) if "language" in reader.table else None,
        snippet=reader.optional("snippet"),
        when=reader.literals("when"),
        unless=reader.literals("unless"),
        only=reader.choices("only", CONDITIONS),
        proposed=reader.settings("proposed"),
        holds=reader.optional("holds"),
    )
    reader.done()
    return advice


def _rule(table: object, where: str) -> RuleRecord:
    reader = _Reader(table, where)
    rule_id = reader.string("id")
    where = f"{where} ({rule_id})"
    reader.where = where
    if not _RULE_ID.fullmatch(rule_id):
        raise CatalogueError(f"{where}: 'id' must be FS and three digits")
    cause = reader.string("cause")
    if not _CAUSE.fullmatch(cause):
        raise CatalogueError(f"{where}: 'cause' must look like family.name")
    record = RuleRecord(
        id=rule_id,
        cause=cause,
        title=reader.string("title"),
        severity=cast("Severity", reader.choice("severity", get_args(Severity), "error")),
        owner=cast("Owner", reader.choice("owner", get_args(Owner), "unclear")),
        reads=reader.list_of("reads", str),
        since=reader.string("since", "unreleased"),
        means=reader.string("means"),
        recognised=reader.string("recognised", ""),
        what_to_do=reader.string("what_to_do"),
        wrong_when=reader.string("wrong_when", ""),
        references=reader.list_of("references", str),
        scenarios=reader.list_of("scenarios", str),
        advice=tuple(_advice(a, f"{where}, advice {n}") for n, a in enumerate(reader.tables("advice"), 1)),
        signatures=tuple(
            _signature(s, rule_id, f"{where}, signature {n}") for n, s in enumerate(reader.tables("signature"), 1)
        ),
        repeats=reader.flag("repeats"),
    )
    reader.done()
    unknown = sorted(set(record.reads) - set(SOURCE_NAMES))
    if unknown:
        raise CatalogueError(f"{where}: 'reads' holds '{unknown[0]}', must be of {', '.join(SOURCE_NAMES)}")
    if len(record.title) > MAX_TITLE_CHARACTERS:
        raise CatalogueError(f"{where}: 'title' is longer than {MAX_TITLE_CHARACTERS} characters")
    return record


def read_rules(document: str, where: str) -> dict[str, RuleRecord]:
    """Read a catalogue file's `[[rule]]` tables.

    Raises:
        CatalogueError: not TOML, a member missing or of a wrong type, an id used twice.
    """
    try:
        tables = tomllib.loads(document)
    except (ValueError, RecursionError) as error:  # of integers without end, and of arrays that nest without end
        raise CatalogueError(f"{where} is not TOML: {error}") from error
    reader = _Reader(tables, where)
    rules: dict[str, RuleRecord] = {}
    for n, table in enumerate(reader.tables("rule"), 1):
        record = _rule(table, f"{where}, rule {n}")
        if record.id in rules:
            raise CatalogueError(f"{where}: the id {record.id} is used twice")
        rules[record.id] = record
    reader.done()
    return rules
