"""Captures in a store: what was saved of jobs while it could still be had. No pyarrow is needed for them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from analyzer.evidence.capture import FORMAT, MANIFEST, parse_json, read_capture
from analyzer.evidence.capture_mask import Masks
from analyzer.evidence.capture_write import write_archive
from analyzer.evidence.content import Content, read_all
from analyzer.evidence.job import mapping, text
from analyzer.evidence.model import Document, Evidence, Gap
from analyzer.evidence.moment import Moment, ended_at, moment_of
from analyzer.evidence.private_copy import PrivateCopy, held
from analyzer.evidence.store import read_zip
from analyzer.store.capture_layout import (
    ENDED,
    ENDING,
    JOBS,
    capture_name,
    folder_of_job,
    host_name,
    job_of_marker,
    marker_name,
)
from analyzer.store.place import Place

HOST_FORMAT = "fsnap-host/1"
MAX_CAPTURE_BYTES = 256 * 2**20
"""A larger archive is passed over: none that was saved here comes near this."""
MAX_CAPTURES = 64
"""Of one job; Batch makes ten attempts at most."""
MAX_HOST_BYTES = 2**20
_MANIFEST_BYTES = 8 * 2**20
_MOST_DAYS_ONE_BY_ONE = 62
_DAY_LENGTH = len("2026-11-21")


@dataclass(frozen=True)
class SavedHost:
    """An instance as it was seen at its Spot interruption warning."""

    instance: Document | None = None
    """As DescribeInstances gave it."""
    interruption: Document | None = None
    """EventBridge's event."""
    saved_at: str | None = None
    """RFC 3339."""


@dataclass(frozen=True)
class Saved:
    """What a store has of a job."""

    captures: tuple[Evidence, ...] = ()
    """Oldest first; that of the job's end last, even if it was taken before another: events may come in any order."""
    gaps: tuple[Gap, ...] = ()
    """What was passed over, and why."""


