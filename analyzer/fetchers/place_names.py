"""Names of files in a place: plain, relative, `/` between the parts; and what is said where there is no such file."""

from __future__ import annotations

from analyzer.evidence.store import safe_name
from analyzer.fetchers.errors import FetchError

LONGEST_NAME_BYTES = 900
"""S3 takes 1,024 for the prefix and the name together."""


class NotThereError(FetchError, FileNotFoundError):
    """No such file in the place (any more)."""


def checked(name: str, place: str) -> str:
    """The name itself.

    Raises:
        FetchError: it leads out of the place, is hidden, or is no plain relative name.
    """
    if safe_name(name) != name or is_hidden(name) or not _storable(name):
        raise FetchError(f"{place}: {name[:200]!r} cannot be the name of a file there; a plain relative name is needed")
    return name


def checked_folder(prefix: str, place: str) -> str:
    """The prefix itself: nothing, or a folder's name that ends in a slash.

    Raises:
        FetchError: as `checked`.
    """
    if prefix:
        checked(prefix.removesuffix("/"), place)
        if not prefix.endswith("/"):
            raise FetchError(f"{place}: {prefix[:200]!r} cannot be looked into; a folder's name ends in a slash")
    return prefix


def is_hidden(name: str) -> bool:
    """A part of it starts with a dot: files that are not finished are named so."""
    return name.startswith(".") or "/." in name


def _storable(name: str) -> bool:
    try:
        return len(name.encode()) <= LONGEST_NAME_BYTES and name.isprintable()
    except UnicodeEncodeError:
        return False
