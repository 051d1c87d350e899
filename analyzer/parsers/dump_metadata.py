"""`.fusion/dump/dump_metadata`, whose format is not public: read any way it can be read, take only what is certain.

Certain are three things: a dump's type (PRE or FULL; the vendor's documentation and the public log of
nf-core/modules#9433 name them), its state (DUMPING is known from the vendor's drafts, the others are of the same
making), and its folder's number. JSON, JSON lines, `key=value`, YAML-like blocks and plain words are understood;
whatever else stands there is passed over.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from string import ascii_lowercase
from typing import TYPE_CHECKING, Literal

from analyzer.evidence.content import read_all
from analyzer.frozen import frozen
from analyzer.parsers.log_ref import LogRef, cut

if TYPE_CHECKING:
    from analyzer.evidence.content import Content

SOURCE = "workdir/.fusion/dump/dump_metadata"
MAX_BYTES = 2 * 1024 * 1024
MAX_ENTRIES = 10_000
MAX_LINES = 20_000
"""Of a text that is no JSON: each is looked at in several ways."""
MAX_DEPTH = 20
MAX_FOLDER = 99_999
"""A larger number is no folder's: a time, a size, a process id."""

DumpKind = Literal["PRE", "FULL"]

_KINDS: Mapping[str, DumpKind] = {
    "PRE": "PRE",
    "PREDUMP": "PRE",
    "FULL": "FULL",
    "FULLDUMP": "FULL",
}
_STATES = frozenset(
    {"DUMPING", "DUMPED", "RESTORING", "RESTORED", "UPLOADING", "UPLOADED", "PENDING"}
    | {"COMPLETED", "COMPLETE", "DONE", "FINISHED", "FAILED", "ERROR", "ABORTED", "CANCELLED", "INTERRUPTED"}
)
_KIND_KEYS = frozenset({"type", "kind", "mode", "dumptype", "dumpkind"})
_STATE_KEYS = frozenset({"state", "status", "phase", "dumpstate", "dumpstatus"})
_NUMBER_KEYS = frozenset(
    {"id", "number", "num", "no", "n", "index", "idx", "seq", "sequence", "name", "folder", "dir", "directory", "path"}
    | {"dump", "dumpid", "dumpnumber", "dumpindex"}
)
MAX_KEY_CHARACTERS = 40
_CAPITALS = {ord(letter): letter.upper() for letter in ascii_lowercase}
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}|[0-9]{1,20}")
_PAIR = re.compile(r"""["']?([A-Za-z][A-Za-z_-]{0,30})["']?[ \t]{0,4}[:=][ \t]{0,4}["']?([A-Za-z0-9_./-]{1,400})""")
_FIRST_NUMBER = re.compile(r"[^0-9A-Za-z]{0,10}(?:[Dd]ump[ _#-]{0,3})?([0-9]{1,5})(?![0-9A-Za-z]|[-:.][0-9])")
_FOLDER = re.compile(r"(?:^|/)([0-9]{1,5})/?$")


@frozen
class MetadataEntry:
    """One dump, as the metadata tracks it."""

    reference: LogRef
    """The line that says so."""
    number: int | None = None
    """The dump's folder."""
    kind: DumpKind | None = None
    state: str | None = None
    """DUMPING, DUMPED, RESTORING, … in capitals; only DUMPING is known from the vendor's own words."""


@frozen
class DumpMetadata:
    """All dumps, by their numbers where each has one, else in the order of the file."""

    entries: tuple[MetadataEntry, ...] = ()

    @property
    def last_full(self) -> MetadataEntry | None:
        """The newest dump of type FULL."""
        return next((e for e in reversed(self.entries) if e.kind == "FULL"), None)

    @property
    def stuck_in_dumping(self) -> MetadataEntry | None:
        """The newest full dump that is said to be still going on; a pre-dump only where there is no full one."""
        full = self.last_full
        if full is not None and full.state == "DUMPING":
            return full
        last = self.entries[-1] if self.entries else None
        whole = full is not None and full.state is not None
        return last if last and last.state == "DUMPING" and (last.kind is None or not whole) else None

    @property
    def has_full(self) -> bool:
        """Whether any dump is of type FULL."""
        return self.last_full is not None


@dataclass
class _Draft:
    """Facts of one dump, while they are gathered."""

    number: int | None = None
    kind: DumpKind | None = None
    state: str | None = None
    position: int = 0

    @property
    def tells(self) -> bool:
        return self.kind is not None or self.state is not None


def parse_dump_metadata(content: Content) -> DumpMetadata | None:
    """Read the metadata; None where nothing certain stands there. Never raises for what the bytes are.

    Raises:
        OSError: the bytes cannot be read.
    """
    text = read_all(content, MAX_BYTES).replace(b"\0", b"").decode("utf-8", "replace")
    documents = list(_documents(text))
    drafts = _from_documents(documents, text) if documents else _from_lines(text)
    entries = _merge(_entries(islice((draft for draft in drafts if draft.tells), MAX_ENTRIES), text))
    return DumpMetadata(entries) if entries else None


def _documents(text: str) -> Iterator[object]:
    """The JSON values: the whole text, or its lines, where they are objects or arrays."""
    try:
        whole = json.loads(text)
        if isinstance(whole, (dict, list)):
            yield whole
            return
    except (ValueError, RecursionError):
        pass
    for line in text.splitlines():
        if line.lstrip().startswith(("{", "[")):
            try:
                yield json.loads(line.strip().rstrip(","))
            except (ValueError, RecursionError):
                continue


