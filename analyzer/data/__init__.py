"""Data that is shipped with the package."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
"""Of the files: pip unpacks them, so no resource reader is needed, which takes longer to load than most of them."""


def shipped_text(name: str) -> str:
    """The text of a file, by its path below FOLDER."""
    return (FOLDER / name).read_text("utf-8")
