"""The checkpoint log's parser: whole logs, cut ones, quiet ones, and what is no log at all."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.evidence.content import MemoryContent
from analyzer.parsers.checkpoint_lines import read_problem, seconds_of
from analyzer.parsers.checkpoint_log import (
    Operation,
    looks_like_checkpoint_log,
    operation_of,
    parse_checkpoint_log,
)
from analyzer.parsers.checkpoint_scan import FIRST_PROBLEMS, LAST_PROBLEMS, MAX_SAMPLES
from tests.parsers.checkpoint_samples import HEADER, INTERRUPTED_CALL, NOISE, parse, recorded

SUCCESS: dict[str, tuple[Operation, str]] = {
    "dump-ok": ("dump", "Dumping finished successfully"),
    "pre-dump-ok": ("pre-dump", "Pre-dumping finished successfully"),
    "restore-ok": ("restore", "Restore finished successfully. Tasks resumed."),
}


@pytest.mark.parametrize("name", SUCCESS)
def test_a_recorded_success_is_read(name: str) -> None:
    operation, marker = SUCCESS[name]
    log = parse(recorded(name), None, f"{name}.txt")
    assert log.operation == operation
    assert log.outcome == "complete"
    assert log.success is not None
    assert log.success.text.endswith(marker)
    assert log.version == "4.2"
    assert log.host == "ip-10-0-12-34"
    assert log.kernel == "6.1.0-56-cloud-amd64"
    assert log.lines == recorded(name).count(b"\n")
    assert log.timed
    assert not log.ends_mid_line


@pytest.mark.parametrize("name", SUCCESS)
def test_a_success_that_is_cut_is_no_success(name: str) -> None:
    data, marker = recorded(name), SUCCESS[name][1].encode()
    end = data.index(marker)
    for cut in (*range(0, end, 997), end, end + len(marker.split(b" fin")[0]) + 5):
        log = parse(data[:cut], None, f"{name}.txt")
        assert log.success is None, cut
        assert log.outcome in ("unfinished", "unknown")


def test_the_marker_of_a_pre_dump_is_not_that_of_a_dump() -> None:
    log = parse(HEADER + "(00.5) Pre-Dumping finished successfully\n" + "x Dumping finished successfully\n")
    assert log.success is None


def test_a_success_counts_whatever_came_before() -> None:
    log = parse(HEADER + "(00.100000) " + NOISE + "(00.200000) Dumping finished successfully\n")
    assert log.outcome == "complete"
    assert [p.text for p in log.errors] == ["rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted"]


def test_quiet_logs_tell_no_end() -> None:
    assert parse("").outcome == "unknown"
    quiet = parse(NOISE + INTERRUPTED_CALL)
    assert quiet.outcome == "unknown"
    assert not quiet.timed
    assert quiet.last_seconds is None


@pytest.mark.parametrize("what", ["Dumping", "Pre-dumping", "Restoring"])
def test_the_failed_line_is_found_at_every_verbosity(what: str) -> None:
    line = f"Error (criu/cr-dump.c:2128): {what} FAILED.\n"
    assert parse(line).outcome == "failed"
    assert parse(f"{HEADER}(00.400000) {line}").outcome == "failed"


def test_time_stamps_beyond_a_hundred_seconds_have_one_decimal_less() -> None:
    assert seconds_of(b"(99.123456) x") == pytest.approx(99.123456)
    assert seconds_of(b"(100.01181) x") == pytest.approx(100.01181)
    assert seconds_of(b"(1.5) x") is None
    log = parse(HEADER + "(119.97504) page-xfer: \tp 0x1000 - 0x3000\npie: 28839: Daemon waits for command\n")
    assert log.last_seconds == pytest.approx(119.97504)


def test_a_cut_time_stamp_is_none() -> None:
    log = parse(HEADER + "(24.710002) PPB\n(24.71006" + "\0" * 1831)
    assert log.last_seconds == pytest.approx(24.710002)
    assert log.ends_mid_line
    assert log.has_nul
    assert log.last_line is not None
    assert log.last_line.text == "(24.71006"


@pytest.mark.parametrize(
    ("line", "pages"),
    [
        ("page-xfer: \tp 0x7f36992fe000 - 0x7f36993fe000", 256),  # 4.x: the range
        ("page-xfer: \tp 0x7f5a4494d000 [1024]", 1024),  # 3.x: how many pages, in decimal
        ("page-xfer: \tbuf 100/1", 0),
        ("page-xfer: \tp 0x3000 - 0x1000", 0),
    ],
)
def test_page_ranges_count_as_bytes_written(line: str, pages: int) -> None:
    log = parse(f"{HEADER}(00.300000) {line}\n(00.400000) page-xfer: \tp 0x1000 - 0x2000\n")
    assert log.bytes_written == (pages + 1) * 4096


def test_bytes_are_unknown_without_ranges() -> None:
    assert parse(HEADER).bytes_written is None


def test_progress_is_thinned_out_evenly() -> None:
    ranges = (f"page-xfer: \tp 0x{n:x}000 - 0x{n + 1:x}000\n" for n in range(5000))
    lines = "".join(f"({n // 100:02}.{n % 100:02}0000) {one}" for n, one in enumerate(ranges))
    log = parse(HEADER + lines)
    assert log.bytes_written == 5000 * 4096
    assert MAX_SAMPLES // 2 <= len(log.progress) < MAX_SAMPLES
    assert list(log.progress) == sorted(log.progress)
    assert log.progress[-1][1] > 0.98 * 5000 * 4096


def test_pages_left_to_the_parent_are_counted_apart() -> None:
    log = parse(recorded("dump-ok"), "dump")
    assert log.parent == "../2"
    assert log.parent_pages > 0


@pytest.mark.parametrize(
    ("line", "level", "pid", "file"),
    [
        ("(00.055120) Error (criu/sk-inet.c:200): inet: x", "Error", None, "criu/sk-inet.c"),
        ("(00.044063)    598: Error (criu/files-reg.c:2353): x", "Error", 598, "criu/files-reg.c"),
        ("(00.595124) pie: 3072: Error (criu/pie/restorer.c:92): x", "Error", 3072, "criu/pie/restorer.c"),
        ("pie: 2939: Error (criu/pie/restorer.c:1907): x", "Error", 2939, "criu/pie/restorer.c"),
        ("   631: Error (criu/files-reg.c:2353): x", "Error", 631, "criu/files-reg.c"),
        ("Warn  (compel/src/lib/infect.c:131): x", "Warn", None, "compel/src/lib/infect.c"),
        ("(10.005493) Error (cuda_plugin.c:457): cuda_plugin: x", "Error", None, "cuda_plugin.c"),
    ],
)
def test_every_form_of_an_error_line(line: str, level: str, pid: int | None, file: str) -> None:
    problem = read_problem("x.log", 7, line.encode())
    assert problem is not None
    assert (problem.level, problem.pid, problem.file) == (level, pid, file)
    assert problem.line.number == 7
    assert problem.line.text == line


def test_words_inside_a_message_are_no_error_line() -> None:
    text = f"(00.300000) {'x' * 70} Error (criu/a.c:1): y\n(00.4) Error (no place) z\n"
    assert parse(HEADER + text).problems == ()


def test_line_numbers_are_those_of_the_file() -> None:
    data = recorded("restore-ok")
    log = parse(data, "restore")
    lines = data.decode().split("\n")
    for line in (log.success, log.first_line, log.last_line, *log.notes):
        assert line is not None
        assert line.number is not None
        assert lines[line.number - 1].startswith(line.text[:100])


def test_equal_problems_in_a_row_are_one_with_a_count() -> None:
    lines = "".join(f"Warn  (compel/infect.c:418): Will restore {n} with interrupted system call\n" for n in range(900))
    log = parse(lines + "Error (criu/sk-inet.c:1): inet: Connected TCP socket\n")
    assert [p.repeats for p in log.problems] == [900, 1]


def test_many_different_problems_keep_both_ends() -> None:
    letters = [f"{a}{b}{c}" for a in "abcdefghij" for b in "abcdefghij" for c in "abcdefghij"]
    log = parse("".join(f"Error (criu/x.c:1): problem {one}\n" for one in letters))
    assert len(log.problems) == FIRST_PROBLEMS + LAST_PROBLEMS
    assert log.problems[0].text == "problem aaa"
    assert log.problems[-1].text == "problem jjj"
    assert log.problems_omitted == len(letters) - len(log.problems)


def test_a_restorer_that_reads_nothing_for_ever_is_looping() -> None:
    loop = "(00.166008) pie: 1939: Preadv 0x7ffe3e4df000:4096... (1 iovs)\n(00.166010) pie: 1939: `- returned 0\n"
    assert parse(HEADER + loop * 40, "restore").looping is not None
    assert parse(HEADER + loop, "restore").looping is None


def test_the_parasite_tells_of_the_dumpers_death() -> None:
    log = parse(HEADER + "pie: 28936: Trimmed message received (12/0)\n")
    assert log.dumper_died is not None


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        (".fusion/dump/3/pre_3.log", "pre-dump"),
        ("predump_1.log", "pre-dump"),
        ("dump_10.log", "dump"),
        ("restore_2.log", "restore"),
        ("dump.txt", None),
        ("notes_dump.md", None),
    ],
)
def test_the_name_tells_the_operation(name: str, operation: str | None) -> None:
    assert operation_of(name) == operation


def test_what_looks_like_a_checkpoint_log() -> None:
    assert looks_like_checkpoint_log(HEADER.encode(), "anything")
    assert looks_like_checkpoint_log(NOISE.encode(), "x")
    assert looks_like_checkpoint_log(b"", "dump_1.log")
    assert not looks_like_checkpoint_log(b"", "x.log")
    assert not looks_like_checkpoint_log(b"Error: cannot open file\n(see manual)\n", "x.log")
    assert not looks_like_checkpoint_log(b"hello\n", "dump_1.log")


def test_a_part_left_out_leaves_no_false_line_numbers() -> None:
    head, tail = HEADER.encode() + b"(00.3) cut he", b"re\n(50.000000) Error (criu/x.c:1): y\n(51.000000) z\n"
    content = MemoryContent(head, tail, original_size=10_000_000)
    log = parse_checkpoint_log(content, "workdir/.fusion/dump/1/dump_1.log", "dump")
    assert log.has_gap
    assert log.size == 10_000_000
    assert [p.line.number for p in log.problems] == [None]
    assert log.last_seconds == pytest.approx(51)


class _Endless:
    """A log of many megabytes, made block by block."""

    def __init__(self, block: bytes, blocks: int) -> None:
        self.block, self.count = block, blocks
        self.size = len(block) * blocks

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        for n in range(self.count):
            yield n * len(self.block), self.block


@pytest.mark.parametrize(
    "line",
    [
        b"(00.100000) Error (criu/x.c:1): something else\n(00.100000) Error (criu/y.c:1): and another\n",
        b"pie: 1939: `- returned 0\n",
        b"x" * 300_000,
        b"(00.1000) page-xfer: \tp 0x1000 - 0x2000\n",
    ],
    ids=["errors", "loop", "no line end", "ranges"],
)
def test_memory_does_not_grow_with_the_log(line: bytes) -> None:
    block = (line * (256 * 1024 // len(line) + 1))[: 256 * 1024]
    tracemalloc.start()
    log = parse_checkpoint_log(_Endless(block, 40), "dump_1.log", None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert log.size == 40 * 256 * 1024
    assert peak < 8 * 2**20


@given(st.binary(max_size=4000))
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_it_fail(data: bytes) -> None:
    log = parse(data, None)
    assert log.size == len(data)
    assert log.lines <= data.count(b"\n") + 1


@given(st.lists(st.sampled_from(recorded("dump-ok").splitlines(keepends=True)), max_size=40), st.binary(max_size=20))
@settings(max_examples=80, deadline=None)
def test_no_mixture_of_real_lines_makes_it_fail(lines: list[bytes], between: bytes) -> None:
    log = parse(between.join(lines), None)
    marker = b") Dumping finished successfully"
    assert (log.success is None) or marker in between.join(lines)


@given(st.integers(min_value=0, max_value=len(recorded("restore-ok"))))
@settings(max_examples=60, deadline=None)
def test_a_prefix_never_says_more_than_the_whole(cut: int) -> None:
    data = recorded("restore-ok")
    log = parse(data[:cut], "restore")
    assert (log.success is not None) == (b"Restore finished successfully" in data[:cut])
    assert log.problems == ()
    assert log.ends_mid_line == (cut > 0 and data[cut - 1 : cut] != b"\n")
