"""Secrets that a job's own environment names: once known, they are masked wherever else they stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

from analyzer.support.redaction import MASK, MAX_DEPTH, mask_environment

SHORTEST = 6
"""A shorter value stands in ordinary text by chance."""

T = TypeVar("T")


def known_secrets(*documents: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The values of environment entries that are masked for their name or look; the longest first."""
    found = {
        value for document in documents if document for value in _masked_values(document, mask_environment(document), 0)
    }
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def _masked_values(given: object, masked: object, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH or given == masked:
        return
    if isinstance(given, str) and masked == MASK and len(given) >= SHORTEST:
        yield given
    elif isinstance(given, Mapping) and isinstance(masked, Mapping):
        for name, value in given.items():
            yield from _masked_values(value, masked.get(name), depth + 1)
    elif isinstance(given, list) and isinstance(masked, list):
        for one, other in zip(given, masked, strict=False):
            yield from _masked_values(one, other, depth + 1)


def mask_known(value: T, secrets: tuple[str, ...], depth: int = 0) -> T:
    """The same value with each of the secrets masked in every string of it."""
    if not secrets or depth > MAX_DEPTH:
        return value
    if isinstance(value, str):
        text: str = value
        for secret in secrets:
            text = text.replace(secret, MASK)
        return cast(T, text)
    if isinstance(value, Mapping):
        return cast(T, {name: mask_known(inner, secrets, depth + 1) for name, inner in value.items()})
    if isinstance(value, (list, tuple)):
        return cast(T, type(value)(mask_known(inner, secrets, depth + 1) for inner in value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {f.name: mask_known(getattr(value, f.name), secrets, depth + 1) for f in dataclasses.fields(value)}
        return cast(T, dataclasses.replace(value, **members))
    return value
