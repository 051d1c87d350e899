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


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_declared(tmp_path: Path) -> None:
    path = _zip_with(tmp_path / "liar.zip", ("a.log", b"0123456789", stat.S_IFREG | 0o644))
    data = path.read_bytes().replace((10).to_bytes(4, "little"), (4).to_bytes(4, "little"))
    path.write_bytes(data)
    with contextlib.suppress(OSError):
        assert len(read_all(read_zip(path).files["a.log"], 100)) <= 4
