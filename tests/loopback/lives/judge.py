"""Whether a store has all that can be known of lives: read with nothing of ours, and held against the generator."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.loopback.fleet.account import Job
from tests.loopback.lives.lives import Lives, attempts_of, moments_of, went_well_at_once

Document = dict[str, Any]
CAPTURES, MARKERS = "_captures/jobs", "_captures/ended"


@dataclass
class Kept:
    """What the captures of a job have together."""

    moments: Counter[str] = field(default_factory=Counter)
    types: dict[str, str] = field(default_factory=dict)
    """Instance type by container instance ARN."""
    logs: dict[int, int] = field(default_factory=dict)
    """Lines of each attempt's log, in the capture that has most."""
    lost: set[str] = field(default_factory=set)
    """Instances that are proven to have been taken back."""


def kept_in(store: Path) -> Mapping[str, Kept]:
    """By job id."""
    found: dict[str, Kept] = {}
    for folder in sorted((store / CAPTURES).glob("*")):
        kept = found.setdefault(unquote(folder.name), Kept())
        for path in sorted(folder.glob("*.zip")):
            kept.moments[path.stem] += 1
            _read(path, kept)
    return found


def _read(path: Path, kept: Kept) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.startswith("logs/"):
                number = int(Path(name).stem)
                kept.logs[number] = max(kept.logs.get(number, 0), len(archive.read(name).splitlines()))
            elif name == "container_instances.json":
                kept.types.update(_types(json.loads(archive.read(name))))


def _types(documents: Iterable[Document]) -> Iterator[tuple[str, str]]:
    for one in documents:
        attributes = {a["name"]: a["value"] for a in one["attributes"]}
        yield one["containerInstanceArn"], attributes["ecs.instance-type"]


def hosts_of(job: Job) -> list[tuple[str, str]]:
    """Container instance ARN and instance type of each attempt that was placed."""
    if not job.template.has("container_instances.json"):
        return []
    return list(_types(json.loads(job.filled("container_instances.json"))))


def missing(store: Path, lives: Lives) -> list[str]:
    """What the store should have of the lives' captures, and has not; in words."""
    kept, found = kept_in(store), []
    for job in lives.done:
        own, name = kept.get(job.id, Kept()), f"{job.mould} {job.id}"
        if went_well_at_once(job):
            continue
        last = max(moments_of(job), key=lambda moment: not moment.endswith("ended"))
        if own.moments[last] != 1:
            found.append(f"{name}: its end, {last}, but {sorted(own.moments)}")
        found += [f"{name}: {kind} of {arn}" for arn, kind in hosts_of(job) if own.types.get(arn) != kind]
        found += [
            f"{name}: log {one.number}, {own.logs.get(one.number)} of {one.log_events} lines"
            for one in attempts_of(job)
            if own.logs.get(one.number, 0) < one.log_events
        ]
    found += [
        f"{job.id}: why it waits"
        for job in lives.waiting
        if [moment.partition("-")[0] for moment in kept.get(job.id, Kept()).moments] != ["blocked"]
    ]
    return found


def more_than_once(store: Path, lives: Lives) -> list[str]:
    """What is there that should not be: moments that were none, marks and files that are left over."""
    found = []
    known = {job.id: moments_of(job) for job in lives.runs}
    for job_id, own in kept_in(store).items():
        strange = [m for m in own.moments if m not in known[job_id] and not m.startswith("blocked-")]
        found += [f"{job_id}: {moment}" for moment in strange]
    marks = Counter(unquote(path.name) for path in (store / MARKERS).glob("day=*/*"))
    found += [f"{name} ended {count} times" for name, count in marks.items() if count != 1]
    return found


def rows_in(store: Path) -> dict[str, list[Document]]:
    """The rows of each job, by attempt; of one that is there twice the newest, as docs/store.md tells every reader."""
    from pyarrow import dataset

    rows = dataset.dataset(store, format="parquet", partitioning="hive").to_table().to_pylist()
    newest: dict[str, Any] = {}
    for row in rows:
        newest[row["job_id"]] = max(newest.get(row["job_id"], row["diagnosed_at"]), row["diagnosed_at"])
    found: dict[str, dict[int, Document]] = {}
    for row in rows:
        if row["diagnosed_at"] == newest[row["job_id"]]:
            found.setdefault(row["job_id"], {})[row["attempt"]] = row
    return {job_id: [own[number] for number in sorted(own)] for job_id, own in found.items()}


def wrong_rows(store: Path, lives: Lives) -> list[str]:
    """Where the rows differ from what became of the jobs: verdict, hosts, attempts."""
    rows, found = rows_in(store), []
    done = {job.id: job for job in lives.done}
    found += [f"{name} is no job that ended" for name in rows.keys() - done.keys()]
    found += [f"{done[name].mould} {name} has no rows" for name in done.keys() - rows.keys()]
    for job_id, own in rows.items():
        job = done[job_id]
        accepted = [job.cause] if job.is_child else job.template.scenario.expected["accept"]
        if own[0]["cause"] not in accepted or own[0]["status"] != job.status:
            found.append(f"{job.mould} {job_id}: {own[0]['status']} {own[0]['cause']}, not {accepted}")
        if went_well_at_once(job):
            continue
        told, known = [row["instance_type"] for row in own], [kind for _, kind in hosts_of(job)]
        if known and told != known:
            found.append(f"{job.mould} {job_id}: on {told}, not {known}")
    return found