def _from_documents(documents: list[object], text: str) -> Iterator[_Draft]:
    cursor = 0
    capitals = text.translate(_CAPITALS) if len(text) < MAX_BYTES // 8 else ""
    for document in documents:
        for draft in _walk(document, None, None, 0):
            found = capitals.find(draft.state or draft.kind or "", cursor)
            cursor = draft.position = found if found >= 0 else cursor
            yield draft


def _walk(value: object, number: int | None, kind: DumpKind | None, depth: int) -> Iterator[_Draft]:
    """Dumps in a JSON value; `number` and `kind` are what its key says."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        yield from _walk_object(value, number, kind, depth)
    elif isinstance(value, list):
        for item in value[:MAX_ENTRIES]:
            yield from _walk(item, number, kind, depth + 1)
    elif isinstance(value, str):
        facts = _words(value)
        yield _Draft(number if number is not None else facts.number, facts.kind or kind, facts.state)
    elif kind and (folder := _folder(value)) is not None:
        yield _Draft(folder, kind)


def _walk_object(
    value: Mapping[str, object], number: int | None, kind: DumpKind | None, depth: int
) -> Iterator[_Draft]:
    own = _Draft(number, kind)
    nested: list[_Draft] = []
    for key, member in list(value.items())[:MAX_ENTRIES]:
        if isinstance(member, (Mapping, list)) or _key_number(key) is not None:
            nested += _walk(member, _key_number(key), _KINDS.get(_plain(key).upper()), depth + 1)
        else:
            _take(own, _plain(key), member)
    nested = [draft for draft in nested if draft.tells]
    if own.state and not own.kind and nested:
        # a state above a list of dumps speaks of the one in hand
        nested[-1].state = nested[-1].state or own.state
    elif own.tells and (own.state or not nested):
        yield own
    yield from nested


def _take(draft: _Draft, key: str, value: object) -> None:
    """One `key: value` into a dump's facts."""
    if isinstance(value, bool):
        if value and key in {"full", "isfull"}:
            draft.kind = "FULL"
        return
    if key in _NUMBER_KEYS and draft.number is None:
        draft.number = _folder(value)
    if isinstance(value, str):
        word = _plain(value).upper()
        if word in _KINDS and (key in _KIND_KEYS or value.isupper()):
            draft.kind = _KINDS[word]
        elif word in _STATES and (key in _STATE_KEYS or value.isupper()):
            draft.state = word


def _from_lines(text: str) -> Iterator[_Draft]:
    """Dumps in lines: a new one begins at a blank line, a dash, a heading, or where a fact is told again."""
    draft = _Draft()
    position = 0
    for line in islice(io.StringIO(text, newline=""), MAX_LINES):
        facts = _line_facts(line)
        if _told_again(draft, facts) or not line.strip() or line.lstrip().startswith(("-", "[", "{")):
            yield draft
            draft = _Draft()
        draft.number = facts.number if facts.number is not None else draft.number
        draft.kind = facts.kind or draft.kind
        if facts.tells:
            draft.state, draft.position = facts.state or draft.state, position
        position += len(line)
    yield draft


def _told_again(draft: _Draft, facts: _Draft) -> bool:
    both = ((draft.number, facts.number), (draft.kind, facts.kind), (draft.state, facts.state))
    return any(before is not None and now is not None for before, now in both)


def _line_facts(line: str) -> _Draft:
    facts = _words(line)
    for key, value in _PAIR.findall(line[:4000]):
        _take(facts, _plain(key), value)
    return facts


def _words(line: str) -> _Draft:
    """Facts in plain words: in capitals wherever they stand, else only where the line holds nothing but them."""
    line = line[:4000]
    words = _WORD.findall(line)
    plains = [_plain(word).upper() for word in words]
    nothing_else = all(plain.isdigit() or plain in _KINDS or plain in _STATES for plain in plains)
    facts = _Draft()
    for word, plain in zip(words, plains, strict=True):
        if word.isupper() or nothing_else:
            facts.kind = facts.kind or _KINDS.get(plain)
            facts.state = plain if plain in _STATES else facts.state
    first = _FIRST_NUMBER.match(line)
    facts.number = int(first[1]) if first else None
    return facts


def _folder(value: object) -> int | None:
    """A folder's number: a whole number, its digits, or a path that ends in it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value <= MAX_FOLDER else None
    match = _FOLDER.search(value[-400:]) if isinstance(value, str) else None
    return int(match[1]) if match else None


def _key_number(key: str) -> int | None:
    return int(key) if key.isascii() and key.isdigit() and len(key) <= len(str(MAX_FOLDER)) else None


def _plain(word: str) -> str:
    return word.replace("_", "").replace("-", "").lower() if len(word) <= MAX_KEY_CHARACTERS else ""


def _entries(drafts: Iterable[_Draft], text: str) -> Iterator[MetadataEntry]:
    """The drafts, which come in the order of the text, with the lines that say so."""
    counted, number = 0, 1
    for draft in drafts:
        start = text.rfind("\n", 0, draft.position) + 1
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        number, counted = number + text.count("\n", counted, start), max(counted, start)
        shown = cut(line, draft.position - start)
        yield MetadataEntry(LogRef(SOURCE, shown, number, None, start), draft.number, draft.kind, draft.state)


def _merge(entries: Iterable[MetadataEntry]) -> tuple[MetadataEntry, ...]:
    """What is told of one folder in several places joined: the later state counts."""
    merged: dict[int | tuple[str, int], MetadataEntry] = {}
    for entry in entries:
        key = entry.number if entry.number is not None else ("unnumbered", len(merged))
        before = merged.get(key)
        if before is None:
            merged[key] = entry
        else:
            merged[key] = replace(entry, kind=entry.kind or before.kind, state=entry.state or before.state)
    result = list(merged.values())
    if all(entry.number is not None for entry in result):
        result.sort(key=lambda entry: entry.number or 0)
    return tuple(result)
