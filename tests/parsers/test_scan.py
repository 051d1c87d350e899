"""The scanner, against a slow and obvious one."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.content import BLOCK_BYTES, MemoryContent
from analyzer.parsers.log_event import rfc3339
from analyzer.parsers.log_ref import QUOTE_CHARACTERS
from analyzer.parsers.scan import KEEP_FIRST, KEEP_LAST, read_log
from tests.parsers.log_reading import Blocks, scan, tail_lines


@dataclass(frozen=True)
class Word:
    text: str
    pattern: str | None = None

    def search(self, line: str) -> Mapping[str, str] | None:
        if self.text not in line:
            return None
        match = re.search(self.pattern or re.escape(self.text), line)
        return match.groupdict() if match else None


def lines_of(data: bytes, word: Word, *, json_lines: bool = False) -> list[int | None]:
    return [m.line for m in scan(MemoryContent(data), "log", [word], json_lines)]


def test_line_number_offset_groups_and_text() -> None:
    log = b"one\ntwo Killed 12\r\nthree\n"
    (match,) = scan(MemoryContent(log), "workdir/.command.log", [Word("Killed", r"Killed (?P<n>[0-9]+)")], False)
    assert (match.line, match.offset, match.groups, match.text) == (2, 4, {"n": "12"}, "two Killed 12")
    assert (match.source, match.at) == ("workdir/.command.log", None)


def test_a_line_without_its_end_is_searched() -> None:
    assert lines_of(b"x\nKilled", Word("Killed")) == [2]


def test_the_pattern_decides_not_the_literal() -> None:
    assert lines_of(b"Killed by mistake\nKilled 9\n", Word("Killed", "Killed [0-9]")) == [2]


def test_one_line_counts_once_for_each_searchable() -> None:
    both = [Word("a"), Word("a", "a+b")]
    assert [m.searchable for m in scan(MemoryContent(b"aa ab aab\n"), "log", both, False)] == both


def test_first_and_last_are_kept_and_the_middle_is_dropped() -> None:
    log = b"".join(b"Killed %d\n" % n for n in range(1000))
    assert lines_of(log, Word("Killed")) == [*range(1, KEEP_FIRST + 1), *range(1001 - KEEP_LAST, 1001)]


def test_the_last_are_the_last_over_many_blocks() -> None:
    log = b"".join(b"Killed %d %s\n" % (n, b"." * 500) for n in range(3000))
    assert len(log) > 5 * BLOCK_BYTES
    assert lines_of(log, Word("Killed"))[-KEEP_LAST:] == list(range(3001 - KEEP_LAST, 3001))


def test_after_an_omitted_part_there_are_offsets_but_no_line_numbers() -> None:
    log = MemoryContent(b"Killed 1\nKill", b"ed 2\nKilled 3\n", original_size=1000)
    found = scan(log, "log", [Word("Killed")], False)
    assert [(m.line, m.offset) for m in found] == [(1, 0), (None, 1000 - 9)]


def test_a_literal_across_every_block_border() -> None:
    log = b"some text\nsecond line is Killed here\nthird\n"
    for step in range(1, len(log)):
        found = scan(Blocks(log, step), "log", [Word("is Killed he")], False)
        assert [(m.line, m.offset) for m in found] == [(2, 10)], step


def test_a_gigantic_line_is_searched_in_windows() -> None:
    log = b"x" * 700_000 + b"needle" + b"y" * 700_000 + b"needle\nend needle\n"
    found = scan(MemoryContent(log), "log", [Word("needle")], False)
    assert [m.line for m in found] == [1, 1, 2]
    assert all("needle" in m.text and len(m.text) <= QUOTE_CHARACTERS for m in found)


def test_progress_bars_are_lines_of_their_own() -> None:
    (match,) = scan(MemoryContent(b"10%\r20%\rKilled\r30%\n"), "log", [Word("Killed")], False)
    assert match.text == "Killed"


def test_json_lines_are_searched_in_their_message() -> None:
    log = b'{"timestamp": 1767225600123, "message": "first\\nthen \\"Killed\\" it\\r"}\n'
    (match,) = scan(MemoryContent(log), "logs/1", [Word('"Killed" it')], True)
    assert (match.text, match.line, match.at) == ('then "Killed" it', 1, "2026-01-01T00:00:00.123Z")


def test_json_member_names_are_not_searched() -> None:
    assert lines_of(b'{"timestamp": 5, "message": "x"}\n', Word("message"), json_lines=True) == []


def test_lines_that_are_not_json_are_searched_as_they_stand() -> None:
    log = b'Killed\n{"timestamp": 5, "message": "Killed\n[1, "Killed"]\n' + b"[" * 100_000 + b" Killed\n"
    assert lines_of(log, Word("Killed"), json_lines=True) == [1, 2, 3, 4]


def test_a_message_of_another_type_is_nothing() -> None:
    assert lines_of(b'{"message": ["Killed"], "timestamp": "x"}\n', Word("Killed"), json_lines=True) == []


def test_non_ascii_is_found_escaped_or_not() -> None:
    for ascii_only in (True, False):
        log = json.dumps({"timestamp": 5, "message": "reason é none"}, ensure_ascii=ascii_only).encode()
        assert lines_of(log, Word("reason é none"), json_lines=True) == [1]


def test_times_that_are_none() -> None:
    assert [rfc3339(v) for v in (None, True, -1, 0, 1e300, float("nan"), "x", 10**18)] == [None] * 8
    assert rfc3339(253_402_300_799_999) == "9999-12-31T23:59:59.999Z"


def test_memory_does_not_grow_with_the_log() -> None:
    @dataclass(frozen=True)
    class Endless:
        size: int = 64 * 1024 * 1024

        def blocks(self) -> Iterator[tuple[int, bytes]]:
            block = b"Killed " + b"z" * (BLOCK_BYTES - 8) + b"\n"
            for offset in range(0, self.size, BLOCK_BYTES):
                yield offset, block

    tracemalloc.start()
    assert len(scan(Endless(), "log", [Word("Killed"), Word("zzz\n")], False)) == KEEP_FIRST + KEEP_LAST
    assert len(tail_lines(Endless(), 5)) == 2
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


def test_all_of_an_enormous_log_is_searched() -> None:
    @dataclass(frozen=True)
    class Enormous:
        size: int = 160 * 1024 * 1024

        def blocks(self) -> Iterator[tuple[int, bytes]]:
            block = b"x" * (BLOCK_BYTES - 8) + b"\nKilled\n"
            quiet = b"x" * (BLOCK_BYTES - 8) + b"\nnothin\n"
            for offset in range(0, self.size, BLOCK_BYTES):
                yield offset, block if offset == self.size // 2 else quiet

    assert [m.line for m in scan(Enormous(), "log", [Word("Killed")], False)] == [Enormous.size // BLOCK_BYTES + 2]


@pytest.mark.parametrize("waiting", [0, 3 * BLOCK_BYTES])
@pytest.mark.parametrize("engine_from", [0, 2**40])
def test_the_last_of_a_text_in_every_line_are_the_last(
    monkeypatch: pytest.MonkeyPatch, waiting: int, engine_from: int
) -> None:
    monkeypatch.setattr("analyzer.parsers.scan.WAITING_BYTES", waiting)
    monkeypatch.setattr("analyzer.parsers.literals.ENGINE_FROM_BYTES", engine_from)
    log = b"".join(b"Killed %d %s\n" % (n % 10, b"." * 500) for n in range(5000))
    words = [Word("Killed"), Word("Killed", "Killed 7"), Word("Killed 3"), Word("Killed", "Killed x")]
    found = scan(MemoryContent(log), "log", words, False)
    for word, numbers in ((words[0], range(1, 5001)), (words[1], range(8, 5001, 10)), (words[2], range(4, 5001, 10))):
        expected = [*numbers[:KEEP_FIRST], *numbers[-KEEP_LAST:]]
        assert [m.line for m in found if m.searchable is word] == expected
    assert [m for m in found if m.searchable is words[3]] == []


def test_a_text_that_stands_everywhere_and_never_matches_is_tried_less_and_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = 0

    @dataclass(frozen=True)
    class Counted(Word):
        def search(self, line: str) -> Mapping[str, str] | None:
            nonlocal tries
            tries += 1
            return super().search(line)

    monkeypatch.setattr("analyzer.parsers.scan.TRIED_FREELY_BYTES", 1024)
    monkeypatch.setattr("analyzer.parsers.scan.MAX_TRIED", 5000)
    log = b"Killed or not, what of it\n" * 200_000 + b"Killed 9\n"
    words = [Counted("Killed", "Killed [0-9]"), Word("not, what")]
    facts = read_log(MemoryContent(log), "log", words, json_lines=False)
    assert [m.line for m in facts.matches if m.searchable is words[0]] == [200_001]
    assert tries < 5000 + 6000
    assert facts.spared == (words[0],), "the other one was found in every line that was tried"


def test_it_is_told_that_candidates_of_one_part_were_left_out() -> None:
    words = [Word("Killed", "Killed [0-9]"), Word("Killed", "Killed by")]
    few, many = (b"Killed or not\n" * count + b"Killed by whom\n" for count in (1999, 2001))
    assert read_log(MemoryContent(few), "log", words, json_lines=False).spared == ()
    assert read_log(MemoryContent(many), "log", words, json_lines=False).spared == tuple(words)


def test_matches_and_last_lines_come_from_one_reading() -> None:
    class Once(MemoryContent):
        readings = 0

        def blocks(self) -> Iterator[tuple[int, bytes]]:
            Once.readings += 1
            return super().blocks()

    facts = read_log(Once(b"Killed\nbye\n"), "log", [Word("Killed")], json_lines=False, last_lines=1)
    assert [(m.line, m.text) for m in facts.matches] == [(1, "Killed")]
    assert [(t.line, t.text) for t in facts.last_lines] == [(2, "bye")]
    assert Once.readings == 1


def test_tail_lines_of_a_raw_log() -> None:
    log = b"".join(b"line %d\n" % n for n in range(200_000)) + b"\n   \nlast\rover\n"
    tail = tail_lines(MemoryContent(log), 3)
    assert [(t.text, t.line) for t in tail] == [("line 199999", 200_000), ("last", 200_003), ("over", 200_003)]
    assert log[tail[0].offset :].startswith(b"line 199999")


def test_tail_lines_of_events_and_after_a_gap() -> None:
    log = MemoryContent(b"", b'{"timestamp": 1767225600000, "message": "a\\nb"}\nhalf', original_size=500)
    tail = tail_lines(log, 2, json_lines=True)
    assert [(t.text, t.line, t.at) for t in tail] == [("b", None, "2026-01-01T00:00:00.000Z"), ("half", None, None)]
    assert tail_lines(MemoryContent(b""), 5) == ()
    assert tail_lines(MemoryContent(b"x\n"), 0) == ()


@given(st.lists(st.sampled_from(["Killed", "x", "\n", "\r", "é", "Kil", "led", " "]), max_size=60), st.integers(1, 40))
def test_agrees_with_the_obvious_way(parts: list[str], step: int) -> None:
    text = "".join(parts)
    expected = [n for n, line in enumerate(text.split("\n"), 1) for part in line.split("\r") if "Killed" in part]
    found = [m.line for m in scan(Blocks(text.encode(), step), "log", [Word("Killed")], False)]
    assert found == expected[:KEEP_FIRST] + expected[KEEP_FIRST:][-KEEP_LAST:]


@given(st.binary(max_size=2000), st.booleans(), st.integers(1, 300))
def test_random_bytes_never_raise(data: bytes, json_lines: bool, step: int) -> None:
    scan(Blocks(data, step), "log", [Word("a"), Word("\ufffd"), Word("0")], json_lines)
    tail_lines(Blocks(data, step), 3, json_lines)
