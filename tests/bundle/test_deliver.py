"""The way out: whole or not at all, whatever happens on the way."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import stat
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from analyzer.bundle import deliver as delivery
from analyzer.bundle.deliver import (
    SEARCHED_BYTES,
    DeliveryError,
    SurvivorError,
    check_destination,
    deliver,
    look_for_survivors,
    map_of,
)
from analyzer.cli.interruption import Interrupted, ended_once
from analyzer.evidence.model import Document


@dataclass(frozen=True)
class Simple:
    """A disguise that knows one name."""

    name_known: bytes = b"acme-genomics"
    stand_ins: Mapping[str, str] = field(default_factory=lambda: {"bucket-1": "acme-genomics"})

    def text(self, text: str) -> str:
        return text

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        return iter(lines)

    def document(self, document: Document) -> Document:
        return document

    def name(self, name: str) -> str:
        return name

    def survivors(self, data: bytes) -> tuple[str, ...]:
        return ("bucket",) if self.name_known in data else ()


def filled(members: Mapping[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> Callable[[BinaryIO], str]:
    def fill(stream: BinaryIO) -> str:
        with zipfile.ZipFile(stream, "w", packed) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return "done"

    return fill


FINE = filled({"report.md": b"the bucket is bucket-1", "captures/1-job/job.json": b"{}"})


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_bundle_and_its_map_stand_side_by_side_and_are_their_owners(tmp_path: Path) -> None:
    assert deliver(tmp_path / "ticket.zip", FINE, Simple()) == "done"
    assert left_in(tmp_path) == ["ticket.map.json", "ticket.zip"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    written = json.loads(map_of(tmp_path / "ticket.zip").read_text())
    assert written == {"format": "fsnap-bundle-map/1", "stand_ins": {"bucket-1": "acme-genomics"}}


def test_without_redaction_there_is_no_map(tmp_path: Path) -> None:
    deliver(tmp_path / "ticket.zip", FINE, Simple(), with_map=False)
    assert left_in(tmp_path) == ["ticket.zip"]


@pytest.mark.parametrize("name", ["ticket.zip", "ticket.map.json"])
def test_what_is_there_is_not_replaced_without_force(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(DeliveryError, match=r"exists already; .* --force"):
        deliver(tmp_path / "ticket.zip", FINE, Simple())
    assert left_in(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "mine"
    deliver(tmp_path / "ticket.zip", FINE, Simple(), force=True)
    assert left_in(tmp_path) == ["ticket.map.json", "ticket.zip"]
    assert zipfile.is_zipfile(tmp_path / "ticket.zip")


def test_a_bundle_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def fill(stream: BinaryIO) -> str:
        (tmp_path / "ticket.zip").write_text("somebody was faster")
        return FINE(stream)

    with pytest.raises(DeliveryError, match="exists already"):
        deliver(tmp_path / "ticket.zip", fill, Simple())
    assert left_in(tmp_path) == ["ticket.zip"]


@pytest.mark.parametrize("force", [True, False])
def test_what_is_no_regular_file_is_never_replaced(force: bool, tmp_path: Path) -> None:
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "link.zip").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "pipe.zip")
    for name in ("folder.zip", "link.zip", "pipe.zip"):
        with pytest.raises(DeliveryError, match="is no regular file"):
            check_destination(tmp_path / name, force=force, with_map=True)


def test_other_destinations_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, why in (("ticket.tar", "ends in .zip"), ("no/ticket.zip", "does not exist"), ("file/t.zip", "not exist")):
        with pytest.raises(DeliveryError, match=why):
            check_destination(tmp_path / name, force=False, with_map=True)
    with pytest.raises(DeliveryError, match="cannot be written"):
        deliver(tmp_path / ("x" * 240 + ".zip"), FINE, Simple())
    assert left_in(tmp_path) == ["file"]


def test_a_folder_that_nobody_may_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    if os.access(closed, os.W_OK):  # root may, and is told what others are

        def refuse(path: Path, *_: object) -> int:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

        monkeypatch.setattr("os.open", refuse)
    with pytest.raises(DeliveryError, match="Permission denied"):
        deliver(closed / "ticket.zip", FINE, Simple())


@pytest.mark.parametrize("what", ["fill", "sync", "map", "second rename"])
def test_a_full_disk_leaves_nothing(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")

    def fails(*_: object) -> None:
        raise full

    if what == "sync":
        monkeypatch.setattr("os.fsync", fails)
    elif what == "map":
        monkeypatch.setattr(delivery, "map_bytes", fails)
    elif what == "second rename":
        _fail_at_rename_of(monkeypatch, ".ticket.zip", full)

    def fill(stream: BinaryIO) -> str:
        FINE(stream)
        if what == "fill":
            raise full
        return "done"

    with pytest.raises(DeliveryError, match="No space left on device"):
        deliver(tmp_path / "ticket.zip", fill, Simple())
    assert left_in(tmp_path) == []


def _fail_at_rename_of(monkeypatch: pytest.MonkeyPatch, start: str, error: OSError) -> None:
    replace = Path.replace

    def replaced(self: Path, target: Path) -> Path:
        if self.name.startswith(start):
            raise error
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replaced)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["before", "fill", "search", "map", "cleaning up"])
def test_an_interruption_at_any_moment_leaves_nothing(
    moment: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strike() -> None:
        os.kill(os.getpid(), number)

    def struck(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            strike()
            return function(*arguments)

        return call

    def fill(stream: BinaryIO) -> str:
        FINE(stream)
        if moment in ("fill", "cleaning up"):
            strike()
        return "done"

    places = {"before": "_created", "search": "look_for_survivors", "map": "map_bytes", "cleaning up": "_remove"}
    if moment in places:
        monkeypatch.setattr(delivery, places[moment], struck(getattr(delivery, places[moment])))
    before = signal.getsignal(number)
    with pytest.raises(Interrupted), ended_once():
        deliver(tmp_path / "ticket.zip", fill, Simple())
    assert left_in(tmp_path) == []
    assert signal.getsignal(number) == before


def test_an_interruption_between_the_renames_waits_until_both_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def struck(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", struck)
    with ended_once():
        deliver(tmp_path / "ticket.zip", FINE, Simple())
    assert left_in(tmp_path) == ["ticket.map.json", "ticket.zip"]


def test_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_once():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_bundle_can_be_made_in_any_thread(tmp_path: Path) -> None:
    def work() -> None:
        with ended_once():
            deliver(tmp_path / "ticket.zip", FINE, Simple())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert left_in(tmp_path) == ["ticket.map.json", "ticket.zip"]


NAME = Simple().name_known
FAR = b"x" * (SEARCHED_BYTES - 5)


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"report.md": b"in acme-genomics it was"}, "report.md"),
        ({"a.log": FAR + NAME}, "a.log"),
        ({"a.log": b"x" * (2 * SEARCHED_BYTES) + NAME}, "a.log"),
        ({"workdir/acme-genomics.log": b""}, "its list of members"),
    ],
)
def test_what_survives_is_found_wherever_it_stands(members: dict[str, bytes], where: str, tmp_path: Path) -> None:
    with pytest.raises(SurvivorError) as caught:
        deliver(tmp_path / "ticket.zip", filled(members), Simple())
    assert "(bucket)" in str(caught.value)
    assert where in str(caught.value) or where == "its list of members"
    assert "acme-genomics" not in str(caught.value).replace("workdir/acme-genomics.log", "")
    assert left_in(tmp_path) == []


def test_a_comment_between_the_members_is_searched() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", b"nothing")
        archive.comment = b"made for acme-genomics"
    with pytest.raises(SurvivorError, match="its list of members"):
        look_for_survivors(stream, Simple())


def test_packed_bytes_that_look_like_a_name_by_chance_are_none() -> None:
    stream = io.BytesIO()
    filled({"a": bytes(range(256)) * 9, "b": b"plain"})(stream)
    packed = stream.getvalue()[40:44]
    look_for_survivors(stream, Simple(name_known=packed))
