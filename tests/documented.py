"""The commands that a page of the documentation shows, and what it says that they answer."""

from __future__ import annotations

from tests.command import REPOSITORY


def documented(page: str) -> list[tuple[str, list[str]]]:
    """(command, lines that its output has) of every console block of a page below docs/."""
    found: list[tuple[str, list[str]]] = []
    for block in (REPOSITORY / "docs" / page).read_text("utf-8").split("```console\n")[1:]:
        for line in block.split("```")[0].splitlines():
            if line.startswith("$ fsnap-diagnose "):
                found.append((line.split(" #")[0].removeprefix("$ fsnap-diagnose "), []))
            else:
                found[-1][1].append(line)
    return found
