"""`manifest.json` of a bundle: what is in it, what was cut, and the fingerprint of every member."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analyzer import __version__
from analyzer.bundle.members import Member
from analyzer.diagnosis import SCHEMA
from analyzer.evidence.capture import FORMAT as CAPTURE_FORMAT
from analyzer.evidence.capture_bundle import BUNDLE_FORMAT


@dataclass(frozen=True)
class TargetEntry:
    """One target of the bundle."""

    target: str
    """As it was given, disguised."""
    capture: str | None
    """The folder with its evidence; None where it could not be examined."""
    cause: str | None
    confidence: str | None
    replays: bool | None
    """Whether the capture, as it stands in the bundle, gives the same diagnosis."""
    problem: str | None = None
    """Why it could not be examined."""


@dataclass(frozen=True)
class CutEntry:
    """Something that was left out."""

    member: str
    """Its name in the bundle, or the name that it would have."""
    what: str


def manifest(
    targets: Sequence[TargetEntry], members: Iterable[Member], cuts: Sequence[CutEntry], *, redacted: bool
) -> bytes:
    """The manifest as JSON: equal bundles have equal ones, as there is no time in it."""
    document: dict[str, Any] = {
        "format": BUNDLE_FORMAT,
        "tool": f"fsnap-diagnose {__version__}",
        "schema": {"diagnosis": SCHEMA, "capture": CAPTURE_FORMAT},
        "redacted": redacted,
        "targets": [asdict(target) for target in targets],
        "members": [asdict(member) for member in sorted(members, key=lambda member: member.name)],
        "cut": [asdict(cut) for cut in cuts],
    }
    return json.dumps(document, indent=1).encode() + b"\n"
