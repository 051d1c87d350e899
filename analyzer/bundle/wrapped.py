"""Text inside other encodings: URL-encoded, base64, gzip inside base64."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote, unquote

MAX_UNPACKED = 4 * 2**20
"""Bytes of a packed text that are looked at."""
ENCODED = re.compile(
    r"(?:[A-Za-z0-9._~+:/?=&@-]|%(?![0-9A-Fa-f]{2})){0,512}+(?:%[0-9A-Fa-f]{2}[A-Za-z0-9._~+:/?=&@-]{0,512}+)++"
)
BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,}+={0,2}+")
_GZIP = b"\x1f\x8b"
_MOSTLY = 0.9
_CONTROL = frozenset(range(32)) - {9, 10, 13, 27}


def unpacked(token: str) -> str | None:
    """The text that a base64 token holds, gunzipped where it is packed; None where it holds no text."""
    body = token.rstrip("=").replace("-", "+").replace("_", "/")
    if len(body) % 4 == 1:
        return None
    try:
        data = base64.b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return None
    if data.startswith(_GZIP):
        data = _gunzipped(data)
    return _as_text(data)


def _gunzipped(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, MAX_UNPACKED)
    except zlib.error:
        return b""


def _as_text(data: bytes) -> str | None:
    if not data:
        return None
    for encoding in ("utf-8", "utf-16-le"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if sum(ord(c) < 128 and ord(c) not in _CONTROL for c in text) >= _MOSTLY * len(text):  # noqa: PLR2004 - ASCII
            return text
    return None


def disguised_url_encoded(text: str, disguised: Callable[[str], str]) -> str:
    """What is URL-encoded is decoded, disguised, and where that changed it encoded again."""

    def replaced(match: re.Match[str]) -> str:
        plain = unquote(match[0], errors="surrogateescape")
        shown = disguised(plain)
        return match[0] if shown == plain else quote(shown, safe="/:?=&@[]", errors="surrogateescape")

    return ENCODED.sub(replaced, text) if "%" in text else text


def hides_something(token: str, disguised: Callable[[str], str]) -> bool:
    """Whether a base64 token holds a text that the disguise changes."""
    plain = unpacked(token)
    return plain is not None and disguised(plain) != plain
