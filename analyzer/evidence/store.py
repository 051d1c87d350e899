"""A folder or a zip archive with files in it, read without trusting its names, links or sizes."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path, PurePosixPath

from analyzer.evidence.content import Content, FileContent, ZipContent
from analyzer.evidence.model import Gap
from analyzer.frozen import frozen

MAX_FILES = 20_000
"""More files than this are left out."""
MAX_ARCHIVE_BYTES = 8 * 2**30
"""Members of an archive are taken until their declared sizes add up to this."""
MAX_SHOWN_CHARACTERS = 120
MAX_GAPS_ALIKE = 5
"""Files left out for the same reason that are named one by one."""
MAX_MEMBER_RATIO = 1_000
"""A large member that claims to have been packed tighter than this is a bomb; deflate reaches 1,032."""
MAX_DIRECTORY_BYTES = 8 * 2**20
"""Of an archive: 70,000 members with names of usual length. Each takes half a kibibyte of memory."""
RATIO_MATTERS_ABOVE = 16 * 2**20
"""Bytes; small members may be as tight as they like."""


@frozen
class Files:
    """Files by their relative names, with `/` between the parts, and what was left out."""

    where: str
    """The folder or archive, as the user named it."""
    files: Mapping[str, Content]
    modified: Mapping[str, float] = field(default_factory=dict)
    """Seconds since the epoch; of folders only."""
    gaps: tuple[Gap, ...] = ()

    def below(self, prefix: str) -> Files:
        """The files below a folder, named relative to it."""
        return Files(
            where=self.where,
            files={name.removeprefix(prefix): c for name, c in self.files.items() if name.startswith(prefix)},
            modified={name.removeprefix(prefix): t for name, t in self.modified.items() if name.startswith(prefix)},
            gaps=self.gaps,
        )


def _left_out(name: str, why: str) -> Gap:
    shown = name if len(name) <= MAX_SHOWN_CHARACTERS else name[:MAX_SHOWN_CHARACTERS] + "..."
    return Gap(what=f"the file {shown!r}", why=why, matters="what it holds was not looked at")


def _more_alike(refused: Counter[str]) -> Iterator[Gap]:
    for why, count in refused.items():
        if count > MAX_GAPS_ALIKE:
            yield Gap(f"{count - MAX_GAPS_ALIKE} more files", why, "what they hold was not looked at")


def safe_name(name: str) -> str | None:
    """The name in its plain form, or None where it points outside or is no plain relative name."""
    if not name or "\\" in name or "\0" in name or name.startswith("/"):
        return None
    parts = PurePosixPath(name).parts
    # a drive's letter may stand behind a `./`
    return None if ".." in parts or not parts or parts[0][1:2] == ":" else "/".join(parts)


def _walk(root: Path, unreadable: list[Gap]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    pending = [(root, "")]
    while pending:
        folder, prefix = pending.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda e: e.name)
        except OSError as error:
            if folder == root:
                raise
            unreadable.append(_left_out(prefix, f"the folder cannot be read ({error.strerror or error})"))
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append((Path(entry.path), f"{prefix}{entry.name}/"))
            else:
                yield f"{prefix}{entry.name}", entry


def _why_not(entry: os.DirEntry[str]) -> str | None:
    """Why a folder's entry is left out; None where it is not."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return f"it cannot be read ({error.strerror or error})"
    return None if stat.S_ISREG(status.st_mode) else "it is a link or a device, not a regular file"


def read_folder(root: Path) -> Files:
    """The regular files below a folder; links and devices are left out.

    Raises:
        OSError: the folder itself cannot be read.
    """
    files: dict[str, Content] = {}
    modified: dict[str, float] = {}
    gaps: list[Gap] = []
    refused: Counter[str] = Counter()
    for name, entry in _walk(root, gaps):
        if len(files) >= MAX_FILES:
            gaps.append(
                _left_out(name, f"the folder holds more than {MAX_FILES} files; this one and later ones were left out")
            )
            break
        if why := _why_not(entry):
            refused[why] += 1
            if refused[why] <= MAX_GAPS_ALIKE:
                gaps.append(_left_out(name, why))
            continue
        status = entry.stat(follow_symlinks=False)
        files[name] = FileContent(Path(entry.path), status.st_size)
        modified[name] = status.st_mtime
    gaps += _more_alike(refused)
    return Files(str(root), files, modified, tuple(gaps))


def _refusal(info: zipfile.ZipInfo, taken: Mapping[str, Content], total: int) -> str | None:
    name = safe_name(info.filename)
    mode = info.external_attr >> 16
    if name is None:
        return "its name points outside the archive"
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a link or a device, not a regular file"
    if name in taken:
        return "the archive holds a file of that name already"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if info.file_size > RATIO_MATTERS_ABOVE and info.file_size > MAX_MEMBER_RATIO * max(info.compress_size, 1):
        return f"it claims to unpack to {info.file_size} bytes from {info.compress_size}, as archive bombs do"
    if total + info.file_size > MAX_ARCHIVE_BYTES:
        return f"the archive unpacks to more than {MAX_ARCHIVE_BYTES} bytes"
    return None


class _Bounded(io.BufferedReader):
    """An archive's file: however long its directory claims to be, at most MAX_DIRECTORY_BYTES are read."""

    def read(self, size: int | None = -1) -> bytes:
        """As any file does.

        Raises:
            zipfile.BadZipFile: so much at once is asked for only where the directory claims to be that long.
        """
        if size is not None and size > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"its list of members has more than {MAX_DIRECTORY_BYTES} bytes; unpack it")
        return super().read(size)


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive whose directory is not too long.

    Raises:
        OSError: it cannot be read.
        zipfile.BadZipFile: it is no zip archive, a damaged one, or one with too many members.
        NotImplementedError, RuntimeError, ValueError: it is of a kind that zipfile does not know.
    """
    with _Bounded(path.open("rb", buffering=0)) as stream, zipfile.ZipFile(stream) as archive:
        yield archive


def read_zip(path: Path) -> Files:
    """The members of a zip archive; nothing is unpacked to disk.

    Raises:
        OSError: the archive cannot be read.
        zipfile.BadZipFile: it is no zip archive, or a damaged one.
    """
    files: dict[str, Content] = {}
    gaps: list[Gap] = []
    total = 0
    refused: Counter[str] = Counter()
    with opened_zip(path) as archive:
        for info in archive.infolist():
            if info.filename.endswith("/"):
                continue
            if len(files) >= MAX_FILES:
                gaps.append(_left_out(info.filename, f"the archive holds more than {MAX_FILES} files"))
                break
            if why := _refusal(info, files, total):
                refused[why] += 1
                if refused[why] <= MAX_GAPS_ALIKE:
                    gaps.append(_left_out(info.filename, why))
                continue
            total += info.file_size
            files[safe_name(info.filename) or info.filename] = ZipContent(path, info, info.file_size)
    gaps += _more_alike(refused)
    return Files(str(path), files, {}, tuple(gaps))
