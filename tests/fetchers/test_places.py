from __future__ import annotations

import os
import re
import stat
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.place_names import LONGEST_NAME_BYTES, NotThereError, checked
from analyzer.fetchers.places import FolderPlace, Place, place_of
from analyzer.fetchers.places_s3 import BucketPlace, content_type
from analyzer.store.store import Store
from tests.fetchers.endpoint import Endpoint, Refusal
from tests.store.places import row

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OPTIONS = FetchOptions()


@pytest.fixture
def s3(moto_url: str, environment: pytest.MonkeyPatch) -> S3Client:
    """An empty bucket `rows`, and one file beside the place."""
    import requests
    from boto3.session import Session

    requests.post(f"{moto_url}/moto-api/reset", timeout=10).raise_for_status()
    environment.setenv("AWS_ENDPOINT_URL", moto_url)
    client: S3Client = Session().client("s3")
    client.create_bucket(Bucket="rows", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client.put_object(Bucket="rows", Key="a/store-beside/x", Body=b"not ours")
    return client


@pytest.fixture(params=["folder", "s3", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return place_of(str(tmp_path / "new" / "store"), OPTIONS)
    request.getfixturevalue("s3")
    return place_of("s3://rows/a/store/" if request.param == "s3" else "s3://rows", OPTIONS)


def test_files_come_and_go(place: Place) -> None:
    place.check()
    started = dict(place.entries())
    names = ["b", "a/b", "a-b", "a.b/c d%25 \u00e4", "day=2026-11-21/queue=a%2Fb/part.parquet"]
    for number, name in enumerate(names):
        place.write(name, b"0123456789"[: number + 1])
    sizes = {name: number + 1 for number, name in enumerate(names)} | started
    assert dict(place.entries()) == sizes
    assert list(place.names()) == sorted(sizes, key=str.encode)
    assert list(place.names("a/")) == sorted({"a/b"} | {name for name in started if name.startswith("a/")})
    assert list(place.entries("day=2026-11-21/")) == [(names[4], 5)]
    assert list(place.names("nothing/")) == []
    assert place.read(names[4]) == b"01234"
    assert place.read(names[4], range(1, 3)) == b"12"
    assert place.read(names[4], range(3, 99)) == b"34"
    assert place.read(names[4], range(9, 99)) == b""
    assert place.read(names[4], range(2, 2)) == b""
    place.write(names[4], b"new")
    assert place.read(names[4]) == b"new"
    assert place.exists(names[4])
    place.delete(names[4])
    place.delete(names[4])
    assert not place.exists(names[4])
    with pytest.raises(NotThereError):
        place.read(names[4])
    assert isinstance(NotThereError("x"), FileNotFoundError)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a//b",
        "./a",
        "a/",
        "a\\b",
        "a\0b",
        "a\nb",
        "\ud800",
        ".x",
        "a/.b/c",
        "C:x",
        "x" * (LONGEST_NAME_BYTES + 1),
    ],
)
def test_no_name_leads_out(place: Place, name: str) -> None:
    for call in (place.read, place.delete, place.exists, lambda name: place.write(name, b"")):
        with pytest.raises(FetchError, match="cannot be the name of a file there; a plain relative name is needed"):
            call(name)
    if name:
        with pytest.raises(FetchError, match="cannot be"):
            list(place.entries(name + "/"))
    with pytest.raises(FetchError, match="ends in a slash"):
        list(place.entries("folder"))


@given(st.one_of(st.text(max_size=20), st.text("./\\:ab\0", max_size=8)))
def test_no_text_leads_out(name: str) -> None:
    try:
        checked(name, "place")
    except FetchError:
        return
    assert os.path.normpath(f"/root/{name}") == f"/root/{name}"
    assert Path("/root") / name == Path(f"/root/{name}")


def test_files_that_are_not_finished_are_not_seen_and_go_in_time(tmp_path: Path) -> None:
    folder = tmp_path / "day=1"
    folder.mkdir()
    old, young, other = folder / ".aa.part", folder / ".bb.part", folder / ".mine"
    for path in (old, young, other):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 90_000,) * 2)
    os.utime(other, (0, 0))
    place = FolderPlace(tmp_path)
    assert list(place.names()) == []
    place.write("day=1/x", b"y")
    assert sorted(path.name for path in folder.iterdir()) == [".bb.part", ".mine", "x"]
    assert list(place.names()) == ["day=1/x"]


