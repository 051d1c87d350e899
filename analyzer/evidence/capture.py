"""Captures: Evidence on disk, as a folder or a zip archive (`fsnap-capture/1`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from analyzer.evidence.content import Content, Place, ShortenedContent, SlicedContent, iter_lines, read_all
from analyzer.evidence.job import items, mapping, text, whole
from analyzer.evidence.model import Document, Evidence, Gap, Kind, ListingEntry, Recalled
from analyzer.evidence.store import Files, safe_name

FORMAT = "fsnap-capture/1"
MANIFEST = "manifest.json"
LISTING = "workdir.listing.jsonl"
SINGLE_DOCUMENTS = ("job", "array_parent", "job_queue")
LISTED_DOCUMENTS = (
    "compute_environments",
    "container_instances",
    "instances",
    "instance_types",
    "cloudtrail",
    "interruptions",
    "spot_prices",
    "placement_scores",
)
MAX_DOCUMENT_BYTES = 32 * 2**20
MAX_LISTING_ENTRIES = 200_000
MAX_ATTEMPTS = 100
MAX_PLACES = 10_000
MAX_RECALLED = 1_000
MAX_LINES_LEFT_OUT = 10**9
"""Of all logs together; more would take longer to count than anybody waits."""
_LOG = re.compile(r"logs/([1-9]\d{0,3})\.jsonl")


MATTERS = {
    "manifest.json": "where and when the evidence was gathered, and what could not be had then",
    "job.json": "the job's status, attempts, reasons and exit codes",
    "array_parent.json": "what the array's children share",
    "job_queue.json": "the queue and its compute environments",
    "compute_environments.json": "whether the instances are Spot, and which types they may be",
    "container_instances.json": "which instance ran an attempt",
    "instances.json": "an instance's type, and what ended it",
    "instance_types.json": "what the instances' hardware offers",
    "cloudtrail.json": "who ended a host: a Spot reclaim, a person or a service",
    "interruptions.json": "that EC2 announced to take a Spot instance back",
    "spot_prices.json": "what the proposed instance types cost on Spot",
    "placement_scores.json": "how likely a Spot request for the proposed instance types is to succeed",
    "workdir.listing.jsonl": "which checkpoint files there are, and so whether a dump is whole",
}
"""What a diagnosis lacks without each member of a capture."""


class _MalformedError(Exception):
    """A member that cannot be used; the text says why."""


def parse_json(data: bytes) -> Any:
    """Parse JSON from outside.

    Raises:
        ValueError: it is not JSON, nests too deeply, or holds a number that is none.
    """
    try:
        return json.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error


def _load(content: Content) -> Any:
    if content.size > MAX_DOCUMENT_BYTES:
        raise _MalformedError(f"it is larger than {MAX_DOCUMENT_BYTES} bytes")
    try:
        return parse_json(read_all(content, MAX_DOCUMENT_BYTES))
    except OSError as error:
        raise _MalformedError(f"it cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise _MalformedError(f"it is not valid JSON ({error})") from error


class _Reading:
    """One capture being read: its files, and the gaps that turn up on the way."""

    def __init__(self, files: Files) -> None:
        self.files = files.files
        self.gaps: list[Gap] = []
        self.lines_left_out = 0

    def note(self, name: str, why: str) -> None:
        self.gaps.append(Gap(f"the capture's {name}", why, MATTERS.get(name, "what it holds was not looked at")))

    def document(self, name: str, kind: type, otherwise: str) -> Any:
        """The member, if it is of the kind; None, with a gap, if it is there and is not."""
        if name not in self.files:
            return None
        try:
            value = _load(self.files[name])
        except _MalformedError as error:
            self.note(name, str(error))
            return None
        if not isinstance(value, kind):
            self.note(name, otherwise)
            return None
        return value

    def single(self, name: str) -> Document | None:
        value = self.document(f"{name}.json", dict, "it is not a JSON object")
        return value if isinstance(value, dict) else None

    def listed(self, name: str) -> tuple[Document, ...]:
        return tuple(items(self.document(f"{name}.json", list, "it is not a JSON list")))

    def logs(self, slices: Document) -> dict[int, Content]:
        names = {int(m[1]): name for name in self.files if (m := _LOG.fullmatch(name))}
        kept = {number: names[number] for number in sorted(names)[:MAX_ATTEMPTS]}
        return {n: self._shortened(name, self.files[name], mapping(slices.get(name))) for n, name in kept.items()}

    def _shortened(self, name: str, content: Content, table: Document) -> Content:
        """With empty lines in the places of those that were left out; where the table makes no sense, a gap says so."""
        if "left_out" not in table:
            return content
        try:
            places = _places(table["left_out"], self.files[name].size)
            self.lines_left_out += sum(place.lines for place in places)
            if self.lines_left_out > MAX_LINES_LEFT_OUT:
                raise _MalformedError(f"more than {MAX_LINES_LEFT_OUT} lines")
        except _MalformedError as error:
            why = f"its manifest says that lines were left out of it, but makes no sense ({error})"
            self.gaps.append(Gap(f"the capture's {name}", why, "which numbers its lines have in the original"))
            return content
        return ShortenedContent(content, places) if places else content

    def listing(self) -> tuple[ListingEntry, ...] | None:
        if LISTING not in self.files:
            return None
        try:
            return tuple(self._entries(self.files[LISTING]))
        except OSError as error:
            self.note(LISTING, f"it cannot be read ({error.strerror or error})")
            return None

    def _entries(self, content: Content) -> Iterator[ListingEntry]:
        bad = good = 0
        for line in iter_lines(content):
            if not line.data.strip():
                continue
            entry = _listing_entry(line.data)
            if entry is None:
                bad += 1
                continue
            good += 1
            if good > MAX_LISTING_ENTRIES:
                self.note(LISTING, f"it has more than {MAX_LISTING_ENTRIES} entries; the rest was left out")
                return
            yield entry
        if bad:
            self.note(LISTING, f"{bad} of its lines are malformed")

    def workdir(self, slices: Document) -> dict[str, Content]:
        found: dict[str, Content] = {}
        for name, content in self.files.items():
            if name.startswith("workdir/"):
                relative = name.removeprefix("workdir/")
                table = mapping(slices.get(name))
                found[relative] = self._shortened(name, _sliced(content, table), table)
        return found


def _inner_event(event: Document) -> Document:
    """The event itself, where LookupEvents' envelope is still around it."""
    inner = event.get("CloudTrailEvent")
    if not isinstance(inner, str):
        return event
    try:
        return mapping(parse_json(inner.encode("utf-8", "replace"))) or event
    except ValueError:
        return event


