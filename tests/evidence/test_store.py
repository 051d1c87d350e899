"""Folders and archives whose names, links and sizes cannot be trusted."""

from __future__ import annotations

import contextlib
import os
import stat
import zipfile
from pathlib import Path

import pytest

from analyzer.evidence.content import read_all
from analyzer.evidence.store import read_folder, read_zip, safe_name


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "C:\\x", "a\\b", "", ".", "a\0b"])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    assert safe_name(name) is None


def test_links_and_pipes_in_a_folder_are_left_out_with_a_gap(tmp_path: Path) -> None:
    (tmp_path / "real.log").write_bytes(b"x")
    (tmp_path / "link.log").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "loop").symlink_to(tmp_path)
    files = read_folder(tmp_path)
    assert list(files.files) == ["real.log"]
    assert len(files.gaps) == 3


def _zip_with(path: Path, *members: tuple[str, bytes, int]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path


def test_an_archive_gives_only_its_plain_members(tmp_path: Path) -> None:
    regular = stat.S_IFREG | 0o644
    path = _zip_with(
        tmp_path / "odd.zip",
        ("job.json", b"{}", regular),
        ("../outside", b"x", regular),
        ("/absolute", b"x", regular),
        ("link", b"/etc/passwd", stat.S_IFLNK | 0o777),
        ("bomb.log", b"\0" * (64 * 2**20), regular),
    )
    files = read_zip(path)
    assert list(files.files) == ["job.json"]
    assert {gap.what for gap in files.gaps} == {
        f"the file {n!r}" for n in ("../outside", "/absolute", "link", "bomb.log")
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == ["odd.zip"]


def test_of_two_members_of_one_name_the_first_is_read(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(".exitcode", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(".exitcode", "0")
    files = read_zip(path)
    assert read_all(files.files[".exitcode"], 10) == b"1"
    assert len(files.gaps) == 1


def test_thousands_of_refused_members_are_told_in_a_few_gaps(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2_000):
            archive.writestr(f"../{number}", "x")
    gaps = read_zip(path).gaps
    assert len(gaps) < 10
    assert any("1995 more files" in gap.what for gap in gaps)


def test_a_subfolder_that_cannot_be_read_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here.log").write_text("x")
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)  # root, who runs tests in containers, may read everything
    files = read_folder(tmp_path)
    assert list(files.files) == ["here.log"]
    assert any("closed" in gap.what and "Permission denied" in gap.why for gap in files.gaps)


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_declared(tmp_path: Path) -> None:
    path = _zip_with(tmp_path / "liar.zip", ("a.log", b"0123456789", stat.S_IFREG | 0o644))
    data = path.read_bytes().replace((10).to_bytes(4, "little"), (4).to_bytes(4, "little"))
    path.write_bytes(data)
    with contextlib.suppress(OSError):
        assert len(read_all(read_zip(path).files["a.log"], 100)) <= 4
