"""The rule catalogue: what each rule is called, means and looks for. Data in, frozen records out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, cast, get_args

from analyzer.classifier.finding import Confidence, Owner, Severity

SOURCES = ("criu", "runtime", "fusion", "task", "reason")
"""Where a signature may be looked for; docs/rules-file.md says what each is."""
SOURCE_NAMES = (
    "job",
    "reasons",
    "task log",
    "fusion log",
    "dump log",
    "restore log",
    "dump metadata",
    "work directory listing",
    "instance",
    "cloudtrail",
    "job queue",
    "compute environments",
)
"""What a rule may say that it reads, and what it may say that it lacked."""
READS_OF = {
    "criu": ("dump log", "restore log"),
    "runtime": ("task log",),
    "fusion": ("fusion log", "task log"),
    "task": ("task log",),
    "reason": ("reasons", "compute environments"),
}
"""What a rule reads whose signatures are of these sources."""
OPERATIONS = ("dump", "pre-dump", "restore")
ADVICE_KINDS = ("memory", "instance", "network", "configuration", "retry", "platform", "application")
LANGUAGES = ("groovy", "bash", "json")
CONDITIONS = (
    "job-known",
    "job-unknown",
    "running",
    "bare-log",
    "time-limit",
    "no-time-limit",
    "x86_64",
    "arm64",
    "snapshots-on",
    "snapshots-not-seen",
    "pre-dumps",
    "no-pre-dumps",
    "full-dumps",
    "no-full-dumps",
    "dump-near-window",
    "dump-far-from-window",
    "host-lost",
    "host-end-known",
    "host-end-unknown",
    "memory-known",
    "memory-unknown",
)
"""What an advice may be bound to by `only`; analyzer.advisor.conditions evaluates them, docs/rules-file.md has them."""
MAX_PATTERN_CHARACTERS = 400
MAX_TITLE_CHARACTERS = 80
_RULE_ID = re.compile(r"FS\d{3}")
_CAUSE = re.compile(r"[a-z]+(\.[a-z0-9_]+){1,3}")


class CatalogueError(Exception):
    """A catalogue, or a user's rules file, that cannot be used; the text says where and why."""


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@dataclass(frozen=True)
class Signature:
    """A text that shows a cause."""

    rule: str
    source: str
    """One of SOURCES."""
    text: str
    """A literal that the line must hold; the gate before the pattern."""
    pattern_text: str | None = None
    """Searched in the line; its named groups may be used in `summary`."""
    operations: tuple[str, ...] = ()
    """For `criu`: the operations whose logs count; empty: all."""
    exit_codes: tuple[int, ...] = ()
    """For `task`: where the attempt's exit code is known, it must be one of these; empty: any but 0."""
    confidence: Confidence = "certain"
    summary: str | None = None
    """Template for the finding's summary, with `{group}` for the pattern's named groups."""

    @property
    def pattern(self) -> re.Pattern[str] | None:
        """Compiled when it is first needed: of a thousand patterns a diagnosis needs a handful."""
        return _compiled(self.pattern_text) if self.pattern_text else None

    def search(self, line: str) -> Mapping[str, str] | None:
        """The named groups where the line matches, else None."""
        if self.text not in line:
            return None
        pattern = self.pattern
        if pattern is None:
            return {}
        match = pattern.search(line)
        return None if match is None else {k: v for k, v in match.groupdict().items() if v is not None}


@dataclass(frozen=True)
class Advice:
    """A recommendation that goes with a rule, before the advisor's arithmetic."""

    kind: str
    summary: str
    language: str | None = None
    snippet: str | None = None
    """May hold placeholders that the advisor fills in: analyzer.advisor.placeholders."""
    when: tuple[str, ...] = ()
    """Literals of which one must stand in the finding's evidence or summary, in whatever case; empty: always."""
    unless: tuple[str, ...] = ()
    """Literals of which none may stand there."""
    only: tuple[str, ...] = ()
    """Names of CONDITIONS that must all hold for the job."""


@dataclass(frozen=True)
class RuleRecord:
    """One rule, all that is written about it."""

    id: str
    cause: str
    title: str
    severity: Severity
    owner: Owner
    reads: tuple[str, ...]
    """The sources it looks at: names of analyzer.classifier.facts.SOURCE_NAMES."""
    since: str
    means: str
    recognised: str
    what_to_do: str
    wrong_when: str
    references: tuple[str, ...]
    scenarios: tuple[str, ...]
    advice: tuple[Advice, ...] = ()
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True)
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
    except tomllib.TOMLDecodeError as error:
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


@cache
def shipped() -> Catalogue:
    """The catalogue inside the package."""
    rules: dict[str, RuleRecord] = {}
    folder = resources.files("analyzer.data").joinpath("catalogue")
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            for rule_id, record in read_rules(file.read_text("utf-8"), file.name).items():
                if rule_id in rules:
                    raise CatalogueError(f"{file.name}: the id {rule_id} is used twice")
                rules[rule_id] = record
    return Catalogue(dict(sorted(rules.items())))


def read_user_rules(path: Path) -> dict[str, RuleRecord]:
    """Read a user's own rules (`--rules FILE`): the same format, ids FS900 to FS999.

    Raises:
        CatalogueError: the file cannot be read or used.
    """
    try:
        document = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"the rules file {path} cannot be read: {error}") from error
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
