"""The catalogue of instance types: the shipped one, one read from the user's region, and what it holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from analyzer.advisor.instance_types import InstanceType, read_instance_type
from analyzer.evidence.instance_bundles import BUNDLES
from analyzer.evidence.job import items, mapping, text

FORMAT = "fsnap-instances/1"
SHIPPED = "instance-types.json"
MAX_BYTES = 16 * 2**20
"""A catalogue file is a tenth of a megabyte; a larger one is not read."""
COLUMNS = tuple(field.name for field in fields(InstanceType))


class InstanceCatalogueError(Exception):
    """A catalogue file that cannot be used; the text names it and says why."""


@dataclass(frozen=True)
class InstanceCatalogue:
    """Types by name, and where the figures come from."""

    types: Mapping[str, InstanceType]
    source: str
    """What the figures were read from."""
    date: str
    """YYYY-MM-DD, of the figures."""
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
    head = {"format": FORMAT, "source": catalogue.source, "date": catalogue.date, "region": catalogue.region}
    rows = [json.dumps(list(asdict(one).values()), separators=(",", ":")) for one in catalogue.types.values()]
    lines = [json.dumps(head)[:-1] + ",", f'"columns": {json.dumps(COLUMNS)},', '"types": [', ",\n".join(rows), "]}"]
    return "\n".join(lines) + "\n"


def read_catalogue(content: str, name: str) -> InstanceCatalogue:
    """The catalogue of a file's text.

    Raises:
        InstanceCatalogueError: no JSON, another format, columns or rows that do not fit.
    """
    try:
        document = mapping(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise InstanceCatalogueError(f"{name}: this is no JSON ({error.__class__.__name__})") from None
    if document.get("format") != FORMAT:
        raise InstanceCatalogueError(f"{name}: this is no catalogue of instance types (format {FORMAT} is expected)")
    columns, rows = document.get("columns"), document.get("types")
    if columns != list(COLUMNS) or not isinstance(rows, list):
        raise InstanceCatalogueError(f"{name}: its columns are not those of this version; write it again")
    types = {one.name: one for one in (_type(row, name) for row in rows)}
    return InstanceCatalogue(
        types, text(document.get("source")) or name, text(document.get("date")) or "", text(document.get("region"))
    )


def _type(row: Any, name: str) -> InstanceType:
    if not isinstance(row, list) or len(row) != len(COLUMNS):
        raise InstanceCatalogueError(f"{name}: a row has not {len(COLUMNS)} columns")
    values = dict(zip(COLUMNS, row, strict=True))
    values["architectures"] = tuple(values["architectures"]) if isinstance(values["architectures"], list) else ()
    try:
        return InstanceType(**values)
    except TypeError as error:
        raise InstanceCatalogueError(f"{name}: a row does not fit ({error})") from None


def load_catalogue(path: Path) -> InstanceCatalogue:
    """The catalogue of a file.

    Raises:
        InstanceCatalogueError: it cannot be read, is too large, or is none.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InstanceCatalogueError(f"{path}: too large for a catalogue of instance types")
        return read_catalogue(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InstanceCatalogueError(f"{path}: cannot be read ({reason})") from None


def pages_of(document: object) -> list[Any]:
    """The types of recorded answers: one page, a list of pages or of types, or a mapping of names to types."""
    if isinstance(document, list):
        return [one for part in document for one in (pages_of(part) if "InstanceTypes" in part else [part])]
    whole = mapping(document)
    return list(items(whole.get("InstanceTypes"))) if "InstanceTypes" in whole else list(whole.values())


@cache
def shipped_instances() -> InstanceCatalogue:
    """The catalogue of the package."""
    return read_catalogue((files("analyzer.data") / SHIPPED).read_text("utf-8"), SHIPPED)
