"""What the vendor's support asks for: `checklist.toml`, read and checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Item:
    """One thing that support asks for."""

    id: str
    asks: str
    """The item, in a few words."""
    source: str
    """The page that asks for it."""
    absent: str
    """Why it can be missing although nothing went wrong."""
    get: str
    """How to get it, in words."""
    command: str | None = None
    """What to run; words in capitals are to be filled in."""
    parts: tuple[str, ...] = ()
    """Patterns of a capture's members that are the item; empty where it is a fact that is read from them."""
    permissions: tuple[str, ...] = ()
    """IAM actions that let the bundle fetch it itself."""


@cache
def asked() -> tuple[Item, ...]:
    """All items, in the order in which support asks."""
    text = resources.files("analyzer.data").joinpath("checklist.toml").read_text("utf-8")
    return tuple(
        Item(
            **{
                name: tuple(value) if name in ("parts", "permissions") else str(value).strip()
                for name, value in record.items()
            }
        )
        for record in tomllib.loads(text)["item"]
    )
