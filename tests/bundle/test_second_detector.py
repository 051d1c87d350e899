"""A public detector of secrets, Yelp's detect-secrets, looks over finished bundles and finds nothing of ours wrong.

It only reads: none of its filters that would ask a service whether a secret is valid is switched on.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from analyzer.reporters.html.page import own_hashes
from tests.bundle.planted import plant
from tests.command import REPOSITORY, Command, InProcess

SCENARIOS = (
    "well",
    "window-exceeded",
    "window-exceeded-as-175",
    "survived-reclaim",
    "dump-tcp-connection",
    "dump-storage-full",
    "restore-file-missing",
    "restore-pid-conflict",
    "manifest-mismatch",
    "only-pre-dumps",
    "host-reclaimed-cloudtrail",
    "host-scale-in",
    "image-access-denied",
    "container-secret",
    "container-out-of-memory",
    "runnable-no-capacity",
    "fusion-174-token-expired",
    "fusion-license",
    "fusion-credentials",
    "array-child-out-of-memory",
)


@dataclass(frozen=True)
class FalseAlarm:
    """Something that the detector takes for a secret and that has to stay."""

    rule: str
    value: re.Pattern[str]
    why: str


FALSE_ALARMS = (
    FalseAlarm(
        "Hex High Entropy String",
        re.compile(r"[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{64}"),
        "a diagnosis's fingerprint, Nextflow's hash of a job definition, a member's SHA-256 in the manifest",
    ),
    FalseAlarm(
        "Base64 High Entropy String",
        re.compile(r"(?:/fusion/s3/)?[a-z0-9./-]+/[0-9a-f]{2}/[0-9a-f]{30}(?:/[\w.]+)?"),
        "a task's work directory: its hash stays, the bucket and the folders are stand-ins already",
    ),
    FalseAlarm(
        "Base64 High Entropy String",
        re.compile("|".join(map(re.escape, own_hashes()))),
        "the hashes of a page's own style and script, by which the browser is told to take no others",
    ),
    FalseAlarm(
        "Secret Keyword",
        re.compile(r"[A-Z0-9_]+(?:`; `[A-Z0-9_]+)*"),
        "the checklist names the variables whose values were taken out",
    ),
)


def _findings(folder: Path) -> list[tuple[str, str, str]]:
    """(rule, member, value)"""
    found = []
    with default_settings():
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                member = str(path.relative_to(folder))
                found += [(one.type, member, one.secret_value or "") for one in scan_file(str(path))]
    return found


def _is_false(rule: str, value: str) -> bool:
    return any(alarm.rule == rule and alarm.value.fullmatch(value) for alarm in FALSE_ALARMS)


def _real(folder: Path) -> Counter[tuple[str, str]]:
    return Counter((rule, member) for rule, member, value in _findings(folder) if not _is_false(rule, value))


def _unpacked(bundle: Path) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(bundle.with_suffix(""))
    return bundle.with_suffix("")


@pytest.fixture
def inside(tmp_path: Path) -> Command:
    """In this process, with no way to AWS."""
    return InProcess(tmp_path)


def test_it_finds_nothing_in_the_bundle_of_the_planted_capture(inside: Command, tmp_path: Path) -> None:
    plant(tmp_path / "capture", 4)
    assert len(_real(tmp_path / "capture")) > 50, "the detector sees nothing at all"
    assert inside("bundle", tmp_path / "capture", "-o", tmp_path / "ticket.zip").status == 0
    assert _real(_unpacked(tmp_path / "ticket.zip")) == Counter()


def test_it_finds_nothing_in_the_bundle_of_twenty_scenarios(inside: Command, tmp_path: Path) -> None:
    captures = [REPOSITORY / "fixtures/scenarios" / name / "capture" for name in SCENARIOS]
    assert len(captures) == 20
    assert all(capture.is_dir() for capture in captures)
    outcome = inside("bundle", *captures, "-o", tmp_path / "ticket.zip")
    assert outcome.status == 0, outcome.err
    assert _real(_unpacked(tmp_path / "ticket.zip")) == Counter()
