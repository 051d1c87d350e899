"""The schemas keep what released ones promised; and whoever breaks one of them is caught."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any

import pytest

from tests.released.promises import comparable_releases
from tests.released.schemas import WORDS, UnknownKeywordError, broken, format_name

DATA = resources.files("analyzer.data") / "schema"
NAMES = sorted(file.name for file in DATA.iterdir() if file.name.endswith(".json"))
Document = dict[str, Any]


def today(name: str) -> Document:
    document: Document = json.loads((DATA / name).read_text("utf-8"))
    return document


@pytest.mark.parametrize("release", comparable_releases(), ids=lambda folder: folder.name)
def test_schemas_keep_what_releases_promised(release: Any) -> None:
    promised = sorted((release / "schema").glob("*.json"))
    assert promised
    for file in promised:
        released = json.loads(file.read_text("utf-8"))
        assert file.name in NAMES, f"{file.name} is gone, which {release.name} has: only a major version may do that"
        assert format_name(released) == format_name(today(file.name)), "only a major version may end a format"
        assert broken(released, today(file.name)) == [], f"{file.name} of {release.name} promised something else"


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_keeps_its_own_promises(name: str) -> None:
    assert broken(today(name), today(name)) == []


def _reword(schema: Document) -> None:
    schema["title"] = "Other words"
    schema["properties"]["target"]["description"] = "Other words."


def _new_member(schema: Document) -> None:
    schema["properties"]["colour"] = {"type": "string"}
    schema["properties"]["verdict"]["properties"]["colour"] = {"enum": ["red", None]}


def _written_otherwise(schema: Document) -> None:
    """A definition that is referred to instead of written out says the same."""
    schema["$defs"] = {"verdict": schema["properties"]["verdict"]}
    schema["properties"]["verdict"] = {"$ref": "#/$defs/verdict", "description": "The root."}


def _type_as_choice(schema: Document) -> None:
    schema["properties"]["job"]["properties"]["name"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


@pytest.mark.parametrize("change", [_reword, _new_member, _written_otherwise, _type_as_choice])
def test_what_breaks_nobody_is_let_through(change: Callable[[Document], None]) -> None:
    now = today("diagnosis.schema.json")
    change(now)
    assert broken(today("diagnosis.schema.json"), now) == []


def _finding(schema: Document) -> Document:
    finding: Document = schema["properties"]["findings"]["items"]["properties"]
    return finding


MUTATIONS: dict[str, tuple[Callable[[Document], Any], str]] = {
    "a member goes": (lambda s: s["properties"].pop("measurements"), "measurements is gone"),
    "a member deep within goes": (
        lambda s: s["properties"]["verdict"]["properties"].pop("owner"),
        "verdict.owner is gone",
    ),
    "a member is renamed": (
        lambda s: s["properties"].update(holes=s["properties"].pop("gaps")),
        "gaps is gone",
    ),
    "one is no longer required": (
        lambda s: s["properties"]["verdict"]["required"].remove("cause"),
        "verdict need not have cause any more",
    ),
    "one is required": (lambda s: s["required"].append("examined"), "the document must have examined now"),
    "a type is another": (lambda s: s["properties"]["target"].update(type="integer"), "target can be integer now"),
    "a type is wider": (lambda s: s["properties"]["target"].update(type=["string", "null"]), "target can be null now"),
    "a type is narrower": (
        lambda s: s["properties"]["job"]["properties"]["name"].update(type="string"),
        "job.name can no longer be null",
    ),
    "a whole number is any": (lambda s: _finding(s)["attempt"].update(type=["number", "null"]), "can be number now"),
    "a value is added": (lambda s: _finding(s)["severity"]["enum"].append("fatal"), 'severity can be "fatal" now'),
    "a value goes": (lambda s: _finding(s)["severity"]["enum"].remove("info"), 'severity can no longer be "info"'),
    "all values are allowed": (
        lambda s: _finding(s).update(severity={"type": "string"}),
        "severity had certain values, and now has others",
    ),
    "a pattern is another": (lambda s: _finding(s)["rule"].update(pattern="^X"), "findings.rule is limited by"),
    "a pattern goes": (lambda s: _finding(s)["rule"].pop("pattern"), "findings.rule is limited by"),
    "a limit is another": (
        lambda s: _finding(s)["evidence"]["items"]["properties"]["line"].update(minimum=0),
        "evidence.line is limited by {'minimum': 0} now",
    ),
    "a list may be empty": (lambda s: _finding(s)["evidence"].pop("minItems"), "evidence is limited by {} now"),
    "members of a list are others": (
        lambda s: _finding(s)["docs"].update(items={"type": "object"}),
        "docs can be object now",
    ),
    "an object is a list": (
        lambda s: s["properties"].update(verdict={"type": "array", "items": s["properties"]["verdict"]}),
        "verdict can no longer be object",
    ),
    "the format is another": (
        lambda s: s["properties"]["schema"].update(const="fsnap-diagnosis/2"),
        'schema can be "fsnap-diagnosis/2" now',
    ),
    "anything goes": (lambda s: s["properties"].update(chain=True), "chain can no longer be array"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_breaks_somebody_is_caught(mutation: str) -> None:
    change, told = MUTATIONS[mutation]
    now = today("diagnosis.schema.json")
    change(now)
    found = broken(today("diagnosis.schema.json"), now)
    assert any(told in sentence.replace("each of ", "") for sentence in found), found


def _deletions(schema: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every member of every list and object that says something about documents."""
    if isinstance(schema, dict):
        for name, said in schema.items():
            named = bool(path) and path[-1] in ("properties", "$defs")
            if named or name not in WORDS | {"additionalProperties"}:
                yield (*path, name)
            yield from _deletions(said, (*path, name))
    elif isinstance(schema, list):
        for number, said in enumerate(schema):
            yield (*path, number)
            yield from _deletions(said, (*path, number))


@pytest.mark.parametrize(("name", "each"), [("check", 1), ("advice", 5), ("diagnosis", 7), ("report", 11)])
def test_nothing_can_be_taken_out_of_a_schema_unnoticed(name: str, each: int) -> None:
    """Of the long ones every so-and-so-many'th place."""
    released, now = today(f"{name}.schema.json"), today(f"{name}.schema.json")
    places = list(_deletions(released))[::each]
    assert len(places) > 30
    unnoticed = []
    for place in places:
        holder: Any = now
        for part in place[:-1]:
            holder = holder[part]
        before = copy.copy(holder)
        del holder[place[-1]]
        try:
            noticed = bool(broken(released, now))
        except (KeyError, UnknownKeywordError):
            noticed = True  # a definition that is referred to
        if not noticed:
            unnoticed.append("/".join(map(str, place)))
        holder.clear()
        holder.extend(before) if isinstance(holder, list) else holder.update(before)
    assert now == released
    assert [place for place in unnoticed if not _says_nothing(place)] == []


def _says_nothing(place: str) -> bool:
    """What is empty or allows everything can go."""
    return bool(re.search(r"unevaluatedProperties$|defs/asked/properties/value$", place))


def test_a_keyword_that_cannot_be_compared_is_told() -> None:
    now = today("check.schema.json")
    now["properties"]["target"]["contentEncoding"] = "base64"
    with pytest.raises(UnknownKeywordError, match="contentEncoding"):
        broken(today("check.schema.json"), now)