def _places(given: Any, size: int) -> tuple[Place, ...]:
    """Where lines were left out of a member with so many bytes.

    Raises:
        _MalformedError: it is no list of places, in ascending order and within the member.
    """
    if not isinstance(given, list) or len(given) > MAX_PLACES:
        raise _MalformedError(f"no list of up to {MAX_PLACES} places")
    places: list[Place] = []
    for number, place in enumerate(given, 1):
        at, lines = (whole(mapping(place).get(name)) for name in ("at", "lines"))
        if at is None or lines is None or lines <= 0:
            raise _MalformedError(f"place {number} has no numbers at and lines")
        if not (places[-1].at if places else 0) <= at <= size:
            raise _MalformedError(f"place {number} is not behind the one before, or behind the end")
        places.append(Place(at, lines))
    return tuple(places)


def _sliced(content: Content, table: Document) -> Content:
    size, head = whole(table.get("size")), whole(table.get("head_bytes"))
    if size is None or head is None or not 0 <= head <= content.size < size:
        return content
    return SlicedContent(content, head, size)


def _listing_entry(line: bytes) -> ListingEntry | None:
    try:
        document = mapping(parse_json(line))
    except ValueError:
        return None
    key, size = text(document.get("key")), whole(document.get("size"))
    if key is None or size is None or safe_name(key) is None:
        return None
    return ListingEntry(safe_name(key) or key, max(size, 0), text(document.get("last_modified")))


def _gap(document: Document) -> Gap:
    return Gap(
        what=text(document.get("what")) or "something",
        why=text(document.get("why")) or "not recorded",
        matters=text(document.get("matters")) or "not recorded",
        permission=text(document.get("permission")),
    )


def _recalled(document: Document) -> Recalled:
    return Recalled(text(document.get("what")) or "something", text(document.get("captured_at")))


def looks_like_capture(files: Files) -> bool:
    """Whether there is a manifest."""
    return MANIFEST in files.files


def read_capture(files: Files, target: str) -> Evidence:
    """Read a capture. A member that is malformed becomes a gap."""
    reading = _Reading(files)
    manifest = mapping(reading.document(MANIFEST, dict, "it is not a JSON object"))
    if manifest.get("format") != FORMAT:
        reading.note(MANIFEST, f"its format is {str(manifest.get('format'))[:40]!r}, this version reads {FORMAT!r}")
    documents = {name: reading.single(name) for name in SINGLE_DOCUMENTS}
    lists = {name: reading.listed(name) for name in LISTED_DOCUMENTS}
    lists["cloudtrail"] = tuple(_inner_event(event) for event in lists["cloudtrail"])
    slices = mapping(manifest.get("slices"))
    logs, listing, workdir = reading.logs(slices), reading.listing(), reading.workdir(slices)
    kind = manifest.get("kind")
    if kind not in ("job", "workdir", "log"):
        kind = "job" if documents["job"] is not None else "workdir"
    return Evidence(
        target=target,
        kind=cast("Kind", kind),
        region=text(manifest.get("region")),
        workdir_uri=text(manifest.get("workdir_uri")),
        captured_at=text(manifest.get("captured_at")),
        logs=logs,
        workdir=workdir,
        listing=listing,
        gaps=(*map(_gap, items(manifest.get("gaps"))), *files.gaps, *reading.gaps),
        recalled=tuple(map(_recalled, items(manifest.get("recalled"))))[:MAX_RECALLED],
        replayed=True,
        **cast("dict[str, Any]", {**documents, **lists}),
    )
