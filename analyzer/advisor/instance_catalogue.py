"""The catalogue of instance types: the shipped one, one read from the user's region, and what it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

from analyzer.advisor.instance_record import MEMBERS, checked_types, made_type
from analyzer.advisor.instance_types import InstanceType, read_instance_type
from analyzer.data import shipped_text
from analyzer.evidence.instance_bundles import BUNDLES
from analyzer.evidence.job import mapping
from analyzer.frozen import frozen

FORMAT = "fsnap-instances/1"
SHIPPED = "instance-types.json"
MAX_BYTES = 16 * 2**20
"""A catalogue file is a tenth of a megabyte; a larger one is not read."""
MAX_TYPES = 20_000
LONGEST_TEXT = 500
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_NEAR = 3
_LONGEST_NAME = 64


class InstanceCatalogueError(Exception):
    """A catalogue file that cannot be used; the text names it and says why."""


@frozen
class InstanceCatalogue:
    """Types by name, and where the figures come from."""

    types: Mapping[str, InstanceType]
    source: str
    """What the figures were read from."""
    date: str
    """YYYY-MM-DD, of the figures; empty where nobody said."""
    region: str | None = None
    """The region whose types these are; None: types of several regions, so one of them may lack some."""

    def get(self, name: str) -> InstanceType | None:
        """The type of that name; None where the catalogue lacks it."""
        return self.types.get(name)

    def expand(self, names: Iterable[str]) -> tuple[InstanceType, ...]:
        """The types of an environment's list: types, families (`r6id`), Batch's bundles; unknown ones fall out."""
        wanted: dict[str, InstanceType] = {}
        for name in names:
            families = BUNDLES.get(name, (name.removesuffix(".*"),))
            for one in self.types.values():
                if one.name == name or one.family in families:
                    wanted[one.name] = one
        return tuple(wanted.values())

    def near(self, name: str) -> tuple[str, ...]:
        """Types, or families where the name has no size, that are written nearly like it, best first; at most three."""
        import difflib

        sized = "." in name
        known = self.types if sized else {one.family for one in self.types.values()}
        return tuple(difflib.get_close_matches(name[:_LONGEST_NAME].lower(), sorted(known), n=_NEAR))

    def with_documents(self, documents: Iterable[object]) -> InstanceCatalogue:
        """The same, with what DescribeInstanceTypes said of some types instead: the evidence's own figures win."""
        told = {one.name: one for one in map(read_instance_type, documents) if one}
        return replace(self, types={**self.types, **told}) if told else self


def from_documents(
    documents: Iterable[object], *, source: str, date: str, region: str | None = None
) -> InstanceCatalogue:
    """A catalogue of the elements of DescribeInstanceTypes' pages, by name."""
    found = sorted((one for one in map(read_instance_type, documents) if one), key=lambda one: one.name)
    return InstanceCatalogue({one.name: one for one in found}, source, date, region)


def write_catalogue(catalogue: InstanceCatalogue) -> str:
    """As a file: JSON, one type a line, so that a change can be read."""
    head = {
        "format": FORMAT,
        "source": catalogue.source[:LONGEST_TEXT],
        "date": catalogue.date,
        "region": catalogue.region,
    }
    rows = [json.dumps(_row(one), separators=(",", ":")) for one in catalogue.types.values()]
    lines = [json.dumps(head)[:-1] + ",", f'"columns": {json.dumps(MEMBERS)},', '"types": [', ",\n".join(rows), "]}"]
    return "\n".join(lines) + "\n"


def _row(one: InstanceType) -> list[Any]:
    values = asdict(one)
    return [values[member] for member in MEMBERS]


def read_catalogue(content: str, name: str, *, checked: bool = True) -> InstanceCatalogue:
    """The catalogue of a file's text; not `checked`, its types are taken as they are.

    Raises:
        InstanceCatalogueError: no JSON, another format, or values that are none of a type's.
    """
    try:
        document = mapping(json.loads(content))
    except (ValueError, RecursionError):
        raise InstanceCatalogueError(f"{name}: this is no JSON; {_WAY_OUT}") from None
    if document.get("format") != FORMAT:
        raise InstanceCatalogueError(f"{name}: this is no catalogue of instance types ({FORMAT}); {_WAY_OUT}")
    if document.get("columns") != list(MEMBERS):
        raise InstanceCatalogueError(f"{name}: its columns are not those of this version; {_WAY_OUT}")
    source, date, region = document.get("source"), document.get("date"), document.get("region")
    if not (isinstance(source, str) and len(source) <= LONGEST_TEXT and is_date(date) and _is_region(region)):
        raise InstanceCatalogueError(f"{name}: its source, date or region is not written as it must be; {_WAY_OUT}")
    return InstanceCatalogue(_types(document.get("types"), name, checked), source, date, region)


_WAY_OUT = "write one with: fsnap-diagnose instances --refresh -o FILE"


def is_date(value: object) -> TypeGuard[str]:
    """Whether this is YYYY-MM-DD, or empty."""
    return isinstance(value, str) and (not value or _DATE.fullmatch(value) is not None)


def _is_region(value: object) -> TypeGuard[str | None]:
    return value is None or (isinstance(value, str) and _REGION.fullmatch(value) is not None)


def _types(rows: object, name: str, checked: bool) -> Mapping[str, InstanceType]:
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_TYPES:
        raise InstanceCatalogueError(f"{name}: it holds no list of 1 to {MAX_TYPES} instance types; {_WAY_OUT}")
    try:
        return {one.name: one for one in (checked_types(rows) if checked else map(made_type, rows))}
    except ValueError as error:
        raise InstanceCatalogueError(f"{name}: {error}; {_WAY_OUT}") from None


def load_catalogue(path: Path) -> InstanceCatalogue:
    """The catalogue of a file.

    Raises:
        InstanceCatalogueError: it cannot be read, is too large, or is none.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise InstanceCatalogueError(f"{path}: too large for a catalogue of instance types; {_WAY_OUT}")
        return read_catalogue(content.decode("utf-8"), str(path))
    except UnicodeDecodeError:
        raise InstanceCatalogueError(f"{path}: this is no JSON; {_WAY_OUT}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such file"
        raise InstanceCatalogueError(f"{path}: cannot be read ({reason}); {_WAY_OUT}") from None


@cache
def shipped_instances() -> InstanceCatalogue:
    """The catalogue of the package, whose types are checked by its tests."""
    return read_catalogue(shipped_text(SHIPPED), SHIPPED, checked=False)
