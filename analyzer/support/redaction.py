"""Masking of secrets: the one place, used by every reporter and by whatever writes a capture or a bundle.

Masking happens at the way out, after the rules have run. It is idempotent, keeps the number of lines,
and takes time in proportion to the text: every pattern starts at a boundary and never steps back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from analyzer.support.encoded import replace_encoded
from analyzer.support.forms import hide_in_forms, hide_password_lines, may_be_password_line
from analyzer.support.named_values import hide_named
from analyzer.support.secret_names import is_secret_name
from analyzer.support.shapes import MASK, Hide, hide_private_keys, hide_random, hide_tokens, may_have_shape

__all__ = [
    "MASK",
    "MAX_DEPTH",
    "has_hint",
    "mask_document",
    "mask_environment",
    "mask_lines",
    "mask_secrets",
    "may_hold_secret",
    "secrets_in",
]

MAX_DEPTH = 64
"""Deeper documents do not exist at AWS; what lies deeper is masked whole."""
MAX_ENCODED_DEPTH = 3
"""Base64 of something URL-encoded, and one more."""
FEWEST_SECRET_DIGITS = 6
"""A number under a secret's name is masked from here; a smaller one counts something."""
REMEMBERED_LENGTH, REMEMBERED = 500, 4_096
"""Of texts up to this length it is remembered what became of so many: the jobs of a queue differ in few of them."""
_BLOCK_LINES = 256
_PARTS = 16

T = TypeVar("T")

_HINTS = (
    "pass",
    "pw",
    "token",
    "secret",
    "key",
    "auth",
    "credential",
    "signature",
    "bearer",
    "basic",
    "cookie",
    "webhook",
    "licen",
    "serial",
    "code",
    "jwt",
    "login",
    "identified",
    "sql",
    "mariadb",
    "-cli",
    "mongo",
    "ldap",
    "zip",
    "7z",
    "smbclient",
    "lftp",
    "openssl",
    "curl",
    "wget",
    "-u",
    "-stdin",
    "kennwort",
    "wachtwoord",
    "kinit",
    "iinit",
    "ncftp",
    "cypher",
    "bcp",
    "pdp",
    "ascp",
    "rclone",
    "alias",
    "sudo",
    "@",
    "sig=",
    "sig%",
    "sig\\u",
    "policy",
    "accessid",
    "-----begin",
)
"""In lower case; every pattern of a form or a name holds one of them, whatever it matches."""
_HINT_BYTES = tuple(hint.encode() for hint in _HINTS)
_LOWER = bytes(range(256)).lower()
_IN_NO_HINT = bytes(code for code in range(128) if chr(code).lower() not in {"\n", *"".join(_HINTS)})
"""Left out before hints are looked for: figures and marks are half of a log. Line ends keep the words apart."""


def has_hint(text: str) -> bool:
    """False where no name, form or place in the text can announce a secret."""
    folded = text if text.isascii() else text.casefold()
    letters = folded.encode("utf-8", "surrogatepass").translate(_LOWER, _IN_NO_HINT)
    return any(map(letters.__contains__, _HINT_BYTES))


def mask_secrets(text: str) -> str:
    """The text with every secret that can be told replaced by `[masked]`; all else stays as it is.

    Told are: keys and tokens with a known beginning, AWS's and those of well-known services, JSON web tokens and what
    else is base64 of a JSON object, credentials in headers, URLs, pre-signed queries and after the options of known
    tools, private keys, `NAME=value` and its relatives where the name ends like a secret's, long random text, and each
    of these inside URL-encoded text and base64. A secret without a telling name, place or shape cannot be told.
    """
    return _without(text, lambda _: MASK, 0)


def mask_lines(lines: Sequence[str]) -> list[str]:
    """What `mask_secrets` makes of each line, faster by far where most lines hold nothing that looks like a secret."""
    masked: list[str] = []
    for start in range(0, len(lines), _BLOCK_LINES):
        masked += _masked_block(lines[start : start + _BLOCK_LINES])
    return masked


