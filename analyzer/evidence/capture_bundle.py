"""Bundles of captures (`fsnap-bundle/1`), packed or unpacked, read as the captures that they hold."""

from __future__ import annotations

import re

from analyzer.evidence.capture import MANIFEST, parse_json, read_capture
from analyzer.evidence.content import read_all
from analyzer.evidence.job import mapping, text
from analyzer.evidence.model import Evidence
from analyzer.evidence.store import Files

BUNDLE_FORMAT = "fsnap-bundle/1"
FAMILY = "fsnap-bundle/"
CAPTURES = "captures/"
MAX_MANIFEST_BYTES = 8 * 2**20
_CAPTURE = re.compile(r"captures/([0-9]{1,6}[^/]{0,200})/manifest\.json")


def looks_like_bundle(files: Files) -> bool:
    """Whether its manifest says that it is one; or, where that is damaged or lost, whether captures stand in it."""
    manifest = files.files.get(MANIFEST)
    if manifest is None:
        return bool(_captures(files))
    try:
        document = mapping(parse_json(read_all(manifest, MAX_MANIFEST_BYTES)))
    except (OSError, ValueError):
        return bool(_captures(files))
    return (text(document.get("format")) or "").startswith(FAMILY)


def _captures(files: Files) -> list[str]:
    """Names of the captures' folders, in the order of the targets that they were made of."""
    found = [match[1] for name in files.files if (match := _CAPTURE.fullmatch(name))]
    return sorted(found, key=lambda name: (int(re.findall(r"^[0-9]+", name)[0]), name))


def read_bundle(files: Files, target: str) -> tuple[Evidence, ...]:
    """The captures of a bundle; what was left out of the archive is a gap of each.

    Each is named by the target as given, with its folder behind it where there are several.
    """
    folders = _captures(files)
    several = len(folders) > 1
    return tuple(
        read_capture(files.below(f"{CAPTURES}{name}/"), f"{target}/{CAPTURES}{name}" if several else target)
        for name in folders
    )
