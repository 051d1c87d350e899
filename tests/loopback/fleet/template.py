"""A scenario as a mould: its texts, cut where ids and times stand, to be filled in for one job after the other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, lru_cache
from typing import Any

from tests.batch_lists import summary_of
from tests.loopback.fleet.names import SHAPES
from tests.loopback.scenario import Scenario, scenario

Document = dict[str, Any]
BASE = "TowerForge-5kQ2vXb7RzNtW1pLcYdH"
"""What the names of the scenarios' queue, environment and cluster begin with."""
RUN = "3yF0cTq8Zb1KpL"
SAMPLE = "WT_REP1"
REGION = "eu-west-1"
_CLUSTER = "7c1e5a52-0f6e-3b0c-9a1f-2d6f1c6f7a11"
_AROUND = timedelta(days=60)
"""What is dated further from the job is no time of its life, but of a program's or a file system's."""
_EPOCH = r"\b1[0-9]{18}\b|\b1[0-9]{12}\b|\b1[0-9]{9}(?=\.[0-9])"
_WRITTEN = r"\b20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
_UNITS = {19: 1_000_000, 13: 1, 10: 0}

Fill = Callable[[str], str]
"""From an id of the scenario to one of the job."""


class Text:
    """A text with gaps."""

    def __init__(self, text: str, gaps: re.Pattern[str], base: datetime) -> None:
        self._parts: list[str] = []
        self._gaps: list[tuple[str, datetime | int | None]] = []
        at = 0
        for found in gaps.finditer(text):
            moment = _moment(found[0])
            if isinstance(moment, datetime) and abs(moment - base) > _AROUND:
                continue
            if isinstance(moment, int) and abs(datetime.fromtimestamp(moment / 1000, UTC) - base) > _AROUND:
                continue
            self._parts.append(text[at : found.start()])
            self._gaps.append((found[0], moment))
            at = found.end()
        self._last = text[at:]

    def filled(self, fill: Fill, shift: int) -> str:
        """The text of a job that lived so many milliseconds later."""
        made = []
        for part, (token, moment) in zip(self._parts, self._gaps, strict=True):
            made.append(part)
            if moment is None:
                made.append(fill(token))
            elif isinstance(moment, datetime):
                made.append((moment + timedelta(milliseconds=shift)).strftime(f"%Y-%m-%d{token[10]}%H:%M:%S"))
            else:
                unit = _UNITS[len(token)]
                made.append(str(int(token) + shift * unit if unit else (moment + shift) // 1000))
        made.append(self._last)
        return "".join(made)


def _moment(token: str) -> datetime | int | None:
    """A time as it is written, or in epoch milliseconds; None of an id."""
    if token.startswith("20") and token[4] == "-" and len(token) == len("2026-11-17T07:00:00") and ":" in token:
        return datetime.fromisoformat(token).replace(tzinfo=UTC)
    if token.isdigit():
        return {19: int(token) // 1_000_000, 13: int(token), 10: int(token) * 1000}.get(len(token))
    return None


class Template:
    """One scenario; what is read of it is read once."""

    def __init__(self, made_from: Scenario) -> None:
        self.scenario = made_from
        self._texts: dict[str, Text] = {}
        job = made_from.document("job")
        self.job: Document = job
        self.created = int(job["createdAt"])
        attempts = job.get("attempts") or []
        starts = [int(a["startedAt"]) for a in attempts if a.get("startedAt")]
        self.started: int | None = min(starts) if starts else None
        self.stopped: int | None = int(job["stoppedAt"]) if job.get("stoppedAt") else None
        self.status = str(job["status"])

    @property
    def name(self) -> str:
        return self.scenario.name

    @cached_property
    def cause(self) -> str:
        """What the scenario's own expectation puts first."""
        return str(self.scenario.expected["accept"][0])

    @property
    def survived(self) -> bool:
        return self.cause == "ok.survived_reclaim"

    @cached_property
    def lost_hosts(self) -> int:
        """Attempts that lost their host."""
        attempts = self.job.get("attempts") or []
        return sum(str(attempt.get("statusReason", "")).startswith("Host EC2") for attempt in attempts)

    @cached_property
    def tokens(self) -> frozenset[str]:
        """Every id in its documents and listings."""
        found: set[str] = set()
        for text in (*self._documents(), *(data.decode("latin-1") for data in self.files.values())):
            for shape in SHAPES:
                found.update(shape.findall(text))
        return frozenset(found - {_CLUSTER})

    @cached_property
    def shared(self) -> frozenset[str]:
        """Ids that an array's children have in common: those of the parent, and of all their directories."""
        parent = self.scenario.document("array_parent")
        texts = (json.dumps(parent), self.files[".command.run"].decode("latin-1")) if parent else ()
        return frozenset(token for token in self.tokens if any(token in text for text in texts))

    @cached_property
    def files(self) -> dict[str, bytes]:
        return self.scenario.files()

    @cached_property
    def listing(self) -> list[Document]:
        return self.scenario.listing()

    @cached_property
    def directory(self) -> str:
        """`xx/hash` of the job's own work directory."""
        return self.directory_of(self.scenario.work_directory[1] if self.scenario.work_directory else "")

    @staticmethod
    def directory_of(prefix: str) -> str:
        return "/".join(prefix.split("/")[-2:])

    @cached_property
    def bucket(self) -> str:
        assert self.scenario.work_directory
        return self.scenario.work_directory[0]

    @cached_property
    def children(self) -> list[str]:
        """`xx/hash` of the directories of an array's children."""
        told = re.findall(r"^###   - s3://[^/\s]+/(\S+)$", self.files[".command.run"].decode(), re.MULTILINE)
        return [self.directory_of(prefix) for prefix in told]

    def events(self, attempt: int) -> bool:
        """Whether the attempt has a log."""
        return (self.scenario.capture / f"logs/{attempt}.jsonl").exists()

    def text(self, member: str) -> Text:
        """A member of the capture, cut: `job.json`, `logs/1.jsonl`, `workdir/.command.run`, and `summary`."""
        if member not in self._texts:
            self._texts[member] = Text(self._read(member), self._gaps, self._base)
        return self._texts[member]

    def has(self, member: str) -> bool:
        return (self.scenario.capture / member).exists()

    def _read(self, member: str) -> str:
        if member == "summary":
            return json.dumps(summary_of(self.job))
        if member in ("job.json", "array_parent.json"):
            return json.dumps(self.scenario.document(member.removesuffix(".json")))
        return (self.scenario.capture / member).read_bytes().decode("latin-1")

    def _documents(self) -> list[str]:
        names = ("job", "array_parent", "container_instances", "instances", "cloudtrail")
        return [json.dumps(document) for name in names if (document := self.scenario.document(name))]

    @cached_property
    def _base(self) -> datetime:
        return datetime.fromtimestamp(self.created / 1000, UTC)

    @cached_property
    def _gaps(self) -> re.Pattern[str]:
        names = sorted((*self.tokens, BASE, RUN, SAMPLE, REGION), key=lambda name: (-len(name), name))
        return re.compile("|".join((*map(re.escape, names), _WRITTEN, _EPOCH)))


@cache
def template(name: str) -> Template:
    return Template(scenario(name))


@lru_cache(maxsize=1)
def environment_texts() -> tuple[str, str]:
    """The queue and the environment that all chosen scenarios share."""
    well = scenario("well")
    return json.dumps(well.document("job_queue")), json.dumps(well.documents("compute_environments")[0])