def _masked_block(lines: Sequence[str]) -> Sequence[str]:
    """Many lines are told to hold nothing by one look; where they may, ever smaller parts of them are looked at."""
    if len(lines) == 1:
        return (mask_secrets(lines[0]),)
    if not may_hold_secret("\n".join(lines)):
        return lines
    size = max(1, len(lines) // _PARTS)
    return [line for start in range(0, len(lines), size) for line in _masked_block(lines[start : start + size])]


def may_hold_secret(block: str) -> bool:
    """False where `_without` would leave every line of the block as it is."""
    return "%" in block or has_hint(block) or may_have_shape(block) or may_be_password_line(block)


def secrets_in(text: str) -> list[str]:
    """What `mask_secrets` takes out of the text, in the order in which it is found."""
    found: list[str] = []

    def collect(secret: str) -> str:
        if secret and MASK not in secret:
            found.append(secret)
        return MASK

    _without(text, collect, 0)
    return found


def _without(text: str, hide: Hide, depth: int) -> str:
    if has_hint(text):
        text = hide_private_keys(text, hide)
        text = hide_in_forms(text, hide)
        text = hide_named(text, hide)
    elif may_be_password_line(text):
        text = hide_password_lines(text, hide)
    if "%" in text or may_have_shape(text):
        text = hide_random(hide_tokens(text, hide), hide)
        if depth < MAX_ENCODED_DEPTH:
            text = replace_encoded(text, lambda inner: _without(inner, hide, depth + 1), MASK)
    return text


def _masked(text: str) -> str:
    """Documents of many jobs hold the same texts over and over."""
    return _remembered(text) if len(text) <= REMEMBERED_LENGTH else mask_secrets(text)


_remembered = lru_cache(maxsize=REMEMBERED)(mask_secrets)


def mask_document(value: T, depth: int = 0) -> T:
    """The same value with the secrets masked in every string of it: mappings, lists, tuples and dataclasses are walked.

    A mapping's member with a secret's name is masked whatever its text, and so is the value of a pair of `name` and
    `value` (or `Key` and `Value`) and the argument after an option in a list of texts.
    """
    if isinstance(value, str):
        return cast(T, _masked(value))
    if depth > MAX_DEPTH:
        return cast(T, MASK if isinstance(value, (Mapping, list, tuple)) else value)
    if isinstance(value, Mapping):
        return cast(T, _mask_mapping(value, depth))
    if isinstance(value, (list, tuple)):
        return cast(T, type(value)(_mask_items(value, depth)))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in dataclasses.fields(value) if f.init]
        members = {name: mask_document(getattr(value, name), depth + 1) for name in names}
        return cast(T, dataclasses.replace(value, **members))
    return value


def _mask_mapping(value: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
    named = _pair(value)
    masked: dict[Any, Any] = {}
    for name, inner in value.items():
        shown = _masked(name) if isinstance(name, str) else name
        while shown in masked:
            shown = f"{shown}+"  # two names that were told apart by their secret only
        secret = name == named or (isinstance(name, str) and is_secret_name(name))
        masked[shown] = _mask_whole(inner, depth + 1) if secret else mask_document(inner, depth + 1)
    return masked


def _pair(value: Mapping[Any, Any]) -> str | None:
    """The member that holds a secret because another one names it: `value` beside `name`."""
    members = {name.lower(): name for name in value if isinstance(name, str)}
    for name, held in (("name", "value"), ("key", "value"), ("parameterkey", "parametervalue")):
        if name in members and held in members:
            said = value[members[name]]
            if isinstance(said, str) and is_secret_name(said):
                return members[held]
    return None


def _mask_whole(value: Any, depth: int) -> Any:
    """What stands under a secret's name: texts and long numbers are secret, what is nested is judged by itself."""
    if isinstance(value, str):
        return MASK if value else value
    if isinstance(value, int) and len(str(value)) >= FEWEST_SECRET_DIGITS:
        return MASK
    if isinstance(value, (list, tuple)):
        return [_mask_whole(v, depth + 1) if isinstance(v, (str, int)) else mask_document(v, depth + 1) for v in value]
    return mask_document(value, depth)


def _mask_items(value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
    masked: list[Any] = []
    previous = ""
    for item in value:
        follows_option = previous.startswith("-") and "=" not in previous and is_secret_name(previous.lstrip("-"))
        secret = follows_option and isinstance(item, str) and item and not item.startswith("-")
        masked.append(MASK if secret else mask_document(item, depth + 1))
        previous = item if isinstance(item, str) else ""
    return masked


def mask_environment(job_document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as AWS's services return it, with the secrets masked and everything else as it was.

    Environment entries (`{name, value}`, wherever they stand: container, ecsProperties, nodeProperties, eksProperties,
    overrides) lose their value where the name or the value looks secret; commands and arguments are masked within
    their text; log driver options, parameters and tags by their names.
    """
    return cast("dict[str, Any]", mask_document(job_document))
