"""Stand-ins back into what they stand for, in a text of any size."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analyzer.bundle.deliver import MAP_FORMAT
from analyzer.evidence.capture import parse_json

MAX_MAP_BYTES = 256 * 2**20
LONGEST_STAND_IN = 512
"""Characters; a longer one is none of ours."""
HELD_CHARACTERS = 64 * 1024
_STARTS = 3
"""Characters by which a stand-in is told at first: few enough that there are few."""
_CONTEXT = 8
"""Characters before a word that tell that it is one."""
_WORD_BEFORE = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"


class MapError(ValueError):
    """No map; the text says of which file, and why."""


@dataclass(frozen=True)
class Unredaction:
    """Turns stand-ins back."""

    originals: Mapping[str, str]
    """Stand-in -> what it stands for."""

    @cached_property
    def _lengths(self) -> tuple[int, ...]:
        return tuple(sorted({len(stand_in) for stand_in in self.originals}, reverse=True))

    @cached_property
    def _start(self) -> re.Pattern[str] | None:
        starts = sorted({stand_in[:_STARTS] for stand_in in self.originals}, key=lambda start: (-len(start), start))
        return re.compile(f"{_WORD_BEFORE}(?:{'|'.join(map(re.escape, starts))})") if starts else None

    def text(self, text: str) -> str:
        """The text with every stand-in that stands as a word of its own turned back."""
        return self._turned(text, 0, len(text))[0]

    def _turned(self, text: str, start: int, end: int) -> tuple[str, int]:
        """What stands from `start` on, with all stand-ins that begin before `end`; and where it stops."""
        parts: list[str] = []
        done = at = start
        while self._start and (match := self._start.search(text, at)) and match.start() < end:
            stand_in = self._at(text, match.start())
            if stand_in is None:
                at = match.start() + 1
                continue
            parts += (text[done : match.start()], self.originals[stand_in])
            done = at = match.start() + len(stand_in)
        stop = max(done, end)
        return "".join((*parts, text[done:stop])), stop

    def _at(self, text: str, start: int) -> str | None:
        """The longest stand-in that begins here and ends with its word."""
        for length in self._lengths:
            word = text[start : start + length]
            following = text[start + length : start + length + 1]
            if word in self.originals and not (following.isascii() and following.isalnum()):
                return word
        return None

    def stream(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """The same, piece by piece; bytes that are no UTF-8 come back as surrogates."""
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        held, start = "", 0
        for chunk in chunks:
            held += decoder.decode(chunk)
            # whether a stand-in goes on is seen only once all of it can have been read
            if len(held) - start > HELD_CHARACTERS:
                shown, stop = self._turned(held, start, len(held) - LONGEST_STAND_IN)
                yield shown
                held, start = held[stop - _CONTEXT :], _CONTEXT
        held += decoder.decode(b"", final=True)
        yield self._turned(held, start, len(held))[0]


def read_map(path: Path) -> Unredaction:
    """Read a `ticket.map.json`.

    Raises:
        MapError: it cannot be read, or is none.
    """
    try:
        if path.stat().st_size > MAX_MAP_BYTES:
            raise MapError(f"{path} is no map of a bundle: it is larger than {MAX_MAP_BYTES} bytes")
        document = parse_json(path.read_bytes())
    except OSError as error:
        raise MapError(f"the map {path} cannot be read: {error.strerror or error}") from error
    except MapError:
        raise
    except ValueError as error:
        raise _no_map(path, "it is not JSON") from error
    if not isinstance(document, dict) or document.get("format") != MAP_FORMAT:
        raise _no_map(path, f"its format is not {MAP_FORMAT}")
    stand_ins = document.get("stand_ins")
    if not isinstance(stand_ins, dict) or not all(_is_entry(*entry) for entry in stand_ins.items()):
        raise _no_map(path, "its stand-ins are no texts")
    return Unredaction(stand_ins)


def _is_entry(stand_in: object, original: object) -> bool:
    plain = isinstance(stand_in, str) and 0 < len(stand_in) <= LONGEST_STAND_IN and not stand_in.isspace()
    return plain and isinstance(original, str)


def _no_map(path: Path, why: str) -> MapError:
    return MapError(f"{path} is no map of a bundle: {why}; give the .map.json that was written beside the bundle")