def test_the_mode_is_what_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        FolderPlace(tmp_path).write("a/x", b"y")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "x").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o750


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = FolderPlace(tmp_path)
    place.write("x", b"before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FetchError, match=re.escape(f"{tmp_path}/x: cannot be written (No space left on device)")):
        place.write("x", b"after")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert place.read("x") == b"before"


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (root / "link").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    (root / "loop").symlink_to(root / "loop")
    place = FolderPlace(root)
    assert list(place.names()) == []
    with pytest.raises(FetchError, match="a link leads out of"):
        place.read("link/secret")
    with pytest.raises(FetchError, match="a link leads out of"):
        place.write("link/new", b"x")
    with pytest.raises(FetchError, match="a link leads out of"):
        place.delete("link/secret")
    with pytest.raises(FetchError, match="cannot be read"):
        place.read("file")
    assert not place.exists("file")
    place.write("file", b"ours")
    assert (outside / "secret").read_bytes() == b"secret"
    assert place.read("file") == b"ours"
    (tmp_path / "alias").symlink_to(root)
    assert FolderPlace(tmp_path / "alias").read("file") == b"ours"


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    place = FolderPlace(path)
    with pytest.raises(FetchError, match="a file, and no folder; give another name"):
        list(place.entries())
    for call in (place.check, lambda: place.write("x", b"")):
        with pytest.raises(FetchError, match=r"cannot be (used|written) \("):
            call()
    (tmp_path / "pipe").mkdir()
    with pytest.raises(FetchError, match="cannot be read"):
        FolderPlace(tmp_path).read("pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FetchError, match="may not be read and written; give a folder that you may write to"):
        FolderPlace(tmp_path).check()
    with pytest.raises(FetchError, match=r"cannot be written \(Permission denied\)"):
        FolderPlace(tmp_path).write("x", b"")


@pytest.mark.parametrize("text", ["", "a\0b", "http://x/y", "s3://", "s3://A_b/x", "s3://ab", "s3://bucket/../x"])
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(FetchError):
        place_of(text, OPTIONS)


def test_a_bucket_that_is_not_there(s3: S3Client) -> None:
    del s3
    place = place_of("s3://nowhere/x", OPTIONS)
    missing = "there is no bucket nowhere; correct its name, or make it first."
    calls: dict[str, Any] = {
        "list s3://nowhere/x": place.check,
        "list s3://nowhere/x/": lambda: list(place.entries()),
        "write s3://nowhere/x/y": lambda: place.write("y", b""),
        "read s3://nowhere/x/y": lambda: place.read("y"),
    }
    for trying, call in calls.items():
        with pytest.raises(FetchError, match=f"^Could not {re.escape(trying)}: {missing}$"):
            call()


def test_each_refusal_names_its_permission(aws: Endpoint) -> None:
    for operation in ("ListObjectsV2", "GetObject", "PutObject"):
        aws.answers[operation] = Refusal("AccessDenied", "no", 403)
    place = place_of("s3://rows/a", OPTIONS)
    calls: dict[str, Any] = {
        "s3:ListBucket": lambda: list(place.entries()),
        "s3:GetObject": lambda: place.read("y"),
        "s3:PutObject": lambda: place.write("y", b""),
    }
    for permission, call in calls.items():
        with pytest.raises(FetchError, match=f"AccessDenied on {permission}; allow {permission} for this role"):
            call()


class Denying(Clients):
    """What the test's server has no method for."""

    def get(self, service: str, region: str | None) -> Any:
        from botocore.exceptions import ClientError

        def refuse(**_: str) -> None:
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, f"{service} {region}")

        return SimpleNamespace(delete_object=refuse, head_object=refuse)


def test_refusals_without_a_body_name_their_permission(environment: pytest.MonkeyPatch) -> None:
    del environment
    place = place_of("s3://rows/a", OPTIONS, Denying(OPTIONS))
    with pytest.raises(FetchError, match=r"remove s3://rows/a/y: AccessDenied on s3:DeleteObject; allow"):
        place.delete("y")
    with pytest.raises(FetchError, match=r"look up s3://rows/a/y: AccessDenied on s3:GetObject; allow"):
        place.exists("y")


class SmallPages(Clients):
    """Three names a page; S3's own thousand take long to make."""

    def get(self, service: str, region: str | None) -> Any:
        return SimpleNamespace(list_objects_v2=partial(super().get(service, region).list_objects_v2, MaxKeys=3))


def test_listings_of_more_than_a_page(s3: S3Client) -> None:
    for n in range(7):
        s3.put_object(Bucket="rows", Key=f"a/store/{n:04}", Body=b"x")
    s3.put_object(Bucket="rows", Key="a/store/folder/", Body=b"")
    s3.put_object(Bucket="rows", Key="a/store/.hidden", Body=b"")
    place = place_of("s3://rows/a/store", OPTIONS, SmallPages(OPTIONS))
    assert list(place.names()) == [f"{n:04}" for n in range(7)]


def test_objects_have_the_type_that_browsers_go_by(s3: S3Client) -> None:
    place_of("s3://rows", OPTIONS).write("latest/report.html", b"<p>")
    assert s3.head_object(Bucket="rows", Key="latest/report.html")["ContentType"] == "text/html; charset=utf-8"
    assert content_type("a/b.json") == "application/json"
    assert content_type("a/b.md") == "text/markdown; charset=utf-8"
    assert content_type("a.b/c") == "application/octet-stream"


def test_a_store_lives_in_any_place(place: Place) -> None:
    store = Store(place)
    rows = [row(f"job-{n}", queue="a/b c%", day=f"2026-11-{20 + n % 2}") for n in range(9)]
    for one in rows:
        store.append([one])
    assert sorted(job[0].job_id for job in store.rows("2026-11-20", "2026-11-21")) == [one.job_id for one in rows]
    assert store.compact(2) == 9
    assert len(list(place.names("day=2026-11-20/"))) == 1
    assert sorted((one for job in store.rows() for one in job), key=lambda one: one.job_id) == rows
    assert all(one.job_id in store.done("2026-11-20", "2026-11-21", ["a/b c%"]) for one in rows)
    assert store.notes == ()


def test_a_folder_is_left_out(place: Place) -> None:
    for name in ("_captures/jobs/a/x.zip", "_captures0", "_capture/x", "day=1/x", "_capturesx/y"):
        place.write(name, b"x")
    left = set(place.names()) - {"_captures/jobs/a/x.zip"}
    assert {name for name, _ in place.entries(without="_captures/")} == left
    assert [name for name, _ in place.entries("_captures/", without="day=1/")] == ["_captures/jobs/a/x.zip"]


class _Pages:
    """A bucket with two objects a page."""

    def __init__(self, keys: list[str]) -> None:
        self.keys, self.calls = sorted(keys), 0

    def get(self, *_: object) -> Any:
        return self

    def default_region(self) -> str:
        return "eu-west-1"

    def list_objects_v2(self, **asked: str) -> dict[str, Any]:
        self.calls += 1
        after = asked.get("ContinuationToken") or asked.get("StartAfter") or ""
        rest = [key for key in self.keys if key.startswith(asked["Prefix"]) and key > after]
        page = [{"Key": key, "Size": 1} for key in rest[:2]]
        return {"Contents": page, "IsTruncated": len(rest) > len(page), "NextContinuationToken": page[-1]["Key"]}


def test_what_is_left_out_is_not_listed_either() -> None:
    bucket = _Pages(["s/a", *(f"s/_captures/jobs/{n}/x.zip" for n in range(1_000)), "s/day=1/x", "s/day=2/x"])
    found = BucketPlace("rows", "s/", cast("Clients", bucket)).entries(without="_captures/")
    assert [name for name, _ in found] == ["a", "day=1/x", "day=2/x"]
    assert bucket.calls <= 4
