"""What a target is, and what is said of one that is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.recognise import recognise

JOB_ID = "3c0a1d7e-4f5b-4a7e-9d2c-0123456789ab"


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (JOB_ID, "job"),
        (f"{JOB_ID}:17", "job"),
        (f"{JOB_ID}#0", "job"),
        (f"arn:aws:batch:eu-central-1:111122223333:job/{JOB_ID}", "job"),
        ("s3://bucket/work/ab/cdef", "s3"),
        (".", "path"),
    ],
)
def test_targets_are_told_apart(given: str, kind: str) -> None:
    assert recognise(given).kind == kind


def test_a_file_that_is_named_like_a_job_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / JOB_ID).write_text("")
    assert recognise(JOB_ID).kind == "path"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("ab/cdef12", "task hash"),
        ("s3:/bucket", "s3://bucket"),
        ("no-such-thing", "neither"),
        ("x" * 10_000, "neither"),
        ("a\0b", "neither"),
    ],
)
def test_what_is_nothing_is_named_with_a_way_on(given: str, words: str) -> None:
    with pytest.raises(FetchError, match=words) as caught:
        recognise(given)
    assert given[:50] in str(caught.value)
    assert len(str(caught.value)) < 500
