"""A scenario of fixtures/scenarios: a capture, and what a diagnosis of it must say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[2] / "fixtures"
SCENARIOS = FIXTURES / "scenarios"
_FUSION_WORK = re.compile(r"/fusion/s3/([^/\s]+)/([^\s]+)")
_CHILD = re.compile(r"^###   - s3://[^/\s]+/(\S+)$", re.MULTILINE)
_S3_COMMAND = re.compile(r"s3://([^/\s]+)/(\S+)/\.command\.run")


@dataclass(frozen=True)
class Scenario:
    """One folder: `capture/` and `expected.json`."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def capture(self) -> Path:
        return self.folder / "capture"

    @cached_property
    def expected(self) -> Mapping[str, Any]:
        """What tests/e2e/expectations.py checks; fixtures/README.md lists the members."""
        expected: Mapping[str, Any] = json.loads((self.folder / "expected.json").read_text())
        return expected

    @property
    def live(self) -> bool:
        """The evidence can be served by AWS, too."""
        return bool(self.expected["live"])

    def document(self, name: str) -> Any:
        """A JSON member of the capture, or None where there is none."""
        path = self.capture / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() else None

    def documents(self, name: str) -> list[dict[str, Any]]:
        """A member that is a list."""
        return list(self.document(name) or [])

    @cached_property
    def target(self) -> str:
        """What a user would give to have it fetched: a job id, or an s3:// address."""
        return str(self.expected.get("target") or self.document("manifest")["target"])

    @cached_property
    def region(self) -> str:
        return str(self.document("manifest")["region"])

    @cached_property
    def work_directory(self) -> tuple[str, str] | None:
        """(bucket, prefix without a slash at its end) of the work directory, where one is known."""
        if self.target.startswith("s3://"):
            bucket, _, prefix = self.target.removeprefix("s3://").partition("/")
            return bucket, prefix.strip("/")
        text = json.dumps(self.document("job") or {})
        match = _FUSION_WORK.search(text.replace("/.command.run", "")) or _S3_COMMAND.search(text)
        return (match[1], match[2].rstrip('/",]}')) if match else None

    @cached_property
    def child_directory(self) -> str | None:
        """Prefix of an array child's own work directory, as the array's wrapper lists it; None: no child."""
        index = ((self.document("job") or {}).get("arrayProperties") or {}).get("index")
        if index is None:
            return None
        listed = _CHILD.findall(self.files()[".command.run"].decode())
        return str(listed[index])

    def events(self, attempt: int) -> list[dict[str, Any]]:
        """The recorded log of an attempt (from 1): `timestamp` in epoch milliseconds and `message`."""
        path = self.capture / f"logs/{attempt}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def files(self) -> dict[str, bytes]:
        """The work directory's files by their relative name."""
        root = self.capture / "workdir"
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}

    def listing(self) -> list[dict[str, Any]]:
        path = self.capture / "workdir.listing.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def all_scenarios() -> list[Scenario]:
    """Every scenario, by name."""
    return [Scenario(folder) for folder in sorted(SCENARIOS.iterdir()) if (folder / "expected.json").exists()]


def scenario(name: str) -> Scenario:
    return Scenario(SCENARIOS / name)
