"""What the vendor's support asks for: `checklist.toml`, read and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from analyzer.evidence.job import text, texts
from analyzer.evidence.model import Document


@dataclass(frozen=True)
class Item:
    """One thing that support asks for."""

    id: str
    asks: str
    """The item, in a few words."""
    source: str
    """The page that asks for it, or that `helps` rests on."""
    absent: str
    """Why it can be missing although nothing went wrong."""
    get: str
    """How to get it, in words."""
    helps: str | None = None
    """Why it is on the list, where no page asks for it: `source` then says what it rests on."""
    partial: str | None = None
    """Why a bundle never holds the whole of it, where that is so."""
    command: str | None = None
    """What to run, a line each; words in capitals are to be filled in."""
    parts: tuple[str, ...] = ()
    """Patterns of a capture's members that are the item; empty where it is a fact that is read from them."""
    permissions: tuple[str, ...] = ()
    """IAM actions that let the bundle fetch it itself."""


MEMBERS = frozenset(Item.__dataclass_fields__)
NEEDED = ("id", "asks", "source", "absent", "get")


@cache
def asked() -> tuple[Item, ...]:
    """All items, in the order in which support asks."""
    file = resources.files("analyzer.data").joinpath("checklist.toml")
    return read_items(tomllib.loads(file.read_text("utf-8")))


def read_items(document: Document) -> tuple[Item, ...]:
    """The items of a checklist's document.

    Raises:
        ValueError: an item lacks a member, has one that is not known, or an id of another.
    """
    items = tuple(_item(record) for record in document["item"])
    ids = [item.id for item in items]
    if len(set(ids)) < len(ids):
        raise ValueError("checklist: two items have the same id")
    return items


def _item(record: Mapping[str, object]) -> Item:
    name = text(record.get("id")) or "without an id"
    unknown = record.keys() - MEMBERS
    missing = [member for member in NEEDED if text(record.get(member)) is None]
    if unknown or missing:
        raise ValueError(f"checklist: item {name}: lacks {missing}, and does not know {sorted(unknown)}")
    one = {member: text(record[member]) or "" for member in NEEDED}
    return Item(
        **one,
        helps=text(record.get("helps")),
        partial=text(record.get("partial")),
        command=text(record.get("command")),
        parts=texts(record.get("parts")),
        permissions=texts(record.get("permissions")),
    )
