"""Secrets that a job's own documents name: once known, they are masked wherever else they stand."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast
from urllib.parse import quote

from analyzer.support.alternation import alternation
from analyzer.support.encoded import replace_encoded
from analyzer.support.redaction import (
    MASK,
    MAX_DEPTH,
    MAX_ENCODED_DEPTH,
    REMEMBERED,
    REMEMBERED_LENGTH,
    mask_environment,
    secrets_in,
)
from analyzer.support.secret_names import looks_secret

SHORTEST = 6
"""A shorter value stands in ordinary text by chance."""

T = TypeVar("T")


def known_secrets(*documents: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The values that are masked for their name or look, in environments, commands and all else; the longest first."""
    found = {
        value for document in documents if document for value in _masked_values(document, mask_environment(document), 0)
    }
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def _masked_values(given: object, masked: object, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH or given == masked:
        return
    if isinstance(given, str):
        if masked == MASK:
            yield from (value for value in (given.strip(),) if len(value) >= SHORTEST)
        else:
            yield from (value for value in secrets_in(given) if looks_secret(value) and "\n" not in value)
    elif isinstance(given, Mapping) and isinstance(masked, Mapping):
        for inner, shown in zip(given.values(), masked.values(), strict=False):
            yield from _masked_values(inner, shown, depth + 1)
    elif isinstance(given, (list, tuple)) and isinstance(masked, (list, tuple)):
        for inner, shown in zip(given, masked, strict=False):
            yield from _masked_values(inner, shown, depth + 1)


def mask_known(value: T, secrets: tuple[str, ...], depth: int = 0) -> T:
    """The same value with each of the secrets masked in every string: as it is, escaped, URL-encoded, in base64."""
    if not secrets or depth > MAX_DEPTH:
        return value
    if isinstance(value, str):
        masked = _remembered if len(value) <= REMEMBERED_LENGTH else _masked
        return cast(T, masked(value, secrets))
    if isinstance(value, Mapping):
        return cast(
            T,
            {
                mask_known(name, secrets, depth + 1): mask_known(inner, secrets, depth + 1)
                for name, inner in value.items()
            },
        )
    if isinstance(value, (list, tuple)):
        return cast(T, type(value)(mask_known(inner, secrets, depth + 1) for inner in value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {f.name: mask_known(getattr(value, f.name), secrets, depth + 1) for f in dataclasses.fields(value)}
        return cast(T, dataclasses.replace(value, **members))
    return value


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    return _without(text, _pattern(secrets), 0)


_remembered = lru_cache(maxsize=REMEMBERED)(_masked)


@lru_cache(maxsize=8)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        alternation(s for secret in secrets for s in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]))
    )


def _without(text: str, secrets: re.Pattern[str], depth: int) -> str:
    text = secrets.sub(MASK, text)
    if depth >= MAX_ENCODED_DEPTH:
        return text
    return replace_encoded(text, lambda inner: _without(inner, secrets, depth + 1), MASK)
