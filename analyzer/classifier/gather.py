"""Evidence -> Facts: every source parsed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from analyzer.classifier.catalogue import Catalogue, Signature
from analyzer.classifier.facts import AttemptFacts, Facts, Hit
from analyzer.classifier.finding import Quote
from analyzer.classifier.hosts import attempt_facts, queue_is_spot
from analyzer.classifier.root_error import RootError, find_root
from analyzer.classifier.snapshots import snapshots_state
from analyzer.evidence.content import Content, read_all
from analyzer.evidence.job import Job, read_job, text
from analyzer.evidence.model import Evidence, Gap
from analyzer.parsers.checkpoint_log import looks_like_checkpoint_log
from analyzer.parsers.checkpoints import Checkpoint, read_checkpoints
from analyzer.parsers.command_run import CommandRunHeader, parse_command_run
from analyzer.parsers.dump_metadata import DumpMetadata, parse_dump_metadata
from analyzer.parsers.fusion_log import parse_fusion_line
from analyzer.parsers.scan import Match, Searchable, read_log
from analyzer.parsers.task_trace import TaskTrace, parse_exit_code, parse_task_trace

TASK_LOGS = (".command.log", ".command.err", ".command.out")
FUSION_LOG = ".fusion.log"
METADATA = ".fusion/dump/dump_metadata"
LAST_LINES = 20
WAITING = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING")
HEAD_BYTES = 64 * 1024
SHOWN_TEXTS = 3
"""In the gap of a log whose lines were not all examined."""


@dataclass
class _Reader:
    """Reads sources one by one; what cannot be read becomes a gap."""

    evidence: Evidence
    catalogue: Catalogue
    gaps: list[Gap] = field(default_factory=list)

    def unreadable(self, source: str, error: OSError) -> None:
        self.gaps.append(
            Gap(source, f"it cannot be read ({error.strerror or error})", "what it holds was not looked at")
        )

    def content(self, name: str) -> Content | None:
        return self.evidence.workdir.get(name)

    def log(
        self, content: Content, source: str, attempt: int | None, *, json_lines: bool = False, fusion_only: bool = False
    ) -> tuple[list[Hit], list[Quote]]:
        """The signatures seen in a log, and its last lines."""
        sources = ("fusion",) if fusion_only else ("task", "runtime", "fusion")
        signatures: tuple[Searchable, ...] = self.catalogue.signatures(*sources)
        try:
            found = read_log(content, source, signatures, json_lines=json_lines, last_lines=LAST_LINES)
        except OSError as error:
            self.unreadable(source, error)
            return [], []
        if found.spared:
            self.gaps.append(_too_frequent(source, found.spared))
        hits = [_hit(m, attempt) for m in found.matches if fusion_only or _in_its_place(m)]
        return hits, [Quote(source, line.text, line.line, line.at) for line in found.last_lines]

    def metadata(self) -> DumpMetadata | None:
        content = self.content(METADATA)
        try:
            return parse_dump_metadata(content) if content else None
        except OSError as error:
            self.unreadable(f"workdir/{METADATA}", error)
            return None

    def command_run(self) -> CommandRunHeader | None:
        content = self.content(".command.run")
        try:
            return parse_command_run(content) if content else None
        except OSError as error:
            self.unreadable("workdir/.command.run", error)
            return None

    def exit_file(self) -> tuple[Quote | None, int | None]:
        content = self.content(".exitcode")
        try:
            code = parse_exit_code(content) if content else None
        except OSError as error:
            self.unreadable("workdir/.exitcode", error)
            return None, None
        return (None if code is None else Quote("workdir/.exitcode", str(code), 1)), code


def _too_frequent(source: str, spared: Sequence[Searchable]) -> Gap:
    named = ", ".join(f'"{one.text}"' for one in spared[:SHOWN_TEXTS])
    more = f" and {len(spared) - SHOWN_TEXTS} more" if len(spared) > SHOWN_TEXTS else ""
    return Gap(
        source,
        f"so many of its lines hold {named}{more} that not all of these were examined",
        "what such a line tells may have been missed",
    )


def _in_its_place(match: Match) -> bool:
    """Fusion's words count in a task's log only on a line that Fusion printed."""
    signature = match.searchable
    return (
        not isinstance(signature, Signature)
        or signature.source != "fusion"
        or parse_fusion_line(match.text) is not None
    )


def _hit(match: Match, attempt: int | None) -> Hit:
    assert isinstance(match.searchable, Signature)  # noqa: S101 - what was put in comes out
    quote = Quote(match.source, match.text, match.line, match.at)
    return Hit(match.searchable, quote, match.groups, attempt, match.offset)


def _environment_reasons(job: Job, evidence: Evidence) -> Iterator[tuple[str, str, int | None]]:
    """What the queue's environments say of themselves: it matters while the job waits for them."""
    if job.status not in WAITING:
        return
    for number, environment in enumerate(evidence.compute_environments):
        if reason := text(environment.get("statusReason")):
            yield f"compute_environments.json[{number}].statusReason", reason, None
    statuses = [text(environment.get("status")) for environment in evidence.compute_environments]
    if statuses and all(status == "INVALID" for status in statuses):
        yield "compute_environments.json[0].status", "INVALID", None


def _reasons(job: Job) -> Iterator[tuple[str, str, int | None]]:
    """(source, text, attempt) of every reason that the service gave."""
    for attempt in job.attempts:
        for end in attempt.containers:
            if end.reason:
                yield f"{end.source}.reason", end.reason, attempt.number
        if attempt.status_reason:
            yield attempt.status_reason_source, attempt.status_reason, attempt.number
    if job.status_reason and not any(a.source == "job" for a in job.attempts):
        yield "job.statusReason", job.status_reason, None


