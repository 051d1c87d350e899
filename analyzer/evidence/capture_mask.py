"""Logs and files with their secrets taken out, line by line and in bounded memory."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from analyzer.evidence.capture import parse_json
from analyzer.evidence.content import MAX_LINE_BYTES, Content
from analyzer.evidence.model import Document

LONGEST_WORD_BYTES = 16 * 1024
"""A session token has less than two thousand characters, a query with a signature in it less than four."""
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----")


@dataclass(frozen=True)
class Masks:
    """How secrets are taken out: all keep everything else as it is."""

    text: Callable[[str], str]
    document: Callable[[Document], Document]
    hidden: str = "[masked]"
    """What stands in the place of a line that is secret as a whole."""
    name: Callable[[str], str] = str
    """For names of files: those of the work directory, and those of its listing."""
    lines: Callable[[Iterable[str]], Iterator[str]] | None = None
    """For lines that follow each other, without their ends: as many as are given. As `text` does, where it is None."""


@dataclass
class Ends:
    """What a masked file came to; known once it was read."""

    written: int = 0
    """Bytes that there are."""
    head_bytes: int = 0
    """Bytes before the part that is left out."""
    omitted: int = 0
    """Bytes of that part."""


@dataclass(frozen=True)
class MaskedContent:
    """A file as a capture holds it: with its secrets taken out, and the place of a part that is left out."""

    content: Content
    masks: Masks

    @property
    def size(self) -> int:
        """Bytes of the original, which its masked form may differ from by a little."""
        return self.content.size

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """See Content."""
        ends = Ends()
        for chunk in self.chunks(ends):
            if chunk:
                yield ends.written - len(chunk) + ends.omitted, chunk

    def chunks(self, ends: Ends) -> Iterator[bytes]:
        """The masked bytes; `ends` is kept up to date with what was yielded.

        Raises:
            OSError: the file cannot be read.
        """
        across = _AcrossLines(self.masks.hidden)
        for omitted, blocks in _runs(self.content):
            if omitted and not ends.omitted:
                ends.omitted, ends.head_bytes = omitted, ends.written
            for line in _masked_lines(_lines(blocks), self.masks, across):
                ends.written += len(line)
                yield line


def masked_events(content: Content, masks: Masks) -> Iterator[bytes]:
    """A log's events, masked inside their members, so that each stays JSON.

    They are always written anew: a member that stands in one twice is read once, and the other must not pass unseen.

    Raises:
        OSError: the log cannot be read.
    """
    across = _AcrossLines(masks.hidden)
    for _, blocks in _runs(content):
        events: deque[Document | bytes] = deque()
        for message in _masked(_messages(_lines(blocks), events), masks, across):
            yield _event(events.popleft(), message, masks)


def _runs(content: Content) -> Iterator[tuple[int, Iterator[bytes]]]:
    """(bytes left out before it, blocks) of each run of blocks without a gap; one is to be read before the next."""
    blocks = content.blocks()
    following = next(blocks, None)
    expected = 0

    def run() -> Iterator[bytes]:
        nonlocal following, expected
        while following is not None and following[0] == expected:
            expected += len(following[1])
            yield following[1]
            following = next(blocks, None)

    while following is not None:
        omitted, expected = following[0] - expected, following[0]
        yield omitted, run()


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Whole lines with their ends; a line longer than the limit comes in parts."""
    pending = b""
    for block in blocks:
        *whole, pending = (pending + block).splitlines(keepends=True)
        yield from whole
        if pending.endswith(b"\n"):
            yield pending
            pending = b""
        while len(pending) > MAX_LINE_BYTES:
            end = _between_words(pending)
            yield pending[:end]
            pending = pending[end:]
    if pending:
        yield pending


def _between_words(line: bytes) -> int:
    """Where a part of an overlong line may end: a secret or a name that is cut in two would not be told."""
    blank = line.rfind(b" ", MAX_LINE_BYTES - LONGEST_WORD_BYTES, MAX_LINE_BYTES)
    return blank + 1 if blank >= 0 else MAX_LINE_BYTES


@dataclass
class _AcrossLines:
    """Knows when it is inside a private key, whose lines alone may look like nothing."""

    hidden: str
    inside: bool = False

    def __call__(self, line: str) -> str:
        if self.inside:
            self.inside = not _KEY_ENDS.search(line)
            return self.hidden if self.inside else line
        self.inside = bool(_KEY_BEGINS.search(line)) and not _KEY_ENDS.search(line)
        return line


def _masked(lines: Iterator[str], masks: Masks, across: _AcrossLines) -> Iterator[str]:
    visible = map(across, lines)
    return masks.lines(visible) if masks.lines else map(masks.text, visible)


def _masked_lines(lines: Iterator[bytes], masks: Masks, across: _AcrossLines) -> Iterator[bytes]:
    ends: deque[bytes] = deque()
    for line in _masked(_bodies(lines, ends), masks, across):
        yield line.encode("utf-8", "surrogateescape") + ends.popleft()


def _bodies(lines: Iterator[bytes], ends: deque[bytes]) -> Iterator[str]:
    for line in lines:
        body = line.rstrip(b"\r\n")
        ends.append(line[len(body) :])
        yield body.decode("utf-8", "surrogateescape")


def _messages(lines: Iterator[bytes], events: deque[Document | bytes]) -> Iterator[str]:
    """What is to be masked as lines; of what is no event the whole line, whose end goes where its event would."""
    for line in lines:
        event = _parsed(line)
        if event is None:
            body = line.rstrip(b"\r\n")
            events.append(line[len(body) :])
            yield body.decode("utf-8", "surrogateescape")
        else:
            events.append(event)
            yield event["message"]


def _parsed(line: bytes) -> Document | None:
    try:
        event = parse_json(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("message"), str) else None


def _event(event: Document | bytes, message: str, masks: Masks) -> bytes:
    if isinstance(event, bytes):
        return message.encode("utf-8", "surrogateescape") + event
    others = {name: value for name, value in event.items() if name not in ("timestamp", "message")}
    masked: dict[str, Any] = {}
    if isinstance(event.get("timestamp"), (int, float)):
        masked["timestamp"] = event["timestamp"]
    masked |= {"message": message, **(masks.document(others) if others else {})}
    return json.dumps(masked, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
