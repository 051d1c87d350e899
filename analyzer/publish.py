"""Reports where people look for them: a folder for each time that one was made, and `latest/`."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.store.place import Place

LATEST = "latest"


def folder_name(made_at: str) -> str:
    """`2026-11-22T060000Z`: colons are no part of file names everywhere."""
    return made_at.replace(":", "")


def publish(files: Mapping[str, bytes], place: Place, made_at: str) -> tuple[str, ...]:
    """Put the files of a report into the folder of its time, and then into `latest/`; the names that they have there.

    `made_at` is RFC 3339 in UTC. Each file is there whole or not at all, and `latest/` changes only when the dated
    folder is complete. Files of earlier reports stay, so what `latest/` has of another format is as old as its folder.
    What the place raises passes through.
    """
    names = []
    for folder in (folder_name(made_at), LATEST):
        for name, data in files.items():
            place.write(f"{folder}/{name}", data)
            names.append(f"{folder}/{name}")
    return tuple(names)
