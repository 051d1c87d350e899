from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.content import MemoryContent
from analyzer.parsers.fusion_log import FusionLine, iter_fusion_lines, parse_fusion_line

NOT_FOUND = {
    "level": "error",
    "error": "not found",
    "path": "/fusion/s3/bucket/x",
    "operation": "Lookup",
    "provider": "s3",
    "error_code": "ResourceNotFound",
    "provider_code": "NoSuchKey",
    "provider_http_status": 404,
    "provider_error": "The specified key does not exist.",
    "time": 1765738531263809778,
    "goid": 134,
    "message": "find entry error",
}


def line(text: str) -> FusionLine:
    found = parse_fusion_line(text)
    assert found is not None
    return found


def test_a_json_line_with_a_cloud_error() -> None:
    found = line(json.dumps(NOT_FOUND))
    assert (found.level, found.message, found.error, found.is_error) == ("error", "find entry error", "not found", True)
    assert (found.path, found.operation, found.error_code) == ("/fusion/s3/bucket/x", "Lookup", "ResourceNotFound")
    assert (found.provider_code, found.http_status) == ("NoSuchKey", 404)
    assert found.provider_error == "The specified key does not exist."
    assert found.at == "2025-12-14T18:55:31.263Z"


def test_a_console_line() -> None:
    text = '11:23AM FTL [seqera-fusion] creating data store error="NoCredentialProviders: no \\"valid\\" one" path=/a/b'
    found = line(text)
    assert (found.level, found.message, found.path) == ("fatal", "creating data store", "/a/b")
    assert (found.error, found.at, found.text) == ('NoCredentialProviders: no "valid" one', None, text)


@pytest.mark.parametrize(
    ("text", "level", "message", "error"),
    [
        ("10:42AM WRN timeout waiting for FUSE mount", "warn", "timeout waiting for FUSE mount", None),
        ('8:10PM ERR main.go:111 > mount fail error="exec failed"', "error", "mount fail", "exec failed"),
        (
            '\x1b[90m11:23AM\x1b[0m \x1b[31mERR\x1b[0m upload failed \x1b[36merror=\x1b[0m"x y"',
            "error",
            "upload failed",
            "x y",
        ),
        ("11:23AM INF [seqera-fusion] shutdown filesystem done", "info", "shutdown filesystem done", None),
    ],
)
def test_console_lines_of_other_ages_and_colours(text: str, level: str, message: str, error: str | None) -> None:
    found = line(text)
    assert (found.level, found.message, found.error, found.is_error) == (level, message, error, level == "error")


@pytest.mark.parametrize(
    ("time", "at"),
    [
        (1765738531, "2025-12-14T18:55:31.000Z"),
        (1765738531263, "2025-12-14T18:55:31.263Z"),
        ("2025-12-14T18:55:31Z", "2025-12-14T18:55:31Z"),
        (0, None),
        (-5, None),
        (True, None),
        ([], None),
    ],
)
def test_times(time: object, at: str | None) -> None:
    assert line(json.dumps({"level": "info", "time": time})).at == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "[1]",
        '{"level": 5}',
        '{"level": "loud"}',
        "11:23AM hello",
        "ERR [seqera-fusion] x",
        "Done. 11:23AM ERR x",
    ],
)
def test_other_lines_are_not_fusion_s(text: str) -> None:
    assert parse_fusion_line(text) is None


def test_members_of_wrong_types_are_left_out() -> None:
    found = line('{"level": "error", "message": 5, "error": ["x"], "provider_http_status": "404", "path": ""}')
    assert (found.message, found.error, found.http_status, found.path) == ("", None, 404, None)


def test_lines_of_a_log_have_their_places() -> None:
    log = b"noise\n" + json.dumps(NOT_FOUND).encode() + b"\n10:42AM WRN x\nhalf {"
    found = list(iter_fusion_lines(MemoryContent(log)))
    assert [(f.level, f.number, f.offset) for f in found] == [("error", 2, 6), ("warn", 3, log.index(b"10:42"))]


def test_values_are_bounded() -> None:
    found = line(json.dumps({"level": "error", "error": "x" * 100_000, "message": "y" * 100_000}))
    assert len(found.error or "") <= 1000
    assert len(found.message) <= 1000
    assert len(found.text) <= 300


@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    parse_fusion_line(text)
    parse_fusion_line("11:23AM ERR " + text)
    parse_fusion_line('{"level": "error", ' + text)


@given(
    st.dictionaries(st.sampled_from(sorted(NOT_FOUND)), st.none() | st.integers() | st.text() | st.lists(st.integers()))
)
def test_any_members_are_survived(members: dict[str, object]) -> None:
    found = parse_fusion_line(json.dumps({**members, "level": "warn"}))
    assert found is not None
    assert found.level == "warn"
