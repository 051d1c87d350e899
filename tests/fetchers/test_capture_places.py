"""Folders and prefixes that hold captures: each capture once, and nothing else."""

from __future__ import annotations

import gc
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.evidence.model import Evidence
from analyzer.examine import Failure, gather_evidence
from analyzer.fetchers import capture_places, s3_captures
from analyzer.fetchers.capture_places import CapturePlaces
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.options import FetchOptions
from tests.loopback.objects import s3_client
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

CAPTURE = scenario("dump-tcp-connection").capture
OTHER = scenario("container-out-of-memory").capture
BUCKET = "example-captures"
MANIFEST = json.dumps({"format": "fsnap-capture/1"})


def places() -> CapturePlaces:
    return CapturePlaces(Clients(FetchOptions()))


def pack(folder: Path, archive: Path, below: str = "") -> None:
    with zipfile.ZipFile(archive, "w") as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                out.write(path, below + path.relative_to(folder).as_posix())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two captures as folders, two as archives, and much that is none."""
    root = tmp_path / "captures"
    shutil.copytree(CAPTURE, root / "2026-11" / "one")
    shutil.copytree(OTHER, root / "two")
    pack(CAPTURE, root / "three.zip")
    pack(OTHER, root / "2026-11" / "four.zip", "top/")
    pack(CAPTURE, root / "two" / "workdir" / "inside.zip")
    (root / "other").mkdir()
    (root / "other" / "manifest.json").write_text('{"name": "an app"}')
    (root / "other" / "notes.md").write_text("nothing")
    (root / ".git").mkdir()
    pack(CAPTURE, root / ".git" / "hidden.zip")
    with zipfile.ZipFile(root / "photos.zip", "w") as out:
        out.writestr("a.jpg", b"x")
    (root / "link").symlink_to(root / "two")
    return root


FOUND = {"2026-11/one", "two", "three.zip", "2026-11/four.zip"}


def test_a_folder_of_captures(tree: Path) -> None:
    found = places()
    pieces = list(found.pieces(str(tree)))
    assert {Path(piece).relative_to(tree).as_posix() for piece in pieces} == FOUND
    assert len(pieces) == len(FOUND)
    assert found.notes == [f"{tree}: an archive in it without a capture passed over."]
    evidence = list(gather_evidence(pieces, FetchOptions(), lambda _: None))
    assert all(isinstance(one, Evidence) and one.replayed for one in evidence)


def test_one_thing_stays_one_target(tree: Path, tmp_path: Path) -> None:
    work = tmp_path / "ab" / "0123"
    work.mkdir(parents=True)
    (work / ".command.run").write_text("#!/bin/bash\n")
    pack(CAPTURE, work / "output.zip")
    for one in (tree / "two", tree / "three.zip", tree / "other" / "notes.md", work, tmp_path / "nothing"):
        assert list(places().pieces(str(one))) == [str(one)]


def test_a_folder_without_captures_is_left_to_its_reader(tmp_path: Path) -> None:
    assert list(places().pieces(str(tmp_path))) == [str(tmp_path)]


def test_depth_and_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path.joinpath(*["d"] * 12)
    deep.mkdir(parents=True)
    (deep / "manifest.json").write_text(MANIFEST)
    assert list(places().pieces(str(tmp_path))) == [str(tmp_path)]
    for number in range(5):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "manifest.json").write_text(MANIFEST)
    monkeypatch.setattr(capture_places, "MAX_ENTRIES", 3)
    found = places()
    assert len(list(found.pieces(str(tmp_path)))) == 3
    assert found.notes == [
        f"{tmp_path}: more than 3 files are in it, and the rest was not looked at; name the folders in it."
    ]


def test_a_bundle_is_one_target(tmp_path: Path) -> None:
    bundle = tmp_path / "in" / "bundle"
    (bundle / "captures").mkdir(parents=True)
    (bundle / "manifest.json").write_text('{"format": "fsnap-bundle/1"}')
    shutil.copytree(CAPTURE, bundle / "captures" / "1-one")
    shutil.copytree(OTHER, bundle / "captures" / "2-two")
    assert list(places().pieces(str(tmp_path))) == [str(bundle)]


@pytest.fixture
def bucket(environment: pytest.MonkeyPatch, loopback: Loopback, tree: Path) -> Loopback:
    """The same tree in S3, links followed as copying does."""
    environment.setenv("AWS_ENDPOINT_URL", loopback.endpoint)
    loopback.serve()
    (tree / "link").unlink()
    client: Any = s3_client(loopback.moto, "eu-west-1")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for path in tree.rglob("*"):
        if path.is_file():
            client.put_object(Bucket=BUCKET, Key=f"kept/{path.relative_to(tree).as_posix()}", Body=path.read_bytes())
    return loopback


def test_a_prefix_of_captures(bucket: Loopback) -> None:
    pieces = list(places().pieces(f"s3://{BUCKET}/kept/"))
    assert set(pieces) == {
        f"s3://{BUCKET}/kept/{name}"
        for name in (
            "2026-11/four.zip",
            "2026-11/one/manifest.json",
            "two/manifest.json",
            "three.zip",
            "photos.zip",
            "other/manifest.json",
            ".git/hidden.zip",
        )
    }
    assert bucket.operations() == ["ListObjectsV2", "GetObject"], "a manifest that is around an archive is looked at"


def test_captures_are_copied_and_the_copies_go(
    bucket: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    here = {one: list(gather_evidence([str(path)], FetchOptions(), lambda _: None)) for one, path in (("two", OTHER),)}
    targets = [f"s3://{BUCKET}/kept/{name}" for name in ("two/manifest.json", "three.zip", "2026-11/four.zip")]
    most = 0
    for target, found in zip(
        targets, gather_evidence(targets, FetchOptions(), lambda _: None, Clients(FetchOptions())), strict=True
    ):
        assert isinstance(found, Evidence), found
        assert found.target == target
        assert found.replayed
        if "two" in target:
            local = here["two"][0]
            assert isinstance(local, Evidence)
            assert found.job == local.job
            assert {k: b"".join(d for _, d in c.blocks()) for k, c in found.logs.items()} == {
                k: b"".join(d for _, d in c.blocks()) for k, c in local.logs.items()
            }
        most = max(most, len(list(copies.iterdir())))
    del found
    gc.collect()
    assert most <= 2, "copies go as the evidence does"
    assert list(copies.iterdir()) == []
    assert bucket.operations().count("GetObject") > 3


def test_what_is_no_capture_in_s3_is_one_failure(bucket: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    del bucket
    wanted = ["kept/gone.zip", "kept/photos.zip", "kept/nowhere/manifest.json"]
    failures = list(gather_evidence([f"s3://{BUCKET}/{key}" for key in wanted], FetchOptions(), lambda _: None))
    assert all(isinstance(one, Failure) for one in failures), failures
    monkeypatch.setattr(s3_captures, "MAX_CAPTURE_BYTES", 1000)
    (large,) = gather_evidence([f"s3://{BUCKET}/kept/three.zip"], FetchOptions(), lambda _: None)
    assert isinstance(large, Failure)
    assert "more than 1,000 bytes" in large.message


def test_work_directories_in_s3_stay_one_target(bucket: Loopback) -> None:
    client: Any = s3_client(bucket.moto, "eu-west-1")
    for key in ("odd/task/.command.run", "odd/task/result.zip"):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    for target in (
        f"s3://{BUCKET}/work/4f/0123456789abcdef0123456789abcd",
        f"s3://{BUCKET}/odd/task",
        f"s3://{BUCKET}/empty",
        f"s3://{BUCKET}/kept/three.zip",
    ):
        assert list(places().pieces(target)) == [target]
    assert "GetObject" not in bucket.operations()


def test_within_a_bundle_in_s3_nothing_is_found_twice(bucket: Loopback) -> None:
    client: Any = s3_client(bucket.moto, "eu-west-1")
    for key, body in (
        ("b/x/manifest.json", '{"format": "fsnap-bundle/1"}'),
        ("b/x/captures/1-a/manifest.json", MANIFEST),
        ("b/app/manifest.json", '{"name": "an app"}'),
        ("b/app/deep/manifest.json", MANIFEST),
    ):
        client.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    assert sorted(places().pieces(f"s3://{BUCKET}/b")) == [
        f"s3://{BUCKET}/b/app/deep/manifest.json",
        f"s3://{BUCKET}/b/x/manifest.json",
    ]
