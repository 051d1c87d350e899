"""Whether a JSON Schema still promises what a released one did.

Two promises are kept for as long as a format has its name: a program that was written for the released schema
understands the documents of today, if it passes over members that it does not know; and a document that somebody kept
is still valid today. So members may be added that need not be there; whatever else a schema says stays as it is, but
for its words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
OF_TYPE: Mapping[str, frozenset[str]] = {
    "object": frozenset(),
    "array": frozenset({"minItems", "maxItems", "uniqueItems"}),
    "string": frozenset({"pattern", "minLength", "maxLength", "format"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
}
"""Keywords that limit a type."""
STRUCTURE = frozenset({"type", "enum", "const", "oneOf", "anyOf", "$ref", "properties", "required", "items"})
OPEN_OR_CLOSED = frozenset({"additionalProperties", "unevaluatedProperties"})
WORDS = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "$comment"})
KNOWN = STRUCTURE | OPEN_OR_CLOSED | WORDS | frozenset[str]().union(*OF_TYPE.values())
Schema = Mapping[str, Any] | bool


class UnknownKeywordError(Exception):
    """A schema says something that cannot be compared yet."""


@dataclass(frozen=True)
class Shape:
    """What a value of one type may be."""

    limits: Mapping[str, Any] = field(default_factory=dict)
    values: frozenset[str] | None = None
    """As JSON; None: any."""
    members: Mapping[str, Schema] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    others: Schema = True
    """Members that have no name here, where a schema is told for them."""
    items: Schema = True


def format_name(schema: Mapping[str, Any]) -> str:
    """The name and version that every document of the schema has."""
    return str(schema["properties"]["schema"]["const"])


def broken(released: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What the schema of today no longer keeps, a sentence each.

    Raises:
        UnknownKeywordError: one of them has a keyword that is not known here.
    """
    return list(_broken(_Side(released, released), _Side(now, now), "the document"))


@dataclass(frozen=True)
class _Side:
    schema: Schema
    root: Mapping[str, Any]

    def of(self, schema: Schema) -> _Side:
        return _Side(schema, self.root)

    def shapes(self) -> dict[str, list[Shape]]:
        """By the type of the value."""
        found: dict[str, list[Shape]] = {}
        for kind, shape in _shapes(self.schema, self.root):
            if shape not in found.setdefault(kind, []):
                found[kind].append(shape)
        return found


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    target: Any = root
    for part in schema["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    inner = dict(_resolved(target, root))
    beside = {name: said for name, said in schema.items() if name != "$ref" and name not in WORDS}
    properties = {**inner.get("properties", {}), **beside.pop("properties", {})}
    if clash := set(beside) & set(inner):
        raise UnknownKeywordError(f"{sorted(clash)} beside $ref and behind it")
    return {**inner, **beside, **({"properties": properties} if properties else {})}


def _shapes(schema: Schema, root: Mapping[str, Any]) -> Iterator[tuple[str, Shape]]:
    if isinstance(schema, bool):
        yield ("any" if schema else "none"), Shape()
        return
    schema = _resolved(schema, root)
    if unknown := set(schema) - KNOWN:
        raise UnknownKeywordError(f"{sorted(unknown)}: teach tests/released/schemas.py what a change of it means")
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            if more := set(schema) - WORDS - {choice}:
                raise UnknownKeywordError(f"{sorted(more)} beside {choice}")
            for one in schema[choice]:
                yield from _shapes(one, root)
            return
    named = schema.get("type")
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    for kind in _kinds(named, values):
        yield kind, _shape(schema, kind, values)


def _kinds(named: str | list[str] | None, values: list[Any] | None) -> list[str]:
    if named is not None:
        return [named] if isinstance(named, str) else list(named)
    return ["any"] if values is None else [kind for kind in TYPES if any(_is(value, kind) for value in values)]


def _is(value: Any, kind: str) -> bool:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return ("null" if value is None else names[type(value)]) == kind


def _shape(schema: Mapping[str, Any], kind: str, values: list[Any] | None) -> Shape:
    # what limits no type that is named limits values of any type
    limits = frozenset[str]().union(*OF_TYPE.values()) if kind == "any" else OF_TYPE.get(kind, frozenset())
    told = {name: schema[name] for name in limits & set(schema)}
    named = None if values is None else frozenset(json.dumps(value) for value in values if _is(value, kind))
    if kind not in ("object", "array", "any"):
        return Shape(told, named)
    others = next((schema[name] for name in sorted(OPEN_OR_CLOSED & set(schema))), True)
    return Shape(
        told,
        named,
        schema.get("properties", {}),
        frozenset(schema.get("required", ())),
        others if isinstance(others, Mapping) else True,
        schema.get("items", True),
    )


def _broken(old: _Side, new: _Side, path: str) -> Iterator[str]:
    before, after = old.shapes(), new.shapes()
    if gone := [kind for kind in before if kind not in after]:
        yield f"{path} can no longer be {' or '.join(gone)}"
    if added := [kind for kind in after if kind not in before]:
        yield f"{path} can be {' or '.join(added)} now"
    for kind in (kind for kind in before if kind in after):
        if len(before[kind]) != len(after[kind]):
            yield f"{path} has {len(after[kind])} forms of {kind} now, and had {len(before[kind])}"
            continue
        for one, other in zip(before[kind], after[kind], strict=True):
            yield from _changed(one, other, path)
            yield from _members(old, one, new, other, path)
            yield from _broken(old.of(one.items), new.of(other.items), f"each of {path}") if kind == "array" else ()


def _changed(before: Shape, after: Shape, path: str) -> Iterator[str]:
    if before.limits != after.limits:
        yield f"{path} is limited by {dict(after.limits)} now, and was by {dict(before.limits)}"
    if before.values == after.values:
        return
    if before.values is None or after.values is None:
        yield f"{path} had {'any' if before.values is None else 'certain'} values, and now has others"
        return
    yield from (f"{path} can no longer be {value}" for value in sorted(before.values - after.values))
    yield from (f"{path} can be {value} now" for value in sorted(after.values - before.values))


def _members(old: _Side, before: Shape, new: _Side, after: Shape, path: str) -> Iterator[str]:
    yield from (f"{path} must have {name} now" for name in sorted(after.required - before.required))
    yield from (f"{path} need not have {name} any more" for name in sorted(before.required - after.required))
    for name, member in before.members.items():
        if name in after.members:
            yield from _broken(old.of(member), new.of(after.members[name]), _below(path, name))
        else:
            yield f"{_below(path, name)} is gone"
    if before.others != after.others:
        yield from _broken(old.of(before.others), new.of(after.others), f"a member of {path}")


def _below(path: str, name: str) -> str:
    return name if path == "the document" else f"{path}.{name}"
