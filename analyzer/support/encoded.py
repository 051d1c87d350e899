"""Text inside text: URL-encoded, in base64, or packed by gzip and in base64."""

from __future__ import annotations

import base64
import re
import string
import zlib
from collections.abc import Callable
from urllib.parse import quote, unquote

MAX_UNPACKED_BYTES = 1024 * 1024
"""So much of a packed text is looked at."""
_GZIP = b"\x1f\x8b"
_PACKED = "H4sI"
_LOOK_CHARACTERS = 32
"""Of base64, to tell whether text is inside: 24 bytes that are printable by chance are rarer than one in a billion."""
_PRINTABLE = frozenset(string.printable.encode())
_KEPT = "/:?=&;,@[]!*()$+"
_PERCENT = re.compile(r"(?<![^\s\"'<>])[^\s\"'<>%]*+(?:%[^\s\"'<>%]*+)++")
_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{16,}+={0,2}+|[A-Za-z0-9+/_-]{8,15}={1,2}+(?![A-Za-z0-9.=]))"
)
"""A short run counts where it is padded: else it is a word."""
_URL_SAFE = str.maketrans("-_", "+/")
_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


def _without_bit(bit: int) -> str:
    return "[" + re.escape("".join(c for n, c in enumerate(_ALPHABET) if not n & bit)) + "]"


_ASCII = f"{_without_bit(32)}{_without_bit(8)}{_without_bit(2)}."
"""Four characters that stand for three bytes below 128: no base64 of plain text begins with any others."""
_MAY_BE_TEXT = re.compile(f".{{0,3}}?(?:{_ASCII}{_ASCII}|{_PACKED[:2]})")
_TOLD_BY_ITS_START = 11
"""Characters that are enough for `_MAY_BE_TEXT`, wherever the text begins."""


def replace_encoded(text: str, inner: Callable[[str], str], instead: str) -> str:
    """The text with what is inside of it treated by `inner`.

    URL-encoded text stays readable; base64 inside of which anything is replaced is replaced as a whole, by `instead`.
    """
    if "%" in text:
        text = _PERCENT.sub(lambda m: _percent(m[0], inner), text)

    def judged(match: re.Match[str]) -> str:
        inside = decoded(match[0])
        return match[0] if inside is None or inner(inside) == inside else instead

    return _BASE64.sub(judged, text)


def _percent(run: str, inner: Callable[[str], str]) -> str:
    plain = unquote(run, errors="replace")
    if plain == run:
        return run
    treated = inner(plain)
    return run if treated == plain else quote(treated, safe=_KEPT, errors="replace")


def decoded(blob: str) -> str | None:
    """The text in base64, of either alphabet, packed or not; None where there is none.

    A few characters that do not belong to it may stand before it, such as the `n` of an escaped line end.
    """
    plain = blob.rstrip("=").translate(_URL_SAFE)
    if len(plain) >= _TOLD_BY_ITS_START and not _MAY_BE_TEXT.match(plain):
        return None
    for shift in range(4):
        start = _bytes(plain[shift : shift + _LOOK_CHARACTERS])
        if start.startswith(_GZIP):
            return _unpacked(_bytes(plain[shift:]))
        if len(start) * 2 >= min(len(plain), _LOOK_CHARACTERS) and _PRINTABLE.issuperset(start):
            return _bytes(plain[shift:]).decode("utf-8", "replace")
    return None


def is_readable(blob: str) -> bool:
    """Base64 of text that is not packed."""
    return _PACKED not in blob[:8] and decoded(blob) is not None


def _bytes(plain: str) -> bytes:
    whole = len(plain) - (len(plain) % 4 == 1)
    try:
        return base64.b64decode(plain[:whole] + "=" * (-whole % 4))
    except ValueError:
        return b""


def _unpacked(data: bytes) -> str | None:
    try:
        return zlib.decompressobj(31).decompress(data, MAX_UNPACKED_BYTES).decode("utf-8", "replace")
    except zlib.error:
        return None