class SavedCaptures:
    """Captures by job and moment, in a place that is handed in; what the place raises passes through."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def has_any(self) -> bool:
        """Whether there is any capture of any job."""
        return next(iter(self.place.entries(JOBS)), None) is not None

    def has(self, job_id: str, moment: Moment | str) -> bool:
        """Whether the job's capture of that moment is there."""
        return self.place.exists(capture_name(job_id, _name(moment)))

    def save(self, evidence: Evidence, moment: Moment | str, masks: Masks) -> str | None:
        """Keep a capture, whole, with its secrets masked; its name, or None where the moment has one already.

        Raises:
            CaptureError: what it is made of cannot be read or stored.
            ValueError: the evidence is of no job, or the moment's name is none.
        """
        job_id = text(mapping(evidence.job).get("jobId")) or ""
        name = capture_name(job_id, _name(moment))
        if self.place.exists(name):
            return None
        sink = io.BytesIO()
        write_archive(evidence, sink, masks)
        self.place.write(name, sink.getvalue())
        return name

    def of(self, job_id: str) -> tuple[Evidence, ...]:
        """The job's captures, in the order of `look`; those that cannot be used are left out."""
        return self.look(job_id).captures

    def look(self, job_id: str) -> Saved:
        """The same, with what was passed over."""
        if not job_id:
            return Saved()
        found: list[Evidence] = []
        gaps: list[Gap] = []
        for number, (name, size) in enumerate(self.place.entries(folder_of_job(job_id))):
            if not name.endswith(ENDING):
                continue
            if number >= MAX_CAPTURES:
                gaps.append(self._gap(name, f"the job has more than {MAX_CAPTURES} of them"))
                break
            one = self._read(name, size, job_id)
            if isinstance(one, Gap):
                gaps.append(one)
            elif one is not None:
                found.append(one)
        return Saved(tuple(sorted(found, key=lambda one: (has_ended(one), _taken(one)))), tuple(gaps))

    def mark_ended(self, job: Document) -> str | None:
        """Note on which day a job ended; the marker's name, None where it has no id."""
        job_id = text(job.get("jobId"))
        if job_id is None:
            return None
        name = marker_name(_day(ended_at(job)), job_id)
        self.place.write(name, b"")
        return name

    def ended(self, since: str | None = None, until: str | None = None) -> Iterator[str]:
        """Ids of jobs whose last capture is there and that ended from one day to another (UTC), both included.

        Of RFC 3339 times their days. Each once, in the order of the days; those of no known day come last, and only
        where neither limit is given.
        """
        seen: set[str] = set()
        first, last = (since or "")[:_DAY_LENGTH], (until or ("9999" if since else "~"))[:_DAY_LENGTH]
        for folder in _day_folders(first, last):
            for name, _ in self.place.entries(folder):
                day = name.removeprefix(f"{ENDED}day=").partition("/")[0]
                job_id = job_of_marker(name)
                if job_id is not None and first <= day <= last and job_id not in seen:
                    seen.add(job_id)
                    yield job_id

    def save_host(
        self,
        instance_id: str,
        instance: Document | None,
        interruption: Document | None,
        saved_at: str,
        masked: Callable[[Document], Document],
    ) -> str | None:
        """Keep an instance and its interruption warning; its name, or None where that is no instance's id.

        What is there already stays where there is nothing new to put in its place.
        """
        name = host_name(instance_id)
        if name is None:
            return None
        before = self.host(instance_id) or SavedHost()
        document = {
            "format": HOST_FORMAT,
            "instance": masked(instance) if instance is not None else before.instance,
            "interruption": masked(interruption) if interruption is not None else before.interruption,
            "saved_at": saved_at,
        }
        self.place.write(name, json.dumps(document, indent=1, sort_keys=True).encode() + b"\n")
        return name

    def host(self, instance_id: str) -> SavedHost | None:
        """An instance that was seen at its interruption warning; None where there is none, or a damaged one."""
        name = host_name(instance_id)
        if name is None:
            return None
        try:
            document = mapping(parse_json(self.place.read(name, range(MAX_HOST_BYTES))))
        except (FileNotFoundError, ValueError):
            return None
        if document.get("format") != HOST_FORMAT:
            return None
        instance, interruption = mapping(document.get("instance")), mapping(document.get("interruption"))
        return SavedHost(instance or None, interruption or None, text(document.get("saved_at")))

    def _read(self, name: str, size: int, job_id: str) -> Evidence | Gap | None:
        """A capture; why it cannot be used; None where it went in the meantime."""
        if size > MAX_CAPTURE_BYTES:
            return self._gap(name, f"it is larger than {MAX_CAPTURE_BYTES:,} bytes")
        copy = PrivateCopy()
        try:
            path = copy.add(self.place.read(name))
            files = held(read_zip(path), copy)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
            return self._gap(name, "it is damaged, or no zip archive")
        if not _is_capture(files.files.get(MANIFEST)):
            return self._gap(name, f"it is no capture of the form {FORMAT}")
        evidence = read_capture(files, job_id)
        if mapping(evidence.job).get("jobId") != job_id:
            return self._gap(name, "it is not of this job")
        return evidence

    def _gap(self, name: str, why: str) -> Gap:
        return Gap(
            what=f"the saved capture {self.place.uri}/{name}",
            why=f"it was passed over: {why}",
            matters="what it holds was not looked at",
        )


def _name(moment: Moment | str) -> str:
    return moment if isinstance(moment, str) else moment.name


def _is_capture(manifest: Content | None) -> bool:
    if manifest is None:
        return False
    try:
        return mapping(parse_json(read_all(manifest, _MANIFEST_BYTES))).get("format") == FORMAT
    except (OSError, ValueError):
        return False


def has_ended(capture: Evidence) -> bool:
    """It was taken when its job had ended."""
    moment = moment_of(capture.job or {})
    return moment is not None and moment.final


def _taken(evidence: Evidence) -> str:
    try:
        moment = datetime.fromisoformat(evidence.captured_at or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return ""


def _day(milliseconds: int | None) -> str:
    try:
        return (
            "unknown" if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()
        )
    except (OverflowError, OSError, ValueError):
        return "unknown"


def _day_folders(first: str, last: str) -> tuple[str, ...]:
    """The folders of markers to list; all in one where that is less work."""
    try:
        begin = date.fromisoformat(first)
        count = (date.fromisoformat(last) - begin).days + 1
    except ValueError:
        return (ENDED,)
    if count > _MOST_DAYS_ONE_BY_ONE:
        return (ENDED,)
    return tuple(f"{ENDED}day={(begin + timedelta(days=n)).isoformat()}/" for n in range(count))