def _reason_hits(job: Job, evidence: Evidence, signatures: Iterable[Signature]) -> Iterator[Hit]:
    last = job.attempts[-1] if job.attempts else None
    signatures = tuple(signatures)
    for source, reason, attempt in (*_reasons(job), *_environment_reasons(job, evidence)):
        repeats = attempt is None and source == "job.statusReason" and last is not None and reason == last.status_reason
        for signature in () if repeats else signatures:
            groups = signature.search(reason)
            if groups is not None:
                yield Hit(signature, Quote(source, reason), groups, attempt)


def _bare_log(evidence: Evidence) -> tuple[str, Content, str] | None:
    """A bare log's name, content and kind."""
    if evidence.kind != "log" or not evidence.workdir:
        return None
    name, content = next(iter(evidence.workdir.items()))
    try:
        head = read_all(content, HEAD_BYTES)
    except OSError:
        head = b""
    if looks_like_checkpoint_log(head, name):
        return name, content, "checkpoint"
    first = head.decode("utf-8", "replace").splitlines()[:50]
    is_json = sum(line.startswith("{") and parse_fusion_line(line) is not None for line in first) > len(first) / 2
    return name, content, "fusion" if is_json or PurePosixPath(name).name == FUSION_LOG else "task"


def _scan_all(reader: _Reader, attempts: tuple[AttemptFacts, ...]) -> tuple[list[Hit], list[Quote], set[str]]:
    evidence = reader.evidence
    hits: list[Hit] = []
    tails: list[Quote] = []
    have: set[str] = set()
    bare = _bare_log(evidence)
    if bare and bare[2] != "checkpoint":
        name, content, kind = bare
        have.add("fusion log" if kind == "fusion" else "task log")
        return *reader.log(content, name, None, fusion_only=kind == "fusion"), have
    last = attempts[-1].attempt.number if attempts else None
    for number, content in sorted(evidence.logs.items()):
        have.add("task log")
        found, lines = reader.log(content, f"logs/{number}", number, json_lines=True)
        hits += found
        tails = lines if last in (None, number) else tails
    for name in TASK_LOGS:
        file = reader.content(name)
        if file is not None and file.size:
            have.add("task log")
            found, lines = reader.log(file, f"workdir/{name}", None)
            hits += found
            tails = tails or lines
    fusion = reader.content(FUSION_LOG)
    if fusion is not None:
        have.add("fusion log")
        hits += reader.log(fusion, f"workdir/{FUSION_LOG}", None, fusion_only=True)[0]
    return hits, tails, have


def _roots(checkpoints: Iterable[Checkpoint], catalogue: Catalogue) -> Iterator[RootError]:
    signatures = catalogue.signatures("criu")
    for checkpoint in checkpoints:
        for log in (checkpoint.pre_dump, checkpoint.dump, *checkpoint.restores):
            root = find_root(log, signatures) if log else None
            if root:
                yield root


def _unreadable_logs(checkpoints: Iterable[Checkpoint]) -> Iterator[Gap]:
    for checkpoint in checkpoints:
        for name in checkpoint.unreadable:
            yield Gap(name, "it cannot be read", "how that dump or restore ended, and why")


def _documents(evidence: Evidence) -> set[str]:
    present: Mapping[str, object] = {
        "job": evidence.job,
        "work directory listing": evidence.listing is not None,
        "instance": evidence.instances or evidence.container_instances,
        "cloudtrail": evidence.cloudtrail,
        "job queue": evidence.job_queue,
        "compute environments": evidence.compute_environments,
    }
    return {name for name, value in present.items() if value}


def _checkpoint_sources(checkpoints: Iterable[Checkpoint]) -> set[str]:
    have: set[str] = set()
    for checkpoint in checkpoints:
        if checkpoint.log:
            have.add("dump log")
        if checkpoint.restores:
            have.add("restore log")
    return have


def gather(evidence: Evidence, catalogue: Catalogue) -> tuple[Facts, tuple[Gap, ...]]:
    """Parse all evidence; with the gaps that turned up while reading."""
    reader = _Reader(evidence, catalogue)
    job = read_job(evidence.job) if evidence.job is not None else None
    attempts = attempt_facts(job, evidence) if job else ()
    hits, tails, have = _scan_all(reader, attempts)
    if job:
        hits += _reason_hits(job, evidence, catalogue.signatures("reason"))
        have |= {"reasons"} if any(True for _ in _reasons(job)) else set()
    checkpoints = read_checkpoints(evidence.workdir, evidence.listing)
    reader.gaps += _unreadable_logs(checkpoints)
    metadata = reader.metadata()
    have |= _documents(evidence) | _checkpoint_sources(checkpoints) | ({"dump metadata"} if metadata else set())
    exit_quote, exit_code = reader.exit_file()
    trace: TaskTrace | None = parse_task_trace(evidence.workdir)
    snapshots, because = snapshots_state(job, checkpoints, metadata, hits)
    facts = Facts(
        target=evidence.target,
        kind=evidence.kind,
        captured_at=evidence.captured_at,
        job=job,
        array_parent=read_job(evidence.array_parent) if evidence.array_parent is not None else None,
        attempts=attempts,
        checkpoints=checkpoints,
        roots=tuple(_roots(checkpoints, catalogue)),
        metadata=metadata,
        hits=tuple(hits),
        command_run=reader.command_run(),
        trace=trace,
        exit_file=exit_quote,
        exit_file_code=exit_code,
        last_log_lines=tuple(tails),
        snapshots=snapshots,
        snapshots_because=because,
        have=frozenset(have),
        queue_is_spot=queue_is_spot(evidence),
    )
    return facts, tuple(reader.gaps)
