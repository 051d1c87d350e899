"""Bundles told from captures, whole or damaged, and read as the captures that they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from analyzer.evidence.capture_bundle import looks_like_bundle, read_bundle
from analyzer.evidence.content import MemoryContent
from analyzer.evidence.store import Files
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.local import read_all_of, read_path

CAPTURE = json.dumps({"format": "fsnap-capture/1", "kind": "job"})
BUNDLE = json.dumps({"format": "fsnap-bundle/1"})


def files(members: Mapping[str, str]) -> Files:
    return Files("it", {name: MemoryContent(text.encode()) for name, text in members.items()})


@pytest.mark.parametrize(
    ("members", "is_one"),
    [
        ({"manifest.json": BUNDLE}, True),
        ({"manifest.json": '{"format": "fsnap-bundle/9"}'}, True),
        ({"manifest.json": CAPTURE, "captures/1-job/manifest.json": CAPTURE}, False),
        ({"manifest.json": "{", "captures/1-job/manifest.json": CAPTURE}, True),
        ({"captures/1-job/manifest.json": CAPTURE}, True),
        ({"captures/job/manifest.json": CAPTURE}, False),
        ({"manifest.json": "[]"}, False),
        ({"manifest.json": '{"format": 7}'}, False),
        ({}, False),
    ],
)
def test_what_is_a_bundle(members: dict[str, str], is_one: bool) -> None:
    assert looks_like_bundle(files(members)) is is_one


def test_captures_come_in_the_order_of_their_numbers() -> None:
    names = ("10-job", "2-log", "1-job")
    members = {f"captures/{name}/manifest.json": CAPTURE for name in names}
    members |= {f"captures/{name}/job.json": json.dumps({"jobId": name}) for name in names}
    found = read_bundle(files({**members, "manifest.json": BUNDLE}), "t.zip")
    assert [(e.target, (e.job or {})["jobId"]) for e in found] == [
        (f"t.zip/captures/{name}", name) for name in ("1-job", "2-log", "10-job")
    ]
    assert all(e.replayed for e in found)


def test_one_capture_is_named_as_the_target_was_given() -> None:
    (one,) = read_bundle(files({"manifest.json": BUNDLE, "captures/1-job/manifest.json": "{"}), "t.zip")
    assert one.target == "t.zip"
    assert "manifest.json" in one.gaps[0].what


def test_paths(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/manifest.json").write_text(BUNDLE)
    with pytest.raises(FetchError, match="a bundle without a capture"):
        read_all_of(tmp_path / "empty", "empty")
    for number in (1, 2):
        folder = tmp_path / f"two/captures/{number}-job"
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(CAPTURE)
    assert len(read_all_of(tmp_path / "two", "two")) == 2
    with pytest.raises(FetchError, match="a bundle of 2 captures; unpack it"):
        read_path(tmp_path / "two", "two")
    assert read_path(tmp_path / "two/captures/2-job", "two").target == "two"
