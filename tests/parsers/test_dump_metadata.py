"""The same three dumps in every form that they may be written in: the format is not public."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.content import MemoryContent
from analyzer.parsers.dump_metadata import DumpMetadata, parse_dump_metadata

DUMPS = [(1, "PRE", "DUMPED"), (2, "PRE", "DUMPED"), (3, "FULL", "DUMPING")]


def parse(text: str) -> DumpMetadata | None:
    return parse_dump_metadata(MemoryContent(text.encode()))


def facts(text: str) -> list[tuple[int | None, str | None, str | None]]:
    found = parse(text)
    return [(e.number, e.kind, e.state) for e in found.entries] if found else []


FORMS = {
    "list": json.dumps([{"id": n, "type": k, "state": s} for n, k, s in DUMPS]),
    "pretty": json.dumps({"version": 1, "dumps": [{"id": n, "type": k, "state": s} for n, k, s in DUMPS]}, indent=2),
    "newest first": json.dumps([{"number": n, "kind": k, "status": s} for n, k, s in reversed(DUMPS)]),
    "keyed by number": json.dumps({str(n): {"dump_type": k, "dump_state": s} for n, k, s in DUMPS}),
    "keyed, words": json.dumps({"dumps": {str(n): f"{k} {s}" for n, k, s in DUMPS}}),
    "lower case": json.dumps([{"dumpId": n, "type": k.lower(), "state": s.lower()} for n, k, s in DUMPS]),
    "path": json.dumps([{"path": f"/work/.fusion/dump/{n}", "type": k, "state": s} for n, k, s in DUMPS]),
    "json lines": "".join(json.dumps({"index": n, "type": k, "state": s}) + "\n" for n, k, s in DUMPS),
    "events": '{"id":3,"type":"FULL","state":"PENDING"}\n'
    + "".join(json.dumps({"id": n, "type": k, "state": s}) + "\n" for n, k, s in DUMPS),
    "pre-dump": json.dumps([{"id": n, "type": k + "_DUMP", "state": s} for n, k, s in DUMPS]),
    "key=value": "".join(f"id={n} type={k} state={s}\n" for n, k, s in DUMPS),
    "ini": "".join(f"[dump {n}]\ntype = {k}\nstate = {s}\nsize = 123456789\n\n" for n, k, s in DUMPS),
    "yaml": "dumps:\n" + "".join(f"- id: {n}\n  type: {k.lower()}\n  state: {s.lower()}\n" for n, k, s in DUMPS),
    "words": "".join(f"{n} {k} {s}\n" for n, k, s in DUMPS),
    "words, lower case": "".join(f"{n} {k} {s}\n".lower() for n, k, s in DUMPS),
    "csv": "number,type,state,time\n" + "".join(f"{n},{k},{s},2026-01-01T10:00:00Z\n" for n, k, s in DUMPS),
    "NULs": "".join(f"{n} {k} {s}\n" for n, k, s in DUMPS) + "\0" * 100,
    "windows": "".join(f"{n};{k};{s}\r\n" for n, k, s in DUMPS),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_the_same(form: str) -> None:
    assert facts(FORMS[form]) == DUMPS
    found = parse(FORMS[form])
    assert found is not None
    assert found.stuck_in_dumping is not None
    assert found.stuck_in_dumping.number == 3
    assert found.has_full
    assert found.last_full == found.entries[-1]


def test_the_line_that_says_so_is_quoted() -> None:
    found = parse(FORMS["pretty"])
    assert found is not None
    reference = found.entries[-1].reference
    assert (reference.source, reference.text) == ("workdir/.fusion/dump/dump_metadata", '"state": "DUMPING"')
    assert FORMS["pretty"].splitlines()[(reference.line or 0) - 1].strip() == reference.text


def test_only_pre_dumps() -> None:
    found = parse('{"dumps": [{"id": 1, "type": "PRE", "state": "DUMPED"}]}')
    assert found is not None
    assert (found.has_full, found.last_full, found.stuck_in_dumping) == (False, None, None)


def test_a_finished_dump_is_not_stuck() -> None:
    found = parse("1 PRE DUMPED\n2 FULL DUMPING\n2 FULL DUMPED\n")
    assert found is not None
    assert found.stuck_in_dumping is None
    assert [(e.number, e.state) for e in found.entries] == [(1, "DUMPED"), (2, "DUMPED")]


def test_a_state_above_the_list_speaks_of_the_dump_in_hand() -> None:
    assert facts('{"state": "DUMPING", "dumps": [{"id": 1, "type": "PRE"}, {"id": 2, "type": "FULL"}]}') == [
        (1, "PRE", None),
        (2, "FULL", "DUMPING"),
    ]


def test_types_as_keys() -> None:
    assert facts('{"PRE": [1, 2], "FULL": [3]}') == [(1, "PRE", None), (2, "PRE", None), (3, "FULL", None)]


def test_cut_off_json_is_read_as_words() -> None:
    assert facts(FORMS["pretty"][:-30])[-1][:2] == (3, "FULL")


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", "7", "the disk is full, dumping failed\n", "version: 1\nsize: 3\n", '{"full": 3.5}'],
)
def test_what_is_not_certain_is_not_taken(text: str) -> None:
    assert parse(text) is None


def test_large_numbers_are_no_folders() -> None:
    assert facts('[{"id": 1767225600123, "type": "FULL"}, {"id": true, "type": "PRE"}]') == [
        (None, "FULL", None),
        (None, "PRE", None),
    ]


def test_hostile_nesting_and_types() -> None:
    assert parse("[" * 100_000) is None
    assert parse('{"a":' * 3000 + '"x"' + "}" * 3000) is None
    assert parse('{"type": ["FULL"], "state": {"state": 5}, "id": {"id": []}}') is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["FULL", "PRE", "DUMPING", "3", "x/3"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "type", "state", "3", "PRE"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_survived(value: object) -> None:
    found = parse(json.dumps(value))
    assert found is None or all(e.kind or e.state for e in found.entries)


@given(st.text(alphabet='PREFULDMIGdumping=:-[]{}",\n 123', max_size=300))
def test_any_text_is_survived(text: str) -> None:
    parse(text)


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data: bytes) -> None:
    parse_dump_metadata(MemoryContent(data))
