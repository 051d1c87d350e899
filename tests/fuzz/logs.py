"""Fuzz targets: the parsers of logs and of small files of a work directory."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from analyzer.bundle.unredact import Unredaction
from analyzer.classifier.catalogue import shipped
from analyzer.evidence.content import MAX_LINE_BYTES, MemoryContent, iter_lines
from analyzer.parsers.checkpoint_log import CheckpointLog, looks_like_checkpoint_log, parse_checkpoint_log
from analyzer.parsers.command_run import parse_command_run
from analyzer.parsers.dump_metadata import MAX_ENTRIES, MAX_FOLDER, parse_dump_metadata
from analyzer.parsers.fusion_log import MAX_VALUE_CHARACTERS, iter_fusion_lines
from analyzer.parsers.log_ref import QUOTE_CHARACTERS
from analyzer.parsers.nextflow_trace import MAX_NAME_CHARACTERS, TraceError, TraceReader, memory_bytes
from analyzer.parsers.task_trace import COMMAND_TRACE, FUSION_TRACE, MAX_PLAUSIBLE, parse_exit_code, parse_task_trace
from analyzer.support.redaction import mask_lines, mask_secrets, secrets_in
from tests.fuzz.target import Target
from tests.fuzz.world import contents
from tests.loopback.scenario import FIXTURES
from tests.parsers.log_reading import scan, tail_lines

LOG = "workdir/.fusion/dump/3/dump_3.log"


def files(*patterns: str, most: int = 16 * 1024, count: int = 12) -> list[bytes]:
    """The beginnings of fixtures' files, of different lengths."""
    found = sorted(path for pattern in patterns for path in FIXTURES.glob(pattern) if path.is_file())
    heads = {path.read_bytes()[:most]: None for path in found}
    return list(islice(heads, 0, None, max(1, len(heads) // count)))


def _numbered(data: bytes, log: CheckpointLog) -> None:
    lines = data.split(b"\n")
    for found in (log.success, log.failed, log.first_line, log.last_line, log.looping, *log.notes):
        if found is not None and found.number is not None:
            assert found.text[:50] in lines[found.number - 1].decode("utf-8", "replace")


def checkpoint_log(data: bytes) -> None:
    whole, pieces = contents(data)
    looks_like_checkpoint_log(data, "dump_3.log")
    log = parse_checkpoint_log(whole, LOG, None)
    _numbered(data, log)
    assert log.size == len(data)
    assert log.pages >= 0
    assert log.parent_pages >= 0
    assert len(log.problems) <= 300
    assert [t for t, _ in log.progress] == [t for t, _ in log.progress if t >= 0]
    told = parse_checkpoint_log(pieces, LOG, None)
    assert (told.lines, told.pages, told.success, told.failed) == (log.lines, log.pages, log.success, log.failed)


def fusion_log(data: bytes) -> None:
    lines = data.split(b"\n")
    for found in iter_fusion_lines(contents(data)[1]):
        assert found.number is not None
        assert found.text[:20].strip("…") in lines[found.number - 1].decode("utf-8", "replace")
        assert len(found.text) <= QUOTE_CHARACTERS
        assert all(len(value or "") <= MAX_VALUE_CHARACTERS for value in (found.message, found.error, found.path))


def lines(data: bytes) -> None:
    whole, pieces = contents(data)
    told = list(iter_lines(whole))
    assert told == list(iter_lines(pieces))
    assert all(len(line.data) <= MAX_LINE_BYTES and b"\n" not in line.data for line in told)
    assert [line.number for line in told] == list(range(1, len(told) + 1))


def command_run(data: bytes) -> None:
    header = parse_command_run(contents(data)[1])
    if header is not None and header.process is not None:
        assert header.task_name is not None
        assert header.task_name.startswith(header.process)


def dump_metadata(data: bytes) -> None:
    told = parse_dump_metadata(contents(data)[1])
    if told is None:
        return
    assert 0 < len(told.entries) <= MAX_ENTRIES
    for entry in told.entries:
        assert entry.kind is not None or entry.state is not None
        assert entry.number is None or 0 <= entry.number <= MAX_FOLDER
        assert len(entry.reference.text) <= QUOTE_CHARACTERS
    assert told.has_full == any(entry.kind == "FULL" for entry in told.entries)


def task_trace(data: bytes) -> None:
    for name in (COMMAND_TRACE, FUSION_TRACE):
        told = parse_task_trace({name: MemoryContent(data)})
        figures = [value for value in vars(told).values() if isinstance(value, int)] if told else []
        assert all(0 < value < MAX_PLAUSIBLE for value in figures)
    parse_exit_code(MemoryContent(data))


def nextflow_trace(data: bytes) -> None:
    reader = TraceReader("trace.txt")
    try:
        entries = list(reader.entries(data.splitlines(keepends=True)))
    except TraceError:
        return
    assert reader.read == len(entries)
    for entry in entries:
        assert all(len(v) <= MAX_NAME_CHARACTERS for v in (entry.name, entry.process, entry.status) if v)
        assert entry.peak_rss_bytes is None or entry.peak_rss_bytes > 0
    assert all(note.startswith("trace.txt: ") for note in reader.notes())
    memory_bytes(data[:64].decode("utf-8", "replace"))


def signatures(data: bytes) -> None:
    wanted = shipped().signatures()
    for json_lines in (False, True):
        content = contents(data)[1]
        last = -1
        for match in scan(content, "workdir/.command.log", wanted, json_lines):
            assert last <= match.offset < max(1, len(data))
            assert len(match.text) <= QUOTE_CHARACTERS
            assert match.line is not None
            assert 1 <= match.line <= data.count(b"\n") + 1
            last = match.offset
        tail = tail_lines(content, 10, json_lines)
        assert len(tail) <= 10


def redaction(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    masked = mask_secrets(text)
    assert mask_lines([text]) == [masked] or "\n" in text
    for secret in secrets_in(text):
        assert isinstance(secret, str)


def unredaction(data: bytes) -> None:
    names = data[:200].decode("utf-8", "replace").split()
    turned = Unredaction({name: f"<{number}>" for number, name in enumerate(names)})
    rest = data[200:]
    at_once = turned.text(rest.decode("utf-8", "surrogateescape"))
    streamed = "".join(turned.stream(rest[start : start + 13] for start in range(0, len(rest), 13)))
    assert at_once == streamed


def _signature_texts() -> Iterable[bytes]:
    texts = [one.text for one in shipped().signatures()]
    return ["\n".join(texts[start::8]).encode() for start in range(8)]


_CRIU = ("criu/*.log", "scenarios/*/capture/workdir/.fusion/dump/*/*.log")
_TASK = ("scenarios/*/capture/workdir/.command.log", "scenarios/*/capture/logs/*.jsonl")
_MARKS = (b"(00.012345) ", b"Error (criu/", b".c:123): ", b"Warn  (", b"\x00", b"\xff", b"\r\n", b"page-xfer: \tp 0x")
_TRACE = b"task_id\thash\tnative_id\tname\tstatus\texit\tpeak_rss\n1\tab/12\t%s\tP (x)\tFAILED\t1\t1.2 GB\n"
_JOB = b"8f1c2c1e-6a43-4d0c-9a0e-0c8b4d2f7a11"

TARGETS = {
    "checkpoint_log": Target(checkpoint_log, lambda: files(*_CRIU), (*_MARKS, b" finished successfully\n")),
    "command_run": Target(
        command_run,
        lambda: files("scenarios/*/capture/workdir/.command.run"),
        (b"### ---\n", b"### name: ", b"### - ", b"### ...\n", b"# NEXTFLOW TASK: "),
    ),
    "dump_metadata": Target(
        dump_metadata,
        lambda: [*files("scenarios/*/capture/workdir/.fusion/dump/dump_metadata"), b"1: FULL DUMPED\n2: PRE\n"],
        (b"FULL", b"PRE", b"DUMPING", b'{"type":"', b'"state":"', b'"},', b"[", b"1: ", b"- ", b"id=3 "),
    ),
    "fusion_log": Target(
        fusion_log,
        lambda: files("scenarios/*/capture/workdir/.fusion.log"),
        (b'{"level":"error","message":"', b'"}\n', b"11:23AM FTL [seqera-fusion] x", b' error="', b"\x1b[31m"),
    ),
    "lines": Target(lines, lambda: files(*_TASK), (b"\n", b"\r\n", b"\0")),
    "nextflow_trace": Target(
        nextflow_trace, lambda: [_TRACE % _JOB, _TRACE.replace(b"\t", b",") % b"-"], (b"\t", b'"', b"1.5 GB", _JOB)
    ),
    "redaction": Target(
        redaction,
        lambda: [b"AWS_SECRET_ACCESS_KEY=abcdefghijklmnopqrstuvwxyz0123456789ABCD", *files(*_TASK, count=4)],
        (b"password", b"=", b"token: ", b"https://u:p@h/", b"AKIA", b"--secret ", b"'", b'"', b"Bearer ", b"%3D"),
    ),
    "signatures": Target(signatures, lambda: [*_signature_texts(), *files(*_TASK, count=6)], (b"\n", b'{"message":"')),
    "task_trace": Target(
        task_trace,
        lambda: [
            *files("scenarios/*/capture/workdir/.command.trace", "scenarios/*/capture/workdir/.fusion/trace.json"),
            b"peak_rss=9223372036854775807\n",
        ],
        (b"peak_rss=", b'{"cgroup":{"memory_peak":', b"9" * 19, b"1e400"),
    ),
    "unredaction": Target(
        unredaction, lambda: [b"job-1 host-2 " * 20 + b" job-1 and host-22"], (b"job-1", b" ", b"%20")
    ),
}
