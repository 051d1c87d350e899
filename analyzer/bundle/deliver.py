"""The way out: a bundle and its map appear whole, side by side, or not at all."""

from __future__ import annotations

import json
import os
import secrets
import signal
import stat
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from analyzer.bundle.disguise import Disguise

MAP_FORMAT = "fsnap-bundle-map/1"
MAP_SUFFIX = ".map.json"
SEARCHED_BYTES = 4 * 2**20
OVERLAP_BYTES = 32 * 1024
"""Longer than anything that is looked for, in any encoding."""
_ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")

T = TypeVar("T")


class DeliveryError(Exception):
    """A bundle that cannot be delivered where it was wanted; the text is for the user."""


class SurvivorError(Exception):
    """Something known from the input still stands in the finished bundle; the text names no value."""


def map_of(destination: Path) -> Path:
    """Where the map goes: beside the bundle."""
    return destination.with_suffix(MAP_SUFFIX)


def map_bytes(stand_ins: Mapping[str, str]) -> bytes:
    """The map as JSON."""
    document = {"format": MAP_FORMAT, "stand_ins": dict(sorted(stand_ins.items()))}
    return json.dumps(document, indent=1).encode() + b"\n"


def check_destination(destination: Path, *, force: bool, with_map: bool) -> None:
    """Refuse a destination before anything is fetched for it.

    Raises:
        DeliveryError: it is no .zip, its folder is missing, or something stands there already.
    """
    if destination.suffix != ".zip":
        raise DeliveryError(f"{destination}: a bundle is a zip archive; give a name that ends in .zip")
    try:
        if not destination.absolute().parent.is_dir():
            raise DeliveryError(f"the folder of {destination} does not exist; make it first")
        _check_free(destination, force)
        if not with_map and force and os.path.lexists(map_of(destination)):
            raise DeliveryError(
                f"{map_of(destination)} exists already, of another bundle; remove it, or give another name"
            )
        _check_free(map_of(destination), force)
    except (OSError, ValueError) as error:
        raise DeliveryError(f"the bundle {destination} cannot be written ({error})") from error


def _check_free(path: Path, force: bool) -> None:
    if not os.path.lexists(path):
        return
    if not stat.S_ISREG(path.lstat().st_mode):
        raise DeliveryError(f"{path} exists already and is no regular file; give another name")
    if not force:
        raise DeliveryError(f"{path} exists already; give another name, or --force to replace it")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals are passed over for the moment that two renames take which belong together."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _numbers()}
    try:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _numbers() -> list[int]:
    return [getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)]


def deliver(
    destination: Path,
    fill: Callable[[BinaryIO], T],
    disguise: Disguise,
    *,
    force: bool = False,
    with_map: bool = True,
) -> T:
    """Let `fill` write the bundle, search it, and put it and its map in their places, readable by their owner alone.

    Raises:
        DeliveryError: it cannot be written. Nothing is left behind.
        SurvivorError: the last look found something. Nothing is left behind.
    """
    check_destination(destination, force=force, with_map=with_map)
    mark = secrets.token_hex(4)
    parts = {
        path: path.with_name(f".{path.name}.{mark}.part")
        for path in ((map_of(destination), destination) if with_map else (destination,))
    }
    try:
        with _created(parts[destination]) as stream:
            result = fill(stream)
            _settle(stream)
            look_for_survivors(stream, disguise)
        if with_map:
            with _created(parts[map_of(destination)]) as stream:
                stream.write(map_bytes(disguise.stand_ins))
                _settle(stream)
        _put(parts, destination, force, with_map)
    except OSError as error:
        raise DeliveryError(f"the bundle {destination} cannot be written: {error.strerror or error}") from error
    except ValueError as error:
        raise DeliveryError(f"the bundle {destination} cannot be written: a name or text cannot be stored") from error
    finally:
        _clean_up(parts.values())
    return result


def _clean_up(parts: Iterable[Path]) -> None:
    try:
        with _undisturbed():
            _remove(parts)
    except BaseException:
        # an interruption that came just before signals were passed over; the next ones are
        _remove(parts)
        raise


def _remove(parts: Iterable[Path]) -> None:
    for part in parts:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "w+b") as stream:
        yield stream


def _settle(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _put(parts: Mapping[Path, Path], destination: Path, force: bool, with_map: bool) -> None:
    """Rename the map first: a bundle whose stand-ins nobody can turn back is worth less than none."""
    with _undisturbed():
        check_destination(destination, force=force, with_map=with_map)
        done: list[Path] = []
        try:
            # whatever happens between the two renames, a bundle never lies beside the map of another one
            destination.unlink(missing_ok=True)
            for path, part in parts.items():
                part.replace(path)
                done.append(path)
        except OSError:
            for path in done:
                path.unlink(missing_ok=True)
            raise
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):  # not every file system can
            folder = os.open(destination.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def look_for_survivors(stream: BinaryIO, disguise: Disguise) -> None:
    """Search a finished bundle: what stands between its members as it is, and every member unpacked.

    Raises:
        SurvivorError: something known from the input is in it.
        OSError: it cannot be read back.
    """
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            with archive.open(info) as member:
                _refuse(info.filename, disguise, iter(partial(member.read, SEARCHED_BYTES), b""))
        _refuse("its list of members", disguise, _between(stream, archive))


def _between(stream: BinaryIO, archive: zipfile.ZipFile) -> Iterator[bytes]:
    """All bytes but the packed ones: in those a short name stands by chance, and what they unpack to was searched."""
    at = 0
    for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
        stream.seek(info.header_offset + _NAME_LENGTH_AT)
        name, extra = (int.from_bytes(stream.read(2), "little") for _ in range(2))
        data_at = info.header_offset + _HEADER_BYTES + name + extra
        stream.seek(at)
        yield stream.read(data_at - at)
        at = data_at + info.compress_size
    stream.seek(at)
    yield from iter(lambda: stream.read(SEARCHED_BYTES), b"")


_HEADER_BYTES, _NAME_LENGTH_AT = 30, 26
"""Of a local file header, and in it (APPNOTE.TXT 4.3.7)."""


def _refuse(member: str, disguise: Disguise, chunks: Iterator[bytes]) -> None:
    before = b""
    for chunk in chunks:
        found = disguise.survivors(before + chunk)
        if set(found) == {"redacted"}:
            raise SurvivorError(
                f"no bundle was made: what a --redact pattern names stands in {member} where it has to stay "
                "as it is for the bundle to be read; leave that pattern out, or make it longer"
            )
        if found:
            kinds = ", ".join(sorted(set(found)))
            raise SurvivorError(
                f"no bundle was made: in {member} something that must not leave would have been left ({kinds}); "
                "please report it, and give its pattern with --redact meanwhile"
            )
        before = chunk[-OVERLAP_BYTES:]
