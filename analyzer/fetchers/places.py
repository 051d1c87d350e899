"""Where files are kept: a folder on this machine, or a prefix in S3. Each file appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.place_names import NotThereError, checked, checked_folder, is_hidden

STALE_SECONDS = 24 * 3600.0
"""An unfinished file that is older was left by a program that was killed."""
_UNFINISHED = ".part"


class Place(Protocol):
    """Files by their names. All methods raise FetchError where the place refuses, NotThereError for a missing file."""

    @property
    def uri(self) -> str:
        """The place as the user names it."""

    def check(self) -> None:
        """Find out early what would be refused later."""

    def entries(self, prefix: str = "", without: str = "") -> Iterator[tuple[str, int]]:
        """(name, bytes) of every file below a folder (`day=2026-11-21/`), in the order of their names' bytes.

        `without` is a folder whose files are left out, and not looked through either.
        """

    def names(self, prefix: str = "") -> Iterator[str]:
        """As `entries`, the names alone."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

    def read(self, name: str, span: range | None = None) -> bytes:
        """All of a file, or the bytes of `span`, fewer where it ends before."""

    def write(self, name: str, data: bytes) -> None:
        """Put a file there, whole, in place of what had its name."""

    def delete(self, name: str) -> None:
        """Take a file away; one that is not there is no error."""


def place_of(text: str, options: FetchOptions, clients: Clients | None = None) -> Place:
    """The place that `s3://bucket/prefix` or a folder's path names; nothing is asked of it yet.

    Raises:
        FetchError: neither can be meant.
    """
    if text.startswith("s3://"):
        from analyzer.fetchers.places_s3 import bucket_place

        return bucket_place(text, clients or Clients(options))
    if not text or "\0" in text or "://" in text:
        raise FetchError(f"{text[:200]!r} is no place to keep files; give a folder, or s3://BUCKET/PREFIX")
    return FolderPlace(Path(text))


class FolderPlace:
    """A folder; it is made with the first file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tidied: set[Path] = set()

    @property
    def uri(self) -> str:
        """See Place."""
        return str(self._root)

    def check(self) -> None:
        """See Place."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            if not os.access(self._root, os.R_OK | os.W_OK | os.X_OK):
                raise FetchError(f"{self._root}: may not be read and written; give a folder that you may write to")
        except OSError as error:
            raise self._refused(str(self._root), "cannot be used", error) from error

    def entries(self, prefix: str = "", without: str = "") -> Iterator[tuple[str, int]]:
        """See Place."""
        checked_folder(prefix, self.uri)
        checked_folder(without, self.uri)
        try:
            yield from _walk(self._inside(prefix) if prefix else self._root, prefix, without)
        except (FileNotFoundError, NotADirectoryError) as error:
            if self._root.exists() and not self._root.is_dir():
                raise FetchError(f"{self._root}: a file, and no folder; give another name") from error
        except OSError as error:
            raise self._refused(f"{self._root / prefix}", "cannot be read", error) from error

    def names(self, prefix: str = "") -> Iterator[str]:
        """See Place."""
        return (name for name, _ in self.entries(prefix))

    def exists(self, name: str) -> bool:
        """See Place."""
        path = self._inside(checked(name, self.uri))
        try:
            return stat.S_ISREG(path.lstat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise self._refused(str(path), "cannot be looked up", error) from error

    def read(self, name: str, span: range | None = None) -> bytes:
        """See Place."""
        path = self._inside(checked(name, self.uri))
        try:
            # no link is followed, and a pipe is not waited for
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as stream:
                if span is None:
                    return stream.read()
                stream.seek(span.start)
                return stream.read(len(span))
        except FileNotFoundError as error:
            raise NotThereError(f"{path}: no such file") from error
        except OSError as error:
            raise self._refused(str(path), "cannot be read", error) from error

    def write(self, name: str, data: bytes) -> None:
        """See Place."""
        path = self._inside(checked(name, self.uri))
        part = path.with_name(f".{secrets.token_hex(8)}{_UNFINISHED}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._tidy(path.parent)
            try:
                # 0o666 less the umask, as any program's file: others may have to read it
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                part.replace(path)
            finally:
                with suppress(OSError):
                    part.unlink(missing_ok=True)
            _settle(path.parent)
        except OSError as error:
            raise self._refused(str(path), "cannot be written", error) from error

    def delete(self, name: str) -> None:
        """See Place."""
        path = self._inside(checked(name, self.uri))
        try:
            path.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as error:
            raise self._refused(str(path), "cannot be removed", error) from error

    def _inside(self, name: str) -> Path:
        """The file's path, where no link on the way leads out."""
        path = self._root / name
        try:
            if path.parent.resolve().is_relative_to(self._root.resolve()):
                return path
        except (OSError, RuntimeError) as error:
            raise FetchError(f"{path}: cannot be looked up ({error})") from error
        raise FetchError(f"{path}: a link leads out of {self._root}; nothing is read or written there")

    def _tidy(self, folder: Path) -> None:
        """Remove what killed programs left unfinished; once a folder."""
        if folder in self._tidied:
            return
        self._tidied.add(folder)
        now = time.time()
        for path in folder.glob(f".*{_UNFINISHED}"):
            with suppress(OSError):
                if now - path.lstat().st_mtime > STALE_SECONDS:
                    path.unlink()

    @staticmethod
    def _refused(what: str, trouble: str, error: OSError) -> FetchError:
        return FetchError(f"{what}: {trouble} ({error.strerror or error})")


def _walk(folder: Path, prefix: str, without: str) -> Iterator[tuple[str, int]]:
    """Regular files, links not followed, in the order in which S3 lists them: `a-b` before `a/b`."""
    with os.scandir(folder) as found:
        entries = [(f"{e.name}/" if e.is_dir(follow_symlinks=False) else e.name, e) for e in found]
    for name, entry in sorted(entries, key=lambda one: os.fsencode(one[0])):
        if is_hidden(name) or (without and prefix + name == without):
            continue
        if name.endswith("/"):
            with suppress(FileNotFoundError):
                yield from _walk(folder / entry.name, prefix + name, without)
        elif entry.is_file(follow_symlinks=False):
            with suppress(FileNotFoundError):
                yield prefix + name, entry.stat(follow_symlinks=False).st_size


def _settle(folder: Path) -> None:
    """Make the renaming last through a power cut, where the file system can."""
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
